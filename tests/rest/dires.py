"""What each role may tell, told through the API as its partner does, and the little that the case must hold for it."""

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2 as httpx

from adapters.registre.administration import administrer, confirmer_mandat, convoquer, inscrire_partenaire
from adapters.registre.instantane import Mandat, Seance
from ledger.catalogue import Evenement, Moment, Nature, catalogue, champs
from ledger.droit.communes import commune
from ledger.droit.repondants import historique
from tests.bases import SCHEMA
from tests.monde import ETUDE, INFORME, PAR, SEANCE_LE, Monde, coherentes, evenement, ouverture, rpls
from tests.rest.mondes import DU, PORTES, ROLES, SECRETARIAT, TABLES, Lecteur
from tests.rest.recit import titulaire

SURVENU: Final = "2026-10-15"
AU: Final = date(2026, 12, 31)
SIENS: Final = {nom: cls for nom, cls in catalogue().items() if not cls.ROUTE_PROPRE and nom != "DossierOuvert"}
"""What is told by a contribution; an opening has its own route, which other tests look at."""
RETARDS: Final = {"SaisineClose": "2026-09-02", "SuiviClos": "2026-09-02"}
"""What ends something is told of before it began: what is told next needs it open."""
INSTANCES: Final = {"CLIL_SECRETARIAT": "CLIL", "PREFECTURE_CFP": "COMEX"}
PLUS_TARD: Final = "DSF"
"""Asked at the assignation; all the other purposes once the police's help is requested."""


def permis(role: str) -> dict[str, list[str]]:
    """By purpose that is in force, what the role may tell at it, in the order of the catalogue."""
    lecteur, dits = Lecteur(role), {}
    for finalite, porte in PORTES[role].items():
        if "emettre" in porte["actions"] and porte["valid_from"] <= "2026-11-02":
            dits[finalite] = [nom for nom in SIENS if lecteur.emet(nom, finalite)]
    return dits


@dataclass
class Recueil:
    """A case linked to one role in every way that it has, and what that role tells of it."""

    monde: Monde
    lecteur: Lecteur
    rang: int
    dossier: str = ""
    lui: str = ""
    elle: str = field(default_factory=lambda: str(uuid4()))
    demande: str = field(default_factory=lambda: str(uuid4()))
    ids: dict[str, str] = field(default_factory=dict)
    inscrite: dict[str, str] = field(default_factory=dict)
    demandees: Iterator[str] = field(
        default_factory=lambda: iter(("loyer", "charges", "type_logement", "bail_signe_le"))
    )

    async def commencer(self) -> None:
        """Others open the case, and put it where the role reaches it in each way that it has."""
        recu = await self.monde.post("/v1/dossiers", "ssd", "ACCOMPAGNEMENT", self._ouverture())
        assert recu.status_code == 201, recu.text
        self.dossier = recu.json()["dossier"]
        self.lui = await titulaire(self.monde, self.dossier)
        await self.autre("ssd", "ACCOMPAGNEMENT", *self._du_service())
        await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
        await self.monde.proposer(self.dossier)
        self._mander()
        await self.inscrire("CCAPEX")
        await self.inscrire("CLIL", self.lecteur.clil.lieu, self.lecteur.clil.id)
        self.ids["recommandation"] = str(uuid4())
        recommande = self.donnees("RecommandationEmise", {"F19a"}) | {
            "recommandation": self.ids["recommandation"],
            "instance": "CCAPEX",
            "destinataire": self.lecteur.code if self.lecteur.role in TABLES.suiveurs else "ssd",
        }
        await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("RecommandationEmise", **recommande))
        await self.avancer("AssignationSignifiee", "2026-10-01")
        await self._suivre()

    def _ouverture(self) -> dict[str, Any]:
        lecteur = self.lecteur
        logement = rpls(700 + len(ROLES) * self.rang + ROLES.index(lecteur.role))
        return ouverture("ABC"[self.rang] + lecteur.role.replace("_", ""), lecteur.siret, logement, lecteur.commune)

    def _du_service(self) -> Iterator[dict[str, Any]]:
        """The social service follows the household, and asked for help, which the role is to instruct."""
        self.ids["lien"] = str(uuid4())
        yield evenement("AccompagnementOuvert", intervention=self.ids["lien"], mesure="SSD")
        elle = {"nom": "AUTRE", "prenoms": "Awa", "date_naissance": "1960-01-02"}
        yield evenement("OccupantDeclare", personne=self.elle, qualite="CONJOINT", **elle)
        aide = {"dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "instructeur": self.lecteur.code}
        yield evenement("AideFinanciereInstruite", aide=self.demande, **aide)

    def _mander(self) -> None:
        personne = UUID(self.lui) if self.lecteur.role == "USAGER" else None
        mandat = Mandat(self.lecteur.code, UUID(self.dossier), "instructrice", DU, AU, personne=personne)
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            if self.lecteur.role == "CLIL_SECRETARIAT":  # a CLIL is of its commune
                ici = (self.lecteur.commune,)
                inscrire_partenaire(registre, replace(self.lecteur.partenaire, territoire="communes", communes=ici))
            confirmer_mandat(registre, mandat)

    async def _suivre(self) -> None:
        """It follows the household itself, or instructs its request, as the instructeur confirms."""
        suivent = permis(self.lecteur.role)
        finalite = next((f for f, noms in suivent.items() if "AccompagnementOuvert" in noms and f != PLUS_TARD), None)
        aide = {"dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE"}
        demande = evenement("AideFinanciereInstruite", aide=self.demande, **aide)
        for fin in suivent:
            if "AideFinanciereInstruite" in suivent[fin]:
                await self._exiger(fin, demande)
                break
        if "CLIL_EXAMEN" in suivent:  # who told something of the case may then say that it follows the household
            contact = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
            await self.dire("CLIL_EXAMEN", contact)
        if finalite is not None:
            intervention = str(uuid4())
            await self._exiger(finalite, evenement("AccompagnementOuvert", intervention=intervention, mesure="SSD"))
            await self.autre("ccapex", "CCAPEX_INSTRUCTION", evenement("LienConfirme", lien=intervention))

    async def avancer(self, type_: str, le: str) -> None:
        """The étude tells an act, and joins the case before the first."""
        if "etude" not in self.ids:
            self.ids["etude"] = ETUDE
            recu = await self.monde.post("/v1/dossiers", "etude", "ACTE_EMISSION", self._ouverture())
            assert recu.json()["dossier"] == self.dossier, recu.text
        await self.autre("etude", "ACTE_EMISSION", evenement(type_, le, etude_siret=ETUDE))

    async def inscrire(self, instance: str, lieu: str = "departement", seance: UUID | None = None) -> None:
        """The case is on the agenda of a session."""
        donnees = self._seance(instance, lieu, seance)
        inscrit = evenement("InstanceInscrite", **donnees)
        if instance == "CLIL":
            await self.autre(SECRETARIAT[0], "CLIL_EXAMEN", inscrit, agent=SECRETARIAT[1])
        else:
            await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", inscrit)

    def _seance(self, instance: str, lieu: str = "departement", seance: UUID | None = None) -> dict[str, str]:
        """A session to come, one more where none is given; another was held on the day that facts are told of."""
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            if seance is None:
                seance = uuid4()
                convoquer(registre, Seance(seance, instance, lieu, date(2026, 10, 20), SEANCE_LE))
            convoquer(registre, Seance(uuid4(), instance, lieu, date(2026, 9, 1), date.fromisoformat(SURVENU)))
        return {"instance": instance, "seance": str(seance), "seance_le": SEANCE_LE.isoformat()}

    async def autre(self, qui: str, finalite: str, *faits: dict[str, Any], agent: str = "") -> None:
        """Somebody else tells of the case."""
        recu = await self.monde.contribuer(self.dossier, qui, finalite, *faits, agent=agent)
        assert recu.status_code == 201, (qui, finalite, recu.text)

    async def _exiger(self, finalite: str, fait: dict[str, Any]) -> None:
        recu = await self.dire(finalite, fait)
        assert recu.status_code == 201, (self.lecteur.role, finalite, fait, recu.text)

    async def dire(self, finalite: str, fait: dict[str, Any]) -> httpx.Response:
        """The role tells one fact, as the person that its token names."""
        corps = {"evenements": [fait], "information_menage": INFORME}
        chemin = f"/v1/dossiers/{self.dossier}/interventions"
        return await self.monde.post(chemin, self.lecteur.code, self._a(finalite), corps, self.lecteur.agent)

    async def lire(self, finalite: str, suite: str = "") -> dict[str, Any]:
        """The case as the role is shown it at this purpose, or what follows its address."""
        chemin = f"/v1/dossiers/{self.dossier}{suite}"
        lu = await self.monde.get(chemin, self.lecteur.code, self._a(finalite), self.lecteur.agent)
        return self._rendu(lu, finalite)

    async def deja_connu(self, finalite: str, donnees: Sequence[str]) -> list[dict[str, Any]]:
        """What the role is told of these things, before it asks the household."""
        chemin, corps = f"/v1/dossiers/{self.dossier}/deja-connu", {"donnees": donnees}
        lu = await self.monde.post(chemin, self.lecteur.code, self._a(finalite), corps, self.lecteur.agent)
        dites: list[dict[str, Any]] = self._rendu(lu, finalite)["donnees"]
        return dites

    def _rendu(self, recu: httpx.Response, finalite: str) -> dict[str, Any]:
        assert recu.status_code == 200, (self.lecteur.role, finalite, recu.text)
        document: dict[str, Any] = recu.json()
        return document

    def _a(self, finalite: str) -> str:
        return f"{finalite}; demande={self.demande}" if PORTES[self.lecteur.role][finalite]["demande"] else finalite

    async def fait(self, nom: str, finalite: str) -> dict[str, Any]:
        """An event with all that this purpose takes of it, and the case as it must be before."""
        await self._preparer(nom, finalite)
        ecrit = set(PORTES[self.lecteur.role][finalite]["ecrit"])
        return evenement(nom, RETARDS.get(nom, SURVENU), **self.donnees(nom, ecrit))

    async def _preparer(self, nom: str, finalite: str) -> None:
        match nom:
            case "InscriptionReportee" | "InscriptionRetiree":
                self.inscrite = self._la_sienne()
                await self._exiger(finalite, evenement("InstanceInscrite", SURVENU, **self.inscrite))
            case "PropositionEcartee":
                await self.monde.proposer(self.dossier)
            case "DossierRouvert":
                await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("DossierClos", SURVENU, motif="RELOGE"))
            case "ValeurTranchee" | "DroitExerce":
                dette = evenement("DetteDeclaree", montant=100, arretee_au="2026-09-30")
                await self.autre("ssd", "ACCOMPAGNEMENT", dette)
                lu = await self.monde.get(f"/v1/dossiers/{self.dossier}", "ssd", "ACCOMPAGNEMENT")
                self.ids["fait"] = [f["id"] for f in lu.json()["faits"] if f["type"] == "DetteDeclaree"][-1]
            case "Demande72Refusee":
                self.ids["en_reponse_a"] = str(uuid4())
                dits = {"destinataire": self.lecteur.code, "question": "démarches en cours ?"}
                demande = evenement("Demande72", acte=self.ids["en_reponse_a"], **dits)
                await self.autre("ccapex", "CCAPEX_INSTRUCTION", demande)
            case "RapprochementSuggere" | "RapprochementTranche":
                autre = ouverture("PAREIL", self.lecteur.siret, rpls(9000 + self.rang), self.lecteur.commune)
                recu = await self.monde.post("/v1/dossiers", "ssd", "ACCOMPAGNEMENT", autre)
                self.ids["autre"] = recu.json()["dossier"]
                saisie = {"evenements": [evenement("CcapexSaisie", "2026-10-12")]}
                chemin = f"/v1/dossiers/{self.ids['autre']}/interventions"
                recu = await self.monde.post(chemin, "ccapex", "CCAPEX_ADMINISTRATIVE", saisie)
                assert recu.status_code == 201, recu.text
                suggere = evenement("RapprochementSuggere", autre=self.ids["autre"], motif="IDENTITE_PROCHE")
                await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", suggere)
            case "FaitMaintenu":
                for decision in ("MEME_MENAGE", "DISTINCT"):
                    tranche = evenement("RapprochementTranche", autre=self.ids["autre"], decision=decision)
                    await self.autre("ccapex", "CCAPEX_ADMINISTRATIVE", tranche)
                    if decision == "MEME_MENAGE":
                        await self.autre("ssd", "ACCOMPAGNEMENT", evenement("HabitatSignale", nature="NON_DECENCE"))
                lu = await self.monde.get(
                    f"/v1/dossiers/{self.dossier}/rapprochements", "ccapex", "CCAPEX_ADMINISTRATIVE"
                )
                self.ids["fait"] = lu.json()["a_trier"][0]["fait"]
            case "RenseignementRepondu":
                dits = {"destinataire": self.lecteur.code, "echeance": "2026-12-15"}
                demande = evenement("RenseignementDemande", donnee=DETENUES[self.lecteur.role], **dits)
                await self.autre("ssd", "ACCOMPAGNEMENT", demande)
                lu = await self.monde.get(f"/v1/dossiers/{self.dossier}", "ssd", "ACCOMPAGNEMENT")
                posees = [f["id"] for f in lu.json()["faits"] if f["type"] == "RenseignementDemande"]
                self.ids["renseignement"] = posees[-1]
            case "SuiviUnAnEvalue":
                await self.autre(
                    "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("DossierExamine", SURVENU, instance="CCAPEX")
                )
                lu = await self.monde.get(f"/v1/dossiers/{self.dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")
                self.ids["examen"] = next(f["id"] for f in lu.json()["faits"] if f["type"] == "DossierExamine")

    def donnees(self, nom: str, ecrit: set[str]) -> dict[str, Any]:
        """What an event must say, and what it may say of the groups that can be written: the examples, of this case."""
        cls = catalogue()[nom]
        exiges = {f.name for f in fields(cls) if f.default is MISSING}
        dits = {
            champ: self._valeur(cls, champ)
            for champ, decrit in champs(cls).items()
            if champ in exiges or (ecrit >= {_ecrit(decrit.groupe)} and champ not in _TUS and not decrit.deduit)
        }
        dits = coherentes(nom, dits | _DITS.get(nom, {}))
        if nom == "InstanceInscrite":
            dits |= self._la_sienne()
        elif nom == "RenseignementDemande":
            dits["donnee"] = next(self.demandees)
        elif nom == "InscriptionReportee":
            autre = self._la_sienne()
            dits |= {"reporte_a": autre["seance"], "reporte_au": autre["seance_le"]}
            dits |= {champ: self.inscrite[champ] for champ in ("instance", "seance")}
        elif nom == "InscriptionRetiree":
            dits |= {champ: self.inscrite[champ] for champ in ("instance", "seance")}
        elif "instance" in dits and nom in {"DossierExamine", "AvisRendu", "RecommandationEmise"}:
            dits["instance"] = INSTANCES.get(self.lecteur.role, "CCAPEX")
        if cls.IDENTIFIANT is not None:
            self.ids[cls.IDENTIFIANT] = dits[cls.IDENTIFIANT]
        if nom == "OccupantDeclare":
            self.ids["declaree"] = dits["personne"]
        return dits

    def _la_sienne(self) -> dict[str, str]:
        """A session of the commission that the role keeps the papers of, where its territory is."""
        instance = INSTANCES.get(self.lecteur.role, "CCAPEX")
        sienne = commune(self.lecteur.commune, date.fromisoformat(SURVENU))
        lieux = {"CLIL": self.lecteur.clil.lieu, "COMEX": f"arrondissement:{sienne and sienne.arrondissement}"}
        return self._seance(instance, lieux.get(instance, "departement"))

    def _valeur(self, cls: type[Evenement], champ: str) -> Any:
        decrit, lecteur = champs(cls)[champ], self.lecteur
        # Who is linked by its own contributions alone knows whom it declared.
        qui = self.ids.get("declaree", self.lui)
        siennes: dict[str, Any] = {
            "personne": self.elle if cls.__name__ == "OccupantParti" else qui,
            "personnes": [qui],
            "presents": [qui],
            "occupants": [qui],
            "mandataire": qui,
            "destinataire": "ssd",
            "instructeur": lecteur.code,
            "bailleur_siret": lecteur.siret,
            "commune": lecteur.commune,
            "etude_siret": lecteur.siret if lecteur.role in TABLES.etudes else ETUDE,
        }
        if champ == cls.IDENTIFIANT or (cls.__name__, champ) in {
            ("OccupantDeclare", "personne"),
            ("AideFinanciereInstruite", "aide"),
        }:
            return str(uuid4())
        if champ in siennes:
            return siennes[champ]
        if decrit.nature is Nature.DATE and decrit.moment is Moment.PASSE:
            return "2026-10-01"
        return self.ids.get(champ, decrit.exemple) if decrit.nature is Nature.IDENTIFIANT else decrit.exemple


DETENUES: Final = {detenteur.role: detenteur.donnee for detenteur in historique()}
"""Something that each role holds."""
_TUS: Final = frozenset({"seance", "en_seance", "id_rpls", "en_reponse_a", "titre", "representes", "absents"})
"""Left out where they need not be said: each would have to be of something else that stands."""
_DITS: Final[dict[str, dict[str, Any]]] = {
    "DroitRepondu": {"reponse": "PROLONGEE"},
    "RenseignementDemande": {"destinataire": "bailleur"},
}


def _ecrit(groupe: str | None) -> str:
    return "F10a" if groupe == "F10" else str(groupe)
