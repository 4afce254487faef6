"""What an author was told of who will read it, held against what everybody then reads.

Readers stand for every role by every way that the tables give it, and are linked by that way alone. What they read is
asked through the public door. Each sentence of the announcement is looked up in a list of this file, which says in
the facts of the case, of the registry and of the reader what that sentence means: one that is not there fails.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from adapters.demo.departement import siret
from adapters.gate.provenance import donneur
from adapters.mots import libelles
from adapters.registre.administration import (
    administrer,
    asseoir,
    confirmer_mandat,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Mandat, Membre, Partenaire, Rattachement
from ledger.catalogue import catalogue, champs
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import confirme, instructeurs
from ledger.dossier.part import Soi
from ledger.reader import Lecture
from policies.decision import GROUPES, Lien
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.monde import FINALITES, PAR, evenement, habilitation
from tests.rest.dires import Recueil, permis
from tests.rest.mondes import AU, COLLEGUE, DU, PORTES, ROLES, TABLES, Lecteur

LISENT: Final = {
    role: sorted(code for code, p in portes.items() if "lire" in p["actions"] and p["valid_from"] <= "2026-11-02")
    for role, portes in PORTES.items()
}
"""By role, the purposes at which it reads today."""
TOUT: Final = "tout"
TERRITORIAUX: Final = frozenset({"territoire"})


@dataclass(frozen=True, slots=True)
class Tiers:
    """An organisation of a role, linked to every case by this way alone; or by all that it has, or by nothing."""

    role: str
    rang: int
    voie: frozenset[str]

    @property
    def code(self) -> str:
        return f"tiers-{self.rang}"

    @property
    def partenaire(self) -> Partenaire:
        lieu = "departement" if "territoire" in self.voie else "aucun"
        numero = "" if self.role == "USAGER" else siret(400 + self.rang)
        bailleurs = tuple(Lecteur(r).siret for r in ROLES) if "portefeuille" in self.voie else ()
        return Partenaire(self.code, numero, self.code, self.role, FINALITES[self.role], lieu, (), bailleurs)


def tiers() -> list[Tiers]:
    """One organisation for each way of each role, one for all of them, and one that nothing links."""
    voulus = []
    for role, finalites in ((role, finalites) for role, finalites in LISENT.items() if finalites):
        voies = {frozenset(v) for code in finalites for v in TABLES.voies(role, code)} - {frozenset({"auteur"})}
        ensemble = frozenset[str]().union(*voies)
        voulus += [(role, voie) for voie in sorted({*voies, ensemble, frozenset[str]()}, key=sorted)]
    return [Tiers(role, rang, voie) for rang, (role, voie) in enumerate(voulus)]


AGENTS: Final = (("suit", "profession"), ("passe", "profession"), ("profane", "aucun"))
"""An agent bound by secrecy who follows the household where its role may say so, another, and one who is not bound."""


def inscrire_tiers(bases: Bases) -> None:
    """Their partners, agents and seats."""
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for un in tiers():
            inscrire_partenaire(registre, un.partenaire)
            rattacher_client(registre, f"client-{un.code}", un.code)
            for agent, secret in AGENTS:
                habiliter(registre, habilitation(un.code, agent, un.role, secret))
            sieges = {"ordre_du_jour": "deliberative", "siege_consultatif": "consultative"}
            for lien, voix in sieges.items():
                if lien in un.voie and not (voix == "consultative" and "ordre_du_jour" in un.voie):
                    asseoir(registre, Membre("CCAPEX", "departement", un.code, voix))
                    for role in ROLES:
                        asseoir(registre, Membre("CLIL", Lecteur(role).clil.lieu, un.code, voix))


def delier(bases: Bases, *, tenus: bool = False) -> None:
    """Those who follow the household are bound by secrecy no more; or are again."""
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        for un in tiers():
            if "intervention" in un.voie and un.rang % 2:
                neuve = habilitation(un.code, "suit", un.role, "profession" if tenus else "aucun")
                habiliter(registre, replace(neuve, du=date(2026, 6, 2 if tenus else 1)))


@dataclass(slots=True)
class Dite:
    """One fact that was told, and what was announced of it."""

    id: str
    fait: Mapping[str, Any]
    acte: Mapping[str, Any]
    auteur: str
    agent: str
    destinataire: str | None
    personnes: frozenset[UUID]
    demande: str | None
    finalite: str


@dataclass
class Annonces(Recueil):
    """A case of which a role tells, and is told before each act who will read it."""

    dites: list[Dite] = field(default_factory=list)

    async def prevoir(self, a: str, fait: Mapping[str, Any]) -> Any:
        """Who will read it."""
        corps = {"evenements": [fait], "information_menage": "2026-10-01"}
        chemin = f"/v1/dossiers/{self.dossier}/lecteurs"
        for _ in range(5):  # what was asked of the rules is kept: of a machine that is busy, the next answer goes on
            dit = await self.monde.post(chemin, self.lecteur.code, a, corps, self.lecteur.agent)
            if dit.status_code != 503:
                break
        return dit

    async def redire(self) -> list[Dite]:
        """What was told, as it would be announced now."""
        redites = []
        for dite in (une for une in self.dites if une.finalite != "DSF"):  # a stage that is over
            recu = await self.prevoir(dite.finalite, dite.fait)
            assert recu.status_code == 200, (dite.finalite, dite.fait, recu.text)
            redites.append(replace(dite, acte=recu.json()["actes"][0]))
        return redites

    async def dire(self, finalite: str, fait: dict[str, Any]) -> Any:
        """Ask who will read it, then tell it."""
        a = self._a(finalite)
        dit = await self.prevoir(a, fait)
        recu = await super().dire(finalite, fait)
        if recu.status_code == 201:
            assert dit.status_code == 200, (fait, dit.text)
            await self._retenir(recu.json()["contribution"], fait, dit.json()["actes"], a)
        return recu

    async def _retenir(self, contribution: str, fait: Mapping[str, Any], actes: Sequence[Any], a: str) -> None:
        lecture = await self.entiere()
        [acte] = actes
        for recorde in lecture.faits:
            e = recorde.evenement
            if str(recorde.enveloppe.contribution) == contribution and acte["type"] == fait["type"]:
                donnees = fait["donnees"]
                nommees = {donnees.get("personne"), *donnees.get("personnes", ())} - {None}
                if fait["type"] == "AccordRetire":
                    nommees = {donneur(lecture.etat, UUID(donnees["accord"]))} - {None}
                self.dites.append(
                    Dite(
                        str(recorde.enveloppe.id),
                        fait,
                        acte,
                        self.lecteur.code,
                        self.lecteur.agent,
                        donnees.get("destinataire") or getattr(e, "destinataire", None),
                        frozenset(map(UUID, map(str, nommees))),
                        self.demande if "demande=" in a else None,
                        a,
                    )
                )

    async def entiere(self) -> Lecture:
        lecture = await self.monde.gate.ledger.consulter(UUID(self.dossier))
        assert lecture is not None
        return lecture

    async def lier(self, tous: Sequence[Tiers], *, accord: bool) -> dict[str, str]:
        """Link each of them by its way: mandates, follow-ups, requests. By organisation, the request that it has."""
        demandes: dict[str, str] = {}
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            for un in tous:
                if "mandat" in un.voie:
                    qui = UUID(self.elle if un.rang % 2 else self.lui) if un.role == "USAGER" else None
                    confirmer_mandat(registre, Mandat(un.code, UUID(self.dossier), "instructrice", DU, AU, None, qui))
        for un in tous:
            if "AIDE_INSTRUCTION" in LISENT[un.role] and un.voie:
                demandes[un.code] = str(uuid4())
                aide = {"dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "instructeur": un.code}
                dite = evenement("AideFinanciereInstruite", aide=demandes[un.code], **aide)
                if un.voie == {"territoire"}:  # on its own word alone
                    await self._de(un, f"AIDE_INSTRUCTION; demande={demandes[un.code]}", dite)
                else:
                    await self.autre("ssd", "ACCOMPAGNEMENT", dite)
            suivent = [f for f, noms in permis(un.role).items() if "AccompagnementOuvert" in noms and f != "DSF"]
            if "intervention" in un.voie and suivent:
                designe = PORTES[un.role][suivent[0]]["demande"]
                await self._suit(un, f"{suivent[0]}; demande={demandes[un.code]}" if designe else suivent[0])
            if accord and un.voie and un.role != "USAGER":
                await self.autre("ssd", "ACCOMPAGNEMENT", self._accord(un.code))
        return demandes

    def _accord(self, destinataire: str) -> dict[str, Any]:
        dits: dict[str, Any] = {"groupes": list(GROUPES), "jusqu_au": "2027-03-01", "personne": self.lui}
        return evenement("AccordRecueilli", accord=str(uuid4()), destinataire=destinataire, **dits)

    async def suivre_sans_informer(self) -> None:
        """A colleague of the author begins to follow the household, which is not informed of it; another confirms."""
        lien, code = str(uuid4()), self.lecteur.code
        corps = {"evenements": [evenement("AccompagnementOuvert", intervention=lien, mesure="SSD")]}
        chemin = f"/v1/dossiers/{self.dossier}/interventions"
        recu = await self.monde.post(chemin, code, "ACCOMPAGNEMENT", corps, COLLEGUE)
        assert recu.status_code == 201, recu.text
        await self.autre("ccapex", "CCAPEX_INSTRUCTION", evenement("LienConfirme", lien=lien))

    async def _suit(self, un: Tiers, finalite: str) -> None:
        """Who is linked by that alone says so while its territory and a mandate let it."""
        mandat, ici = Mandat(un.code, UUID(self.dossier), "instructrice", DU, AU), un.partenaire
        self._inscrire(mandat, replace(ici, territoire="departement"))
        if not any(voie in TABLES.voies(un.role, finalite.partition(";")[0]) for voie in (["territoire"], ["mandat"])):
            await self._de(un, "CLIL_EXAMEN", evenement("ContactTente", canal="APPEL", resultat="ABSENT"))
        lien = str(uuid4())
        await self._de(un, finalite, evenement("AccompagnementOuvert", intervention=lien, mesure="SSD"))
        self._inscrire(mandat if "mandat" in un.voie else replace(mandat, au=date(2026, 1, 2)), ici)
        await self.autre("ccapex", "CCAPEX_INSTRUCTION", evenement("LienConfirme", lien=lien))

    async def _de(self, un: Tiers, finalite: str, fait: dict[str, Any]) -> None:
        corps = {"evenements": [fait], "information_menage": "2026-10-01"}
        recu = await self.monde.post(f"/v1/dossiers/{self.dossier}/interventions", un.code, finalite, corps, "suit")
        assert recu.status_code == 201, (un, finalite, recu.text)

    def _inscrire(self, mandat: Mandat, partenaire: Partenaire) -> None:
        with administrer(self.monde.bases.registre_url, PAR, SCHEMA) as registre:
            inscrire_partenaire(registre, partenaire)
            confirmer_mandat(registre, mandat)


# what the sentences mean ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Vrai:
    """A reader at a purpose, and what is true of it and of the case as it is answered."""

    partenaire: Partenaire
    agent: str
    finalite: str
    prouve: bool
    secret: bool
    demande: str | None
    liens: frozenset[Lien]
    seul: bool
    etat: Dossier
    regimes: frozenset[str]
    personne: UUID | None
    montres: Mapping[str, frozenset[str]]


Sens = Callable[[Vrai, Dite], bool]


def _lien(*liens: str) -> Sens:
    return lambda v, _: {*map(Lien, liens)} <= v.liens


LIENS: Final[Mapping[str, Sens]] = {
    "le logement est sur son territoire": _lien("territoire"),
    "le bailleur du dossier est dans son portefeuille, et une autre source le dit aussi": _lien("portefeuille"),
    "un mandat lui est confirmé pour ce dossier": _lien("mandat"),
    "ce mandat la désigne dans le ménage": _lien("personne"),
    "un autre organisme a proposé le dossier à sa CLIL, ou elle l'a examiné, dans les douze derniers mois": _lien(
        "devant_la_clil"
    ),
    "l'agent suit le ménage, et une autre source le confirme": _lien("intervention"),
    "le dossier est à l'ordre du jour d'une commission où elle siège": _lien("ordre_du_jour"),
    "le dossier est à l'ordre du jour d'une commission où elle a une voix consultative": _lien("siege_consultatif"),
    "elle n'est liée au dossier que par ses apports : ce qu'elle a dit, ce qui lui est adressé": lambda v, _: v.seul,
}
CONDITIONS: Final[Mapping[str, Sens]] = {
    "une saisine de la CCAPEX est ouverte": lambda v, _: v.etat.saisine_ouverte,
    "la finalité désigne une demande d'aide du ménage, que l'organisation instruit": lambda v, _: (
        v.demande is not None and v.etat.instructeur(UUID(v.demande)) == v.partenaire.code
    ),
    "cette demande est celle pour laquelle cela est recueilli": lambda v, dite: v.demande == dite.demande,
    "une autre source dit aussi qu'elle instruit cette demande": lambda v, _: Lien.DEMANDE_ALLEGUEE not in v.liens,
    "le ménage en a été informé": lambda v, _: v.etat.information_menage is not None,
    "nul du ménage ne s'y est opposé": lambda v, _: not v.etat.opposition,
    "le traitement n'est pas limité à la demande du ménage": lambda v, _: not v.etat.limitation,
    "le traitement est limité à la demande du ménage": lambda v, _: v.etat.limitation,
    "l'agent est habilité au secret professionnel": lambda v, _: v.secret,
    "l'agent prouve qui il est": lambda v, _: v.prouve,
    "l'agent suit le ménage, et une autre source le confirme": _lien("intervention"),
    "l'agent dit suivre le ménage, et nulle autre source ne le confirme": _lien("intervention_alleguee"),
    "l'agent ne suit pas le ménage, ou lui seul le dit": lambda v, _: Lien.INTERVENTION not in v.liens,
    "le ménage a été informé de l'intervention de cet agent": lambda v, _: any(
        i.informe and (i.partenaire, i.agent) == (v.partenaire.code, v.agent) for i in v.etat.interventions.values()
    ),
    "la personne a donné son accord pour cette donnée, recueilli par un autre organisme": lambda v, dite: any(
        accord.destinataire == v.partenaire.code
        and accord.recueilli_par != v.partenaire.code
        and dite.personnes <= {accord.personne}
        for accord in v.etat.accords.values()
    ),
    "la commission siège au titre de l'article 7-2": lambda v, _: "ARTICLE_7_2" in v.regimes,
    "le fait a moins d'un an": lambda _, dite: dite.fait["survenu_le"] >= "2025-11-02",
    "le fait que celui-ci corrige ou tranche lui est montré": lambda v, dite: (
        (dite.fait["donnees"].get("corrige") or dite.fait["donnees"]["fait"]) in v.montres
    ),
    "le courrier est parti depuis un mois au plus": lambda _, dite: (
        date.fromisoformat(dite.fait["survenu_le"]) >= AUJOURD_HUI - timedelta(days=31)
    ),
    "nul autre adulte n'est déclaré au dossier": lambda v, _: len(v.etat.personnes) == 1,
    "la personne n'a pas quitté le ménage auparavant": lambda v, _: v.personne not in v.etat.departs,
}
STADE: Final = "la procédure en est à : "


def _a_soi(v: Vrai, dite: Dite) -> bool:
    return v.partenaire.code == dite.auteur


def _autre(v: Vrai, dite: Dite) -> bool:
    return v.partenaire.code not in {dite.auteur, dite.destinataire}


QUI: Final[Mapping[str, Sens]] = {
    "vous, qui écrivez": lambda v, d: _a_soi(v, d) and v.agent == d.agent,
    "vos collègues": lambda v, d: _a_soi(v, d) and v.agent != d.agent,
    "votre organisation": _a_soi,
    "la personne que cela concerne": lambda v, d: _autre(v, d) and d.personnes == {v.personne},
    "une autre personne du ménage": lambda v, d: _autre(v, d) and d.personnes not in ({v.personne}, frozenset()),
    "une personne du ménage": lambda v, d: _autre(v, d) and not d.personnes,
}


def _est(qui: str, v: Vrai, dite: Dite) -> bool:
    if qui in QUI:
        return QUI[qui](v, dite)
    if qui.startswith("à qui cela est adressé ("):
        return v.partenaire.code == dite.destinataire != dite.auteur
    assert qui in {libelles.role(role) for role in ROLES}, qui
    return _autre(v, dite)


def annonce(v: Vrai, dite: Dite) -> dict[str, frozenset[str]]:
    """By group, the fields that this reader was announced to read of this fact."""
    lus: dict[str, frozenset[str]] = {}
    for groupe in dite.acte["groupes"]:
        for public in groupe["lecteurs"]:
            if (
                public["role"] == v.partenaire.role
                and v.finalite in public["finalites"]
                and _est(public["qui"], v, dite)
                and any(all(LIENS[mot](v, dite) for mot in voie.split(" ; et ")) for voie in public["par"])
                and all(_tient(mot, v, dite) for mot in public["si"])
            ):
                lus[groupe["groupe"]] = lus.get(groupe["groupe"], frozenset()) | {*public["champs"]}
    return lus


def _tient(mot: str, v: Vrai, dite: Dite) -> bool:
    if mot.startswith(STADE):
        return libelles.stade(v.etat.stade.value) in mot.removeprefix(STADE).split(", ")
    return CONDITIONS[mot](v, dite)


# what is read -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody of an organisation who reads: by a token of their own, or named by a machine."""

    partenaire: Partenaire
    agent: str
    prouve: bool = True


def personas(annonces: Annonces, tous: Sequence[Tiers]) -> Iterator[Persona]:
    """The author, its colleague, its machine; of each other organisation, its agents."""
    registre = annonces.lecteur
    for agent in (registre.agent, COLLEGUE):
        yield Persona(registre.partenaire, agent)
    yield Persona(registre.partenaire, registre.agent, prouve=False)
    for un in tous:
        for agent, _ in AGENTS[: 3 if un.voie else 1]:
            yield Persona(un.partenaire, agent)
        if len(un.voie) > 1:
            yield Persona(un.partenaire, "suit", prouve=False)


async def lectures(annonces: Annonces, tous: Sequence[Tiers], demandes: Mapping[str, str]) -> list[Vrai]:
    """What each reader reads at each of its purposes, and what is true of it as it does."""
    entiere = await annonces.entiere()
    siennes = {**demandes, annonces.lecteur.code: annonces.demande}
    lues = []
    for persona in personas(annonces, tous):
        code, role = persona.partenaire.code, persona.partenaire.role
        for finalite in LISENT[role]:
            nomme = PORTES[role][finalite]["demande"] and persona.agent != "profane"
            demande = siennes.get(code) if nomme else None
            montres = await _lire(annonces, persona, finalite, demande)
            lues.append(await _vrai(annonces, entiere, persona, finalite, demande, montres))
    return lues


class Ecart(AssertionError):
    """Something is read that was not announced, or was announced and is not read."""


def confronter(dites: Sequence[Dite], lues: Sequence[Vrai]) -> tuple[int, Counter[str]]:
    """Every fact × reader × purpose: what is read is what was announced. How many fields, and how many are read."""
    cases, vus = 0, Counter[str]()
    for vrai in lues:
        for dite in dites:
            attendu, lu = annonce(vrai, dite), vrai.montres.get(dite.id)
            deduits = {n for n, c in champs(catalogue()[dite.acte["type"]]).items() if c.deduit}
            annonces = frozenset[str]().union(*attendu.values())
            juste = (
                lu is None if not attendu else lu is not None and lu - deduits == annonces - deduits and lu <= annonces
            )
            if not juste:
                raise Ecart(dite.fait, vrai.partenaire, vrai.agent, vrai.finalite, sorted(vrai.liens), attendu, lu)
            vus[dite.acte["type"]] += lu is not None
            cases += 1 + len(dite.fait["donnees"])
    return cases, vus


async def _lire(annonces: Annonces, p: Persona, finalite: str, demande: str | None) -> dict[str, frozenset[str]]:
    a = f"{finalite}; demande={demande}" if demande else finalite
    jeton = annonces.monde.jeton(p.partenaire.code, p.agent if p.prouve else None)
    entetes = {"Authorization": f"Bearer {jeton}", "Finalite": a} | ({} if p.prouve else {"Agent": p.agent})
    lus: dict[str, frozenset[str]] = {}
    suite: str | None = ""
    while suite is not None:
        lu = await annonces.monde.client.get(f"/v1/dossiers/{annonces.dossier}{suite}", headers=entetes)
        assert lu.status_code in {200, 403, 404}, lu.text
        if lu.status_code != 200:
            return {}
        page = orjson.loads(lu.content)
        lus |= {fait["id"]: frozenset(fait["champs"]) for fait in page["faits"]}
        suite = f"?apres={page['suivant']}" if page["suivant"] else None
    return lus


async def _vrai(
    annonces: Annonces,
    entiere: Lecture,
    p: Persona,
    finalite: str,
    demande: str | None,
    montres: Mapping[str, frozenset[str]],
) -> Vrai:
    registre = await annonces.monde.gate.registre.courant()
    partenaire = registre.partenaires.get(p.partenaire.code)
    assert partenaire is not None
    dossier, etat = UUID(annonces.dossier), entiere.etat
    liens = registre.liens(partenaire, p.agent, Rattachement.de(dossier, etat), AUJOURD_HUI)
    alleguee = set[Lien]()
    if demande is not None and {qui for qui, _ in instructeurs(etat, UUID(demande))} == {partenaire.code}:
        alleguee |= set() if confirme(etat, UUID(demande)) else {Lien.DEMANDE_ALLEGUEE}
    liens |= alleguee
    pleins = [frozenset(v) for v in TABLES.voies(partenaire.role, finalite) if v != ["auteur"]]
    plein = any(voie <= liens for voie in pleins)
    seul = Lien.AUTEUR in liens and (not plein or (demande is not None and Lien.DEMANDE_ALLEGUEE in liens))
    if seul:
        etat = entiere.part(Soi(partenaire.code, partenaire.siret)).etat
        liens = registre.liens(partenaire, p.agent, Rattachement.de(dossier, etat), AUJOURD_HUI) | alleguee
    habilitation_ = registre.habilitation(partenaire.code, p.agent, AUJOURD_HUI)
    mandat = registre.mandat(partenaire.code, dossier, AUJOURD_HUI)
    return Vrai(
        partenaire,
        p.agent,
        finalite,
        p.prouve,
        habilitation_ is not None and habilitation_.secret != "aucun",
        demande,
        liens,
        seul,
        etat,
        registre.regimes(partenaire, [i.seance for i in etat.inscriptions], AUJOURD_HUI),
        mandat.personne if mandat else None,
        montres,
    )
