"""Changing the registry: functions run by the administrator under the role ``unefois_registre``.

A change is a row that is added. The database refuses one that no habilitated agent makes, gives it its revision and
journals it, before and after, in the same transaction (``registre.sql``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from adapters.registre import droit
from adapters.registre.instantane import (
    Administrateur,
    Changement,
    Client,
    Habilitation,
    Instance,
    Instantane,
    Mandat,
    Membre,
    Partenaire,
    Seance,
    Tenue,
)
from adapters.registre.lecture import NATURES, SUITE, avancer, lue, pages
from ledger.nir import contient_nir


def scripts() -> tuple[str, ...]:
    """SQL texts that the installer executes as the owner, in their order."""
    return Path(__file__).with_name("registre.sql").read_text(encoding="utf-8"), droit.script()


class ChangementRefuse(Exception):
    """A change of the registry that the registry refuses. The message is a French sentence."""


Connexion = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def administrer(url: str, par: str, schema: str = "d93") -> Iterator[Connexion]:
    """A connection under which the registry may be changed, in the name of ``par``: one transaction, or nothing.

    ``par``: ``PARTENAIRE/AGENT``, who is habilitated today; or who makes itself the first (``registre_qui``, in SQL).
    """
    if contient_nir(par):
        raise ChangementRefuse("« --par » ressemble à un numéro de sécurité sociale : nommez PARTENAIRE/AGENT.")
    with psycopg.connect(url) as connexion:
        connexion.execute(
            "SELECT set_config('search_path', %s, false), set_config('unefois.agent', %s, false)", (schema, par)
        )
        # A row says all of its thing: of two administrators at once, the second must read what the first one wrote.
        connexion.execute("LOCK TABLE verrou_du_registre IN EXCLUSIVE MODE")
        try:
            connexion.execute("SELECT registre_qui()")
            yield connexion
        except psycopg.errors.RaiseException as erreur:
            raise ChangementRefuse(erreur.diag.message_primary) from erreur


def journaliser_lecture(connexion: Connexion, nature: str) -> None:
    """The row of who consults the registry, in the transaction that reads it."""
    connexion.execute("SELECT registre_consulter(%s)", (nature,))


def consulter(connexion: Connexion, au: date | None = None) -> Instantane:
    """The registry as it stands; or as it was known at the end of a day, in Paris."""
    tete = connexion.execute(_TETE_AU, (au,)).fetchone()
    instantane = Instantane()
    for bornes in pages(0, tete[0] if tete else 0):
        instantane = avancer(instantane, bornes, connexion.execute(SUITE, bornes).fetchall())
    return instantane


_TETE_AU: Final = """
SELECT coalesce(max(revision), 0) FROM registre_changements
 WHERE recorded_at < coalesce((%s::date + 1)::timestamp AT TIME ZONE 'Europe/Paris', 'infinity')
"""


def inscrire_partenaire(connexion: Connexion, partenaire: Partenaire) -> None:
    """Add a partner, or give a known one its new role, purposes, territory and portfolio."""
    _inscrire(connexion, partenaire)


def suspendre_partenaire(connexion: Connexion, code: str, le: date) -> None:
    """From that day the partner is nobody: its tokens are refused."""
    _inscrire(connexion, replace(_connu(code, _courantes(connexion, Partenaire, code=code)), suspendu_le=le))


def rattacher_client(connexion: Connexion, client_id: str, partenaire: str) -> None:
    """Say which partner a client of the issuer belongs to: a token is refused when they differ."""
    _inscrire(connexion, Client(client_id, partenaire))


def retirer_client(connexion: Connexion, client_id: str, le: date) -> None:
    """The client's tokens are refused from the next request."""
    client = _connu(client_id, _courantes(connexion, Client, client_id=client_id))
    _inscrire(connexion, replace(client, retire_le=le))


def habiliter(connexion: Connexion, habilitation: Habilitation) -> None:
    """Habilitate a named agent."""
    _inscrire(connexion, habilitation)


def revoquer(connexion: Connexion, partenaire: str, agent: str, le: date) -> int:
    """Revoke every habilitation of an agent that is still in force. Returns how many."""
    siennes = _courantes(connexion, Habilitation, agent=agent, partenaire=partenaire)
    tenues = [h for h in siennes if h.revoquee_le is None]
    for habilitation in tenues:
        _inscrire(connexion, replace(habilitation, revoquee_le=le))
    return len(tenues)


def confirmer_mandat(connexion: Connexion, mandat: Mandat) -> None:
    """Record a mandate that an agent of the CCAPEX instructeur, habilitated on its first day, confirmed."""
    _inscrire(connexion, mandat)


def revoquer_mandat(connexion: Connexion, partenaire: str, dossier: UUID, le: date) -> None:
    """End a mandate."""
    mandat = _connu(partenaire, _courantes(connexion, Mandat, partenaire=partenaire, dossier=dossier))
    _inscrire(connexion, replace(mandat, revoque_le=le))


def instituer(connexion: Connexion, instance: Instance) -> None:
    """Add a commission as a configured body, or give a known one its new regime, territory and secretariat."""
    _inscrire(connexion, instance)


def clore_instance(connexion: Connexion, code: str, le: date) -> None:
    """The body ends that day: it holds no session after it."""
    _inscrire(connexion, replace(_connu(code, _courantes(connexion, Instance, code=code)), valid_to=le))


def convoquer(connexion: Connexion, seance: Seance) -> None:
    """Record the session of a commission: from its convocation to its day, its members read what is on its agenda.

    A known one is given its new dates; if it was cancelled it stays so.
    """
    for connue in _courantes(connexion, Seance, id=seance.id):
        seance = replace(connue, convoquee_le=seance.convoquee_le, seance_le=seance.seance_le)
    _inscrire(connexion, seance)


def annuler_seance(connexion: Connexion, seance: UUID, le: date) -> None:
    """The session is not held: its agenda opens nothing from the next request."""
    _inscrire(connexion, replace(_connu(str(seance), _courantes(connexion, Seance, id=seance)), annulee_le=le))


def asseoir(connexion: Connexion, membre: Membre) -> None:
    """Give a partner a seat in a commission."""
    _inscrire(connexion, membre)


def retirer_siege(connexion: Connexion, membre: Membre, le: date) -> None:
    """End a seat: the agendas of that commission are closed to this partner from that day."""
    sieges = _courantes(connexion, Membre, instance=membre.instance, lieu=membre.lieu, partenaire=membre.partenaire)
    _inscrire(connexion, replace(_connu(membre.partenaire, sieges), sorti_le=le))


def nommer_administrateur(connexion: Connexion, administrateur: Administrateur) -> None:
    """From the next request on, it administers the registry in the browser; nobody names itself."""
    _inscrire(connexion, administrateur)


def retirer_administrateur(connexion: Connexion, partenaire: str, agent: str, le: date) -> None:
    """It administers nothing from the next request on."""
    connus = _courantes(connexion, Administrateur, agent=agent, partenaire=partenaire)
    _inscrire(connexion, replace(_connu(f"{partenaire}/{agent}", connus), retire_le=le))


TABLES: Final[dict[type[Any], str]] = {nature: table for table, nature in NATURES.items()}
"""Where what is said of each kind of thing stands."""
CLES: Final[dict[type[Any], tuple[str, ...]]] = {
    Partenaire: ("code",),
    Client: ("client_id",),
    Habilitation: ("agent", "partenaire", "id"),
    Mandat: ("partenaire", "dossier"),
    Seance: ("id",),
    Membre: ("instance", "lieu", "partenaire"),
    Instance: ("code",),
    Tenue: ("seance",),
    Administrateur: ("agent", "partenaire"),
}
"""The fields that name a thing."""


def corps(changement: Changement) -> dict[str, Any]:
    """What is said of a thing, by column; ``ChangementRefuse`` if a NIR is said.

    A code stands in clear in every row of the journal: one that is a NIR would, too.
    """
    dits = asdict(changement)
    for nom, valeur in dits.items():
        if isinstance(valeur, list | tuple | set | frozenset):
            dits[nom] = sorted(valeur)
        textes = dits[nom] if isinstance(dits[nom], list) else [valeur]
        if any(isinstance(dit, str) and contient_nir(dit) for dit in textes):
            raise ChangementRefuse(f"« {nom} » ressemble à un numéro de sécurité sociale : donnez autre chose.")
    return dits


def _inscrire(connexion: Connexion, changement: Changement) -> None:
    """Add what is said of a thing, unless the registry says just that."""
    nature, dits = type(changement), corps(changement)
    texte = orjson.dumps(dits).decode()
    connue = _courantes(connexion, nature, **{nom: dits[nom] for nom in CLES[nature]})
    if connue == [lue(nature, orjson.loads(texte))]:
        return
    ajout = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s::jsonb)").format(
        sql.Identifier(TABLES[nature]), sql.SQL(", ").join(map(sql.Identifier, dits))
    )
    connexion.execute(ajout, (texte,))


R = TypeVar("R", bound=Changement)


def _courantes(connexion: Connexion, nature: type[R], **noms: object) -> list[R]:
    """What the registry says now of the things of that nature, and these fields of their names."""
    requete = sql.SQL(
        "SELECT DISTINCT ON ({cle}) to_jsonb(t) FROM {table} AS t WHERE {noms} ORDER BY {cle}, revision DESC"
    ).format(
        cle=sql.SQL(", ").join(sql.Identifier(nom) for nom in CLES[nature]),
        table=sql.Identifier(TABLES[nature]),
        noms=sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(nom)) for nom in noms),
    )
    with connexion.cursor(row_factory=scalar_row) as curseur:
        return [lue(nature, corps) for corps in curseur.execute(requete, tuple(noms.values()))]


def _connu(nom: str, trouvees: list[R]) -> R:
    if not trouvees:
        raise ChangementRefuse(f"Rien de ce nom dans le registre : {nom}.")
    return trouvees[0]
