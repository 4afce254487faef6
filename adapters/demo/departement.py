"""A synthetic département: households, landlords and études that do not exist, in the EXPLOC exchange format.

The same seed gives the same lot, byte for byte: a demonstration can be shown twice. No name, body, address or act
is real; SIRETs are valid only in form.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ledger.communes import communes

COLONNES: Final = (  # noqa: SIM905 - the header as it stands in the file
    "num_lot;num_ligne;ref_dossier;type_acte;ref_acte;etude_siret;date_acte;date_reception;parc;bailleur_siret;"
    "bailleur_nom;nom;prenoms;date_naissance;adresse;code_postal;commune_insee;id_rpls;loyer;charges;dette;"
    "dette_arretee_au;date_audience;juridiction;num_rg;qualification;dispositif;delais_mois;solution;nb_adultes;"
    "nb_enfants;observations"
).split(";")
_NOMS: Final = (
    "ABADIE BELKACEM CARON DIARRA ESTEVES FOFANA GARNIER HAMIDI IMBERT JACQUET KEITA LAMBERT MOREL NGUYEN".split()  # noqa: SIM905 - a list read as a line
)
_PRENOMS: Final = (
    "Amina Bastien Chloé Djibril Elsa Farid Gaëlle Hugo Inès Jonas Kenza Lucas Maïa Nadir Olga Paul".split()  # noqa: SIM905 - a list read as a line
)
FIN: Final = date(2026, 11, 20)
"""The last day of the acts: fixed, so that a demonstration started again finds what it knows."""
_PART_SOCIALE: Final = 0.65
_VOIES: Final = (
    "rue des Exemples",
    "avenue de la Synthèse",
    "allée du Modèle",
    "square de l'Essai",
    "cité de l'Épreuve",
)
_PAS: Final = (
    ("CDP", 60),
    ("SAISINE", 25),
    ("ASSIGNATION", 70),
    ("DSF", 40),
    ("JUGEMENT", 30),
    ("CQL", 50),
    ("CFP_REQUIS", 65),
    ("CFP_ACCORDE", 50),
    ("EXPULSION", 40),
)


def siret(racine: int) -> str:
    """A well-formed SIRET (Luhn) made from a number of up to nine digits: nobody's."""
    corps = f"{900_000_000 + racine:09d}0001"
    somme = sum(sum(divmod(int(c) * (2 if i % 2 == 0 else 1), 10)) for i, c in enumerate(reversed(corps)))
    return f"{corps}{-somme % 10}"


BAILLEURS_SOCIAUX: Final = tuple((siret(1000 + i), f"OPH FICTIF {i}") for i in range(1, 5))
BAILLEURS_PRIVES: Final = tuple((siret(2000 + i), f"SCI FICTIVE {i}") for i in range(1, 7))
ETUDES: Final = tuple(siret(3000 + i) for i in range(1, 4))


@dataclass(frozen=True, slots=True)
class _Menage:
    nom: str
    prenom: str
    naissance: date
    adresse: str
    commune: str
    social: bool
    bailleur: tuple[str, str]
    etude: str
    logement: str
    loyer: int
    charges: int
    adultes: int
    enfants: int


def _euros(centimes: int) -> str:
    return f"{centimes // 100},{centimes % 100:02d}"


def _jour(jour: date) -> str:
    return jour.strftime("%d/%m/%Y")


def _menage(tirage: random.Random, rang: int, lieux: list[str]) -> _Menage:
    social = tirage.random() < _PART_SOCIALE
    return _Menage(
        nom=tirage.choice(_NOMS),
        prenom=tirage.choice(_PRENOMS),
        naissance=date(1950, 1, 1) + timedelta(days=tirage.randrange(19_000)),
        adresse=f"{tirage.randrange(1, 180)} {tirage.choice(_VOIES)}",
        commune=tirage.choice(lieux),
        social=social,
        bailleur=tirage.choice(BAILLEURS_SOCIAUX if social else BAILLEURS_PRIVES),
        etude=tirage.choice(ETUDES),
        logement=f"{9_300_000_000 + rang}" if social else "",
        loyer=tirage.randrange(38_000, 98_000),
        charges=tirage.randrange(6_000, 19_000),
        adultes=tirage.choice((1, 1, 2)),
        enfants=tirage.choice((0, 0, 1, 2, 3)),
    )


def _actes(tirage: random.Random, m: _Menage, rang: int, fin: date) -> Iterator[dict[str, str]]:
    jour = fin - timedelta(days=tirage.randrange(60, 700))
    dette = m.loyer * tirage.randrange(2, 8)
    for pas, (acte, delai) in enumerate(_PAS[: tirage.choice((1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9))]):
        if pas:
            jour += timedelta(days=delai + tirage.randrange(30))
            dette += m.loyer * tirage.randrange(0, 3)
        if jour > fin:
            return
        ligne = dict.fromkeys(COLONNES, "") | {
            "ref_dossier": f"093-26-{rang:07d}",
            "type_acte": acte,
            "ref_acte": f"{acte}-2026-{rang:05d}",
            "etude_siret": m.etude,
            "date_acte": _jour(jour),
            "date_reception": _jour(min(fin, jour + timedelta(days=2))),
            "parc": "SOCIAL" if m.social else "PRIVE",
            "bailleur_siret": m.bailleur[0],
            "bailleur_nom": m.bailleur[1],
            "nom": m.nom,
            "prenoms": m.prenom,
            "date_naissance": _jour(m.naissance),
            "adresse": m.adresse,
            "code_postal": "93000",
            "commune_insee": m.commune,
            "id_rpls": m.logement,
            "loyer": _euros(m.loyer),
            "charges": _euros(m.charges),
            "dette": _euros(dette),
            "dette_arretee_au": _jour(jour),
            "nb_adultes": str(m.adultes),
            "nb_enfants": str(m.enfants),
        }
        if acte == "ASSIGNATION":
            ligne |= {
                "date_audience": _jour(jour + timedelta(days=70)),
                "juridiction": "TJ FICTIF",
                "num_rg": f"26/{rang:05d}",
            }
        if acte == "JUGEMENT":
            ligne |= {"qualification": "CONTRADICTOIRE", "dispositif": "DELAIS", "delais_mois": "24"}
        if acte == "EXPULSION":
            ligne["solution"] = "HEBERGEMENT"
        yield ligne


def lot(menages: int, fin: date, graine: int = 93) -> bytes:
    """A lot of the acts of that many households up to ``fin``, as a UTF-8 exchange file."""
    tirage = random.Random(graine)  # noqa: S311 - made-up households, not secrets
    lieux = sorted(c.code for c in communes(fin))
    texte = io.StringIO(newline="")
    ecrit = csv.DictWriter(texte, COLONNES, delimiter=";", lineterminator="\r\n")
    ecrit.writeheader()
    numero = 0
    for rang in range(1, menages + 1):
        for ligne in _actes(tirage, _menage(tirage, rang, lieux), rang, fin):
            numero += 1
            ecrit.writerow(ligne | {"num_lot": "DEMO-01", "num_ligne": str(numero)})
    return texte.getvalue().encode()
