"""Revisions of the rules other than this installation's: real rows, real rules, changed where a test says."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from policies import tables
from policies.tables import Regles, Tables


def revision(changer: Callable[[Tables], None] = lambda _: None, **modules: str) -> Regles:
    """The rules of this installation, once their rows are changed; ``modules``: rules in the place of these."""
    lues = tables.lire()
    changer(lues)
    noms = {f"unefois/decision/{nom}.rego": texte for nom, texte in modules.items()}
    return tables.assembler(tables.modules() | noms, lues)


def lecture(role: str, groupe: str, lettre: str) -> Callable[[Tables], None]:
    """A cell of the matrix reads otherwise."""

    def changer(lues: Tables) -> None:
        [ligne] = [ligne for ligne in lues.matrice[role] if ligne["groupe"] == groupe]
        ligne["lecture"] = lettre

    return changer


def ligne_de_role(role: str, **valeurs: Any) -> Callable[[Tables], None]:
    """The row of a role says otherwise."""

    def changer(lues: Tables) -> None:
        [ligne] = [ligne for ligne in lues.roles if ligne["code"] == role]
        ligne.update(valeurs)

    return changer


def sans_groupe(groupe: str) -> Callable[[Tables], None]:
    """A group that was not there yet."""

    def changer(lues: Tables) -> None:
        lues.groupes[:] = [ligne for ligne in lues.groupes if ligne["code"] != groupe]

    return changer


def mesure(groupe: str, nom: str) -> Callable[[Tables], None]:
    """A group that was opened by half in another way."""

    def changer(lues: Tables) -> None:
        [ligne] = [ligne for ligne in lues.groupes if ligne["code"] == groupe]
        ligne["mesure_l"] = nom

    return changer


def toutes(*changements: Callable[[Tables], None]) -> Callable[[Tables], None]:
    """Several changes."""

    def changer(lues: Tables) -> None:
        for changement in changements:
            changement(lues)

    return changer


def sans_motif(regles: Regles, motif: str) -> Regles:
    """The same rules, which give a reason that has no sentence."""
    motifs = {code: phrase for code, phrase in regles.motifs.items() if code != motif}
    return signer(replace(regles, motifs=motifs))


def signer(regles: Regles) -> Regles:
    """Rules that were changed after they were compiled, under the revision of what they now say."""
    nom = hashlib.sha256(regles.octets).hexdigest()
    return replace(regles, tables={**regles.tables, "revision": nom}, revision=nom)


def depaquete(contenu: bytes) -> Mapping[str, Any]:
    """A body of the API without the position of the log, which is everybody's."""
    lu: dict[str, Any] = orjson.loads(contenu)
    del lu["position"]
    return lu
