"""A mapping that never changes says what a dict would, whatever its keys' hashes."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from adapters.registre.persistent import PersistentMap


@dataclass(frozen=True)
class Cle:
    """A key whose hash is chosen: negative, or that of many others."""

    nom: int
    empreinte: int

    def __hash__(self) -> int:
        return self.empreinte


CLES = st.builds(Cle, st.integers(0, 400), st.sampled_from([0, 1, -1, 1 << 40, -(1 << 40), 31, 1 << 60]))


@given(st.lists(st.tuples(CLES, st.integers()), max_size=700))
def test_comme_un_dict(ajouts: list[tuple[Cle, int]]) -> None:
    mapping, dictionnaire = PersistentMap[Cle, int](), dict[Cle, int]()
    for cle, valeur in ajouts:
        ancienne, taille = mapping, len(mapping)
        mapping = mapping.put(cle, valeur)
        dictionnaire[cle] = valeur
        assert len(ancienne) == taille
    assert dict(mapping) == dictionnaire
    assert len(mapping) == len(dictionnaire)
    assert all(mapping[cle] == valeur for cle, valeur in dictionnaire.items())
    assert all(mapping.get(cle, 1 + valeur) == valeur for cle, valeur in dictionnaire.items())
    assert (mapping.get(Cle(-1, 0)), mapping.get(Cle(-1, 31), 7)) == (None, 7)


def test_grande_elle_partage_ce_qui_ne_change_pas() -> None:
    avant = PersistentMap[int, int]()
    for cle in range(50_000):
        avant = avant.put(cle, cle)
    apres = avant.put(7, -7)
    assert (avant[7], apres[7], len(avant), len(apres)) == (7, -7, 50_000, 50_000)
    assert isinstance(avant._root, tuple)
    assert isinstance(apres._root, tuple)
    partages = sum(a is b for a, b in zip(avant._root, apres._root, strict=True))
    assert partages == len(avant._root) - 1 == 31
