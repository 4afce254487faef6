"""argparse in French: it asks gettext for its words, and Python ships no catalogue of them."""

import argparse
from collections.abc import Mapping
from typing import Final

_MESSAGES: Final[Mapping[str, str]] = {
    "usage: ": "usage : ",
    "positional arguments": "arguments",
    "options": "options",
    "show this help message and exit": "afficher cette aide",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "the following arguments are required: %s": "il manque : %s",
    "one of the arguments %s is required": "il faut l'un de : %s",
    "unrecognized arguments: %s": "inconnu : %s",
    "unexpected option string: %s": "option inattendue : %s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s peut vouloir dire %(matches)s",
    "not allowed with argument %s": "ne va pas avec %s",
    "ignored explicit argument %r": "n'attend pas de valeur : %r",
    "expected one argument": "attend une valeur",
    "expected at most one argument": "attend une valeur au plus",
    "expected at least one argument": "attend une valeur au moins",
    "expected %s argument": "attend %s valeur",
    "expected %s arguments": "attend %s valeurs",
    "invalid %(type)s value: %(value)r": "valeur refusée : %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r n'existe pas ; au choix : %(choices)s",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s ; voyez « %(prog)s --help ».\n",
}


def franciser() -> None:
    """From now on, help and errors of the command line are in French."""
    vars(argparse).update(_=_traduire, ngettext=lambda un, plusieurs, n: _traduire(un if n == 1 else plusieurs))


def _traduire(message: str) -> str:
    return _MESSAGES.get(message, message)  # what is left tells a programmer, at start, that a parser is ill made
