"""A synthetic département: households, landlords and études that do not exist, in the EXPLOC exchange format.

The same seed gives the same lot, byte for byte: a demonstration can be shown twice. No name, body, address or act
is real; SIRETs are valid only in form. One household, ``TEMOIN``, is written by hand: its partners tell all of it.
"""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ledger.droit.communes import communes

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
PATRIMOINE: Final = {"93001": "93300", "93027": "93120", "93066": "93200", "93072": "93240"}
"""Where the homes of the first social landlord are, in the arrondissement of Saint-Denis, and their post codes."""
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
class Menage:
    """A household as its étude knows it: amounts in cents. ``reference``: its file number in EXPLOC."""

    reference: str
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

    @property
    def code_postal(self) -> str:
        """The post code of its commune, where it is known."""
        return PATRIMOINE.get(self.commune, "")


@dataclass(frozen=True, slots=True)
class Foyer:
    """A household and the acts of its procedure, as rows of the exchange format, in their order."""

    menage: Menage
    actes: tuple[dict[str, str], ...]

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its acts."""
        return tuple(acte["type_acte"] for acte in self.actes)


def _euros(centimes: int) -> str:
    return f"{centimes // 100},{centimes % 100:02d}"


def _jour(jour: date) -> str:
    return jour.strftime("%d/%m/%Y")


def _menage(tirage: random.Random, rang: int, lieux: list[str]) -> Menage:
    social = tirage.random() < _PART_SOCIALE
    bailleur = tirage.choice(BAILLEURS_SOCIAUX if social else BAILLEURS_PRIVES)
    return Menage(
        reference=f"093-26-{rang:07d}",
        nom=tirage.choice(_NOMS),
        prenom=tirage.choice(_PRENOMS),
        naissance=date(1950, 1, 1) + timedelta(days=tirage.randrange(19_000)),
        adresse=f"{tirage.randrange(1, 180)} {tirage.choice(_VOIES)}",
        commune=tirage.choice(list(PATRIMOINE) if bailleur == BAILLEURS_SOCIAUX[0] else lieux),
        social=social,
        bailleur=bailleur,
        etude=tirage.choice(ETUDES),
        logement=f"{9_300_000_000 + rang}" if social else "",
        loyer=tirage.randrange(38_000, 98_000),
        charges=tirage.randrange(6_000, 19_000),
        adultes=tirage.choice((1, 1, 2)),
        enfants=tirage.choice((0, 0, 1, 2, 3)),
    )


def _acte(m: Menage, type_: str, jour: date, dette: int, fin: date, **propres: str) -> dict[str, str]:
    rang = m.reference.rpartition("-")[2]
    return dict.fromkeys(COLONNES, "") | {
        "ref_dossier": m.reference,
        "type_acte": type_,
        "ref_acte": f"{type_}-2026-{rang}",
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
        "code_postal": m.code_postal,
        "commune_insee": m.commune,
        "id_rpls": m.logement,
        "loyer": _euros(m.loyer),
        "charges": _euros(m.charges),
        "dette": _euros(dette),
        "dette_arretee_au": _jour(jour),
        "nb_adultes": str(m.adultes),
        "nb_enfants": str(m.enfants),
        **propres,
    }


def _actes(tirage: random.Random, m: Menage, fin: date) -> Iterator[dict[str, str]]:
    jour = fin - timedelta(days=tirage.randrange(60, 700))
    dette = m.loyer * tirage.randrange(2, 8)
    for pas, (type_, delai) in enumerate(_PAS[: tirage.choice((1, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9))]):
        if pas:
            jour += timedelta(days=delai + tirage.randrange(30))
            dette += m.loyer * tirage.randrange(0, 3)
        if jour > fin:
            return
        yield _acte(m, type_, jour, dette, fin, **_propres(type_, m, jour))


def _propres(type_: str, m: Menage, jour: date) -> dict[str, str]:
    """What an act says besides what all of them say."""
    if type_ == "ASSIGNATION":
        audience = _jour(jour + timedelta(days=70))
        return {"date_audience": audience, "juridiction": "TJ FICTIF", "num_rg": f"26/{m.reference[-5:]}"}
    if type_ == "JUGEMENT":
        return {"qualification": "CONTRADICTOIRE", "dispositif": "DELAIS", "delais_mois": "24"}
    return {"solution": "HEBERGEMENT"} if type_ == "EXPULSION" else {}


TEMOIN: Final = Menage(
    reference="093-25-0009001",
    nom="LAMBERT",
    prenom="Nadia",
    naissance=date(1987, 4, 12),
    adresse="14 rue des Exemples",
    commune="93066",
    social=True,
    bailleur=BAILLEURS_SOCIAUX[0],
    etude=ETUDES[0],
    logement="9399000001",
    loyer=61_240,
    charges=8_600,
    adultes=1,
    enfants=2,
)
"""The household that every reader of the demonstration looks at."""
_ACTES_DU_TEMOIN: Final = (
    ("CDP", date(2025, 11, 3), 190_520),
    ("SAISINE", date(2025, 12, 2), 245_000),
    ("ASSIGNATION", date(2026, 2, 12), 312_000),
    ("JUGEMENT", date(2026, 5, 12), 448_000),
    ("CQL", date(2026, 6, 30), 489_000),
    ("CFP_REQUIS", date(2026, 9, 15), 521_000),
)


def _temoin(fin: date) -> Iterator[dict[str, str]]:
    """Its acts; before them, those of a record that may be its own: an older reference, no birth date."""
    for type_, jour in (("CDP", date(2024, 3, 11)), ("SAISINE", date(2024, 4, 15))):
        ancien = {"date_naissance": "", "ref_dossier": "093-24-0009000", "ref_acte": f"{type_}-2024-0009000"}
        yield _acte(TEMOIN, type_, jour, 88_000, fin, **ancien)
    for type_, jour, dette in _ACTES_DU_TEMOIN:
        propres = _propres(type_, TEMOIN, jour)
        if type_ == "JUGEMENT":
            propres |= {"dispositif": "EXPULSION", "delais_mois": ""}
        yield _acte(TEMOIN, type_, jour, dette, fin, **propres)


def foyers(nombre: int, fin: date, graine: int = 93) -> tuple[Foyer, ...]:
    """That many drawn households with their acts up to ``fin``, then the one that is written by hand."""
    tirage = random.Random(graine)  # noqa: S311 - made-up households, not secrets
    lieux = sorted(c.code for c in communes(fin))
    tires = []
    for rang in range(1, nombre + 1):
        menage = _menage(tirage, rang, lieux)
        tires.append(Foyer(menage, tuple(_actes(tirage, menage, fin))))
    return (*tires, Foyer(TEMOIN, tuple(_temoin(fin))))


def lot(des: Sequence[Foyer]) -> bytes:
    """The acts of these households, as a UTF-8 exchange file."""
    texte = io.StringIO(newline="")
    ecrit = csv.DictWriter(texte, COLONNES, delimiter=";", lineterminator="\r\n")
    ecrit.writeheader()
    for numero, ligne in enumerate((acte for foyer in des for acte in foyer.actes), 1):
        ecrit.writerow(ligne | {"num_lot": "DEMO-01", "num_ligne": str(numero)})
    return texte.getvalue().encode()
