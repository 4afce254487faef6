"""Two worlds that differ only in what a reader may not know are one to it, whatever it does and in whatever order.

Each fault that told them apart, put back, is found: by sequences on a household that others know; by the reader
concerned, on a case that it has; or, where it is no difference of two worlds, by the test of its rule.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from inspect import signature
from itertools import count, groupby
from typing import Final

import pytest

from tests.monde import Monde
from tests.rest import non_dits
from tests.rest.fautes import DE_LEUR_TEST, DE_QUI_REJOINT, DES_NON_DITS, DES_SUITES, Poser
from tests.rest.mondes import AUTRUI, ROLES, Ecart, Jeu, Lecteur, Travail, deux_mondes, jouer
from tests.rest.non_dits import NON_DITS, NonDit, rejoindre

SEQUENCES: Final = int(os.environ.get("SEQUENCES", "145"))
"""How many sequences are played, all roles together: ``SEQUENCES=2000`` for a run at length."""
SUITES_PAR_MONDE: Final = 48
"""A page lists a hundred cases, in the order of their ids: which ones are on one that is not whole is chance."""


async def test_regle_40_deux_mondes_n_en_font_qu_un(modele: str, compter: Callable[[str, int], None]) -> None:
    par_role = max(1, SEQUENCES // len(ROLES))
    # Those who reach all of the departement first: they would see the cases of the others' sequences.
    roles = sorted(ROLES, key=lambda role: not Lecteur(role).partout)
    suites = list(enumerate((role, rang) for role in roles for rang in range(par_role)))
    for debut in range(0, len(suites), SUITES_PAR_MONDE):
        async with deux_mondes(modele) as mondes:
            for role, siennes in groupby(suites[debut : debut + SUITES_PAR_MONDE], key=lambda suite: suite[1][0]):
                jeux = lire_les_deux(mondes, role)
                for menage, (_, rang) in siennes:
                    appels = await jouer(jeux, graine=1000 * ROLES.index(role) + rang, menage=menage)
                    compter(f"appels comparés dans deux mondes, {role}", appels)
                    compter(f"suites jouées dans deux mondes, {role}", 1)
                compter("apports reçus dans deux mondes", jeux[0].ecrits)
    assert len(suites) >= len(ROLES)


Mondes = tuple[Monde, Monde, Callable[[], Travail]]


def lire_les_deux(mondes: Mondes, role: str) -> tuple[Jeu, ...]:
    """A reader of this role in each world."""
    sans, avec, prendre = mondes
    return tuple(Jeu(monde, Lecteur(role), prendre, su=su) for monde, su in ((sans, False), (avec, True)))


OUVERTURES: Final = tuple(
    (role, finalite) for role in ROLES if not Lecteur(role).partout for finalite in Lecteur(role).finalites("ouvrir")
)


async def test_regle_40_rejoindre_se_lit_a_chaque_finalite_comme_ouvrir(
    modele: str, compter: Callable[[str, int], None]
) -> None:
    async with deux_mondes(modele) as mondes:
        for menage, (role, finalite) in enumerate(OUVERTURES, 1):
            jeux = lire_les_deux(mondes, role)
            dits, efface = ((AUTRUI, False), ((), False), ((), True))[menage % 3]
            appels = await rejoindre(jeux, finalite, menage, dits, efface=efface)
            compter("appels de qui rejoint un ménage, comparés à ceux de qui l'ouvre", appels)
    assert len({role for role, _ in OUVERTURES}) > 10


@pytest.fixture(scope="module")
async def mondes(modele: str) -> AsyncIterator[Mondes]:
    """Two worlds for all that is unsaid: each sequence has a household of its own there."""
    async with deux_mondes(modele) as ouverts:
        yield ouverts


_MENAGES: Final = count(10_000)


async def ecart_de(mondes: Mondes, non_dit: NonDit, graine: int) -> str:
    """Where a sequence of the reader tells the worlds apart; nothing where it does not."""
    for monde in mondes[:2]:  # what a fault that was put back has planned does not outlive it
        monde.gate.plans.clear()
    jeux = lire_les_deux(mondes, non_dit.role)
    for jeu in jeux:
        jeu.partage = True
    try:
        await non_dits.jouer(jeux, non_dit, graine, next(_MENAGES))
    except Ecart as ecart:
        return str(ecart)
    return ""


@pytest.mark.parametrize("quoi", NON_DITS)
async def test_regle_40_ce_qui_ne_se_dit_pas_ne_se_lit_pas(
    mondes: Mondes, quoi: str, compter: Callable[[str, int], None]
) -> None:
    suites = max(1, SEQUENCES // 145)
    for graine in range(suites):
        ecart = await ecart_de(mondes, NON_DITS[quoi], graine)
        assert bool(ecart) is NON_DITS[quoi].du, ecart
    compter("suites jouées sur ce que d'autres ont dit d'un dossier", suites)


@pytest.fixture
def dire(lister: Callable[[str, list[str]], None], request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Name what found a fault, at the end of the run."""

    def ajouter(par: str) -> None:
        faute, dit = request.node.callspec.params["faute"], " ; ".join(par.splitlines())
        lister("fautes remises, et ce qui les a trouvées", [f"{getattr(faute, '__name__', faute)} : {dit}"[:300]])

    return ajouter


async def trouver(modele: str, suites: Iterable[Callable[[Mondes], Awaitable[int]]]) -> str:
    """Which of these sequences tells two worlds apart, and where."""
    async with deux_mondes(modele) as mondes:
        for rang, suite in enumerate(suites, 1):
            try:
                await suite(mondes)
            except Ecart as ecart:
                return f"trouvée à la suite {rang}\n{ecart}"
    return pytest.fail("Aucune des suites ne trouve la faute.")


@pytest.mark.parametrize("faute", DES_SUITES, ids=lambda faute: faute.__name__)
async def test_regle_40_chaque_faute_remise_est_trouvee(
    modele: str, faute: Poser, monkeypatch: pytest.MonkeyPatch, dire: Callable[[str], None]
) -> None:
    def suite(graine: int) -> Callable[[Mondes], Awaitable[int]]:
        role = ("BAILLEUR_SOCIAL", "CLIL_SECRETARIAT")[graine % 2]
        return lambda mondes: jouer(lire_les_deux(mondes, role), graine=graine, menage=graine + 1)

    faute(monkeypatch, ())
    dire(await trouver(modele, map(suite, range(SUITES_PAR_MONDE))))


@pytest.mark.parametrize("faute", DE_QUI_REJOINT, ids=lambda faute: faute.__name__)
async def test_regle_40_chaque_faute_remise_est_trouvee_de_qui_rejoint(
    modele: str, faute: Poser, monkeypatch: pytest.MonkeyPatch, dire: Callable[[str], None]
) -> None:
    def suite(efface: bool) -> Callable[[Mondes], Awaitable[int]]:
        qui, finalite = "BAILLEUR_SOCIAL", "ACTE_EMISSION"
        return lambda mondes: rejoindre(lire_les_deux(mondes, qui), finalite, menage=1 + efface, efface=efface)

    faute(monkeypatch, ())
    dire(await trouver(modele, map(suite, (False, True))))


@pytest.mark.parametrize("faute", DES_NON_DITS)
async def test_regle_40_chaque_faute_remise_est_trouvee_du_lecteur_qu_elle_sert(
    mondes: Mondes, faute: str, monkeypatch: pytest.MonkeyPatch, dire: Callable[[str], None]
) -> None:
    poser, quoi = DES_NON_DITS[faute]
    poser(monkeypatch, [monde.gate for monde in mondes[:2]])
    ecart = await ecart_de(mondes, NON_DITS[quoi], graine=0)
    assert bool(ecart) is not NON_DITS[quoi].du, f"La faute « {faute} » n'est pas trouvée par « {quoi} »."
    dire(f"trouvée par « {quoi} »\n{ecart or MEMES}")


MEMES: Final = "les deux mondes, qui devraient différer, n'en font qu'un"


@pytest.mark.parametrize("faute", DE_LEUR_TEST)
async def test_chaque_faute_qui_se_voit_dans_un_seul_monde_est_trouvee_par_le_test_de_sa_regle(
    monde: Monde, faute: str, monkeypatch: pytest.MonkeyPatch, dire: Callable[[str], None]
) -> None:
    poser, test = DE_LEUR_TEST[faute]
    poser(monkeypatch, [monde.gate])
    autres = {"quoi": "historique", "monkeypatch": monkeypatch}
    with pytest.raises((AssertionError, KeyError)) as rouge:  # of an answer that is no refusal
        await test(monde, **{nom: autres[nom] for nom in signature(test).parameters if nom in autres})
    dire(f"trouvée par {test.__name__}\n{rouge.value}")
