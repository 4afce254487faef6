"""Every act of the procedure, of the debt and of the rights: told by each of its roles, read back, refused to others.

Who tells what at which purpose is the reviewed golden tables' word (``tests/policies/golden``), not the rows' own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    confirmer_mandat,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Habilitation, Mandat, Partenaire
from ledger.catalogue import Evenement, catalogue, champs
from ledger.droit.listes import en_vigueur
from tests.bases import SCHEMA, Bases, ouvrir_ledger
from tests.monde import BAILLEUR, FINALITES, PAR, Monde, coherentes, evenement, ouverture, ouvrir_monde, peupler, rpls
from tests.policies.oracle import ECRITS, Role, roles
from tests.rest.recit import titulaire

CHAPITRES: Final = {"dette", "procedure", "execution"}
EVENEMENTS: Final = {
    nom: cls
    for nom, cls in catalogue().items()
    if cls.__module__.rpartition(".")[2] in CHAPITRES
    if not cls.ROUTE_PROPRE and nom != "DossierRouvert"  # of a case that was closed
}
AILLEURS: Final = {"CLIL_EXAMEN", "CCAPEX_INSTRUCTION", "APL_DECISION"}
"""Purposes of a commission in session, of an open saisine, and of 2027: tests of their own."""
OUVRIR: Final = {"DossierOuvert", "OccupantDeclare"}
AGENT: Final = "agent-1"
DU, AU = date(2026, 7, 1), date(2027, 6, 30)
LE: Final = {"ConcoursForceAccorde": "2026-10-25", "ConcoursForceRefuse": "2026-10-24"}
"""What comes after the request of 20 October; the others are of before, and come late."""


def code(role: str) -> str:
    return role.lower().replace("_", "-")


def couples(nom: str) -> Iterator[tuple[Role, str]]:
    """Who tells an event, at which purpose."""
    for role in roles().values():
        for finalite, portes in role.finalites.items():
            if nom in portes.emet and finalite not in AILLEURS:
                yield role, finalite


class Menages:
    """Two households whose cases every role is linked to: one is summoned, of the other the police's help is asked."""

    def __init__(self, monde: Monde) -> None:
        self.monde = monde
        self.dossiers: dict[str, str] = {}
        self.personnes: dict[str, str] = {}
        self.aides: dict[str, str] = {}

    async def preparer(self) -> None:
        for rang, (stade, actes) in enumerate(_ACTES.items()):
            corps = ouverture(nom=f"MENAGE{'AB'[rang]}", id_rpls=rpls(rang + 1))
            for qui in ("bailleur", "etude"):
                recu = await self.monde.post("/v1/dossiers", qui, "ACTE_EMISSION", corps)
                assert recu.status_code == 201, recu.text
            self.dossiers[stade] = recu.json()["dossier"]
            await self._dire(stade, "etude", "ACTE_EMISSION", *actes)
            self.personnes[stade] = await titulaire(self.monde, self.dossiers[stade])
            for role in roles().values():
                if role.finalites:
                    await self._lier(role, stade, corps)

    async def _lier(self, role: Role, stade: str, corps: dict[str, Any]) -> None:
        """By a mandate where the role takes one, else by what it tells first."""
        if stade == "AUDIENCE":
            self._inscrire(role)
        voies = {lien for voies in role.liens.values() for voie in voies for lien in voie}
        if "mandat" in voies:
            personne = UUID(self.personnes[stade]) if role.code == "USAGER" else None
            mandat = Mandat(code(role.code), UUID(self.dossiers[stade]), "instructrice", DU, AU, personne=personne)
            with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
                confirmer_mandat(registre, mandat)
        ouvrent = [f for f, p in role.finalites.items() if {*p.emet} >= OUVRIR and f not in AILLEURS]
        if ouvrent and not ouvrent[0].startswith("AIDE"):
            recu = await self.monde.post("/v1/dossiers", code(role.code), ouvrent[0], corps, AGENT)
            assert (recu.status_code, recu.json().get("dossier")) == (201, self.dossiers[stade]), recu.text
        for finalite, portes in role.finalites.items():
            if "AccompagnementOuvert" in portes.emet and finalite in {"ACCOMPAGNEMENT", "CONSEIL_DROIT"}:
                suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
                await self._dire(stade, code(role.code), finalite, suivi, agent=AGENT)
        if "AIDE_INSTRUCTION" in role.finalites:
            self.aides[role.code] = str(uuid4())
            aide = {"aide": self.aides[role.code], "dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE"}
            dite = evenement("AideFinanciereInstruite", **aide, instructeur=code(role.code))
            await self._dire(stade, "ssd", "ACCOMPAGNEMENT", dite)

    def _inscrire(self, role: Role) -> None:
        voies = {lien for voies in role.liens.values() for voie in voies for lien in voie}
        numero = "" if role.code == "USAGER" else siret(300 + sorted(roles()).index(role.code))
        sien = Partenaire(code(role.code), numero, f"Organisation {role.code}", role.code, FINALITES[role.code])
        if "territoire" in voies:
            sien = replace(sien, territoire="departement")
        if "portefeuille" in voies:
            sien = replace(sien, portefeuille=(BAILLEUR,))
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            inscrire_partenaire(registre, sien)
            rattacher_client(registre, f"client-{sien.code}", sien.code)
            habiliter(registre, Habilitation(uuid4(), sien.code, AGENT, sien.finalites, "profession", DU, AU, PAR))

    async def _dire(self, stade: str, qui: str, finalite: str, *faits: dict[str, Any], agent: str = "") -> None:
        recu = await self.monde.contribuer(self.dossiers[stade], qui, finalite, *faits, agent=agent)
        assert recu.status_code == 201, (qui, finalite, recu.text)

    def situer(self, role: Role, finalite: str) -> tuple[str, str]:
        """The case of a stage at which the purpose has an object, and the purpose as the header says it."""
        stade = "AUDIENCE" if finalite == "DSF" else "CONCOURS"
        demande = f"; demande={self.aides[role.code]}" if finalite == "AIDE_INSTRUCTION" else ""
        return stade, finalite + demande

    def donnees(self, nom: str, finalite: str, stade: str) -> dict[str, Any]:
        """Every field of an event that its purpose lets one write, each with the example that the catalogue gives."""
        cls = catalogue()[nom]
        dites = {
            champ: decrit.exemple
            for champ, decrit in champs(cls).items()
            if decrit.groupe in ECRITS[finalite] and champ not in _TUS
        }
        personne = self.personnes[stade]
        remplacent = {"presents": [personne], "occupants": [personne], "destinataire": "ssd", "aide": str(uuid4())}
        remplacent["ref_acte"] = f"ACTE-{uuid4().hex[:8]}"
        return coherentes(nom, {champ: remplacent.get(champ, valeur) for champ, valeur in dites.items()})


_TUS: Final = {"reference_source", "en_seance", "etude_siret", "titre", "representes", "absents", "instructeur"}
_CDP: Final = evenement("CommandementPayerSignifie", "2026-09-10", motif="LOYER")
_ACTES: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "AUDIENCE": (_CDP, evenement("AssignationSignifiee", "2026-10-20", date_audience="2027-01-12")),
    "CONCOURS": (
        _CDP,
        evenement("CommandementQuitterSignifie", "2026-10-19"),
        evenement("ConcoursForceRequis", "2026-10-20"),
    ),
}


async def test_regle_32_chaque_role_dit_les_siens_et_les_relit_a_la_meme_finalite(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    menages = Menages(monde)
    await menages.preparer()
    dites = 0
    for nom, cls in EVENEMENTS.items():
        siens = list(couples(nom))
        for role, finalite in siens:
            stade, entete = menages.situer(role, finalite)
            donnees = menages.donnees(nom, finalite, stade)
            dit = {"type": nom, "survenu_le": LE.get(nom, "2026-10-15"), "heure": "09:30", "donnees": donnees}
            chemin = f"/v1/dossiers/{menages.dossiers[stade]}"
            corps = {"evenements": [dit], "information_menage": "2026-10-01"}
            recu = await monde.post(f"{chemin}/interventions", code(role.code), entete, corps, AGENT)
            assert recu.status_code == 201, (nom, role.code, finalite, recu.text)
            dites += 1
            if "lire" in role.finalites[finalite].actions:
                lu = await monde.get(chemin, code(role.code), entete, AGENT)
                assert lu.status_code == 200, (role.code, finalite, lu.text)
                relire(lu.json()["faits"], cls, dit, role.finalites[finalite].vues[""].en("propre"))
        await refuser_aux_autres(menages, nom, {role.code for role, _ in siens})
    assert dites >= 150
    await taire_qui_suit_le_menage(menages)
    compter("émissions dites et relues : dette, procédure, exécution", dites)


async def taire_qui_suit_le_menage(menages: Menages) -> None:
    """Of acts that others told, a landlord reads the nature and the day: never that who helps or advises spoke."""
    for dossier in menages.dossiers.values():
        lu = await menages.monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")
        auteurs = {f["auteur"]["role"] for f in lu.json()["faits"] if f["auteur"]}
        assert auteurs >= {"BAILLEUR_SOCIAL", "COMMISSAIRE_JUSTICE"}
        assert auteurs.isdisjoint(SUIVENT), auteurs & SUIVENT


SUIVENT: Final = {
    *("ADIL", "ACTION_LOGEMENT", "ARS", "ASSOCIATION_ASLL", "AVOCAT_LOCATAIRE", "BANQUE_DE_FRANCE", "CCAS"),
    *("CD_TRAVAILLEUR_SOCIAL", "CLIL_SECRETARIAT", "EMPEX", "MANDATAIRE_JUDICIAIRE", "SIAO"),
}


def relire(faits: list[dict[str, Any]], cls: type[Evenement], dit: dict[str, Any], mesures: Mapping[str, str]) -> None:
    """The fact is there under the same purpose, with its hour and all that the role may read of what it told."""
    assert mesures[cls.GROUPE] in ENTIERES, dit
    sien = next(f for f in reversed(faits) if f["type"] == dit["type"])
    assert sien["heure"] == dit["heure"]
    lisibles = {c: v for c, v in dit["donnees"].items() if mesures[str(champs(cls)[c].groupe)] in ENTIERES}
    assert {c: sien["champs"].get(c) for c in lisibles} == lisibles


ENTIERES: Final = {"entier", "propres"}


async def refuser_aux_autres(menages: Menages, nom: str, siens: set[str]) -> None:
    """A role that no row names is refused for that, and leaves nothing."""
    essais = 0
    for role in roles().values():
        for finalite, portes in role.finalites.items():
            if role.code in siens or "emettre" not in portes.actions or finalite in AILLEURS:
                continue
            stade, entete = menages.situer(role, finalite)
            chemin = f"/v1/dossiers/{menages.dossiers[stade]}/interventions"
            dit = {"evenements": [evenement(nom)]}
            recu = await menages.monde.post(chemin, code(role.code), entete, dit, AGENT)
            assert (recu.status_code, recu.json()["code"]) == (403, "EVENEMENT_NON_ACCORDE"), (
                nom,
                role.code,
                recu.text,
            )
            essais += 1
            break
    assert essais >= 5, nom


ARTICLE: Final = "loi 89-462 art. 24 III"


async def test_un_acte_dit_son_heure_et_l_article_au_titre_duquel_il_est_transmis(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    dit = evenement("AssignationSignifiee", heure_audience="09:30", salle="salle 3")
    recu = await monde.contribuer(
        dossier, "etude", "ACTE_EMISSION", dit | {"heure": "14:05", "reference_legale": ARTICLE}
    )
    assert recu.status_code == 201, recu.text
    for suite in ("", "/historique"):
        lu = (await monde.get(f"/v1/dossiers/{dossier}{suite}", "etude", "ACTE_EMISSION")).json()
        [fait] = [f for f in lu.get("faits", lu.get("evenements")) if f["type"] == "AssignationSignifiee"]
        assert (fait["heure"], fait["reference_legale"]) == ("14:05", ARTICLE)
        assert "motif_correction" not in fait
    # Who knows but that it was signified, and when, has neither: they are of its content.
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()
    [fait] = [f for f in lu["faits"] if f["type"] == "AssignationSignifiee"]
    assert fait["champs"] == {}
    assert not {"heure", "reference_legale", "motif_correction"} & fait.keys()


async def test_ce_qui_corrige_dit_pourquoi(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    dette = evenement("DetteDeclaree", montant=100, arretee_au="2026-09-30")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()
    [premier] = [f["id"] for f in lu["faits"] if f["type"] == "DetteDeclaree"]
    corrige = evenement("DetteDeclaree", montant=90, arretee_au="2026-09-30") | {"corrige": premier}
    corrige |= {"motif_correction": "PIECE_RECUE"}
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", corrige)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()
    dites = [f for f in lu["faits"] if f["type"] == "DetteDeclaree"]
    assert [f.get("motif_correction") for f in dites] == [None, "PIECE_RECUE"]
    retrait = evenement("FaitCorrige", corrige=dites[1]["id"]) | {"motif_correction": "ERREUR_SAISIE"}
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", retrait)).status_code == 201
    sans = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette | {"motif_correction": "DOUBLON"})
    assert sans.json()["champs"][0]["code"] == "motif_sans_correction"


@pytest.mark.parametrize(
    ("champ", "valeur"),
    [
        ("heure", "24:00"),
        ("heure", "9:30"),
        ("heure", "09:30:00"),
        ("heure", "09h30"),
        ("heure", 930),
        ("heure", "٠٩:٣٠"),
        ("motif_correction", "RECTIFICATION"),
        ("motif_correction", ["DOUBLON"]),
        ("reference_legale", "loi LEROY"),
        ("reference_legale", "Fatou LEROY, art. 24"),
        ("reference_legale", "loi 89-462 à propos de Fatou"),
        ("reference_legale", "loi 2 55 08 14 168 025 38"),
        ("reference_legale", "CPCE"),
        ("reference_legale", {"article": 1}),
    ],
)
async def test_une_precision_fausse_se_refuse_sans_etre_repetee(monde: Monde, champ: str, valeur: object) -> None:
    dossier = await monde.ouvrir()
    dette = evenement("DetteDeclaree", montant=100, arretee_au="2026-09-30")
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette | {champ: valeur})
    assert recu.status_code == 422, recu.text
    assert {f["champ"] for f in recu.json()["champs"]} == {f"evenements.0.{champ}"}
    assert "LEROY" not in recu.text
    assert "168" not in recu.text


async def test_l_article_d_un_acte_sous_secret_ne_dit_pas_sa_nature(monde: Monde) -> None:
    dossier = await monde.ouvrir("ssd")
    besoin = evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", fondement="RGPD_6_1_E")
    recu = await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", besoin | {"reference_legale": "CASF L.121-6-2"})
    assert recu.status_code == 422
    assert [f["code"] for f in recu.json()["champs"]] == ["reference_au_secret"]
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", besoin | {"heure": "10:00"})).status_code == 201


async def test_loi_8_la_servitude_de_residence_principale_est_un_motif_depuis_octobre_2026(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    for le, statut in (("2026-09-30", 422), ("2026-10-01", 201)):
        acte = evenement("CommandementPayerSignifie", le, motif="SERVITUDE")
        assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", acte)).status_code == statut, le
    assert not en_vigueur("motif_signalement", "SERVITUDE", date(2026, 9, 30))


@pytest.mark.parametrize(
    ("le", "base", "mois", "statut"),
    [
        ("2023-07-28", "L412_3", 36, 201),
        ("2023-07-28", "L412_3", 37, 422),
        ("2023-07-28", "L412_3", 2, 422),
        ("2023-07-29", "L412_3", 1, 201),
        ("2023-07-29", "L412_3", 12, 201),
        ("2023-07-29", "L412_3", 13, 422),
        ("2026-05-20", None, 13, 422),
        ("2026-05-20", "L412_2", 3, 201),
        ("2026-05-20", "L412_2", 4, 422),
    ],
)
async def test_les_delais_pour_quitter_ont_les_bornes_de_leur_jour(
    monde: Monde, le: str, base: str | None, mois: int, statut: int
) -> None:
    dossier = await monde.ouvrir("etude")
    donnees = {"duree_mois": mois} | ({"base": base} if base else {})
    accordes = evenement("DelaisQuitterAvances", le, etape="ACCORDES", **donnees)
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", accordes)).status_code == statut
    # What is asked may be more than what can be granted.
    demandes = evenement("DelaisQuitterAvances", le, etape="DEMANDES", **donnees)
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", demandes)).status_code == 201


async def test_ce_qui_arrive_tard_ou_dans_le_desordre_se_prend(monde: Monde) -> None:
    """On paper, an act may come months later, and before what it follows."""
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    await monde.ouvrir("ccapex")
    for qui, finalite, fait in (
        ("bailleur", "ACTE_EMISSION", evenement("IndemnisationAvancee", "2026-06-01", etape="OFFERTE")),
        ("etude", "ACTE_EMISSION", evenement("JugementSignifie", "2026-02-01", remise="ETUDE")),
        ("etude", "ACTE_EMISSION", evenement("AppelForme", "2026-02-20")),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("ReceptionConstatee", "2026-04-27",
                                                      acte="COMMANDEMENT_QUITTER", recu_par="PREFET", voie="PAPIER")),
        ("etude", "ACTE_EMISSION", evenement("DelaisJudiciairesAvances", "2026-03-10", etape="ROMPUS")),
        ("etude", "ACTE_EMISSION", evenement("CommandementQuitterSignifie", "2026-04-10", delai="ENTIER")),
        ("etude", "ACTE_EMISSION", evenement("JugementRendu", "2026-01-15", nature="JUGEMENT", dispositif="DELAIS")),
        ("comex", "CFP_INSTRUCTION", evenement("ConcoursForceSursis", "2026-05-02", motif="TREVE")),
        ("comex", "CFP_INSTRUCTION", evenement("ConcoursForceRequis", "2026-05-01")),
        ("bailleur", "ACTE_EMISSION", evenement("DetteSoldee", "2026-07-01", par="MENAGE")),
    ):  # fmt: skip
        recu = await monde.contribuer(dossier, qui, finalite, fait)
        assert recu.status_code == 201, (fait, recu.text)


async def test_un_titre_est_un_jugement_du_dossier(monde: Monde) -> None:
    dossier = await monde.ouvrir("etude")
    acte = evenement("JugementRendu", "2026-01-15")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", acte)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "etude", "ACTE_EMISSION")).json()
    ids = {f["type"]: f["id"] for f in lu["faits"]}
    for titre, statut in ((ids["JugementRendu"], 201), (ids["DossierOuvert"], 422), (str(uuid4()), 422)):
        suite = evenement("JugementSignifie", "2026-02-01", titre=titre)
        assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", suite)).status_code == statut


async def test_un_defendeur_est_present_represente_ou_absent(monde: Monde) -> None:
    dossier = await monde.ouvrir("ssd")
    personne = await titulaire(monde, dossier)
    essais: tuple[tuple[dict[str, Any], str | None], ...] = (
        ({"presents": [personne]}, None),
        ({"presents": [personne], "absents": [personne]}, "presence_double"),
        ({"representes": [str(uuid4())]}, "personne_inconnue"),
    )
    for donnees, refus in essais:
        recu = await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", evenement("AudienceTenue", **donnees))
        assert [f["code"] for f in recu.json().get("champs", [])] == ([refus] if refus else [])


async def test_une_requisition_prematuree_n_est_pas_refusee_elle_est_a_renouveler(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    cql = evenement("CommandementQuitterSignifie", "2026-10-01")
    assert (await monde.contribuer(dossier, "etude", "ACTE_EMISSION", cql)).status_code == 201
    requis = evenement("ConcoursForceRequis", "2026-10-10", diligences="deux passages", difficultes="absent")
    rejet = evenement("ConcoursForceRefuse", "2026-10-12", prematuree=True)
    programmee = evenement("ExpulsionProgrammee", "2026-10-13", etape="PLANIFIEE", prevue_le="2026-12-01")
    for fait, stade in (
        (requis, "CONCOURS_REQUIS"),
        (rejet, "CONCOURS_REQUIS"),
        (programmee, "CONCOURS_REQUIS"),
        (evenement("ConcoursForceRefuse", "2026-10-14"), "CONCOURS_REFUSE"),
    ):
        recu = await monde.contribuer(dossier, "comex", "CFP_INSTRUCTION", fait)
        assert recu.status_code == 201, recu.text
        lu = (await monde.get(f"/v1/dossiers/{dossier}", "comex", "CFP_INSTRUCTION")).json()
        assert lu["synthese"]["stade"] == stade, fait


async def test_le_bailleur_n_apprend_rien_de_ce_qui_n_est_pas_pour_lui(monde: Monde) -> None:
    """The day of the eviction, the legal aid of its tenant, the paying body's alert, why a DSF could not be made."""
    dossier = await monde.ouvrir()
    await monde.ouvrir("etude")
    avant = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()
    for qui, finalite, fait in (
        ("etude", "ACTE_EMISSION", evenement("ExpulsionProgrammee", etape="PLANIFIEE", prevue_le="2026-12-01")),
        ("ssd", "ACCOMPAGNEMENT", evenement("AideJuridictionnelleAvancee", etape="DEMANDEE")),
        ("ssd", "ACCOMPAGNEMENT", evenement("DetteSoldee", par="ORGANISME")),
    ):
        assert (await monde.contribuer(dossier, qui, finalite, fait)).status_code == 201
    await monde.contribuer(
        dossier, "caf", "COORDINATION_CONTACTS", evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    )
    alerte = evenement("AlerteOrganismePayeur", nature="PLAN_ROMPU")
    assert (await monde.contribuer(dossier, "caf", "ACTE_EMISSION", alerte)).status_code == 201
    apres = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_EMISSION")).json()
    assert {cle: apres[cle] for cle in avant if cle != "position"} == {
        cle: avant[cle] for cle in avant if cle != "position"
    }
    tus = {"motif_carence": "REFUS", "accompagnement": "SOCIAL", "transmis_juge_le": "2026-10-15"}
    dsf = evenement("DiagnosticTransmis", carence=True, **tus)
    assert (await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", dsf)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "bailleur", "ACTE_RECEPTION")).json()
    [fait] = [f for f in lu["faits"] if f["type"] == "DiagnosticTransmis"]
    assert fait["champs"] == {"carence": True}


# the decision on the housing allowance ---------------------------------------------------------------------------

DECISION: Final[dict[str, Any]] = {
    "sens": "SUSPENDUE",
    "effet_le": "2027-03-01",
    "motif": "PLAN_ROMPU",
    "montant": 31000,
    "menage_sollicite_le": "2026-10-10",
    "observations": "j'ai repris le paiement du loyer",
    "voies_recours": ["ADMINISTRATIF", "CONTENTIEUX"],
    "recours_avant_le": "2027-05-01",
    "destinataire": "caf",
}


def en_service(monde: Monde, *codes: str) -> None:
    """Agents habilitated across the new year."""
    roles_ = {"ccapex": "CCAPEX_INSTRUCTEUR", "caf": "CAF"}
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for qui in codes:
            role = roles_[qui]
            habiliter(registre, Habilitation(uuid4(), qui, AGENT, FINALITES[role], "mission", DU, AU, PAR))


async def test_loi_8_la_decision_sur_l_aide_au_logement_est_celle_de_la_ccapex_depuis_2027(bases: Bases) -> None:
    """On 31 December the CCAPEX decides nothing, the paying body does; the day after, the letter can be written."""
    peupler(bases)
    dossier = ""
    for le, statut in ((date(2026, 12, 31), 403), (date(2027, 1, 1), 201)):
        jour = partial(lambda le: le, le)
        async with ouvrir_ledger(bases, le) as ledger, ouvrir_monde(bases, ledger, aujourd_hui=jour) as monde:
            en_service(monde, "ccapex", "caf")
            monde.cles = le.toordinal()  # one ledger, two days: no key twice
            if not dossier:
                corps = ouverture()
                recu = await monde.post("/v1/dossiers", "ccapex", "CCAPEX_ADMINISTRATIVE", corps, AGENT)
                dossier = recu.json()["dossier"]
            decision = evenement("AideLogementDecidee", le.isoformat(), **DECISION)
            recu = await monde.contribuer(dossier, "ccapex", "APL_DECISION", decision, agent=AGENT)
            assert recu.status_code == statut, recu.text
            machine = await monde.contribuer(dossier, "ccapex", "APL_DECISION", decision, agent=None)
            assert machine.status_code == 403
            for finalite in ("CCAPEX_ADMINISTRATIVE", "ACTE_EMISSION"):
                autre = await monde.contribuer(dossier, "ccapex", finalite, decision, agent=AGENT)
                assert (autre.status_code, autre.json()["code"]) == (403, "EVENEMENT_NON_ACCORDE"), autre.text
            if statut == 201:
                await relire_la_lettre(monde, dossier, decision)


async def relire_la_lettre(monde: Monde, dossier: str, decision: dict[str, Any]) -> None:
    """All that the letter says is read back at the purpose of the decision, by who decided and who carries it out."""
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "APL_DECISION", AGENT)).json()
    [fait] = [f for f in lu["faits"] if f["type"] == "AideLogementDecidee"]
    assert fait["champs"] == decision["donnees"]
    assert fait["auteur"]["role"] == "CCAPEX_INSTRUCTEUR"
    dit = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    recu = await monde.contribuer(dossier, "caf", "COORDINATION_CONTACTS", dit, agent=AGENT)
    assert recu.status_code == 201, recu.text
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "caf", "ACTE_EMISSION", AGENT)).json()
    [fait] = [f for f in lu["faits"] if f["type"] == "AideLogementDecidee"]
    assert fait["champs"] == decision["donnees"]
    for manque, refus in (("menage_sollicite_le", "sans_contradictoire"), ("voies_recours", "sans_recours")):
        sans = {champ: valeur for champ, valeur in decision["donnees"].items() if champ != manque}
        recu = await monde.contribuer(
            dossier, "ccapex", "APL_DECISION", evenement("AideLogementDecidee", "2027-01-01", **sans), agent=AGENT
        )
        assert [f["code"] for f in recu.json()["champs"]] == [refus]


async def test_avant_2027_l_organisme_payeur_decide(monde: Monde) -> None:
    dossier = await monde.ouvrir("caf")
    decision = evenement("AideLogementDecidee", **DECISION)
    assert (await monde.contribuer(dossier, "caf", "ACTE_EMISSION", decision)).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "caf", "ACTE_EMISSION")).json()
    assert [f["champs"] for f in lu["faits"] if f["type"] == "AideLogementDecidee"] == [DECISION]
    constat = evenement("AideLogementConstatee", etat="SUSPENDUE", decideur="CCAPEX")
    recu = await monde.contribuer(dossier, "caf", "ACTE_EMISSION", constat)
    assert [f["code"] for f in recu.json()["champs"]] == ["code"]  # nobody but it decided on that day
