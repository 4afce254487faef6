"""Two worlds that differ only in what a reader may not know are one to it, whatever it does and in whatever order.

Each fault that told them apart, put back, is found by the same sequences.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from adapters.gate import consulter, contribuer, files, question
from ledger import application
from ledger.application import Ledger
from ledger.catalogue import LogementDeclare
from ledger.keys import KeyStore
from ledger.reader import Lecture, Proche, Reader
from tests.rest.mondes import ROLES, Ecart, Jeu, Lecteur, deux_mondes, jouer

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


Faute = Callable[[pytest.MonkeyPatch], None]


def _rejoindre_declare(patch: pytest.MonkeyPatch) -> None:
    """Joining is told as another event than opening."""
    vraie = application._rejoindre

    def rejoindre(contribution: Any, personne: Any) -> Any:
        rejointe = vraie(contribution, personne)
        premier, *suite = rejointe.evenements
        dit = replace(premier, evenement=LogementDeclare(**vars(premier.evenement)))
        return replace(rejointe, evenements=(dit, *suite), rejoint=False)

    patch.setattr(application, "_rejoindre", rejoindre)


def _tout_le_dossier(patch: pytest.MonkeyPatch) -> None:
    """Who has its own part alone is served the facts of all, each under its own decision."""
    patch.setattr(Lecture, "part", lambda lecture, _: lecture)


def _chercher_les_siens(patch: pytest.MonkeyPatch) -> None:
    """A search reads the cases that it finds, and none where it finds none."""
    vrai = Reader.approcher

    async def approcher(reader: Reader, cherches: Any, combien: int) -> list[list[Proche]]:
        return [[proche for proche in proches if proche.exacte] for proches in await vrai(reader, cherches, combien)]

    async def approches(ledger: Ledger, identites: Any, combien: int) -> Any:
        trouves = await ledger.reader.approcher([(1, identite) for identite in identites], combien)
        proches = [proche for suite in trouves for proche in suite]
        return [(proche, await ledger.reader.lire_ou_vierge(proche.dossier)) for proche in proches]

    patch.setattr(Reader, "approcher", approcher)
    patch.setattr(Ledger, "approcher", approches)


def _cles_au_besoin(patch: pytest.MonkeyPatch) -> None:
    """Keys are made when they are missing, by whoever is the first to need one."""
    vrai = KeyStore.creer

    async def creer(keys: KeyStore, lu: Any, manquantes: Any, scellees: Any) -> Any:
        trousseau = await keys.lire(lu.dossier)
        absentes = [cle for cle in manquantes if cle not in trousseau]
        return await vrai(keys, lu, absentes, scellees) if absentes else trousseau

    patch.setattr(KeyStore, "creer", creer)


def _question_du_dossier(patch: pytest.MonkeyPatch) -> None:
    """A case that one is not linked to is decided on what it holds, and read whole before that."""
    vraie = question.portee_de

    async def portee_de(gate: Any, acces: Any, dossier: Any, lecture: Any) -> Any:
        return await vraie(gate, acces, dossier, lecture) if lecture else None

    for module in (consulter, contribuer, files):
        patch.setattr(module, "portee_de", portee_de)


FAUTES: Final[tuple[Faute, ...]] = (
    _rejoindre_declare,
    _tout_le_dossier,
    _chercher_les_siens,
    _cles_au_besoin,
    _question_du_dossier,
)


@pytest.mark.parametrize("faute", FAUTES, ids=lambda faute: faute.__name__.strip("_"))
async def test_regle_40_chaque_faute_remise_est_trouvee(
    modele: str, faute: Faute, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faute(monkeypatch)
    async with deux_mondes(modele) as (sans, avec, prendre):
        for graine in range(SUITES_PAR_FAUTE):
            lecteur = Lecteur(("BAILLEUR_SOCIAL", "CLIL_SECRETARIAT")[graine % 2])
            jeux = tuple(Jeu(monde, lecteur, prendre, su=su) for monde, su in ((sans, False), (avec, True)))
            try:
                await jouer(jeux, graine=graine, menage=graine + 1)
            except Ecart as ecart:
                with capsys.disabled():
                    print(f"\n{faute.__name__.strip('_')} : trouvée à la suite {graine + 1}\n{ecart}"[:600])
                return
    pytest.fail(f"{faute.__doc__} Aucune des {SUITES_PAR_FAUTE} suites ne la trouve.")


SUITES_PAR_FAUTE: Final = 120
