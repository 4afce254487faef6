"""The protocol of an erasure, step by step: raced, stopped between two steps, found again from either database."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.application import Ledger
from ledger.catalogue import Classe, OccupantDeclare, PersonneEffacee
from ledger.dossier.refus import ActeRefuse
from ledger.effacements import Constat
from ledger.keys import Tombe
from tests.bases import SCHEMA, Bases, ouvrir_ledger
from tests.ledger.test_application import (
    EXECUTANT,
    RESPONSABLE,
    contribuer,
    lire,
    un_couple,
    un_effacement_decide,
    une_contribution,
    une_ligne,
    une_ouverture,
)

COURSES: Final = 10


async def effacer(ledger: Ledger, dossier: UUID, personne: UUID, decision: UUID | None = None) -> None:
    decision = decision or await un_effacement_decide(ledger, dossier, personne)
    await ledger.effacements.effacer(dossier, personne, decision, EXECUTANT, une_ligne(EXECUTANT))


async def un_couple_ailleurs(ledger: Ledger) -> tuple[UUID, UUID, UUID]:
    """Two adults of a name of their own: many of them are as many households."""
    dossier, a, b = uuid4(), uuid4(), uuid4()
    await contribuer(ledger, dossier, une_ouverture(a, str(a)))
    await contribuer(ledger, dossier, une_contribution(OccupantDeclare(personne=b, qualite="CONJOINT", nom="DIALLO")))
    return dossier, a, b


def demander(url: str, requete: str, *params: object) -> list[tuple[Any, ...]]:
    """What a database says, to its owner."""
    options = f"-c search_path={SCHEMA} -c role=unefois_proprietaire"
    with psycopg.connect(url, options=options, autocommit=True) as admin:
        curseur = admin.execute(requete.encode(), params)
        return curseur.fetchall() if curseur.description else []


def sujets(bases: Bases, dossier: UUID, table: str = "cles") -> set[UUID]:
    lus = {"cles": "SELECT sujet FROM cles WHERE dossier = %s", "tombes": "SELECT sujet FROM tombes WHERE dossier = %s"}
    return {sujet for (sujet,) in demander(bases.admin_cles_url, lus[table], dossier)}


async def test_regle_12_deux_derniers_adultes_effaces_a_la_fois_ne_laissent_pas_les_cles_du_menage(
    ledger: Ledger, bases: Bases, compter: Callable[[str, int], None]
) -> None:
    async with ouvrir_ledger(bases) as autre:
        for _ in range(COURSES):
            dossier, a, b = await un_couple_ailleurs(ledger)
            decisions = [await un_effacement_decide(ledger, dossier, p) for p in (a, b)]
            await asyncio.gather(effacer(ledger, dossier, a, decisions[0]), effacer(autre, dossier, b, decisions[1]))
            assert sujets(bases, dossier) == set()
            assert sujets(bases, dossier, "tombes") == {dossier, a, b}
            etat = (await lire(ledger, dossier)).etat
            assert sorted(e.menage_aussi for e in etat.engagees.values()) == [False, True]
    compter("courses entre deux derniers adultes effacés", COURSES)


@pytest.mark.parametrize("etape", ["decide", "engage", "detruit"])
async def test_regle_12_un_adulte_declare_entre_deux_etapes_gagne_ou_perd_jamais_les_deux(
    ledger: Ledger, bases: Bases, etape: str
) -> None:
    dossier, personne, conjoint = uuid4(), uuid4(), uuid4()
    await contribuer(ledger, dossier, une_ouverture(personne, id_rpls=None))
    decision = await un_effacement_decide(ledger, dossier, personne)
    avant = await lire(ledger, dossier)
    declaration = une_contribution(OccupantDeclare(personne=conjoint, qualite="CONJOINT", nom="DIALLO"))
    if etape == "decide":
        await ledger.contribuer(avant, declaration, une_ligne())
        await effacer(ledger, dossier, personne, decision)
        assert sujets(bases, dossier) == {dossier, conjoint}
        return
    e = ledger.effacements
    destruction, _, lignes = await e.engager(dossier, personne, decision, EXECUTANT, une_ligne(EXECUTANT))
    if etape == "detruit":
        await e.detruire(destruction)
    with pytest.raises(ActeRefuse) as refus:
        await ledger.contribuer(avant, declaration, une_ligne())  # read before anything was engaged
    assert refus.value.code in {"menage_efface", "personne_effacee"}
    await e.detruire(destruction)
    await e.constater(destruction, *lignes)
    assert sujets(bases, dossier) == set()


async def test_regle_12_une_cle_faite_pour_une_declaration_perdue_part_avec_le_menage(
    ledger: Ledger, bases: Bases
) -> None:
    """And who stays keeps hers: a guarantor is of the case, and no adult of the household."""
    dossier, a, b = await un_couple(ledger)
    caution = uuid4()
    await contribuer(
        ledger, dossier, une_contribution(OccupantDeclare(personne=caution, qualite="CAUTION", nom="CAUTION"))
    )
    perdue = une_contribution(OccupantDeclare(personne=uuid4(), qualite="CONJOINT", nom="PERDU"))
    await ledger.preparer(await lire(ledger, dossier), perdue, une_ligne())
    assert len(sujets(bases, dossier)) == 5
    for personne in (a, b):
        await effacer(ledger, dossier, personne)
    assert sujets(bases, dossier) == {caution}


def vider(bases: Bases, dossier: UUID) -> None:
    """An older backup of the keys: what was destroyed since is back."""
    demander(bases.admin_cles_url, "DELETE FROM tombes WHERE dossier = %s", dossier)


@pytest.mark.parametrize("etapes", [1, 2, 3, 4])
@pytest.mark.parametrize("seul", [True, False], ids=["dernier adulte", "un des deux"])
async def test_regle_12_un_effacement_arrete_apres_chaque_etape_s_acheve_au_demarrage(
    ledger: Ledger, bases: Bases, etapes: int, *, seul: bool
) -> None:
    dossier, a, b = await un_couple(ledger)
    if seul:
        await effacer(ledger, dossier, b)
    decision = await un_effacement_decide(ledger, dossier, a)
    e = ledger.effacements
    destruction, _, lignes = await e.engager(dossier, a, decision, EXECUTANT, une_ligne(EXECUTANT))
    if etapes > 1:
        await e.detruire(destruction)
    if etapes > 2:
        await e.constater(destruction, *lignes)
    if etapes > 3:
        await ledger.writer.oublier(dossier, a)
    async with ouvrir_ledger(bases) as suivant:
        trouve = suivant.effacements.constat
        attendus = (
            Constat(detruits=[dossier], constates=[dossier]),
            Constat(constates=[dossier]),
            Constat(oublies=[dossier]),
            Constat(),
        )
        assert trouve == attendus[etapes - 1]
        etat = (await lire(suivant, dossier)).etat
        assert (a in etat.effacees, etat.menage_efface) == (True, seul)
        assert sujets(bases, dossier) == (set() if seul else {dossier, b})
        assert (await suivant.effacements.reconcilier()).rien
        assert [type(f.evenement) for f in (await lire(suivant, dossier)).faits].count(PersonneEffacee) == 1 + seul


async def test_regle_12_qui_execute_de_nouveau_acheve_ce_qui_etait_engage(ledger: Ledger) -> None:
    dossier, a, _ = await un_couple(ledger)
    decision = await un_effacement_decide(ledger, dossier, a)
    await ledger.effacements.engager(dossier, a, decision, EXECUTANT, une_ligne(EXECUTANT))
    with pytest.raises(ActeRefuse):  # who decided does not execute, begun or not
        await ledger.effacements.effacer(dossier, a, decision, RESPONSABLE, une_ligne(RESPONSABLE))
    await effacer(ledger, dossier, a, decision)
    assert a in (await lire(ledger, dossier)).etat.effacees


async def test_regle_12_une_sauvegarde_ancienne_des_cles_est_detruite_sur_preuve_seulement(
    ledger: Ledger, bases: Bases
) -> None:
    dossier, a, _ = await un_couple(ledger)
    [scellee] = demander(bases.admin_cles_url, "SELECT * FROM cles WHERE sujet = %s AND classe = 'S1'", a)
    await effacer(ledger, dossier, a)
    vider(bases, dossier)
    demander(bases.admin_cles_url, "INSERT INTO cles VALUES (%s, %s, %s, %s)", *scellee)
    async with ouvrir_ledger(bases) as suivant:
        assert suivant.effacements.constat == Constat(detruits=[dossier])
    assert a not in sujets(bases, dossier)
    # A proof is of one erasure: under another person's name, or of the whole household, it proves nothing.
    for champ, valeur in ((["enveloppe", "agent"], '"un-autre"'), (["clair", "menage_aussi"], "true")):
        vider(bases, dossier)
        demander(
            bases.admin_url,
            "UPDATE dossiers_events SET state = convert_to(jsonb_set(convert_from(state, 'UTF8')::jsonb, %s, %s::jsonb)"
            "::text, 'UTF8') WHERE topic = 'unefois:EffacementEngage'",
            champ,
            valeur,
        )
        async with ouvrir_ledger(bases) as suivant:
            motifs = [motif for _, motif in suivant.effacements.constat.alarmes]
            assert motifs == ["engagement_sans_preuve", "effacement_sans_tombe"]
            assert suivant.effacements.constat.detruits == []


@pytest.mark.parametrize("reste", [True, False], ids=["quelqu'un est resté", "personne n'est resté"])
async def test_regle_12_un_registre_ancien_ne_rend_ni_ne_detruit_le_menage_d_un_autre(
    ledger: Ledger, bases: Bases, *, reste: bool
) -> None:
    """The log has lost a spouse who was declared since: her key says that somebody lives there."""
    dossier, a = uuid4(), uuid4()
    await contribuer(ledger, dossier, une_ouverture(a, id_rpls=None))
    conjoint = uuid4()
    tombe = Tombe(a, uuid4(), dossier, a, EXECUTANT.partenaire, EXECUTANT.role, EXECUTANT.agent, RESPONSABLE.agent)
    await ledger.keys.detruire(tombe, menage_aussi=False, restent=())
    if reste:
        await ledger.keys.creer(ledger.keys.vierge(dossier), [(str(conjoint), Classe.S1)], frozenset())
    async with ouvrir_ledger(bases) as suivant:
        constat = suivant.effacements.constat
        assert constat.constates == [dossier]
        assert constat.alarmes == ([(dossier, "menage_sans_adulte")] if reste else [])
        assert (await lire(suivant, dossier)).etat.menage_efface is not reste
        assert (await suivant.effacements.reconcilier()).rien
    assert (dossier in sujets(bases, dossier)) is reste
    # The keys are put back too, as they were before she came: neither base knows of anybody any more.
    demander(bases.admin_cles_url, "DELETE FROM cles WHERE sujet = %s", conjoint)
    async with ouvrir_ledger(bases) as suivant:
        assert suivant.effacements.constat.detruits == ([dossier] if reste else [])
        assert (await lire(suivant, dossier)).etat.menage_efface
        assert (await suivant.effacements.reconcilier()).rien
    assert sujets(bases, dossier) == set()
    assert sujets(bases, dossier, "tombes") == {dossier, a}


def test_regle_12_une_tombe_porte_deux_personnes(bases: Bases) -> None:
    ids = [uuid4() for _ in range(3)]
    cles = psycopg.connect(bases.cles_url, options=f"-c search_path={SCHEMA}")
    with cles, pytest.raises(psycopg.errors.CheckViolation):
        cles.execute("SELECT detruire(%s, %s, false, '{}', %s, 'seul', 'p', 'r', 'seul')", ids)
