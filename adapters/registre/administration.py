"""Changing the registry: functions run by the administrator under the role ``unefois_registre``.

The database refuses a change that names nobody, bumps the revision and journals the change in the same transaction
(``registre.sql``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from adapters.registre.instantane import Habilitation, Mandat, Membre, Partenaire, Seance
from ledger.droit.communes import commune_actuelle
from policies.decision import Secret

SCRIPTS: Final = (Path(__file__).with_name("registre.sql").read_text(encoding="utf-8"),)
"""SQL texts that the installer executes as the owner."""


class ChangementRefuse(Exception):
    """A change of the registry that the registry refuses. The message is a French sentence."""


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
