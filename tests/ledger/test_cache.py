"""What is kept between requests is bounded in bytes, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.cache import Cache

GESTES = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=60)


@given(GESTES)
def test_ce_qui_est_garde_tient_dans_la_borne(gestes: list[tuple[str, int]]) -> None:
    cache: Cache[str, int] = Cache(100)
    derniers: dict[str, int] = {}
    for cle, octets in gestes:
        cache.put(cle, octets, octets)
        derniers.pop(cle, None)
        derniers[cle] = octets
        gardes = {cle: octets for cle, octets in derniers.items() if cache.get(cle) is not None}
        assert sum(gardes.values()) == cache.bytes <= 100
        assert len(gardes) == len(cache)
        derniers = {cle: octets for cle, octets in derniers.items() if cle in gardes}


def test_ce_qui_a_servi_le_plus_anciennement_part_d_abord() -> None:
    cache: Cache[str, str] = Cache(100)
    for cle in "abc":
        cache.put(cle, cle.upper(), 30)
    assert cache.get("a") == "A"
    cache.put("d", "D", 30)
    assert [cache.get(cle) for cle in "abcd"] == ["A", None, "C", "D"]


def test_une_cle_ne_garde_que_sa_derniere_valeur() -> None:
    cache: Cache[str, str] = Cache(100)
    for rang in range(1000):
        cache.put("a", str(rang), 90)
    assert (cache.get("a"), cache.bytes, len(cache)) == ("999", 90, 1)
    cache.put("a", "trop", 101)
    assert (cache.get("a"), cache.bytes) == (None, 0)
    cache.put("b", "B", 1)
    cache.clear()
    assert (cache.get("b"), cache.bytes) == (None, 0)
