"""What was stored once opens for ever: the examples kept, opened by today's code."""

import base64
from collections.abc import Mapping
from typing import Any, Final, get_type_hints

import orjson
import pytest
from eventsourcing.persistence import StoredEvent
from pydantic import TypeAdapter

from ledger.catalogue import EFFACE, Classe, Enveloppe, Fait, catalogue
from ledger.mapper import ouvrir, to_fait
from tests.ledger.exemples import COMMANDE, DOSSIER, contenu, lignes, sans_exemple, trousseau

LIGNES: Final = list(lignes())


def lu(ligne: Mapping[str, Any]) -> Fait:
    return to_fait(StoredEvent(DOSSIER, 1, ligne["topic"], base64.b64decode(ligne["etat"])))


@pytest.mark.parametrize("ligne", LIGNES, ids=[ligne["evenement"] for ligne in LIGNES])
def test_ce_qui_fut_range_s_ouvre_et_dit_la_meme_chose(ligne: Mapping[str, Any]) -> None:
    ferme = lu(ligne)
    cles = trousseau({(sujet, s.classe) for s in ferme.scelles for sujet in s.sujet.split("+")})
    ouvert = ouvrir(ferme, cles, frozenset(Classe))
    assert type(ouvert.evenement).__name__ == ligne["evenement"]
    # A field added since has its default; what was said then is said still.
    dit = contenu(ouvert)
    assert dit["enveloppe"].items() >= ligne["contenu"]["enveloppe"].items()
    assert {dit["enveloppe"][nom] for nom in dit["enveloppe"].keys() - ligne["contenu"]["enveloppe"].keys()} <= {None}
    assert dit["champs"].items() >= ligne["contenu"]["champs"].items()
    types = get_type_hints(type(ouvert.evenement), include_extras=True)
    for champ, ecrit in ligne["contenu"]["champs"].items():
        attendu = TypeAdapter(types[champ]).validate_json(orjson.dumps(ecrit))
        assert getattr(ouvert.evenement, champ) == attendu, champ  # a date, not the text of one


def test_sans_les_cles_rien_de_scelle_ne_s_ouvre() -> None:
    fermes = [lu(ligne) for ligne in LIGNES]
    scelles = [f for f in fermes if f.scelles]
    assert len(scelles) > 40
    for ferme in scelles:
        effaces = frozenset(sujet for scelle in ferme.scelles for sujet in scelle.sujet.split("+"))
        champs = vars(ouvrir(ferme, trousseau(set(), effaces), frozenset(Classe)).evenement)
        assert EFFACE in champs.values() or not set(champs) - {"acte", "reference_source"}


def test_chaque_champ_de_chaque_evenement_a_son_exemple() -> None:
    assert len(catalogue()) > 50
    assert not sans_exemple(), f"sans exemple : {sans_exemple()}. Ajoutez-le : {COMMANDE}"


def test_l_enveloppe_d_avant_et_celle_d_aujourd_hui_s_ouvrent() -> None:
    """The hour, the reason of a correction and the article were not there at first."""
    vues = {len(ligne["contenu"]["enveloppe"]) for ligne in LIGNES}
    assert len(vues) > 1
    assert max(vues) == len(Enveloppe.__struct_fields__)


def test_aucun_exemple_ne_se_retire() -> None:
    """Fifty-five events were shipped with the first version: a database holds them."""
    assert len({ligne["evenement"] for ligne in LIGNES}) >= 55
