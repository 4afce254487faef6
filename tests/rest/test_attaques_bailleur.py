"""Two households that differ only in what a landlord may not see are one to it: the same bytes, on every route.

Two whole worlds are asked the same things by the same landlord, at every purpose. In one of them the others have told
what is not for it, and the acts that it knows of hold other values. Ids, positions, moments of recording and what is
computed from them are numbered by order of appearance; everything else is compared as it was sent, headers too.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx

from adapters.registre.administration import administrer, asseoir, convoquer
from adapters.registre.instantane import Membre, Seance
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue, champs
from tests.bases import SCHEMA, bases_neuves, ouvrir_ledger
from tests.exploc.test_actes import ACTE
from tests.fichiers import PDF
from tests.monde import (
    COMMUNE,
    ETUDE,
    FINALITES,
    PAR,
    SEANCE,
    SEANCE_LE,
    TOUTES,
    Monde,
    evenement,
    ouverture,
    ouvrir_monde,
    peupler,
)
from tests.papier.mondes import texte
from tests.rest.mondes import UN_CHANGEMENT, UNE_REPRISE
from tests.rest.recit import titulaire

SEANCE_CLIL: Final = UUID("0199f1e2-7b1a-7000-8000-0000000000bb")
DETTE: Final = evenement("DetteDeclaree", montant=224770, arretee_au="2026-09-30", reference_source="L-1")
IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
CONJOINT: Final = {"nom": "DIALLO", "prenoms": "Awa", "date_naissance": "1960-01-02"}

# who, purpose, type, date, what is the same in both worlds, what only the others may know: here, there.
ACTES: Final[tuple[tuple[str, str, str, str, dict[str, Any], dict[str, Any], dict[str, Any]], ...]] = (
    (
        "etude",
        "ACTE_EMISSION",
        "CommandementPayerSignifie",
        "2026-09-10",
        {"etude_siret": ETUDE},
        {"ref_acte": "CDP-1", "dette": 224770, "dette_arretee_au": "2026-08-31", "nb_adultes": 1, "loyer": 80061},
        {"ref_acte": "CDP-77", "dette": 999900, "observations": "occupant absent", "nb_enfants": 4, "charges": 10},
    ),
    (
        "etude",
        "ACTE_EMISSION",
        "AssignationSignifiee",
        "2026-10-15",
        {"etude_siret": ETUDE},
        {"date_audience": "2027-01-12", "juridiction": "TJ BOBIGNY", "num_rg": "26/03127"},
        {"date_audience": "2027-03-30", "juridiction": "TP MONTREUIL"},
    ),
    (
        "ssd",
        "ACCOMPAGNEMENT",
        "DroitBloqueSignale",
        "2026-10-15",
        {"depuis": "2026-06-01"},
        {"droit": "AL", "effet": "INCONNU"},
        {"droit": "AAH", "effet": "AGGRAVANT"},
    ),
    (
        "caf",
        "ACTE_EMISSION",
        "AideLogementConstatee",
        "2026-10-15",
        {"etat": "VERSEE"},
        {"montant": 31000, "tiers_payant": True},
        {"montant": 12000},
    ),
    (
        "ssd",
        "ACCOMPAGNEMENT",
        "SurendettementAvance",
        "2026-10-15",
        {"etape": "RECEVABLE"},
        {"suspension_expulsion": False, "dette_locative": True},
        {"suspension_expulsion": True, "suspendue_jusqu_au": "2027-10-15", "mesure": "REPORT", "contestee": True},
    ),
    (
        "ssd",
        "ACCOMPAGNEMENT",
        "DiagnosticTransmis",
        "2026-10-20",
        {"presence_locataire": True, "ressources": 142000},
        {"connu_du_service_social": False, "dette": 1},
        {"connu_du_service_social": True, "nb_adultes": 3},
    ),
    ("etude", "ACTE_EMISSION", "ConcoursForceRequis", "2026-10-28", {"etude_siret": ETUDE}, {"ref_acte": "CFP-1"}, {}),
)
"""Acts that a landlord may know of, by their step or as a yes or no: what it must not see of them differs."""


def recommandation(a_qui: str) -> dict[str, Any]:
    dits = {"categorie": "SERVICE_SOCIAL", "texte": "rencontrer le ménage", "echeance": "2027-01-20"}
    return evenement("RecommandationEmise", recommandation=str(uuid4()), instance="CLIL", destinataire=a_qui, **dits)


def caches(personne: str, conjoint: str, intervention: str, demande: str) -> tuple[tuple[str, str, list[Any]], ...]:
    """What the others told that is not for a landlord at all, at any purpose."""
    return (
        (
            "ssd",
            "ACCOMPAGNEMENT",
            [
                evenement("AccompagnementOuvert", intervention=intervention, mesure="SSD"),
                evenement("OccupantDeclare", personne=conjoint, qualite="CONJOINT", **CONJOINT),
                evenement("MenageDeclare", nb_adultes=2, nb_enfants=2, annees_naissance_enfants=[2015, 2019]),
                evenement("BudgetDeclare", ressources=142000, charges=98000, reste_a_vivre=44000),
                evenement("CoordonneesDeclarees", personne=personne, telephone="0612345678"),
                evenement("HabitatSignale", nature="INDIGNITE"),
                evenement("ContactTente", canal="VAD", resultat="JOINT"),
                evenement("RelogementAvance", dispositif="DALO", etape="RECONNU"),
                evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01", contestee=True),
                evenement("PlanApurementConclu", etape="ROMPU"),
                evenement("ProtocoleAvance", protocole=str(uuid4()), etape="SIGNE", protocole_mois=24),
                evenement("ProtocolePrecoceAvance", etape="DETECTE", mois_impayes=2),
                evenement("MediationAvancee", etape="PROPOSEE"),
                evenement("AccompagnementAvance", etape="REFUSE", mesure="ASLL_MAINTIEN"),
                evenement("AideFinanciereInstruite", aide=str(uuid4()), dispositif="FSL_MAINTIEN", etape="DEMANDEE"),
            ],
        ),
        (
            "ssd",
            "ACCOMPAGNEMENT",
            [
                evenement(
                    "EvaluationSociale", acte=str(uuid4()), personnes=[personne, conjoint], texte="reprise de lien"
                ),
                evenement("BesoinSignale", acte=str(uuid4()), besoin="VIOLENCE", fondement="RGPD_9_2_B"),
                evenement("BesoinSignale", acte=str(uuid4()), besoin="EVALUATION_SANTE", fondement="RGPD_9_2_B"),
                evenement("MesureProtectionDeclaree", acte=str(uuid4()), personne=personne, mesure="CURATELLE"),
                evenement(
                    "OrientationSante",
                    acte=str(uuid4()),
                    personne=personne,
                    reseau="CMP",
                    etape="PROPOSEE",
                    fondement="RGPD_9_2_B",
                ),
            ],
        ),
        (
            "ccapex",
            "CCAPEX_INSTRUCTION",
            [evenement("Demande72", acte=demande, destinataire="ssd", question="démarches en cours ?")],
        ),
        (
            "ssd",
            "ACCOMPAGNEMENT",
            [
                evenement(
                    "InformationTransmise72",
                    acte=str(uuid4()),
                    en_reponse_a=demande,
                    texte="suivi",
                    necessite="délai utile",
                    menage_informe_le="2026-10-15",
                )
            ],
        ),
        (
            "clil",
            "CLIL_EXAMEN",
            [
                recommandation("ssd"),
                evenement("AvisRendu", instance="CLIL", sens="ACCOMPAGNEMENT", texte="la santé de madame"),
            ],
        ),
        (
            "ccapex",
            "CCAPEX_INSTRUCTION",
            [
                evenement("InstanceInscrite", instance="CCAPEX", seance=str(SEANCE), seance_le=SEANCE_LE.isoformat()),
                evenement("AvisRendu", instance="CCAPEX", sens="MAINTIEN", motifs_internes="la santé de madame"),
            ],
        ),
        (
            "comex",
            "CFP_INSTRUCTION",
            [evenement("EnqueteRealisee", "2026-10-30", resultat="RENCONTRE", mineurs_presents=True)],
        ),
    )


Recu = tuple[str, int, tuple[tuple[str, str], ...], str]


class Sosie:
    """One of the two worlds, and all that the landlord got from it."""

    def __init__(self, monde: Monde, *, cache: bool) -> None:
        self.monde = monde
        self.cache = cache
        self.dossier = ""
        self.abonnement = str(UUID(int=4))
        self.piece = ""
        self.recus: list[Recu] = []
        self.groupes: set[str] = set()
        self.routes: set[tuple[str, str]] = set()
        self._numeros: dict[str, str] = {}
        self._etiquettes: dict[str, str] = {}
        self._cles = count()
        self._reprises: dict[str, str] = {}

    async def abonner(self) -> None:
        """Before anything is told, the landlord takes up its feed at each purpose."""
        await self.monde.projeter()
        for finalite in FINALITES["BAILLEUR_SOCIAL"]:
            recu = await self.monde.get("/v1/flux", "bailleur", finalite)
            if recu.status_code == 200:
                self._reprises[finalite] = recu.json()["suivant"]
        assert self._reprises

    async def suivre(self, finalite: str) -> None:
        """All that was told since, by pages of three."""
        encore = True
        while encore:
            params: dict[str, Any] = {"limite": 3}
            if finalite in self._reprises:
                params["depuis"] = self._reprises[finalite]
            page = await self.appeler("GET", "/v1/flux", finalite, params=params)
            encore = page.status_code == 200 and page.json()["encore"]
            if page.status_code == 200:
                self._reprises[finalite] = page.json()["suivant"]

    async def raconter(self) -> None:
        monde = self.monde
        self.dossier = await monde.ouvrir()
        personne = await titulaire(monde, self.dossier)
        await self._dire("bailleur", "ACTE_EMISSION", [DETTE, evenement("MenageInforme", canal="COURRIER")])
        await self._dire("ccapex", "CCAPEX_ADMINISTRATIVE", [evenement("CcapexSaisie", "2026-10-12")])
        await self.joindre(personne)
        await monde.proposer(self.dossier)
        inscrit = {"instance": "CLIL", "seance": str(SEANCE_CLIL), "seance_le": "2026-12-10"}
        await self._dire("clil", "CLIL_EXAMEN", [evenement("InstanceInscrite", **inscrit), recommandation("bailleur")])
        await monde.ouvrir("etude")
        await self._dire("caf", "COORDINATION_CONTACTS", [evenement("ContactTente", canal="APPEL", resultat="ABSENT")])
        for qui, finalite, type_, le, communs, ici, ailleurs in ACTES:
            donnees = communs | (ailleurs if self.cache else ici)
            self._compter(type_, set(ici) ^ set(ailleurs) | {c for c in ici if ici[c] != ailleurs.get(c)})
            await self._dire(qui, finalite, [evenement(type_, le, **donnees)])
        await self.taire(personne)
        seance = {"seance": str(SEANCE_CLIL)}
        fige = await monde.post(f"/v1/dossiers/{self.dossier}/dossiers-de-seance", "clil", "CLIL_EXAMEN", seance)
        assert fige.status_code == 201, fige.text

    async def joindre(self, personne: str) -> None:
        """A file of an act that the landlord is told of, and does not read whole."""
        lu = await self.monde.get(f"/v1/dossiers/{self.dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
        [acte] = [fait["id"] for fait in lu.json()["faits"] if fait["type"] == "CcapexSaisie"]
        dit = {"acte": acte, "nature": "ACTE", "personnes": [personne]}
        chemin = f"/v1/dossiers/{self.dossier}/pieces"
        recu = await self.monde.post(chemin, "ccapex", "CCAPEX_ADMINISTRATIVE", PDF, params=dit)
        assert recu.status_code == 201, recu.text
        self.piece = str(recu.json()["piece"])

    async def taire(self, personne: str) -> None:
        if not self.cache:
            return
        for qui, finalite, faits in caches(personne, str(uuid4()), str(uuid4()), str(uuid4())):
            for fait in faits:
                self._compter(fait["type"], set(fait["donnees"]))
            await self._dire(qui, finalite, faits)

    async def _dire(self, qui: str, finalite: str, faits: list[Any]) -> None:
        recu = await self.monde.contribuer(self.dossier, qui, finalite, *faits)
        assert recu.status_code == 201, (qui, faits, recu.text)

    def _compter(self, type_: str, noms: set[str]) -> None:
        decrits = champs(catalogue()[type_])
        groupes = {decrits[nom].groupe for nom in noms} | {catalogue()[type_].GROUPE}
        self.groupes |= {"F10b" if g == "F10" else str(g) for g in groupes}

    async def appeler(
        self, methode: str, chemin: str, finalite: str, corps: Any = None, vue: str = "", **plus: Any
    ) -> httpx.Response:
        """As the landlord: the answer is kept, and compared at the end."""
        self.routes.add((methode, chemin))
        noms = {"effacement": UUID(int=2), "seance": SEANCE_CLIL, "abonnement": self.abonnement, "piece": self.piece}
        noms["message"], noms["document"] = str(UUID(int=3)), plus.pop("document", "synthese")
        adresse = chemin.format(dossier=self.dossier, vue=vue, **noms)
        if methode == "GET":
            reponse = await self.monde.get(adresse, "bailleur", finalite, **plus)
        else:
            entetes = {"Idempotency-Key": f"bailleur-{next(self._cles)}"} | plus.pop("headers", {})
            reponse = await self.monde.post(adresse, "bailleur", finalite, corps, headers=entetes, **plus)
        quoi = f"{methode} {chemin} {vue} à la finalité {finalite} ({(plus.get('params') or {}) | {'depuis': '…'}})"
        papier = reponse.headers["content-type"] == "application/pdf"
        corps_lu = self._imprime(reponse.content) if papier else self._numeroter(reponse.text)
        entetes_lus = tuple(
            (nom, self._entete(nom, valeur))
            for nom, valeur in reponse.headers.multi_items()
            if nom not in {"date", "traceparent", "content-length"}
        )
        self.recus.append((quoi, reponse.status_code, entetes_lus, corps_lu))
        return reponse

    async def insister(self, essais: Sequence[dict[str, Any]], chemin: str, finalite: str, vue: str) -> None:
        """One read, and the others if it is not refused."""
        for params in essais:
            reponse = await self.appeler("GET", chemin, finalite, vue=vue, params=params)
            if reponse.status_code in {403, 404}:
                return

    def _entete(self, nom: str, valeur: str) -> str:
        if nom == "etag":
            return self._etiquettes.setdefault(valeur, f"etag-{len(self._etiquettes)}")
        return "n" if nom == "position" else valeur.replace(self.dossier[-8:], "court")

    def _imprime(self, octets: bytes) -> str:
        """What a person reads on a paper, less the number of its case and the minute at which it was made."""
        return UNE_HEURE.sub("heure", texte(octets).replace(self.dossier[-8:], "court"))

    def _numeroter(self, texte: str) -> str:
        for un_id in (UN_ID, UN_CHANGEMENT):
            texte = un_id.sub(lambda m: self._numeros.setdefault(m[0], f"id-{len(self._numeros)}"), texte)
        texte = UNE_REPRISE.sub('"suivant":"jeton"', texte)
        texte = UN_SECRET.sub('"secret":"…"', texte)
        texte = UNE_EMPREINTE.sub(r"\1empreinte", texte)
        return UNE_POSITION.sub(r"\1n", UN_MOMENT.sub("moment", texte))


UNE_EMPREINTE: Final = re.compile(r'("empreinte":")[0-9a-f]{64}')
UN_SECRET: Final = re.compile(r'"secret":"whsec_[^"]+"')
UN_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNE_HEURE: Final = re.compile(r"\d+ h \d\d")
UN_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d")
UNE_POSITION: Final = re.compile(r'("(?:position|suivant)":)\d+')


@asynccontextmanager
async def sosie(modele: str, *, cache: bool) -> AsyncIterator[Sosie]:
    with bases_neuves(modele) as bases:
        peupler(bases)
        with administrer(bases.registre_url, PAR, SCHEMA) as registre:
            lieu = f"commune:{COMMUNE}"
            convoquer(registre, Seance(SEANCE_CLIL, "CLIL", lieu, date(2026, 10, 20), date(2026, 12, 10)))
            convoquer(registre, Seance(UUID(int=99), "CLIL", lieu, date(2026, 9, 1), date(2026, 10, 15)))
            asseoir(registre, Membre("CLIL", lieu, "bailleur", "consultative"))
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            monde.jetons.clear()
            ouvert = Sosie(monde, cache=cache)
            await ouvert.abonner()
            await ouvert.raconter()
            await monde.projeter()
            yield ouvert


async def tout_demander(s: Sosie, finalite: str) -> None:
    """Every route, as a landlord that looks for what it may not see."""
    for chemin, vue in (("/v1/dossiers/{dossier}", ""), *(("/v1/vues/{vue}/{dossier}", vue) for vue in VUES)):
        await s.insister(PASSES, chemin, finalite, vue)
    await s.appeler("GET", "/v1/dossiers/{dossier}/historique", finalite)
    for passe in (*PASSES, {"au": "2027-03-01"}):
        await s.appeler("GET", "/v1/dossiers/{dossier}/echeances", finalite, params=passe)
    await s.appeler(
        "POST", "/v1/echeances/simulation", finalite, {"actes": [{"type": "JugementRendu", "survenu_le": "2026-12-01"}]}
    )
    await s.appeler("GET", "/v1/dossiers/{dossier}/situation", finalite)
    await s.appeler("GET", "/v1/dossiers/{dossier}/rapprochements", finalite)
    await s.appeler("GET", "/v1/dossiers/{dossier}/echanges", finalite)
    besoin = {"donnees": ["dette", "ressources", "nom", "CoordonneesDeclarees.telephone", "BesoinSignale.besoin"]}
    await s.appeler("POST", "/v1/dossiers/{dossier}/deja-connu", finalite, besoin)
    await s.appeler("GET", "/v1/compteur", finalite)
    await s.appeler("GET", "/v1/dossiers/{dossier}/pieces/{piece}", finalite)
    for document in ("synthese", "dsf", "notification-avis", "recommandation", "prevention"):
        await s.appeler("GET", "/v1/dossiers/{dossier}/documents/{document}", finalite, document=document)
    dit = {"acte": str(UUID(int=1)), "nature": "ACTE", "personnes": [str(UUID(int=2))]}
    await s.appeler("POST", "/v1/dossiers/{dossier}/pieces", finalite, b"MZ", params=dit)
    await s.suivre(finalite)
    deplacement = {"fait": str(UUID(int=1)), "vers": str(UUID(int=2))}
    await s.appeler("POST", "/v1/dossiers/{dossier}/rapprochements/deplacement", finalite, deplacement)
    await s.appeler("GET", "/v1/dossiers/{dossier}/emissions", finalite)
    dette = evenement("DetteDeclaree", montant=230000, arretee_au="2026-10-31")
    await s.appeler("POST", "/v1/dossiers/{dossier}/lecteurs", finalite, {"evenements": [dette]})
    await s.appeler("GET", "/v1/indicateurs", finalite)
    for params in ({}, {"limite": 1}, {"genre": "RECOMMANDATION", "avant": "2027-06-01"}):
        await s.appeler("GET", "/v1/attentes", finalite, params=params)
    for params in (
        {},
        {"stade": "COMMANDEMENT"},
        {"stade": "AUDIENCE"},
        {"avant": "2027-12-31"},
        {"depuis": "2026-11-01"},
    ):
        await s.appeler("GET", "/v1/dossiers", finalite, params=params)
    for dite in (
        {"cle": "jamais-dite"},
        {"type": "AssignationSignifiee", "ref_acte": "A-1", "survenu_le": "2026-10-15"},
    ):
        await s.appeler("POST", "/v1/dossiers/reference", finalite, dite)
    await s.appeler("GET", "/v1/dossiers/{dossier}/dossiers-de-seance/{seance}", finalite)
    await s.appeler("POST", "/v1/dossiers/{dossier}/dossiers-de-seance", finalite, {"seance": str(SEANCE_CLIL)})
    for vue in VUES:
        await s.insister(FILTRES, "/v1/vues/{vue}", finalite, vue)
    abonne = await s.appeler("POST", "/v1/abonnements", finalite, {"url": "http://127.0.0.1:8094/"})
    s.abonnement = abonne.json().get("abonnement", s.abonnement)
    await s.appeler("GET", "/v1/abonnements", finalite)
    await s.appeler("GET", "/v1/abonnements/{abonnement}", finalite)
    for geste in ("REJEU", "SECRET", "FIN"):
        await s.appeler("POST", "/v1/abonnements/{abonnement}/changement", finalite, {"geste": geste})
    await s.appeler("GET", "/v1/seances", finalite)
    await s.appeler("GET", "/v1/seances/{seance}", finalite)
    await s.appeler("GET", "/v1/seances/calendrier", finalite, params={"du": "2026-11-15", "au": "2027-01-14"})
    await s.appeler("POST", "/v1/seances", finalite, {"instance": "clil-bobigny", "le": "2026-12-15"})
    for geste in ("changement", "tenue"):
        await s.appeler("POST", f"/v1/seances/{{seance}}/{geste}", finalite, {"le": "2026-12-15"})
    for qui in (IDENTITE, CONJOINT):
        await s.appeler("POST", "/v1/dossiers/recherche", finalite, qui)
        await s.appeler("POST", "/v1/journal/recherche", finalite, qui)
    for chemin in ("/v1/moi", "/v1/nomenclatures", "/v1/erreurs", "/v1/journal", "/v1/politiques"):
        await s.appeler("GET", chemin, finalite)
    for faux in FAUX:
        await s.appeler("POST", "/v1/dossiers/{dossier}/interventions", finalite, faux)
        await s.appeler("POST", "/v1/interventions/lot", finalite, faux)
    ligne = {"dossier": s.dossier, "cle": f"lot-{finalite}", "evenements": [DETTE]}
    await s.appeler("POST", "/v1/interventions/lot", finalite, ligne)
    for etape in ("", "/{effacement}/avis", "/{effacement}/decision", "/{effacement}/execution"):
        await s.appeler("POST", f"/v1/droits/effacement{etape}", finalite, {"dossier": s.dossier, "avis": "FAVORABLE"})
    await s.appeler("POST", "/v1/dossiers", finalite, ouverture())
    await demander_a_exploc(s, finalite)


async def demander_a_exploc(s: Sosie, finalite: str) -> None:
    """The same, of what mimics EXPLOC."""
    await s.appeler("POST", "/exploc/v1/lots", finalite, b"x")
    await s.appeler("GET", "/exploc/v1/lots", finalite)
    await s.appeler("GET", "/exploc/v1/retraits", finalite)
    await s.appeler("GET", "/exploc/v1/statistiques", finalite)
    await s.appeler("POST", "/exploc/v1/actes", finalite, {"message": str(UUID(int=3)), "acte": ACTE})
    await s.appeler("POST", "/exploc/v1/saisines", finalite, {"message": str(UUID(int=3)), "acte": {"nom": "X"}})
    await s.appeler("GET", "/exploc/v1/actes/{message}", finalite)
    await s.appeler("GET", "/exploc/v1/procedures/{dossier}", finalite)
    for numero in ({"num_rg": "19/00018"}, {"ref_dossier": "093-19-0000019"}, {"ref_acte": "CDP-1"}):
        await s.appeler("POST", "/exploc/v1/recherche", finalite, numero)


FAUX: Final[tuple[Any, ...]] = (
    {"evenements": []},
    {"evenements": [evenement("FaitCorrige", corrige=str(UUID(int=1)))]},
    b"{",
)
VUES: Final = ("clil", "ccapex", "comex")
CACHES: Final = {"F06", "F07b", "F08b", "F09b", "F10b", "F11", "F12", "F13", "F15", "F18", "F19b"}
"""Groups that a landlord opens at no purpose, without the person's accord: something of each differs."""
PASSES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"au": "2026-10-18"},
    {"connu_le": "2026-11-30"},
    {"connu_le": "2020-01-01"},
    {"regles_du": "2026-10-18"},
)
FILTRES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"limite": 1},
    {"commune": COMMUNE, "parc": "SOCIAL"},
    *({"stade": stade} for stade in ("COMMANDEMENT", "ASSIGNATION", "AUDIENCE", "CONCOURS_REQUIS")),
    {"seance": str(SEANCE_CLIL)},
    {"regle": "R07", "echeance_avant": "2027-06-01"},
    *(
        {"par_date": colonne, "du": "2027-02-01"}
        for colonne in ("dernier_acte_le", "prochaine_audience", "concours_requis_le", "ouvert_le")
    ),
    {"du": "2026-10-29"},
    {"du": "2026-10-25", "au_plus_tard": "2026-10-28"},
)


async def test_ce_qu_un_bailleur_ne_doit_pas_voir_ne_change_pas_un_octet(
    modele: str, compter: Callable[[str, int], None]
) -> None:
    async with sosie(modele, cache=False) as sans, sosie(modele, cache=True) as avec:
        for s in (sans, avec):
            for finalite in (*TOUTES, "RECOUVREMENT"):
                await tout_demander(s, finalite)
        lus = {recu[0] for recu in avec.recus if recu[1] == 200}
        assert any("{vue} clil" in quoi for quoi in lus), "le bailleur n'a lu aucune file active"
        assert any("recherche" in quoi for quoi in lus)
        assert sum("/v1/flux" in recu[0] and '"fr.unefois.fait"' in recu[3] for recu in avec.recus) > 3
        assert any(quoi.startswith("GET /v1/seances/{seance}") for quoi in lus), "le bailleur n'a lu aucune séance"
        assert any("dossiers-de-seance/{seance}" in quoi for quoi in lus)
        assert any("vu_change_le" in recu[3] for recu in avec.recus)
        assert any("RECOMMANDATION" in recu[3] for recu in avec.recus if "/v1/attentes" in recu[0])
        _comparer(sans, avec)
        assert sans.routes == {(r.methode, r.chemin) for r in ROUTES}
        assert avec.groupes >= CACHES
        compter("réponses à un bailleur, identiques quoi que le ménage ait de caché", len(sans.recus))


async def test_un_fait_cache_n_avance_ni_l_etiquette_ni_la_precondition(modele: str) -> None:
    async with sosie(modele, cache=False) as sans, sosie(modele, cache=False) as avec:
        avec.cache = True
        for s in (sans, avec):
            lu = await s.appeler("GET", "/v1/dossiers/{dossier}", "ACTE_EMISSION")
            await s.taire(await titulaire(s.monde, s.dossier))
            etag = {"If-None-Match": lu.headers["etag"]}
            relu = await s.appeler("GET", "/v1/dossiers/{dossier}", "ACTE_EMISSION", headers=etag)
            assert relu.status_code == 304
            envoi = {"evenements": [evenement("DetteDeclaree", montant=230000, arretee_au="2026-10-31")]}
            si = {"If-Match": lu.headers["etag"]}
            chemin = "/v1/dossiers/{dossier}/interventions"
            ecrit = await s.appeler("POST", chemin, "ACTE_EMISSION", envoi, headers=si)
            assert ecrit.status_code == 201
            perime = await s.appeler("POST", chemin, "ACTE_EMISSION", envoi, headers=si)
            assert perime.status_code == 412
        _comparer(sans, avec)


async def test_le_numero_d_un_fait_cache_ne_dit_rien_a_qui_l_essaie(modele: str) -> None:
    async with sosie(modele, cache=True) as s:
        faits = (await s.monde.get(f"/v1/dossiers/{s.dossier}", "ssd", "ACCOMPAGNEMENT")).json()["faits"]
        vus = (await s.monde.get(f"/v1/dossiers/{s.dossier}", "bailleur", "ACTE_EMISSION")).json()["faits"]
        secrets = {f["id"] for f in faits} - {f["id"] for f in vus}
        assert len(secrets) >= 10
        corrections = [
            await s.monde.contribuer(s.dossier, "bailleur", "ACTE_EMISSION", evenement("FaitCorrige", corrige=essai))
            for essai in (*secrets, str(uuid4()))
        ]
        assert {r.status_code for r in corrections} == {422}
        assert len({r.content for r in corrections}) == 1


def _comparer(sans: Sosie, avec: Sosie) -> None:
    assert sans.recus
    differents = [_ecart(ici, la) for ici, la in zip(sans.recus, avec.recus, strict=True) if ici != la]
    assert not differents, f"{len(differents)} réponses diffèrent, dont :\n" + "\n".join(differents[:10])


def _ecart(ici: Recu, la: Recu) -> str:
    """Where two answers part."""
    textes = str(ici), str(la)
    debut = max(0, next((rang for rang, (a, b) in enumerate(zip(*textes, strict=False)) if a != b), 0) - 60)
    return f"{ici[0]}\n" + "\n".join(texte[debut : debut + 200] for texte in textes)
