"""Worklists: inside the reader's scope, page by page, nothing skipped or repeated while rows arrive."""

import random
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from ledger import catalogue as ev
from ledger.mapper import to_fait
from projections import VUES
from projections.liste import Filtre, FiltreRefuse, Portee, lister
from projections.vue import L, Vue
from projections.vues import ccapex, clil, comex
from tests.projections.conftest import Base
from tests.projections.monde import (
    COMMUNES,
    SEANCE_CLIL,
    SEANCE_COMEX,
    SIRETS,
    Menage,
    ecrire,
    exemple,
    histoire,
    lire_vue,
    vue_de,
)
from tests.projections.test_projecteur import connecte, tout_projeter

PARTOUT = Portee(communes=COMMUNES, soumis_depuis=date(2026, 1, 1))


def menage(numero: int) -> Menage:
    return Menage(UUID(int=numero), random.Random(numero))  # noqa: S311 - reproducible


def ouverts(numeros: Sequence[int], **valeurs: object) -> list[StoredEvent]:
    return [menage(n).ouvrir(**valeurs) for n in numeros]


async def ids(url: str, vue: Vue[L], *, portee: Portee, filtre: Filtre | None = None) -> set[int]:
    async with connecte(url) as connexion:
        page = await lister(connexion, vue, portee=portee, filtre=filtre)
        assert page.suivante is None
    return {ligne.dossier.int for ligne in page.lignes}


async def test_les_pages_ne_sautent_ni_ne_repetent_pendant_que_des_dossiers_arrivent(base: Base) -> None:
    ecrire(base.admin, ouverts(range(1, 26)))
    await tout_projeter(base.projecteur)
    vus: list[int] = []
    apres: int | None = 0
    tour = 0
    async with connecte(base.api) as connexion:
        while apres is not None:
            page = await lister(connexion, ccapex.VUE, portee=PARTOUT, apres=apres, limite=4)
            vus += [ligne.dossier.int for ligne in page.lignes]
            apres = page.suivante
            tour += 1
            if tour <= 5:
                touche = menage(vus[0])
                touche.ouvrir()
                for _ in range(tour):
                    acte = touche.dire(exemple(ev.CommandementPayerSignifie))
                ecrire(base.admin, [*ouverts([100 + tour]), acte])
                await tout_projeter(base.projecteur)
    assert vus == [*range(1, 26), *range(101, 106)]


async def test_la_portee_borne_chaque_liste_et_chaque_compte(base: Base) -> None:
    ecrire(base.admin, ouverts([1, 2], commune="93066", bailleur_siret=SIRETS[0]))
    ecrire(base.admin, ouverts([3], commune="93008", bailleur_siret=SIRETS[1]))
    m = menage(4)
    suivi = [m.ouvrir(commune="93008", bailleur_siret=None)]
    suivi.append(m.dire(exemple(ev.InstanceInscrite, seance=SEANCE_COMEX, instance="COMEX"), partenaire="sp-raincy"))
    suivi.append(m.dire(exemple(ev.AccompagnementOuvert), partenaire="udaf93", agent="u7"))
    ecrire(base.admin, suivi)
    await tout_projeter(base.projecteur)
    cas: list[tuple[Portee, set[int]]] = [
        (Portee(), set()),
        (Portee(communes=["93066"]), {1, 2}),
        (Portee(portefeuille=[SIRETS[1]]), {3}),
        (Portee(mandats=[UUID(int=2)]), {2}),
        (Portee(seances=[SEANCE_COMEX]), {4}),
        (Portee(intervenant="udaf93/u7"), {4}),
        (Portee(intervenant="udaf93/u8"), set()),
        (Portee(auteur="sp-raincy"), set()),  # others told of it too: it has a row of its own
        (Portee(communes=["93066"], mandats=[UUID(int=3)]), {1, 2, 3}),
        (Portee(communes=["93001"]), set()),
    ]
    for portee, trouves in cas:
        assert await ids(base.api, ccapex.VUE, portee=portee) == trouves


async def test_les_filtres(base: Base) -> None:
    m, n = menage(1), menage(2)
    ecrire(
        base.admin,
        [
            m.ouvrir(commune="93066", parc="SOCIAL"),
            n.ouvrir(commune="93051", parc="PRIVE"),
            m.dire(exemple(ev.AssignationSignifiee, date_audience=date(2026, 12, 1)), le=date(2026, 9, 1)),
            n.dire(exemple(ev.CommandementPayerSignifie), le=date(2026, 3, 1)),
            n.dire(exemple(ev.InstanceInscrite, seance=SEANCE_CLIL, instance="CCAPEX")),
        ],
    )
    await tout_projeter(base.projecteur)
    cas: list[tuple[Filtre, set[int]]] = [
        (Filtre(), {1, 2}),
        (Filtre(communes=["93066"]), {1}),
        (Filtre(parcs=["PRIVE"]), {2}),
        (Filtre(stades=["ASSIGNATION"]), {1}),
        (Filtre(stades=["COMMANDEMENT", "ASSIGNATION"]), {1, 2}),
        (Filtre(arrondissement="93003"), {1}),
        (Filtre(arrondissement="93002"), {2}),
        (Filtre(seance=SEANCE_CLIL), {2}),
        (Filtre(du=date(2026, 6, 1)), {1}),
        (Filtre(au=date(2026, 6, 1)), {2}),
        (Filtre(par_date="prochaine_audience", du=date(2026, 12, 1), au=date(2026, 12, 1)), {1}),
    ]
    for filtre, trouves in cas:
        assert await ids(base.api, ccapex.VUE, portee=PARTOUT, filtre=filtre) == trouves
    async with connecte(base.api) as connexion:
        with pytest.raises(FiltreRefuse, match="CLIL"):
            await lister(connexion, clil.VUE, portee=PARTOUT, filtre=Filtre(par_date="prochaine_audience"))


@pytest.mark.parametrize(("depuis", "listes"), [(date(2026, 3, 1), {2, 3}), (date(2026, 3, 2), {3}), (None, set())])
async def test_un_territoire_n_atteint_de_la_clil_que_ce_qui_lui_fut_soumis(
    base: Base, depuis: date | None, listes: set[int]
) -> None:
    journal = []
    for numero in range(1, 5):
        m = menage(numero)
        journal += [m.ouvrir(commune="93066"), m.dire(exemple(ev.MenageInforme))]
        if numero in {2, 4}:
            journal.append(m.dire(exemple(ev.DossierPropose), le=date(2026, 3, 1)))
        if numero == 3:
            journal.append(m.dire(exemple(ev.DossierExamine, instance="CLIL"), le=date(2026, 4, 1)))
        if numero == 4:
            journal.append(m.dire(exemple(ev.FaitCorrige, corrige=m.faits[-1].enveloppe.id)))
    ecrire(base.admin, journal)
    await tout_projeter(base.projecteur)
    portee = Portee(communes=["93066"], soumis_depuis=depuis)
    for filtre in (Filtre(), Filtre(communes=["93066"]), Filtre(arrondissement="93003")):
        assert await ids(base.api, clil.VUE, portee=portee, filtre=filtre) == listes
    assert await ids(base.api, clil.VUE, portee=Portee(mandats=[UUID(int=1)])) == {1}


async def test_la_clil_ne_liste_ni_sans_information_ni_contre_une_opposition_ni_apres_l_assignation(base: Base) -> None:
    journal = []
    for numero in range(1, 6):
        m = menage(numero)
        journal.append(m.ouvrir())
        if numero != 1:
            journal.append(m.dire(exemple(ev.MenageInforme)))
        journal.append(m.dire(exemple(ev.DossierPropose), le=date(2026, 3, 1)))
        if numero in {2, 3}:
            journal.append(m.dire(exemple(ev.OppositionEnregistree)))
        if numero == 3:
            journal.append(m.dire(exemple(ev.OppositionLevee)))
        if numero == 4:
            journal.append(m.dire(exemple(ev.AssignationSignifiee)))
    ecrire(base.admin, journal)
    await tout_projeter(base.projecteur)
    assert await ids(base.api, clil.VUE, portee=PARTOUT) == {3, 5}
    assert await ids(base.api, ccapex.VUE, portee=PARTOUT) == {1, 2, 3, 4, 5}


async def test_la_comex_liste_ce_dont_le_concours_est_requis_ou_qui_est_a_son_ordre_du_jour(base: Base) -> None:
    m, n, o = menage(1), menage(2), menage(3)
    ecrire(
        base.admin,
        [
            m.ouvrir(),
            m.dire(exemple(ev.ConcoursForceRequis)),
            n.ouvrir(),
            n.dire(exemple(ev.InstanceInscrite, instance="COMEX")),
            o.ouvrir(),
            o.dire(exemple(ev.InstanceInscrite, instance="CCAPEX")),
        ],
    )
    await tout_projeter(base.projecteur)
    assert await ids(base.api, comex.VUE, portee=PARTOUT) == {1, 2}


async def test_lire_par_id_est_ce_que_donne_le_match_sur_le_journal(base: Base) -> None:
    for graine in range(5):
        ecrire(base.admin, list(histoire(graine)))
    await tout_projeter(base.projecteur)
    async with connecte(base.projecteur) as connexion:
        curseur = await connexion.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id, recorded_at"
            " FROM dossiers_events ORDER BY originator_id, originator_version"
        )
        faits: dict[UUID, list[ev.Fait]] = {}
        for identite, version, topic, octets, position, recorded_at in await curseur.fetchall():
            stocke = StoredEvent(identite, version, topic, octets)
            faits.setdefault(identite, []).append(to_fait(stocke, position=position, enregistre_le=recorded_at))
    assert len(faits) == 5
    async with connecte(base.api) as connexion:
        for v in VUES:
            lus = await lire_vue(connexion, v, list(faits))
            assert lus == {identite: vue_de(v, histoire_) for identite, histoire_ in faits.items()}
