"""The queues: what one group holds, how much may wait, and what is said to who comes beyond."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.application import TOUR, Ledger
from ledger.batching import Batcher, Capacity
from ledger.errors import Sature
from ledger.verdict import Ecrit
from ledger.writer import LOT, Ecriture
from tests.bases import Bases
from tests.ledger.test_application import UNE_DETTE, contribuer, lire, une_contribution, une_ligne, une_ouverture
from tests.ledger.test_pannes import ouvrir

PLEIN = "La file est pleine."


class Guichet:
    """A queue that answers each request by itself, once the door is open; it remembers its groups."""

    def __init__(self, *, limit: int, items: int = 10, octets: int = 10**6, lull: float = 0) -> None:
        self.porte = asyncio.Event()
        self.groupes: list[list[int]] = []
        self.file: Batcher[int, int] = Batcher(
            self._servir,
            limit=limit,
            capacity=Capacity(PLEIN, items, octets),
            cost=lambda n: n,
            size=lambda n: 100 * n,
            lull=lull,
        )

    async def _servir(self, groupe: Sequence[int]) -> list[int]:
        await self.porte.wait()
        self.groupes.append(list(groupe))
        return list(groupe)

    async def servir(self, *demandes: int) -> list[int | BaseException]:
        posees = [self.file.post(n) for n in demandes]
        self.porte.set()
        return await asyncio.gather(*posees, return_exceptions=True)


async def test_un_groupe_ne_coute_pas_plus_que_sa_borne_et_ce_qui_coute_davantage_va_seul() -> None:
    guichet = Guichet(limit=10)
    assert await guichet.servir(3, 4, 3, 1, 25, 6, 5) == [3, 4, 3, 1, 25, 6, 5]
    assert guichet.groupes == [[3, 4, 3], [1], [25], [6], [5]]


@pytest.mark.parametrize(("items", "octets", "admises"), [(4, 10**6, 4), (10, 350, 3)], ids=["places", "octets"])
async def test_au_dela_de_sa_borne_une_file_refuse_et_sert_ce_qu_elle_avait_admis(
    items: int, octets: int, admises: int
) -> None:
    guichet = Guichet(limit=2, items=items, octets=octets)
    reponses = await guichet.servir(*[1] * 8)
    assert reponses[:admises] == [1] * admises
    assert all(isinstance(r, Sature) and str(r) == PLEIN for r in reponses[admises:])
    assert len(reponses) == 8
    assert await guichet.servir(1, 1) == [1, 1]
    assert sum(map(sum, guichet.groupes)) == admises + 2


async def test_le_premier_d_un_groupe_attend_qu_on_le_rejoigne() -> None:
    for lull, groupes in ((0.0, [[1], [2]]), (0.05, [[1, 2]])):
        guichet = Guichet(limit=10, lull=lull)
        guichet.porte.set()
        un = guichet.file.post(1)
        for _ in range(5):
            await asyncio.sleep(0)
        await asyncio.gather(un, guichet.file.post(2))
        assert guichet.groupes == groupes


def une_grande_ecriture(dossier: UUID, version: int, evenements: int) -> Ecriture:
    return Ecriture(
        dossier=dossier,
        version_attendue=version,
        evenements=tuple(StoredEvent(dossier, version + n, "unefois:Essai", b"{}") for n in range(1, evenements + 1)),
        partenaire="essai",
        cle=None,
        empreinte=None,
        contribution=uuid4(),
        lignes=(une_ligne(),),
    )


async def test_le_verrou_n_est_tenu_que_pour_tant_d_evenements_a_la_fois(ledger: Ledger, bases: Bases) -> None:
    """Sixty contributions of a hundred events: as many transactions as it takes, by both ways."""
    verdicts = await asyncio.gather(*(ledger.writer.ecrire(une_grande_ecriture(uuid4(), 0, 100)) for _ in range(30)))
    verdicts += await ledger.writer.ecrire_lot([une_grande_ecriture(uuid4(), 0, 100) for _ in range(30)])
    assert {type(verdict) for verdict in verdicts} == {Ecrit}
    with ouvrir(bases.admin_url) as admin:
        tenues = admin.execute("SELECT count(*) FROM dossiers_events GROUP BY xmin::text ORDER BY 1 DESC").fetchall()
    assert sum(n for (n,) in tenues) == 6000
    assert tenues[0] == (LOT,)


async def test_on_n_attend_pas_sans_fin_son_tour_sur_un_dossier(ledger: Ledger) -> None:
    dossier = uuid4()
    await contribuer(ledger, dossier, une_ouverture(uuid4()))
    lecture = await lire(ledger, dossier)
    envois = (ledger.contribuer(lecture, une_contribution(UNE_DETTE), une_ligne()) for _ in range(TOUR + 100))
    fins = await asyncio.gather(*envois, return_exceptions=True)
    refusees = [fin for fin in fins if isinstance(fin, Sature)]
    assert len(refusees) + sum(isinstance(fin, Ecrit) for fin in fins) == TOUR + 100
    assert refusees
    assert (await lire(ledger, dossier)).etat.version == 2 + TOUR + 100 - len(refusees)
