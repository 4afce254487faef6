"""The letters, as data: one file of ``courriers/`` is one letter. A new one is a new file, and nothing else.

A letter's words name fields between braces; where each comes from is its table ``champs``: ``Evenement.champ``, the
last telling that is shown; ``fait.champ``, of the act that the letter rests on; ``donnee.nom``, the telling that holds.
"""

import re
import string
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

COURRIERS: Final = Path(__file__).parent / "courriers"
DE_SEANCE: Final = COURRIERS / "seance"
"""Letters that rest on a session, and on no case."""
DES_DROITS: Final = COURRIERS / "droits"
"""Letters that rest on a request that a person made."""
TOUJOURS: Final = ("expediteur", "menage", "adresse", "commune", "dossier")
"""Fields that every letter has, without saying where they come from."""
D_UNE_SEANCE: Final = ("expediteur", "commission", "jour", "quand", "salle", "voix", "nombre")
"""Fields of a letter to who sits at a session."""
D_UNE_DEMANDE: Final = (
    "droit", "recue_le", "numero", "dossier", "echeance", "texte", "repondue_le", "reponse", "article", "copie",
)  # fmt: skip
"""Fields of a letter about a request."""
_NOM: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


class ModeleInvalide(Exception):
    """A letter's file is not one; the message says where, and what is missing."""


@dataclass(frozen=True, slots=True)
class Paragraphe:
    """Some words with fields. ``puces``: several points. ``facultatif``: left out where a field of it is unknown."""

    texte: str = ""
    puces: tuple[str, ...] = ()
    facultatif: bool = False

    @property
    def champs(self) -> frozenset[str]:
        """The fields that it names."""
        morceaux = (m for texte in (self.texte, *self.puces) for m in string.Formatter().parse(texte))
        return frozenset(nom for _, nom, _, _ in morceaux if nom)


@dataclass(frozen=True, slots=True)
class Modele:
    """One letter. ``appui``: the types of acts that it rests on, of which one is shown; none: it rests on the case.

    ``roles``: in whose name it is written, at one of its purposes; none: whoever has one.
    """

    code: str
    titre: str
    destinataire: str
    finalites: frozenset[str]
    roles: frozenset[str]
    appui: tuple[str, ...]
    article: str
    objet: str
    paragraphes: tuple[Paragraphe, ...]
    champs: Mapping[str, str]

    def est_de(self, role: str, finalite: str) -> bool:
        """Whether a function writes it at a purpose."""
        return finalite in self.finalites and (not self.roles or role in self.roles)

    @property
    def de_l_acte(self) -> bool:
        """Whether it speaks of the act that it rests on, and is made of each such act."""
        return any(origine.startswith("fait.") for origine in self.champs.values())

    @property
    def nommes(self) -> frozenset[str]:
        """Every field that its words name."""
        return frozenset().union(*(p.champs for p in (Paragraphe(self.objet), *self.paragraphes)))


@cache
def modeles() -> Mapping[str, Modele]:
    """Every letter by its code, in the order of the files' names."""
    lus = (lire(fichier) for fichier in sorted(COURRIERS.glob("*.toml")))
    return MappingProxyType({modele.code: modele for modele in lus})


@cache
def convocation() -> Modele:
    """The letter to each seat of a session."""
    return lire(DE_SEANCE / "10-convocation.toml", D_UNE_SEANCE)


@cache
def reponse() -> Modele:
    """The letter about a request that a person made."""
    return lire(DES_DROITS / "10-reponse.toml", D_UNE_DEMANDE)


def lire(fichier: Path, connus: Collection[str] = TOUJOURS) -> Modele:
    """One letter; ``ModeleInvalide`` where its file does not say all of it. ``connus``: fields that it has anyway."""
    try:
        dit: dict[str, Any] = tomllib.loads(fichier.read_text("utf-8"))
        modele = Modele(
            code=fichier.stem.partition("-")[2],
            titre=dit["titre"],
            destinataire=dit["destinataire"],
            finalites=frozenset(dit["finalites"]),
            roles=frozenset(dit.get("roles", ())),
            appui=tuple(dit["appui"]),
            article=dit["article"],
            objet=dit["objet"],
            paragraphes=tuple(
                Paragraphe(p.get("texte", ""), tuple(p.get("puces", ())), p.get("facultatif", False))
                for p in dit["paragraphe"]
            ),
            champs=MappingProxyType(dit.get("champs", {})),
        )
    except (KeyError, ValueError) as faute:
        raise ModeleInvalide(f"{fichier.name} : {faute}") from faute
    if not _NOM.fullmatch(modele.code):
        raise ModeleInvalide(f"{fichier.name} : un fichier se nomme « 10-code-du-courrier.toml ».")
    if inconnus := modele.nommes - modele.champs.keys() - {*connus}:
        raise ModeleInvalide(f"{fichier.name} : {', '.join(sorted(inconnus))} manque à [champs].")
    return modele
