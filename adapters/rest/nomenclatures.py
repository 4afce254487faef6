"""The closed lists of the API, with their French words: what a partner's form needs to be filled."""

from datetime import date
from functools import lru_cache

import orjson

from ledger.catalogue import catalogue, listes_de
from ledger.droit.communes import communes
from ledger.droit.donnees import donnees
from ledger.droit.listes import termes
from ledger.droit.repondants import repondants
from policies.decision import GROUPES
from policies.tables import Tables


def nomenclatures(tables: Tables, le: date) -> bytes:
    """The code lists in force on a day, as JSON."""
    return _ecrites(le, tuple((f["code"], f["libelle"], f["valid_from"], f["valid_to"]) for f in tables.finalites))


@lru_cache(maxsize=8)
def _ecrites(le: date, finalites: tuple[tuple[str, str, str, str | None], ...]) -> bytes:
    return orjson.dumps(
        {
            "evenements": [
                {
                    "type": nom,
                    "libelle": cls.LIBELLE,
                    "groupe": cls.GROUPE,
                    "codes": {champ: _codes(liste, le) for champ, liste in listes_de(cls).items()},
                }
                for nom, cls in catalogue().items()
            ],
            "finalites": [
                {"code": code, "libelle": libelle, "valid_from": du, "valid_to": au}
                for code, libelle, du, au in finalites
            ],
            "groupes": [{"code": code, "libelle": libelle} for code, libelle in GROUPES.items()],
            "stades": _codes("stade_procedure", le),
            "motifs_correction": _codes("motif_correction", le),
            "donnees": [
                {
                    "code": code,
                    "libelle": donnee.libelle,
                    "fraicheur_jours": donnee.fraicheur_jours,
                    "repondants": list(dict.fromkeys(detenteur.role for detenteur in repondants(code, le))),
                }
                for code, donnee in donnees(le).items()
            ],
            "communes": [{"code": c.code, "nom": c.nom, "arrondissement": c.arrondissement} for c in communes(le)],
        }
    )


def _codes(liste: str, le: date) -> list[dict[str, str]]:
    return [{"code": t.code, "libelle": t.libelle} for t in termes(liste, le)]
