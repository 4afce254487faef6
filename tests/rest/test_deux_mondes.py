"""Two worlds that differ only in what a reader may not know are one to it, whatever it does and in whatever order.

Each fault that told them apart, put back, is found: by sequences on a household that others know; by the reader
concerned, on a case that it has; or, where it is no difference of two worlds, by the test of its rule.
"""

import os
from collections.abc import AsyncIterator, Callable
from inspect import signature
from itertools import count
from typing import Final

import pytest

from tests.monde import Monde
from tests.rest import non_dits
from tests.rest.fautes import DE_LEUR_TEST, DES_NON_DITS, DES_SUITES, Poser
from tests.rest.mondes import AUTRUI, ROLES, Ecart, Jeu, Lecteur, Travail, deux_mondes, jouer
from tests.rest.non_dits import NON_DITS, NonDit, rejoindre

SEQUENCES: Final = int(os.environ.get("SEQUENCES", "145"))
"""How many sequences are played, all roles together: ``SEQUENCES=2000`` for a run at length."""


async def test_regle_40_deux_mondes_n_en_font_qu_un(modele: str, compter: Callable[[str, int], None]) -> None:
    par_role = max(1, SEQUENCES // len(ROLES))
    joues = 0
    async with deux_mondes(modele) as (sans, avec, prendre):
        # Those who reach all of the departement first: they would see the cases of the others' sequences.
        for role in sorted(ROLES, key=lambda role: not Lecteur(role).partout):
            jeux = tuple(Jeu(monde, Lecteur(role), prendre, su=su) for monde, su in ((sans, False), (avec, True)))
            for rang in range(par_role):
                joues += 1
                appels = await jouer(jeux, graine=1000 * ROLES.index(role) + rang, menage=joues)
                compter(f"appels comparés dans deux mondes, {role}", appels)
            compter(f"suites jouées dans deux mondes, {role}", par_role)
            compter("apports reçus dans deux mondes", jeux[0].ecrits)
    assert joues >= len(ROLES)


OUVERTURES: Final = tuple(
    (role, finalite) for role in ROLES if not Lecteur(role).partout for finalite in Lecteur(role).finalites("ouvrir")
)


async def test_regle_40_rejoindre_se_lit_a_chaque_finalite_comme_ouvrir(
    modele: str, compter: Callable[[str, int], None]
) -> None:
    async with deux_mondes(modele) as (sans, avec, prendre):
        for menage, (role, finalite) in enumerate(OUVERTURES, 1):
            jeux = tuple(Jeu(monde, Lecteur(role), prendre, su=su) for monde, su in ((sans, False), (avec, True)))
            appels = await rejoindre(jeux, finalite, menage, AUTRUI if menage % 2 else ())
            compter("appels de qui rejoint un ménage, comparés à ceux de qui l'ouvre", appels)
    assert len({role for role, _ in OUVERTURES}) > 10


Mondes = tuple[Monde, Monde, Callable[[], Travail]]


@pytest.fixture(scope="module")
async def mondes(modele: str) -> AsyncIterator[Mondes]:
    """Two worlds for all that is unsaid: each sequence has a household of its own there."""
    async with deux_mondes(modele) as ouverts:
        yield ouverts


_MENAGES: Final = count(10_000)


async def ecart_de(mondes: Mondes, non_dit: NonDit, graine: int) -> str:
    """Where a sequence of the reader tells the worlds apart; nothing where it does not."""
    sans, avec, prendre = mondes
    for monde in (sans, avec):  # what a fault that was put back has planned does not outlive it
        monde.gate.plans.clear()
    jeux = tuple(Jeu(monde, Lecteur(non_dit.role), prendre, su=su) for monde, su in ((sans, False), (avec, True)))
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


@pytest.mark.parametrize("faute", DES_SUITES, ids=lambda faute: faute.__name__)
async def test_regle_40_chaque_faute_remise_est_trouvee(
    modele: str, faute: Poser, monkeypatch: pytest.MonkeyPatch, dire: Callable[[str], None]
) -> None:
    faute(monkeypatch, ())
    async with deux_mondes(modele) as (sans, avec, prendre):
        for graine in range(SUITES_PAR_FAUTE):
            lecteur = Lecteur(("BAILLEUR_SOCIAL", "CLIL_SECRETARIAT")[graine % 2])
            jeux = tuple(Jeu(monde, lecteur, prendre, su=su) for monde, su in ((sans, False), (avec, True)))
            try:
                await jouer(jeux, graine=graine, menage=graine + 1)
            except Ecart as ecart:
                dire(f"trouvée à la suite {graine + 1}\n{ecart}")
                return
    pytest.fail(f"{faute.__doc__} Aucune des {SUITES_PAR_FAUTE} suites ne la trouve.")


SUITES_PAR_FAUTE: Final = 120


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
