"""The verbs of the ledger, through its public door, on real databases."""

import asyncio
import random
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest

from ledger.application import Ledger
from ledger.catalogue import (
    EFFACE,
    SCELLE,
    Classe,
    DetteDeclaree,
    DossierOuvert,
    EffacementAvise,
    EffacementDecide,
    EffacementDemande,
    EvaluationSociale,
    Evenement,
    Fait,
    OccupantDeclare,
    RapprochementSuggere,
    RapprochementTranche,
)
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.dossier.refus import ActeRefuse
from ledger.dossier.repli import replier
from ledger.errors import Discordance, LedgerIndisponible, SujetEfface
from ledger.journal import Ligne
from ledger.keys import Tombe
from ledger.mapper import lire_fait, ouvrir, to_fait
from ledger.reader import FAITS_D_UN_TRAIT, Lecture
from ledger.sealing import Trousseau
from ledger.verdict import ActeConnu, CleReutilisee, Conflit, Deja, Ecrit, NonEcrit, Recu
from tests.bases import AUJOURD_HUI, Bases, ouvrir_ledger
from tests.projections.monde import Menage, avec_role, ecrire

TOUTES = frozenset(Classe)
BAILLEUR = Auteur("oph-synthese-12", "BAILLEUR_CONTENTIEUX", "agent-1", "93667127000267")
DPO = Auteur("drihl93-dpo", "DPO", "agent-dpo")
RESPONSABLE = Auteur("drihl93", "RESPONSABLE_TRAITEMENT", "agent-rt")
EXECUTANT = Auteur("drihl93-ccapex", "CCAPEX_INSTRUCTEUR", "agent-2")


def une_ligne(auteur: Auteur = BAILLEUR) -> Ligne:
    return Ligne(
        organisation=auteur.partenaire,
        agent=auteur.agent,
        role=auteur.role,
        finalite="ACTE_EMISSION",
        action="contribuer",
        issue="autorise",
    )


def une_contribution(*evenements: Evenement, auteur: Auteur = BAILLEUR, cle: str | None = None) -> Contribution:
    return Contribution(
        id=uuid4(),
        auteur=auteur,
        finalite="ACTE_EMISSION",
        evenements=tuple(Propose(e, date(2026, 10, 1)) for e in evenements),
        cle=cle,
    )


def une_ouverture(personne: UUID, nom: str = "LEROY", id_rpls: str | None = "3523902547") -> Contribution:
    return une_contribution(
        DossierOuvert(parc="SOCIAL", commune="93066", adresse="118 avenue Jean-Jaurès", id_rpls=id_rpls, loyer=80061),
        OccupantDeclare(personne=personne, nom=nom, prenoms="Fatou", date_naissance=date(1955, 4, 24)),
    )


async def contribuer(ledger: Ledger, dossier: UUID, contribution: Contribution) -> Recu:
    return await ledger.contribuer(
        await ledger.reader.lire_ou_vierge(dossier), contribution, une_ligne(contribution.auteur)
    )


async def lire(ledger: Ledger, dossier: UUID) -> Lecture:
    lecture = await ledger.consulter(dossier)
    assert lecture is not None
    return lecture


def ouverts(lecture: Lecture) -> list[Evenement]:
    return [ouvrir(fait, lecture.trousseau, TOUTES).evenement for fait in lecture.faits]


async def test_ce_qui_est_contribue_se_relit_ferme_puis_ouvert(ledger: Ledger) -> None:
    dossier, personne = uuid4(), uuid4()
    contribution = une_ouverture(personne)
    recu = await contribuer(ledger, dossier, contribution)
    lecture = await lire(ledger, dossier)

    assert recu == Ecrit(lecture.position, contribution.id, dossier)
    fermes = [fait.evenement for fait in lecture.faits]
    assert isinstance(fermes[1], OccupantDeclare)
    assert fermes[1].personne == personne
    assert vars(fermes[1])["nom"] is SCELLE
    assert ouverts(lecture) == [propose.evenement for propose in contribution.evenements]
    assert lecture.etat.commune == "93066"
    assert await ledger.consulter(uuid4()) is None


async def compter(bases: Bases, table: str) -> int:
    async with await psycopg.AsyncConnection.connect(bases.admin_url, options="-c search_path=d93") as admin:
        [(nombre,)] = await (await admin.execute(f"SELECT count(*) FROM {table}".encode())).fetchall()  # noqa: S608 - names of this file
    return int(nombre)


UNE_DETTE = DetteDeclaree(montant=224770, arretee_au=date(2026, 10, 1))


async def test_une_cle_envoyee_deux_fois_est_enregistree_une_fois(ledger: Ledger, bases: Bases) -> None:
    dossier = uuid4()
    await contribuer(ledger, dossier, une_ouverture(uuid4()))
    lecture = await lire(ledger, dossier)
    envoi = une_contribution(UNE_DETTE, cle="envoi-1")
    renvoi = msgspec.structs.replace(envoi, id=uuid4())

    premier = await ledger.contribuer(lecture, envoi, une_ligne(), empreinte=b"requete")
    deja = await ledger.contribuer(await lire(ledger, dossier), renvoi, une_ligne(), empreinte=b"requete")
    with pytest.raises(NonEcrit) as autre:
        await ledger.contribuer(await lire(ledger, dossier), renvoi, une_ligne(), empreinte=b"autre requete")
    ailleurs = msgspec.structs.replace(renvoi, auteur=EXECUTANT)
    voisin = await ledger.contribuer(await lire(ledger, dossier), ailleurs, une_ligne(EXECUTANT), empreinte=b"requete")

    assert isinstance(premier, Ecrit)
    assert deja == Deja(premier.position, premier.contribution, dossier)
    assert autre.value.raison == CleReutilisee(dossier)
    assert isinstance(voisin, Ecrit)
    assert len((await lire(ledger, dossier)).faits) == 4
    assert await compter(bases, "journal WHERE action = 'contribuer'") == 4
    assert await compter(bases, "journal WHERE motif = 'deja'") == 1
    assert await compter(bases, "contributions WHERE cle LIKE '%envoi%'") == 0


async def test_une_ouverture_renvoyee_retrouve_sa_premiere_reponse(ledger: Ledger, bases: Bases) -> None:
    dossier = uuid4()
    ouverture = msgspec.structs.replace(une_ouverture(uuid4()), cle="ouverture-1")
    premier = await contribuer(ledger, dossier, ouverture)
    deja = Deja(premier.position, premier.contribution, dossier)
    assert await contribuer(ledger, dossier, msgspec.structs.replace(ouverture, id=uuid4())) == deja
    with pytest.raises(ActeRefuse, match="qu'une fois"):
        await contribuer(ledger, dossier, msgspec.structs.replace(ouverture, cle="autre"))
    assert await compter(bases, "dossiers_events") == 2


async def test_un_conflit_est_decide_a_nouveau_et_ne_gene_pas_ses_voisins(ledger: Ledger, bases: Bases) -> None:
    dossiers = [uuid4() for _ in range(4)]
    for dossier in dossiers:
        await contribuer(ledger, dossier, une_ouverture(uuid4(), nom=str(dossier), id_rpls=None))
    lectures = [await lire(ledger, dossier) for dossier in dossiers]

    ecritures = [
        await ledger.preparer(lecture, une_contribution(UNE_DETTE), une_ligne()) for lecture in (*lectures, lectures[0])
    ]
    recus = await asyncio.gather(*map(ledger.writer.ecrire, ecritures))
    assert [type(recu) for recu in recus] == [Ecrit, Ecrit, Ecrit, Ecrit, Conflit]

    assert isinstance(await ledger.contribuer(lectures[0], une_contribution(UNE_DETTE), une_ligne()), Ecrit)
    assert [fait.version for fait in (await lire(ledger, dossiers[0])).faits] == [1, 2, 3, 4]
    assert await compter(bases, "journal") == 4 + 4 + 1


async def test_un_acte_connu_n_ajoute_rien_meme_dans_le_meme_lot(ledger: Ledger, bases: Bases) -> None:
    lecture = await ledger.reader.lire_ou_vierge(uuid4())
    acte = ledger.index.acte("99920707900180", "CDP", "CDP-1", date(2026, 9, 1))
    premiere = await ledger.preparer(lecture, une_ouverture(uuid4()), une_ligne(), cles_naturelles=[acte])
    autre = await ledger.reader.lire_ou_vierge(uuid4())
    seconde = await ledger.preparer(
        autre, une_ouverture(uuid4(), nom="AUTRE", id_rpls="3523902002"), une_ligne(), cles_naturelles=[acte]
    )
    recus = await ledger.writer.ecrire_lot([premiere, seconde])
    assert [type(recu) for recu in recus] == [Ecrit, ActeConnu]
    assert await ledger.reader.actes_connus([acte, b"x" * 32]) == {acte: lecture.dossier}
    assert await compter(bases, "dossiers_events") == 2


async def test_un_lot_suit_un_dossier_de_version_en_version(ledger: Ledger) -> None:
    lecture = await ledger.reader.lire_ou_vierge(uuid4())
    ouverture = await ledger.preparer(lecture, une_ouverture(uuid4()), une_ligne())
    trousseau = await ledger.keys.creer(lecture.trousseau, [(str(lecture.dossier), Classe.S2)], frozenset())
    suite = []
    for version in range(2, 8):
        etat = replace((await ledger.reader.lire_ou_vierge(lecture.dossier)).etat, version=version)
        a_jour = Lecture(lecture.dossier, (), trousseau, 0, etat)
        suite.append(await ledger.preparer(a_jour, une_contribution(UNE_DETTE), une_ligne()))
    recus = await ledger.writer.ecrire_lot([ouverture, *suite])
    assert [recu.position for recu in recus if isinstance(recu, Ecrit)] == [2, 3, 4, 5, 6, 7, 8]
    assert (await lire(ledger, lecture.dossier)).etat.version == 8


async def test_qui_attend_passe_pendant_qu_un_long_dossier_se_lit(
    ledger: Ledger, bases: Bases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a long history that nobody has read, when it is read, then the loop turns between its stretches."""
    menage = Menage(uuid4(), random.Random(1))  # noqa: S311 - reproducible, not secret
    suite = [menage.ouvrir(), *(menage.dire(DetteDeclaree(montant=n, arretee_au=AUJOURD_HUI)) for n in range(2000))]
    ecrire(avec_role(bases.admin_url, None), suite)
    lus: list[int] = []

    def lire_et_compter(dossier: UUID, version: int, *reste: Any) -> Fait:
        lus.append(version)
        return lire_fait(dossier, version, *reste)

    monkeypatch.setattr("ledger.reader.lire_fait", lire_et_compter)
    lue = asyncio.create_task(ledger.reader.faits(menage.dossier))
    tours = [0]
    while not lue.done():
        await asyncio.sleep(0)
        tours.append(len(lus))
    assert (await lue).etat == replier([to_fait(evenement) for evenement in suite])
    assert max(apres - avant for avant, apres in pairwise(tours)) <= FAITS_D_UN_TRAIT < len(lus)


async def test_ouvrir_ou_trouver_rejoint_le_menage_connu(ledger: Ledger) -> None:
    ouvert = await ledger.ouvrir_ou_trouver(une_ouverture(uuid4(), "D'ALMEÏDA"), une_ligne())
    titulaire = vars((await lire(ledger, ouvert.dossier)).faits[1].evenement)["personne"]
    rejoint = await ledger.ouvrir_ou_trouver(une_ouverture(uuid4(), "Dalmeida"), une_ligne(EXECUTANT))
    autre_locataire = await ledger.ouvrir_ou_trouver(une_ouverture(uuid4(), "SUIVANT"), une_ligne())

    assert [type(recu) for recu in (ouvert, rejoint)] == [Ecrit, Ecrit]
    assert rejoint.dossier == ouvert.dossier != autre_locataire.dossier
    faits = (await lire(ledger, ouvert.dossier)).faits
    assert [vars(f.evenement).get("personne") for f in faits] == [None, titulaire, None, titulaire]
    assert await ledger.rechercher("d almeida", "FATOU", date(1955, 4, 24)) == [(ouvert.dossier, titulaire)]
    assert await ledger.rechercher("d almeida", "FATOU", date(1955, 4, 25)) == []


async def test_ce_qui_rejoint_un_dossier_y_garde_ce_qu_il_dit_du_logement(ledger: Ledger) -> None:
    ouvert = await ledger.ouvrir_ou_trouver(une_ouverture(uuid4()), une_ligne())
    titulaire = vars((await lire(ledger, ouvert.dossier)).faits[1].evenement)["personne"]
    seconde = une_ouverture(uuid4())
    dite = DossierOuvert(
        parc="PRIVE",
        commune="93066",
        bailleur_siret="93667127000267",
        id_rpls="3523902547",
        loyer=81500,
        type_logement="T3",
    )
    seconde = msgspec.structs.replace(
        seconde,
        evenements=(msgspec.structs.replace(seconde.evenements[0], evenement=dite), *seconde.evenements[1:]),
    )
    await ledger.ouvrir_ou_trouver(seconde, une_ligne(EXECUTANT))
    lecture = await lire(ledger, ouvert.dossier)
    premiere, _, rejointe, _ = ouverts(lecture)
    assert (vars(premiere)["loyer"], vars(premiere)["adresse"]) == (80061, "118 avenue Jean-Jaurès")
    assert isinstance(rejointe, DossierOuvert)
    assert vars(rejointe) == vars(dite)
    # A case stays where it was opened; the landlord that nobody had named is known.
    assert (lecture.etat.parc, lecture.etat.bailleur_siret) == ("SOCIAL", "93667127000267")

    # Whom it may be the same household as is told to who erases; and nothing of the dwelling survives the household.
    autre = uuid4()
    suggere = RapprochementSuggere(autre=autre, motif="NAISSANCE_MANQUANTE")
    confirme = RapprochementTranche(autre=autre, decision="MEME_MENAGE")
    ecarte = uuid4()
    distincts = (
        RapprochementSuggere(autre=ecarte, motif="REFERENCE_PARTAGEE"),
        RapprochementTranche(autre=ecarte, decision="DISTINCT"),
    )
    await contribuer(ledger, ouvert.dossier, une_contribution(suggere, confirme, *distincts))
    decision = await un_effacement_decide(ledger, ouvert.dossier, titulaire)
    _, autres = await ledger.effacements.effacer(ouvert.dossier, titulaire, decision, EXECUTANT, une_ligne(EXECUTANT))
    assert autres == [autre]
    premiere, _, rejointe, *_ = ouverts(await lire(ledger, ouvert.dossier))
    for dit in (premiere, rejointe):
        assert {vars(dit)[nom] for nom in ("loyer", "id_rpls", "type_logement", "adresse")} == {EFFACE}


async def test_deux_qui_ouvrent_en_meme_temps_finissent_dans_un_seul_dossier(ledger: Ledger, bases: Bases) -> None:
    async with ouvrir_ledger(bases) as autre:
        recus = await asyncio.gather(
            *(un.ouvrir_ou_trouver(une_ouverture(uuid4()), une_ligne()) for un in (ledger, autre) for _ in range(8))
        )
    assert {type(recu) for recu in recus} == {Ecrit}
    assert len({recu.dossier for recu in recus}) == 1
    ouverts = "dossiers_events WHERE topic = 'unefois:DossierOuvert'"
    assert (await compter(bases, ouverts), await compter(bases, f"{ouverts} AND originator_version = 1")) == (16, 1)


async def un_effacement_decide(ledger: Ledger, dossier: UUID, personne: UUID) -> UUID:
    effacement, decision = uuid4(), uuid4()
    for auteur, evenement in (
        (EXECUTANT, EffacementDemande(effacement=effacement, personne=personne)),
        (DPO, EffacementAvise(effacement=effacement, avis="FAVORABLE")),
        (RESPONSABLE, EffacementDecide(effacement=effacement, decision=decision, sens="ACCORDE")),
    ):
        await contribuer(ledger, dossier, une_contribution(evenement, auteur=auteur))
    return decision


async def un_couple(ledger: Ledger, nom: str = "LEROY", id_rpls: str = "3523902547") -> tuple[UUID, UUID, UUID]:
    """A dossier with two adults, and a text about both."""
    dossier, a, b = uuid4(), uuid4(), uuid4()
    await contribuer(ledger, dossier, une_ouverture(a, nom, id_rpls))
    conjoint = OccupantDeclare(
        personne=b,
        qualite="CONJOINT",
        nom="DIALLO" if nom == "LEROY" else nom,
        prenoms="Awa",
        date_naissance=date(1960, 1, 2),
    )
    evaluation = EvaluationSociale(acte=uuid4(), personnes=(a, b), texte="reprise de lien avec le service")
    await contribuer(ledger, dossier, une_contribution(conjoint, UNE_DETTE, evaluation))
    return dossier, a, b


async def test_effacer_une_personne_laisse_son_co_occupant_intact(ledger: Ledger, bases: Bases) -> None:
    dossier, a, b = await un_couple(ledger)
    decision = await un_effacement_decide(ledger, dossier, a)
    ailleurs = await contribuer(ledger, uuid4(), une_ouverture(uuid4(), id_rpls=None))

    recu, autres = await ledger.effacements.effacer(dossier, a, decision, EXECUTANT, une_ligne(EXECUTANT))

    assert isinstance(recu, Ecrit)
    assert autres == [ailleurs.dossier]
    lecture = await lire(ledger, dossier)
    leroy, diallo, dette, evaluation = (vars(e) for e in ouverts(lecture)[1:5])
    assert (leroy["nom"], leroy["prenoms"], leroy["date_naissance"]) == (EFFACE, EFFACE, EFFACE)
    assert (diallo["nom"], dette["montant"]) == ("DIALLO", 224770)
    assert "texte" not in evaluation
    assert lecture.etat.effacees == {a: AUJOURD_HUI}
    assert not lecture.etat.menage_efface
    assert await ledger.rechercher("LEROY", "Fatou", date(1955, 4, 24)) != [(dossier, a)]
    assert await ledger.rechercher("DIALLO", "Awa", date(1960, 1, 2)) == [(dossier, b)]
    assert await compter(bases, f"index_aveugle WHERE sujet = '{a}'") == 0
    with pytest.raises(ActeRefuse):
        await contribuer(ledger, dossier, une_contribution(OccupantDeclare(personne=a, nom="LEROY")))


async def test_avec_le_dernier_adulte_le_menage_s_efface_aussi(ledger: Ledger, bases: Bases) -> None:
    dossier, a, b = await un_couple(ledger)
    for personne in (a, b):
        decision = await un_effacement_decide(ledger, dossier, personne)
        await ledger.effacements.effacer(dossier, personne, decision, EXECUTANT, une_ligne(EXECUTANT))
    lecture = await lire(ledger, dossier)
    assert lecture.etat.menage_efface
    ouverture, _, _, dette, *_ = (vars(e) for e in ouverts(lecture))
    assert (ouverture["adresse"], ouverture["commune"], dette["montant"]) == (EFFACE, "93066", EFFACE)
    async with await psycopg.AsyncConnection.connect(bases.admin_cles_url, options="-c search_path=d93") as admin:
        rows = await (await admin.execute("SELECT count(*) FROM cles WHERE dossier = %s", [dossier])).fetchall()
    assert rows == [(0,)]
    assert await compter(bases, f"index_aveugle WHERE dossier = '{dossier}'") == 0


async def test_rien_n_est_detruit_sans_decision_ni_par_qui_a_decide(ledger: Ledger) -> None:
    dossier, a, _ = await un_couple(ledger)
    with pytest.raises(ActeRefuse):
        await ledger.effacements.effacer(dossier, a, uuid4(), EXECUTANT, une_ligne(EXECUTANT))
    decision = await un_effacement_decide(ledger, dossier, a)
    with pytest.raises(ActeRefuse, match="autre personne"):
        await ledger.effacements.effacer(dossier, a, decision, RESPONSABLE, une_ligne(RESPONSABLE))
    assert vars(ouverts(await lire(ledger, dossier))[1])["nom"] == "LEROY"
    assert await ledger.keys.tombes() == []


async def test_une_cle_detruite_entre_la_lecture_et_l_ecriture_ne_renait_pas(ledger: Ledger) -> None:
    dossier, a, _ = await un_couple(ledger)
    decision = await un_effacement_decide(ledger, dossier, a)
    avant = await lire(ledger, dossier)
    await ledger.effacements.effacer(dossier, a, decision, EXECUTANT, une_ligne(EXECUTANT))
    redit = une_contribution(OccupantDeclare(personne=a, nom="LEROY"))
    with pytest.raises(ActeRefuse, match="effacée"):
        await ledger.contribuer(avant, redit, une_ligne())
    with pytest.raises(SujetEfface):
        await ledger.keys.creer(ledger.keys.vierge(dossier), [(str(a), Classe.S2)], frozenset())
    autre = uuid4()
    refus, cree = await asyncio.gather(
        ledger.keys.creer(ledger.keys.vierge(dossier), [(str(a), Classe.S2)], frozenset()),
        ledger.keys.creer(ledger.keys.vierge(dossier), [(str(autre), Classe.S1)], frozenset()),
        return_exceptions=True,
    )
    assert isinstance(refus, SujetEfface)
    assert isinstance(cree, Trousseau)
    assert (str(autre), Classe.S1) in cree
    assert (str(a), Classe.S1) not in cree


async def test_un_effacement_interrompu_est_termine_au_demarrage(ledger: Ledger, bases: Bases) -> None:
    dossier, a, _ = await un_couple(ledger)
    decision = await un_effacement_decide(ledger, dossier, a)
    tombe = Tombe(a, decision, dossier, a, EXECUTANT.partenaire, EXECUTANT.role, EXECUTANT.agent, RESPONSABLE.agent)
    await ledger.keys.detruire(tombe, menage_aussi=False, restent=())

    async with ouvrir_ledger(bases) as suivant, ouvrir_ledger(bases) as autre:
        lecture = await lire(suivant, dossier)
        assert lecture.etat.effacees == {a: AUJOURD_HUI}
        assert [type(f.evenement).__name__ for f in lecture.faits].count("PersonneEffacee") == 1
        assert lecture.faits[-1].enveloppe.agent == EXECUTANT.agent
        assert (await autre.effacements.reconcilier()).rien
    assert await compter(bases, f"index_aveugle WHERE sujet = '{a}'") == 0


@pytest.mark.parametrize("restauration", ["cles sans tombes", "cles et tombes"])
async def test_une_sauvegarde_des_cles_restauree_est_effacee_a_nouveau(
    ledger: Ledger, bases: Bases, restauration: str
) -> None:
    dossier, a, _ = await un_couple(ledger)
    avant = await lire(ledger, dossier)
    decision = await un_effacement_decide(ledger, dossier, a)
    await ledger.effacements.effacer(dossier, a, decision, EXECUTANT, une_ligne(EXECUTANT))
    async with await psycopg.AsyncConnection.connect(bases.admin_cles_url, options="-c search_path=d93") as admin:
        await admin.execute("SET ROLE unefois_proprietaire")
        await admin.execute("ALTER TABLE cles DISABLE TRIGGER ALL")
        scellees = avant.trousseau._scellees[str(a), Classe.S1]
        await admin.execute("INSERT INTO cles VALUES (%s, 'S1', %s, %s)", [a, dossier, scellees])
        if restauration == "cles sans tombes":
            await admin.execute("DELETE FROM tombes")
    # Till then nothing that is not so is said: neither its name, nor that it is erased where no tombstone says so.
    entre = await lire(ledger, dossier)
    if restauration == "cles sans tombes":
        with pytest.raises(Discordance, match="effacement_sans_tombe"):
            ouverts(entre)
    else:
        assert vars(ouverts(entre)[1])["nom"] is EFFACE
    async with ouvrir_ledger(bases) as suivant:
        lecture = await lire(suivant, dossier)
        assert vars(ouverts(lecture)[1])["nom"] is EFFACE
        assert [tombe.sujet for tombe in await suivant.keys.tombes(dossier)] == [a]


async def test_oublier_n_obeit_qu_a_un_effacement_enregistre(ledger: Ledger) -> None:
    dossier, a, _ = await un_couple(ledger)
    with pytest.raises(LedgerIndisponible):
        await ledger.writer.oublier(dossier, a)
    assert await ledger.rechercher("LEROY", "Fatou", date(1955, 4, 24)) == [(dossier, a)]


async def test_une_lecture_voit_les_cles_de_son_dernier_fait(ledger: Ledger, bases: Bases) -> None:
    """Readers and a writer of ever new classes of keys: nothing that was written ever passes for erased."""
    dossier, personne = uuid4(), uuid4()
    await contribuer(ledger, dossier, une_ouverture(personne))
    async with ouvrir_ledger(bases) as lecteur:

        async def ecrire() -> None:
            for _ in range(30):
                p = uuid4()
                await contribuer(
                    ledger, dossier, une_contribution(OccupantDeclare(personne=p, qualite="OCCUPANT", nom="N"))
                )

        await lire(lecteur, dossier)  # connected: on a busy machine, that takes as long as all that is written
        ecriture = asyncio.create_task(ecrire())
        lus = 0
        while not ecriture.done():
            lecture = await lire(lecteur, dossier)
            lus += 1
            assert EFFACE not in [vars(e)["nom"] for e in ouverts(lecture)[1:]]
        await ecriture
        assert lus > 10
        assert len((await lire(lecteur, dossier)).faits) == 32
