"""The registry of partners: role, territory, portfolio, habilitations, mandates, sessions. Never taken from a token.

Read side: ``Registre.courant()`` gives an immutable snapshot that is at least as recent as the call, because the
revision is read from the database on every request (requests that arrive together share one query). A revocation
therefore holds from the next request on, in every process.

Write side: functions run by the administrator under the role ``unefois_registre``. The database refuses a change that
names nobody, bumps the revision and journals the change in the same transaction (``registre.sql``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from ledger.batching import Batcher, Session
from ledger.communes import commune_actuelle
from ledger.dossier import Dossier
from policies.decision import Agent, Lien, Secret

SCRIPTS: Final = (Path(__file__).with_name("registre.sql").read_text(encoding="utf-8"),)
"""SQL texts that the installer executes as the owner."""

ROLE_IMPORTATEUR: Final = "CCAPEX_INSTRUCTEUR"
"""Acts are imported by the instructeur on behalf of the études: the declarant's SIRET makes them the étude's own."""


class RegistreIndisponible(Exception):
    """The registry cannot be read: nobody can be recognised, nothing is served."""


class ChangementRefuse(Exception):
    """A change of the registry that the registry refuses. The message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Partenaire:
    """One hat of one organisation. ``territoire``: departement, communes (those listed) or aucun."""

    code: str
    siret: str
    nom: str
    role: str
    finalites: Collection[str]
    territoire: str = "aucun"
    communes: Collection[str] = ()
    portefeuille: Collection[str] = ()
    suspendu_le: date | None = None

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
    """A partner's mandate for one case, confirmed by the CCAPEX instructeur."""

    partenaire: str
    dossier: UUID
    confirme_par: str
    du: date
    au: date
    revoque_le: date | None = None

    def en_vigueur(self, le: date) -> bool:
        """Whether it holds on that day."""
        return self.revoque_le is None and self.du <= le <= self.au


@dataclass(frozen=True, slots=True)
class Seance:
    """A session of a commission. ``lieu``: ``departement``, ``commune:93008`` or ``arrondissement:93003``."""

    id: UUID
    instance: str
    lieu: str
    convoquee_le: date
    seance_le: date
    annulee_le: date | None = None


@dataclass(frozen=True, slots=True)
class Membre:
    """A partner's seat in a commission. ``voix``: deliberative or consultative."""

    instance: str
    lieu: str
    partenaire: str
    voix: str
    sorti_le: date | None = None


@dataclass(frozen=True)
class Instantane:
    """The registry as it stood at one revision."""

    revision: int
    partenaires: Mapping[str, Partenaire] = field(default_factory=dict)
    clients: Mapping[str, str] = field(default_factory=dict)
    habilitations: Mapping[tuple[str, str], tuple[Habilitation, ...]] = field(default_factory=dict)
    agents: frozenset[tuple[str, str]] = frozenset()
    mandats: Mapping[tuple[str, UUID], Mandat] = field(default_factory=dict)
    seances: Mapping[UUID, Seance] = field(default_factory=dict)
    membres: Mapping[tuple[str, str, str], Membre] = field(default_factory=dict)

    def partenaire(self, code: str, le: date) -> Partenaire | None:
        """The partner, unless it is unknown or suspended."""
        trouve = self.partenaires.get(code)
        return None if trouve is None or (trouve.suspendu_le is not None and trouve.suspendu_le <= le) else trouve

    def habilitation(self, partenaire: str, agent: str, le: date) -> tuple[Agent, Habilitation | None]:
        """What is known of that agent on that day. Of several habilitations in force, the last granted counts."""
        if (partenaire, agent) not in self.agents:
            return Agent.INCONNU, None
        for habilitation in self.habilitations.get((partenaire, agent), ()):
            if habilitation.en_vigueur(le):
                return Agent.VALIDE, habilitation
        return Agent.EXPIRE, None

    def nom(self, code: str) -> str:
        """The name of a partner, by code or SIRET, as it is shown; what was asked if the registry does not know it."""
        trouve = self.partenaires.get(code) or self._par_siret.get(code)
        return code if trouve is None else trouve.nom

    @cached_property
    def _par_siret(self) -> dict[str, Partenaire]:
        return {p.siret: p for p in self.partenaires.values()}

    def liens(self, partenaire: Partenaire, agent: str, cas: "Situation", le: date) -> frozenset[Lien]:
        """How this partner, and this agent of it, is linked to a case on that day. Rego says what a link opens."""
        liens = set()
        if partenaire.couvre(cas.commune, le):
            liens.add(Lien.TERRITOIRE)
        if cas.bailleur_siret is not None and cas.bailleur_siret in partenaire.portefeuille:
            liens.add(Lien.PORTEFEUILLE)
        mandat = self.mandats.get((partenaire.code, cas.dossier))
        if mandat is not None and mandat.en_vigueur(le):
            liens.add(Lien.MANDAT)
        if agent and f"{partenaire.code}/{agent}" in cas.intervenants:
            liens.add(Lien.INTERVENTION)
        if any(self._siege(partenaire, seance, cas.bailleur_siret, le) for seance in cas.seances):
            liens.add(Lien.ORDRE_DU_JOUR)
        if partenaire.code in cas.auteurs or partenaire.siret in cas.declarants:
            liens.add(Lien.AUTEUR)
        return frozenset(liens)

    def seances_de(self, partenaire: Partenaire, le: date) -> list[UUID]:
        """The sessions where this partner sits that are open on that day."""
        return [seance for seance in self.seances if self._siege(partenaire, seance, None, le, consultative=True)]

    def _siege(
        self, partenaire: Partenaire, id_seance: UUID, bailleur: str | None, le: date, *, consultative: bool = False
    ) -> bool:
        """Whether it sits there, from the convocation to the session (access rule 7).

        A seat that is only consultative counts for its own tenants alone, unless ``consultative`` asks for any seat.
        """
        seance = self.seances.get(id_seance)
        if seance is None or seance.annulee_le is not None or not seance.convoquee_le <= le <= seance.seance_le:
            return False
        membre = self.membres.get((seance.instance, seance.lieu, partenaire.code))
        if membre is None or (membre.sorti_le is not None and membre.sorti_le <= le):
            return False
        return consultative or membre.voix == "deliberative" or bailleur in partenaire.portefeuille


@dataclass(frozen=True, slots=True)
class Situation:
    """What of a case links somebody to it. ``intervenants``: ``partenaire/agent`` of the open interventions."""

    dossier: UUID
    commune: str | None
    bailleur_siret: str | None
    seances: Collection[UUID]
    auteurs: Collection[str]
    declarants: Collection[str]
    intervenants: Collection[str]

    @classmethod
    def de(cls, dossier: UUID, etat: Dossier) -> Self:
        """The situation of a folded case."""
        return cls(
            dossier,
            etat.commune,
            etat.bailleur_siret,
            [i.seance for i in etat.inscriptions],
            etat.auteurs,
            etat.declarants,
            {f"{i.partenaire}/{i.agent}" for i in etat.interventions.values()},
        )


_REVISION: Final = "SELECT revision FROM registre_revision"
_TOUT: Final = """
SELECT (SELECT revision FROM registre_revision),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT code, siret, nom, role, finalites, territoire, communes,
   portefeuille, suspendu_le FROM partenaires) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT client_id, partenaire FROM clients WHERE retire_le IS NULL) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT partenaire, pseudonyme FROM agents) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT id, partenaire, agent, finalites, secret, du, au, par, revoquee_le
   FROM habilitations ORDER BY du DESC, id) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT partenaire, dossier, confirme_par, du, au, revoque_le
   FROM mandats) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT id, instance, lieu, convoquee_le, seance_le, annulee_le
   FROM seances) AS r),
 (SELECT coalesce(json_agg(r), '[]') FROM (SELECT instance, lieu, partenaire, voix, sorti_le FROM membres) AS r)
"""


class Registre:
    """The snapshot of the registry, never older than the request that asks for it."""

    def __init__(self, url: str, schema: str = "d93") -> None:
        self._session = Session(url, schema)
        self._batcher: Batcher[None, Instantane] = Batcher(self._lire, limit=512)
        self._instantane = Instantane(0)

    async def courant(self) -> Instantane:
        """The registry as it stands now. ``RegistreIndisponible`` if the database does not answer."""
        # A call is answered by a query that starts after it: joining the query in flight could miss a revocation.
        return await self._batcher.submit(None)

    async def close(self) -> None:
        """Answer who waits, then leave the database."""
        await self._batcher.drain()
        await self._session.close()

    async def _lire(self, appels: Sequence[None]) -> list[Instantane]:
        try:
            [(revision,)] = await self._session.fetch(_REVISION)
            if revision != self._instantane.revision:
                [tout] = await self._session.fetch(_TOUT)
                self._instantane = _instantane(*tout)
        except (psycopg.Error, TimeoutError) as e:
            raise RegistreIndisponible("Le registre des partenaires ne répond pas.") from e
        return [self._instantane] * len(appels)


Rangees = list[dict[str, Any]]


def _instantane(  # noqa: PLR0913, PLR0917 - one argument per table
    revision: int,
    partenaires: Rangees,
    clients: Rangees,
    agents: Rangees,
    habilitations: Rangees,
    mandats: Rangees,
    seances: Rangees,
    membres: Rangees,
) -> Instantane:
    par_agent: dict[tuple[str, str], list[Habilitation]] = defaultdict(list)
    for habilitation in (_lue(Habilitation, r) for r in habilitations):
        par_agent[habilitation.partenaire, habilitation.agent].append(habilitation)
    return Instantane(
        revision=revision,
        partenaires={r["code"]: _lue(Partenaire, r) for r in partenaires},
        clients={r["client_id"]: r["partenaire"] for r in clients},
        agents=frozenset((r["partenaire"], r["pseudonyme"]) for r in agents),
        habilitations={cle: tuple(valeurs) for cle, valeurs in par_agent.items()},
        mandats={(r["partenaire"], UUID(r["dossier"])): _lue(Mandat, r) for r in mandats},
        seances={UUID(r["id"]): _lue(Seance, r) for r in seances},
        membres={(r["instance"], r["lieu"], r["partenaire"]): _lue(Membre, r) for r in membres},
    )


_DATES: Final = frozenset(
    {"du", "au", "revoquee_le", "revoque_le", "suspendu_le", "convoquee_le", "seance_le", "annulee_le", "sorti_le"}
)
_IDS: Final = frozenset({"id", "dossier"})
R = TypeVar("R")


def _lue(cls: type[R], rangee: Mapping[str, Any]) -> R:
    """A row of JSON as the dataclass of its table."""
    valeurs = dict(rangee)
    for nom, valeur in rangee.items():
        if isinstance(valeur, list):
            valeurs[nom] = frozenset(valeur)
        elif valeur is not None and nom in _DATES:
            valeurs[nom] = date.fromisoformat(valeur)
        elif nom in _IDS:
            valeurs[nom] = UUID(valeur)
    return cls(**valeurs)


Connexion = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def administrer(url: str, par: str, schema: str = "d93") -> Iterator[Connexion]:
    """A connection under which the registry may be changed, in the name of ``par``: one transaction, or nothing."""
    if not par.strip():
        raise ChangementRefuse("Dites qui change le registre : --par NOM.")
    with psycopg.connect(url) as connexion:
        connexion.execute(
            "SELECT set_config('search_path', %s, false), set_config('unefois.agent', %s, false)", (schema, par)
        )
        try:
            yield connexion
        except psycopg.errors.ForeignKeyViolation as erreur:
            raise ChangementRefuse("Ce partenaire ou cet agent n'est pas dans le registre.") from erreur
        except (psycopg.errors.CheckViolation, psycopg.errors.NotNullViolation) as erreur:
            raise ChangementRefuse(
                f"Le registre refuse cette valeur (règle {erreur.diag.constraint_name or erreur.diag.column_name})."
            ) from erreur


def inscrire_partenaire(connexion: Connexion, partenaire: Partenaire) -> None:
    """Add a partner, or give a known one its new role, purposes, territory and portfolio."""
    _verifier_partenaire(partenaire)
    connexion.execute(
        "INSERT INTO partenaires (code, siret, nom, role, finalites, territoire, communes, portefeuille)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (code) DO UPDATE SET siret = EXCLUDED.siret, nom = EXCLUDED.nom, role = EXCLUDED.role,"
        " finalites = EXCLUDED.finalites, territoire = EXCLUDED.territoire, communes = EXCLUDED.communes,"
        " portefeuille = EXCLUDED.portefeuille, suspendu_le = NULL",
        (
            partenaire.code,
            partenaire.siret,
            partenaire.nom,
            partenaire.role,
            sorted(partenaire.finalites),
            partenaire.territoire,
            sorted(partenaire.communes),
            sorted(partenaire.portefeuille),
        ),
    )


def _verifier_partenaire(partenaire: Partenaire) -> None:
    for code in partenaire.communes:
        if commune_actuelle(code, date.max) is None:
            raise ChangementRefuse(f"Commune inconnue : {code}.")
    if (partenaire.territoire == "communes") != bool(partenaire.communes):
        raise ChangementRefuse("Un territoire de communes nomme ses communes, et lui seul.")
    if partenaire.role == "USAGER" and (partenaire.territoire != "aucun" or partenaire.portefeuille):
        raise ChangementRefuse(
            "Le compte d'une personne concernée n'a ni territoire ni portefeuille : un mandat le lie à son dossier."
        )


def suspendre_partenaire(connexion: Connexion, code: str, le: date) -> None:
    """From that day the partner is nobody: its tokens are refused."""
    _exactement_un(connexion.execute("UPDATE partenaires SET suspendu_le = %s WHERE code = %s", (le, code)), code)


def rattacher_client(connexion: Connexion, client_id: str, partenaire: str) -> None:
    """Say which partner a client of the issuer belongs to: a token is refused when they differ."""
    connexion.execute(
        "INSERT INTO clients (client_id, partenaire) VALUES (%s, %s)"
        " ON CONFLICT (client_id) DO UPDATE SET partenaire = EXCLUDED.partenaire, retire_le = NULL",
        (client_id, partenaire),
    )


def retirer_client(connexion: Connexion, client_id: str, le: date) -> None:
    """The client's tokens are refused from the next request."""
    _exactement_un(
        connexion.execute("UPDATE clients SET retire_le = %s WHERE client_id = %s", (le, client_id)), client_id
    )


def habiliter(connexion: Connexion, habilitation: Habilitation) -> None:
    """Habilitate a named agent, who is added to the registry if need be."""
    connexion.execute(
        "INSERT INTO agents (partenaire, pseudonyme) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (habilitation.partenaire, habilitation.agent),
    )
    connexion.execute(
        "INSERT INTO habilitations (id, partenaire, agent, finalites, secret, du, au, par)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            habilitation.id,
            habilitation.partenaire,
            habilitation.agent,
            sorted(habilitation.finalites),
            Secret(habilitation.secret).value,
            habilitation.du,
            habilitation.au,
            habilitation.par,
        ),
    )


def revoquer(connexion: Connexion, partenaire: str, agent: str, le: date) -> int:
    """Revoke every habilitation of an agent that is still in force. Returns how many."""
    return connexion.execute(
        "UPDATE habilitations SET revoquee_le = %s WHERE partenaire = %s AND agent = %s AND revoquee_le IS NULL",
        (le, partenaire, agent),
    ).rowcount


def confirmer_mandat(connexion: Connexion, mandat: Mandat) -> None:
    """Record a mandate that an agent of the CCAPEX instructeur, habilitated on its first day, confirmed."""
    instructeur = connexion.execute(
        "SELECT FROM habilitations h JOIN partenaires p ON p.code = h.partenaire"
        " WHERE p.role = 'CCAPEX_INSTRUCTEUR' AND h.agent = %s AND h.revoquee_le IS NULL AND %s BETWEEN h.du AND h.au",
        (mandat.confirme_par, mandat.du),
    )
    if instructeur.fetchone() is None:
        raise ChangementRefuse(
            "Un mandat est confirmé par un agent habilité du service instructeur de la CCAPEX : donnez son pseudonyme."
        )
    connexion.execute(
        "INSERT INTO mandats (partenaire, dossier, confirme_par, du, au) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (partenaire, dossier) DO UPDATE SET confirme_par = EXCLUDED.confirme_par,"
        " du = EXCLUDED.du, au = EXCLUDED.au, revoque_le = NULL",
        (mandat.partenaire, mandat.dossier, mandat.confirme_par, mandat.du, mandat.au),
    )


def revoquer_mandat(connexion: Connexion, partenaire: str, dossier: UUID, le: date) -> None:
    """End a mandate."""
    fin = connexion.execute(
        "UPDATE mandats SET revoque_le = %s WHERE partenaire = %s AND dossier = %s", (le, partenaire, dossier)
    )
    _exactement_un(fin, partenaire)


def lister_mandats(connexion: Connexion) -> list[Mandat]:
    """Every mandate, by partner."""
    with connexion.cursor(row_factory=class_row(Mandat)) as curseur:
        return curseur.execute(
            "SELECT partenaire, dossier, confirme_par, du, au, revoque_le FROM mandats ORDER BY partenaire, du, dossier"
        ).fetchall()


def convoquer(connexion: Connexion, seance: Seance) -> None:
    """Record the session of a commission: from its convocation to its day, its members read what is on its agenda."""
    connexion.execute(
        "INSERT INTO seances (id, instance, lieu, convoquee_le, seance_le) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET convoquee_le = EXCLUDED.convoquee_le, seance_le = EXCLUDED.seance_le",
        (seance.id, seance.instance, seance.lieu, seance.convoquee_le, seance.seance_le),
    )


def annuler_seance(connexion: Connexion, seance: UUID, le: date) -> None:
    """The session is not held: its agenda opens nothing from the next request."""
    fin = connexion.execute("UPDATE seances SET annulee_le = %s WHERE id = %s", (le, seance))
    _exactement_un(fin, str(seance))


def lister_seances(connexion: Connexion) -> list[Seance]:
    """Every session, the latest first."""
    with connexion.cursor(row_factory=class_row(Seance)) as curseur:
        return curseur.execute(
            "SELECT id, instance, lieu, convoquee_le, seance_le, annulee_le FROM seances ORDER BY seance_le DESC, id"
        ).fetchall()


def asseoir(connexion: Connexion, membre: Membre) -> None:
    """Give a partner a seat in a commission."""
    connexion.execute(
        "INSERT INTO membres (instance, lieu, partenaire, voix) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (instance, lieu, partenaire) DO UPDATE SET voix = EXCLUDED.voix, sorti_le = NULL",
        (membre.instance, membre.lieu, membre.partenaire, membre.voix),
    )


def retirer_siege(connexion: Connexion, membre: Membre, le: date) -> None:
    """End a seat: the agendas of that commission are closed to this partner from that day."""
    fin = connexion.execute(
        "UPDATE membres SET sorti_le = %s WHERE instance = %s AND lieu = %s AND partenaire = %s",
        (le, membre.instance, membre.lieu, membre.partenaire),
    )
    _exactement_un(fin, membre.partenaire)


def lister_membres(connexion: Connexion) -> list[Membre]:
    """Every seat, by commission."""
    with connexion.cursor(row_factory=class_row(Membre)) as curseur:
        return curseur.execute(
            "SELECT instance, lieu, partenaire, voix, sorti_le FROM membres ORDER BY instance, lieu, partenaire"
        ).fetchall()


def lister_partenaires(connexion: Connexion) -> list[Partenaire]:
    """Every partner, by code."""
    with connexion.cursor(row_factory=class_row(Partenaire)) as curseur:
        return curseur.execute(
            "SELECT code, siret, nom, role, finalites, territoire, communes, portefeuille, suspendu_le"
            " FROM partenaires ORDER BY code"
        ).fetchall()


def lister_habilitations(connexion: Connexion) -> list[Habilitation]:
    """Every habilitation, the last granted first."""
    with connexion.cursor(row_factory=class_row(Habilitation)) as curseur:
        return curseur.execute(
            "SELECT id, partenaire, agent, finalites, secret, du, au, par, revoquee_le FROM habilitations"
            " ORDER BY du DESC, id"
        ).fetchall()


def _exactement_un(fait: psycopg.Cursor[tuple[Any, ...]], nom: str) -> None:
    if fait.rowcount != 1:
        raise ChangementRefuse(f"Rien de ce nom dans le registre : {nom}.")
