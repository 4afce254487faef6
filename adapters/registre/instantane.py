"""What the registry says at one revision: partners, clients, habilitations, mandates, commissions, sessions, seats."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, Self, assert_never
from uuid import UUID

import msgspec

from adapters.registre.persistent import PersistentMap
from ledger.dossier.etat import Dossier
from ledger.dossier.liens import Soumission, bailleurs, intervenants, soumis_depuis, soumissions
from ledger.droit.communes import commune, commune_actuelle
from ledger.droit.regimes import regime
from policies.decision import Lien

_SIREN: Final = slice(9)
FIN_PROCHE: Final = timedelta(days=60)
"""How long before its end a right is told to end soon."""


@dataclass(frozen=True, slots=True)
class Partenaire:
    """One hat of one organisation. ``territoire``: departement, communes (those listed) or aucun.

    ``siret``: empty for a natural person, who has none: it then is that of nobody, and names nobody.
    """

    code: str
    siret: str
    nom: str
    role: str
    finalites: Collection[str]
    territoire: str = "aucun"
    communes: Collection[str] = ()
    portefeuille: Collection[str] = ()
    suspendu_le: date | None = None

    def est(self, siret: str) -> bool:
        """Whether it is of the organisation (SIREN) of that SIRET; a natural person is of none."""
        return self.siret != "" and self.siret[_SIREN] == siret[_SIREN]

    def couvre(self, code_commune: str | None, le: date) -> bool:
        """Whether a dwelling of that commune is in its territory; a commune merged since follows its successor."""
        match self.territoire:
            case "departement":
                return True
            case "communes" if code_commune is not None:
                if code_commune in self.communes:
                    return True
                presente = commune_actuelle(code_commune, le)
                return presente is not None and presente.code in self.communes
            case _:
                return False

    def tient(self, lieu: str, le: date) -> bool:
        """Whether its territory holds the place of a session: that commune, one of that arrondissement, or all."""
        niveau, _, code = lieu.partition(":")
        if self.territoire == "departement" or niveau == "departement":
            return self.territoire == "departement"
        if niveau == "commune":
            return self.couvre(code, le)
        return any((c := commune(sienne, le)) is not None and c.arrondissement == code for sienne in self.communes)


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the issuer of tokens, and the partner that it speaks for."""

    client_id: str
    partenaire: str
    retire_le: date | None = None


@dataclass(frozen=True, slots=True)
class Habilitation:
    """What a named agent was habilitated for, by whom, from a day to a day, both included."""

    id: UUID
    partenaire: str
    agent: str
    finalites: Collection[str]
    secret: str
    du: date
    au: date
    par: str
    revoquee_le: date | None = None

    def en_vigueur(self, le: date) -> bool:
        """Whether it holds on that day."""
        return self.revoquee_le is None and self.du <= le <= self.au


@dataclass(frozen=True, slots=True)
class Mandat:
    """A partner's mandate for one case, confirmed by the CCAPEX instructeur.

    ``personne``: who of the case the account of a data subject is of (access 18); of nobody, for any other partner.
    """

    partenaire: str
    dossier: UUID
    confirme_par: str
    du: date
    au: date
    revoque_le: date | None = None
    personne: UUID | None = None

    def en_vigueur(self, le: date) -> bool:
        """Whether it holds on that day."""
        return self.revoque_le is None and self.du <= le <= self.au


@dataclass(frozen=True, slots=True)
class Instance:
    """A commission as a configured body: its kind, its legal regime, where it is competent, who keeps its papers."""

    code: str
    libelle: str
    genre: str
    regime: str
    lieux: Collection[str]
    secretariat: str
    valid_from: date
    legal_ref: str
    tag: str
    valid_to: date | None = None

    @property
    def lieu(self) -> str:
        """As a session or a seat names it."""
        return f"{_INSTANCE}{self.code}"

    def en_place(self, le: date) -> bool:
        """Whether it is there on that day."""
        return self.valid_from <= le and (self.valid_to is None or le <= self.valid_to)


_INSTANCE: Final = "instance:"


@dataclass(frozen=True, slots=True)
class Seance:
    """A session of a commission. ``lieu``: a body (``instance:clil-bobigny``), or the place of one that is none.

    Such a place is ``departement``, ``commune:93008`` or ``arrondissement:93003``. ``deliberatifs``, ``consultatifs``,
    ``suppleants``: who is convened; None: who has a seat in the commission.
    """

    id: UUID
    instance: str
    lieu: str
    convoquee_le: date
    seance_le: date
    annulee_le: date | None = None
    heure: str | None = None
    salle: str | None = None
    deliberatifs: Collection[str] | None = None
    consultatifs: Collection[str] | None = None
    suppleants: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Tenue:
    """How a session was held: who was there, and the quorum as it was recorded: nobody computes it."""

    seance: UUID
    tenue_le: date
    presents: Collection[str]
    excuses: Collection[str]
    absents: Collection[str]
    quorum: str
    quorum_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Membre:
    """A partner's seat in a commission. ``voix``: deliberative or consultative."""

    instance: str
    lieu: str
    partenaire: str
    voix: str
    sorti_le: date | None = None


@dataclass(frozen=True, slots=True)
class Administrateur:
    """Who administers the registry in the browser, from a day to a day, both included. It opens no case."""

    partenaire: str
    agent: str
    du: date
    au: date
    par: str
    retire_le: date | None = None

    def en_fonction(self, le: date) -> bool:
        """Whether it holds on that day."""
        return self.retire_le is None and self.du <= le <= self.au


_SANS_MANDAT: Final[PersistentMap[UUID, Mandat]] = PersistentMap()

Changement = Partenaire | Client | Habilitation | Mandat | Seance | Membre | Instance | Tenue | Administrateur
"""What the registry says of one thing: the last row said of it holds."""


@dataclass(frozen=True, slots=True)
class Instantane:
    """The registry as it stood at one revision. Those of two revisions share, and hold as equal, all but what changed.

    ``habilitations``: of an agent, the last granted first. ``sirets``: the code that was last inscribed under a SIRET.
    """

    revision: int = 0
    partenaires: PersistentMap[str, Partenaire] = field(default_factory=PersistentMap)
    sirets: PersistentMap[str, str] = field(default_factory=PersistentMap)
    clients: PersistentMap[str, Client] = field(default_factory=PersistentMap)
    habilitations: PersistentMap[tuple[str, str], tuple[Habilitation, ...]] = field(default_factory=PersistentMap)
    mandats: PersistentMap[str, PersistentMap[UUID, Mandat]] = field(default_factory=PersistentMap)
    seances: PersistentMap[UUID, Seance] = field(default_factory=PersistentMap)
    membres: PersistentMap[tuple[str, str, str], Membre] = field(default_factory=PersistentMap)
    instances: PersistentMap[str, Instance] = field(default_factory=PersistentMap)
    tenues: PersistentMap[UUID, Tenue] = field(default_factory=PersistentMap)
    administrateurs: PersistentMap[tuple[str, str], Administrateur] = field(default_factory=PersistentMap)

    def apres(self, revision: int, changements: Iterable[Changement]) -> "Instantane":
        """The registry at a later revision, once these rows were said, in their order."""
        partenaires, sirets, clients = self.partenaires, self.sirets, self.clients
        habilitations, mandats = self.habilitations, self.mandats
        administrateurs, commissions = self.administrateurs, self
        for changement in changements:
            match changement:
                case Partenaire(code=code):
                    partenaires = partenaires.put(code, changement)
                    sirets = sirets.put(changement.siret, code) if changement.siret else sirets
                case Client():
                    clients = clients.put(changement.client_id, changement)
                case Habilitation(partenaire=code, agent=agent):
                    autres = (h for h in habilitations.get((code, agent), ()) if h.id != changement.id)
                    siennes = sorted((*autres, changement), key=lambda h: (-h.du.toordinal(), h.id))
                    habilitations = habilitations.put((code, agent), tuple(siennes))
                case Mandat(partenaire=code):
                    mandats = mandats.put(code, mandats.get(code, _SANS_MANDAT).put(changement.dossier, changement))
                case Administrateur(partenaire=code, agent=agent):
                    administrateurs = administrateurs.put((code, agent), changement)
                case Seance() | Membre() | Instance() | Tenue():
                    commissions = commissions._de_commission(changement)
                case _:
                    assert_never(changement)
        return replace(
            commissions,
            revision=revision,
            partenaires=partenaires,
            sirets=sirets,
            clients=clients,
            habilitations=habilitations,
            mandats=mandats,
            administrateurs=administrateurs,
        )

    def _de_commission(self, changement: "Seance | Membre | Instance | Tenue") -> "Instantane":
        """The same, once a row was said of a commission."""
        match changement:
            case Seance(id=id_):
                return replace(self, seances=self.seances.put(id_, changement))
            case Membre(instance=genre, lieu=lieu, partenaire=code):
                return replace(self, membres=self.membres.put((genre, lieu, code), changement))
            case Instance(code=code):
                return replace(self, instances=self.instances.put(code, changement))
            case Tenue(seance=seance):
                return replace(self, tenues=self.tenues.put(seance, changement))

    def partenaire(self, code: str, le: date) -> Partenaire | None:
        """The partner, unless it is unknown or suspended."""
        trouve = self.partenaires.get(code)
        return None if trouve is None or (trouve.suspendu_le is not None and trouve.suspendu_le <= le) else trouve

    def partenaire_de(self, client: str) -> str | None:
        """The code of the partner that a client speaks for, unless the client is unknown or was taken away."""
        trouve = self.clients.get(client)
        return None if trouve is None or trouve.retire_le is not None else trouve.partenaire

    def connait(self, partenaire: str, agent: str) -> bool:
        """Whether that agent of that partner was ever habilitated."""
        return (partenaire, agent) in self.habilitations

    def habilitation(self, partenaire: str, agent: str, le: date) -> Habilitation | None:
        """That agent's habilitation on that day; of several in force, the last granted."""
        siennes = self.habilitations.get((partenaire, agent), ())
        return next((habilitation for habilitation in siennes if habilitation.en_vigueur(le)), None)

    def administrateur(self, partenaire: str, agent: str, le: date) -> Administrateur | None:
        """Who administers the registry under that name on that day, at a partner who is not suspended."""
        trouve = self.administrateurs.get((partenaire, agent))
        if trouve is None or not trouve.en_fonction(le) or self.partenaire(partenaire, le) is None:
            return None
        return trouve

    def nom(self, code: str) -> str:
        """The name of a partner, by code or SIRET, as it is shown; what was asked if the registry does not know it."""
        trouve = self.partenaires.get(code) or self.partenaires.get(self.sirets.get(code, ""))
        return code if trouve is None else trouve.nom

    def designes(self, dit: str) -> list[str]:
        """The codes of the partners that somebody names by code or by a part of their name; else what was said."""
        if dit in self.partenaires:
            return [dit]
        cherche = dit.casefold()
        trouves = sorted(code for code, p in self.partenaires.items() if cherche in p.nom.casefold())
        return trouves or [dit]

    def meme_organisation(self, code: str, autre: str) -> bool:
        """Whether two partners are one organisation: two hats of one, by its SIREN, benefit as one (access 27)."""
        siens, autres = self.partenaires.get(code), self.partenaires.get(autre)
        return code == autre or (siens is not None and autres is not None and siens.est(autres.siret))

    def mandats_de(self, partenaire: str, le: date) -> list[UUID]:
        """The cases that a partner is mandated for on that day."""
        return [dossier for dossier, m in self.mandats.get(partenaire, _SANS_MANDAT).items() if m.en_vigueur(le)]

    def mandat(self, partenaire: str, dossier: UUID, le: date) -> Mandat | None:
        """The mandate that a partner has for a case on that day."""
        mandat = self.mandats.get(partenaire, _SANS_MANDAT).get(dossier)
        return mandat if mandat is not None and mandat.en_vigueur(le) else None

    def liens(self, partenaire: Partenaire, agent: str, cas: "Rattachement", le: date) -> frozenset[Lien]:
        """How this partner, and this agent of it, is linked to a case on that day. Rego says what a link opens."""
        liens = set()
        if partenaire.couvre(cas.commune, le):
            liens.add(Lien.TERRITOIRE)
        if any(map(partenaire.portefeuille.__contains__, cas.bailleurs)):
            liens.add(Lien.PORTEFEUILLE if self._tranche(partenaire, cas.bailleurs) else Lien.PORTEFEUILLE_ALLEGUE)
        mandat = self.mandat(partenaire.code, cas.dossier, le)
        if mandat is not None:
            liens.add(Lien.MANDAT)
            if mandat.personne is not None and mandat.personne in cas.personnes:
                liens.add(Lien.PERSONNE)
        if agent and f"{partenaire.code}/{agent}" in cas.intervenants:
            confirmee = mandat is not None or f"{partenaire.code}/{agent}" in cas.confirmes
            liens.add(Lien.INTERVENTION if confirmee else Lien.INTERVENTION_ALLEGUEE)
        if any(self._devant_la_clil(partenaire, soumission, le) for soumission in cas.soumissions):
            liens.add(Lien.DEVANT_LA_CLIL)
        for seance in cas.seances:
            lien = SIEGES.get(self.voix(partenaire, seance, le))
            if lien is not None:
                liens.add(lien)
        if partenaire.code in cas.auteurs or partenaire.siret in cas.declarants:
            liens.add(Lien.AUTEUR)
        return frozenset(liens)

    def _devant_la_clil(self, partenaire: Partenaire, soumission: Soumission, le: date) -> bool:
        """Whether it counts on that day, and is not this organisation's own proposal (access 28, 39)."""
        sienne = bool(soumission.par) and self.meme_organisation(soumission.par, partenaire.code)
        return not sienne and soumission.le >= soumis_depuis(le)

    def _tranche(self, partenaire: Partenaire, bailleurs: Mapping[str, Collection[str]]) -> bool:
        """Whether one landlord alone is named, and not on this partner's own word, nor on that landlord's."""
        if len(bailleurs) > 1:
            return False
        [(siret, codes)] = bailleurs.items()
        moi = partenaire.est(siret) or any(self.meme_organisation(code, partenaire.code) for code in codes)
        return not moi or any(self.tiers(code, siret, partenaire) for code in codes)

    def tiers(self, code: str, bailleur_siret: str, partenaire: Partenaire) -> bool:
        """Whether who names that landlord is of neither organisation (SIREN), and does not act for it."""
        dit = self.partenaires.get(code)
        if dit is None or bailleur_siret in dit.portefeuille:
            return False
        return not (dit.est(bailleur_siret) or self.meme_organisation(code, partenaire.code))

    def tient(self, partenaire: Partenaire, instance: str, seances: Collection[UUID], le: str) -> bool:
        """Whether a partner keeps the papers of sessions: those that are named, else one of that day.

        Of a session that is not known, there is nothing to say here: it is refused for that.
        """
        nommees = [seance for id_ in seances if (seance := self.seances.get(id_)) is not None]
        tenues = nommees or [s for s in self.seances.values() if s.seance_le.isoformat() == le]
        siennes = [self.secretariat(partenaire, s) for s in tenues if s.instance == instance]
        return not siennes or (all(siennes) if nommees else any(siennes))

    def instance_de(self, seance: Seance) -> Instance | None:
        """The body that a session is of, where one was named."""
        return self.instances.get(seance.lieu.removeprefix(_INSTANCE)) if seance.lieu.startswith(_INSTANCE) else None

    def lieux_de(self, seance: Seance) -> Collection[str]:
        """Where the commission of a session is competent."""
        instance = self.instance_de(seance)
        return (seance.lieu,) if instance is None else instance.lieux

    def secretariat(self, partenaire: Partenaire, seance: Seance) -> bool:
        """Whether it keeps the papers of a session: of the body's; of a commission that is none, by its territory."""
        instance = self.instance_de(seance)
        if instance is not None:
            return instance.secretariat == partenaire.code
        return partenaire.tient(seance.lieu, seance.seance_le)

    def sieges(self, seance: Seance, le: date) -> Mapping[str, str]:
        """Who is convened to a session, by partner, and with which voice; that of a ``suppleant`` opens nothing."""
        if seance.deliberatifs is None:
            assis = (m for m in self.membres.values() if (m.instance, m.lieu) == (seance.instance, seance.lieu))
            return {m.partenaire: m.voix for m in assis if m.sorti_le is None or m.sorti_le > le}
        nommes = zip(_VOIX, (seance.deliberatifs, seance.consultatifs, seance.suppleants), strict=True)
        return {code: voix for voix, codes in nommes for code in codes or ()}

    def siege(self, partenaire: Partenaire, seance: Seance, le: date) -> str:
        """With which voice a partner is convened to a session; empty: it is not. ``sieges`` looks through all seats."""
        if seance.deliberatifs is not None:
            return self.sieges(seance, le).get(partenaire.code, "")
        membre = self.membres.get((seance.instance, seance.lieu, partenaire.code))
        return "" if membre is None or (membre.sorti_le is not None and membre.sorti_le <= le) else membre.voix

    def seances_de(self, partenaire: Partenaire, le: date) -> list[UUID]:
        """The sessions where this partner sits that are open on that day."""
        return [seance for seance in self.seances if self.voix(partenaire, seance, le) in SIEGES]

    def regimes(self, partenaire: Partenaire, seances: Collection[UUID], le: date) -> frozenset[str]:
        """The legal regimes of the commissions where this partner sits on that day, among those of these sessions."""
        return frozenset(
            self._regime(self.seances[seance]) for seance in seances if self.voix(partenaire, seance, le) in SIEGES
        )

    def _regime(self, seance: Seance) -> str:
        instance = self.instance_de(seance)
        return regime(seance.instance, seance.seance_le) if instance is None else instance.regime

    def voix(self, partenaire: Partenaire, id_seance: UUID, le: date) -> str:
        """With which voice it sits there, from the convocation to the session (access rule 7); empty: it does not."""
        seance = self.seances.get(id_seance)
        if seance is None or seance.annulee_le is not None or not seance.convoquee_le <= le <= seance.seance_le:
            return ""
        instance = self.instance_de(seance)
        if instance is not None and not instance.en_place(le):
            return ""
        return self.siege(partenaire, seance, le)


SIEGES: Final = {"deliberative": Lien.ORDRE_DU_JOUR, "consultative": Lien.SIEGE_CONSULTATIF}
_VOIX: Final = (*SIEGES, "suppleant")


class Rattachement(msgspec.Struct, frozen=True):
    """What of a case links somebody to it, and who says so.

    ``bailleurs``: by SIRET, the partners who name that landlord. ``intervenants``: ``partenaire/agent`` of the open
    interventions; ``confirmes``: of those that a second source confirmed. ``soumissions``: to its CLIL.
    """

    dossier: UUID
    commune: str | None
    bailleurs: Mapping[str, Collection[str]]
    seances: Collection[UUID] = ()
    auteurs: Collection[str] = ()
    declarants: Collection[str] = ()
    intervenants: Collection[str] = ()
    confirmes: Collection[str] = ()
    personnes: Collection[UUID] = ()
    soumissions: Collection[Soumission] = ()

    @classmethod
    def de(cls, dossier: UUID, etat: Dossier) -> Self:
        """That of a folded case."""
        return cls(
            dossier,
            etat.commune,
            bailleurs(etat),
            [i.seance for i in etat.inscriptions],
            etat.auteurs,
            etat.declarants,
            intervenants(etat),
            intervenants(etat, confirmes=True),
            etat.personnes,
            soumissions(etat),
        )
