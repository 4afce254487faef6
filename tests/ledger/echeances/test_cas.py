"""The worked cases of the clocks: each row of the files, told as acts, gives what a hand found."""

import pytest

from ledger.echeances import horloges
from tests.ledger.echeances.en_actes import Cas, dit_par, lire

FICHIERS = {"cas.csv": 120, "autres_cas.csv": 230}


@pytest.mark.parametrize(
    "cas", [pytest.param(c, id=f"{f}:{n} {c.regle}") for f in FICHIERS for n, c in enumerate(lire(f), 2)]
)
def test_chaque_cas_donne_ce_qu_une_main_a_trouve(cas: Cas) -> None:
    [trouvee] = [h for h in horloges(cas.actes, cas.le) if h.regle == cas.rend]
    assert dit_par(trouvee, cas.attendu) == cas.attendu, cas.note


def test_aucun_cas_ne_se_perd() -> None:
    assert {fichier: len(lire(fichier)) for fichier in FICHIERS} == FICHIERS
