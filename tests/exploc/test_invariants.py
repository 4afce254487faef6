"""Whatever the shape, the encodings and the keys of a lot: no act is lost without a line, nothing joins on a stand-in.

Each example is a lot of a few households, often homonyms, as a careless hand would export it. At length:
``UNEFOIS_TEST_RANGEES=20000``.
"""

import io
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from adapters.exploc.atelier import IndexReconnu, Ordre, Reconnaitre, Termine, conversation
from adapters.exploc.fichier import COLONNES, ouvrir_lot
from adapters.exploc.importation import FINALITE
from adapters.exploc.lot import Rangee, lire
from adapters.exploc.rapprochement import Traceur, planifier
from ledger.index import IndexAveugle
from ledger.sealing import Kek, Trousseau
from tests.exploc.importeur import AUTEUR, JOUR
from tests.exploc.test_lot import VALEURS

INDEX: Final = IndexAveugle(bytes(range(32)))
RANGEES: Final = int(os.environ.get("UNEFOIS_TEST_RANGEES", "1000"))
"""How many rows have to pass."""
LOTS: Final = 60
"""Lots that are drawn under one seed, again and again until they pass."""
FACTICES: Final = (
    "NC",
    "ND",
    "N/A",
    "#N/A",
    "NULL",
    "0",
    "-",
    "?",
    "INCONNU",
    "Néant",
    "SANS OBJET",
    "XXX",
    "3,52E+09",
    "",
)
NOMS: Final = (("DIALLO", "Mamadou"), ("MARTIN", "Inès"), ("Lefèvre", "Zoé Ana"), ("Yılmaz", "Işık"))
NAISSANCES: Final = ("01/01/1970", "24/04/1980", "", "00/00/1965")
ADRESSES: Final = ("1 rue A", "12, rue de la Paix", "NC", "")
ENTETES: Final = ("", ";", ";commentaire", ";suivi;;note")
RIENS: Final = (";" * 31, "   ", "\x1a", '"";""', ";;\u00a0;")


@dataclass(frozen=True)
class Ecrite:
    """A row as it is written: of which household, under which true number of act, in which encoding."""

    menage: int
    cellules: tuple[tuple[str, str], ...]
    windows: bool


@st.composite
def ecrites(draw: Callable[[Any], Any]) -> list[Ecrite]:
    """Rows of households that no true number makes one: each has its own, or a stand-in in its place.

    A careless hand has its own stand-in, and the same act number for several; homonyms live in one town.
    """
    rangees = []
    noms, mention = draw(st.sampled_from(((NOMS[0],), (NOMS[3],), NOMS))), st.just(draw(st.sampled_from(FACTICES)))
    factice = st.one_of(mention, mention, st.sampled_from(FACTICES))
    for menage in range(draw(st.integers(1, 5))):
        (nom, prenoms), naissance = draw(st.sampled_from(noms)), draw(st.sampled_from(NAISSANCES))
        social, commune = draw(st.booleans()), draw(st.sampled_from(("93066", "93066", "93001")))
        for acte in range(draw(st.integers(1, 4))):
            logement = draw(st.one_of(st.just(f"35239{menage:05}"), factice)) if social else draw(factice)
            numero = st.just(f"CDP-{menage}-{acte}")
            valeurs = {
                "ref_dossier": draw(st.one_of(st.just(f"093-26-{menage:07}"), factice)),
                "ref_acte": draw(st.one_of(numero, numero, st.just("CDP-1"), factice)),
                "nom": draw(st.sampled_from((nom, nom, nom.upper(), f" {nom}\u200b", "NC"))),
                "prenoms": prenoms,
                "date_naissance": naissance,
                "parc": "SOCIAL" if social else "PRIVE",
                "id_rpls": logement,
                "commune_insee": commune,
                "adresse": draw(st.sampled_from(ADRESSES)),
            }
            rangees.append(Ecrite(menage, tuple(valeurs.items()), draw(st.booleans())))
    melangees: list[Ecrite] = draw(st.permutations(rangees))
    return melangees


def fichier(rangees: list[Ecrite], entete: str, riens: list[str]) -> tuple[bytes, list[int]]:
    """The bytes of the lot, and the physical line of each row."""
    lignes, numeros = [(";".join(COLONNES) + entete).encode()], []
    for rang, ecrite in enumerate(rangees):
        if rang < len(riens):
            lignes.append(riens[rang].encode())
        valeurs = VALEURS | dict(ecrite.cellules)
        texte = ";".join(valeurs.get(colonne, "") for colonne in COLONNES) + ";" * entete.count(";")
        numeros.append(len(lignes) + 1)
        lisible = ecrite.windows and "ı" not in texte and "ş" not in texte and "İ" not in texte and "Ş" not in texte
        lignes.append(texte.replace("\u200b", "").encode("cp1252") if lisible else texte.encode())
    return b"\n".join(lignes) + b"\n", numeros


def a_blanc(octets: bytes) -> dict[str, Any]:
    """The report of a dry run, on a ledger that knows nothing."""
    trousseau = Trousseau("d93", uuid4(), {}, Kek(bytes(32)))
    echange = conversation(
        Ordre(auteur=AUTEUR, finalite=FINALITE, jour=JOUR, ecrire=False, trousseau=trousseau, index=INDEX),
        io.BytesIO(octets),
    )
    demande = next(echange)
    while not isinstance(demande, Termine):
        assert isinstance(demande, Reconnaitre)
        demande = echange.send(IndexReconnu({}, {}))
    return demande.rapport


def test_aucun_acte_ne_se_perd_sans_sa_ligne_et_rien_ne_se_joint_par_une_mention(
    compter: Callable[[str, int], None],
) -> None:
    comptes: Counter[str] = Counter()

    @settings(max_examples=LOTS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(ecrites(), st.sampled_from(ENTETES), st.lists(st.sampled_from(RIENS), max_size=4))
    def un_lot(rangees: list[Ecrite], entete: str, riens: list[str]) -> None:
        comptes.update(eprouver(rangees, entete, riens))

    graine = 0
    while comptes["rangées"] < RANGEES:
        seed(graine)(un_lot)()
        graine += 1
    for quoi, nombre in comptes.items():
        compter(f"lots tirés au hasard, {quoi}", nombre)


def eprouver(rangees: list[Ecrite], entete: str, riens: list[str]) -> dict[str, int]:
    """One lot, and what it was made of."""
    octets, numeros = fichier(rangees, entete, riens)
    rapport = a_blanc(octets)
    assert rapport["rows"] == len(rangees)
    refusees = {refus["ligne"] for refus in rapport["refus"]}
    assert len(refusees) == len(rapport["refus"]) == rapport["rejected"]
    assert rapport["accepted_distinct_acts"] + rapport["doublons"] + rapport["rejected"] == len(rangees)

    lues = [x for x in lire(ouvrir_lot(io.BytesIO(octets)), JOUR) if isinstance(x, Rangee)]
    plan = planifier([*map(Traceur(INDEX), lues)], {}, {})
    menage_de = {numero: ecrite.menage for numero, ecrite in zip(numeros, rangees, strict=True)}
    groupes: dict[int, set[int]] = {}
    premiers: dict[tuple[Any, ...], Rangee] = {}
    for rang, (lue, place) in enumerate(zip(lues, plan.places, strict=True)):
        menage, acte = menage_de[lue.numero], (lue.type_acte, lue.ref_acte, lue.date_acte)
        premiere = premiers.setdefault(acte, lue)
        premier = menage_de[premiere.numero]
        if place is not None:
            groupes.setdefault(place.groupe, set()).add(menage)
        elif rang in plan.disputes:
            assert lue.numero in refusees
        else:
            perdu = premier != menage and not _voisins(rangees, premier, menage)
            assert not perdu or _muettes(premiere, lue), "un acte d'un autre ménage s'est perdu"
    assert all(len(menages) == 1 for menages in groupes.values()), "deux ménages ne font qu'un dossier"
    return {
        "lots": 1,
        "rangées": len(rangees),
        "actes pris": rapport["accepted_distinct_acts"],
        "doublons": rapport["doublons"],
        "refus dits ligne à ligne": len(rapport["refus"]),
        "valeurs écartées, dites ligne à ligne": len(rapport["ecartes"]),
        "ménages": len({ecrite.menage for ecrite in rangees}),
        "dossiers": len(groupes),
    }


def _voisins(rangees: list[Ecrite], un: int, autre: int) -> bool:
    """Whether two households are given one address: then nobody can tell the acts of homonyms apart."""
    reelles = [{dict(e.cellules)["adresse"] for e in rangees if e.menage == menage} for menage in (un, autre)]
    return bool(reelles[0] & reelles[1] & {"1 rue A", "12, rue de la Paix"})


def _muettes(*lues: Rangee) -> bool:
    """Whether rows say nothing of their household but who it is: those of homonyms born on one day say the same."""
    return all((lue.ref_dossier, lue.id_rpls, lue.adresse) == (None, None, None) for lue in lues)
