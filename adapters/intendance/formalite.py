"""What a formality is: a form, the rows of the registry that it comes to, and where one goes once they are kept.

Only what cannot be a value at all is refused here (a day that is none, a text without end), beside its field. What the
registry takes is for the registry to say: it is asked before anything is kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID

from adapters.mots import libelles
from adapters.registre.instantane import Changement, Instance, Instantane, Partenaire
from adapters.web.actes import Controle, TypeDeChamp
from adapters.web.forms import Champs, FormulaireIncomplet
from ledger.droit.bornes import borne
from ledger.noms import INTERDITS
from policies import tables

UN_AN: Final = timedelta(days=365)
SIGNES: Final = 200
SIGNES_D_UNE_LISTE: Final = 3_000
_REQUIS: Final = "Ce champ est nécessaire."

T = TypeVar("T")


class SansObjet(Exception):
    """The formality is of a thing that the registry has not, or that has ended already."""


def de(trouve: T | None) -> T:
    """That thing; ``SansObjet`` if there is none."""
    if trouve is None:
        raise SansObjet
    return trouve


@dataclass(frozen=True, slots=True)
class Demarche:
    """What a formality is made from: the registry, the day, who does it, and what its address names.

    ``cle``: the id of what it makes, drawn with the form: a form that is sent twice makes one thing.
    """

    registre: Instantane
    le: date
    qui: str
    cible: Mapping[str, str]
    cle: UUID

    def nomme(self, quoi: str) -> str:
        """What the address says of that; empty: nothing."""
        return self.cible.get(quoi, "")

    @property
    def partenaire(self) -> Partenaire:
        """The partner that is named."""
        return de(self.registre.partenaires.get(self.nomme("partenaire")))

    @property
    def instance(self) -> Instance:
        """The body that is named."""
        return de(self.registre.instances.get(self.nomme("instance")))

    @property
    def page_du_partenaire(self) -> str:
        """Where that partner is shown."""
        return f"/partenaires/{self.partenaire.code}"

    @property
    def page_de_l_instance(self) -> str:
        """Where that body is shown."""
        return f"/instances/{self.instance.code}"


def rien(_: Demarche) -> Sequence[Controle]:
    """A formality without a field: what it is of is in its address."""
    return ()


def vides(_: Demarche) -> Mapping[str, str]:
    """A form that holds nothing at first."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Formalite:
    """``nature``: what the journal says that one looks at. ``fait``: the message once it is kept.

    ``dit``: of what it is, and what comes of it, in a sentence.
    """

    titre: str
    nature: str
    fait: str
    dit: Callable[[Demarche], str]
    lire: Callable[[Demarche, "Saisies"], Sequence[Changement]]
    retour: Callable[[Demarche], str]
    controles: Callable[[Demarche], Sequence[Controle]] = field(default=rien)
    initiales: Callable[[Demarche], Mapping[str, str]] = field(default=vides)


class Saisies:
    """The fields of a form, read: what is wrong with each is kept until ``finir``."""

    def __init__(self, valeurs: Champs) -> None:
        self._valeurs = valeurs
        self._erreurs: dict[str, str] = {}

    def texte(self, nom: str, *, requis: bool = True, signes: int = SIGNES) -> str:
        """A line of text, its blanks cut."""
        dit = self._valeurs.get(nom, "").strip()
        if requis and not dit:
            self._erreurs[nom] = _REQUIS
        elif len(dit) > signes:
            self._erreurs[nom] = f"Donnez {signes} signes au plus."
        elif INTERDITS.search(dit):
            self._erreurs[nom] = "Ce texte porte un signe qui ne s'écrit pas : tapez-le de nouveau."
        return dit

    def jour(self, nom: str, *, requis: bool = True) -> date | None:
        """A day; None where none is given, and where it is none: ``finir`` says so."""
        dit = self.texte(nom, requis=requis)
        try:
            return date.fromisoformat(dit) if dit else None
        except ValueError:
            self._erreurs[nom] = "Donnez un jour, AAAA-MM-JJ."
            return None

    def uuid(self, nom: str) -> UUID | None:
        """An id, as the service writes them."""
        dit = self.texte(nom)
        try:
            return UUID(dit) if dit else None
        except ValueError:
            self._erreurs[nom] = "Un identifiant s'écrit comme 0199f1e2-7b1a-7000-8000-000000000010."
            return None

    def lignes(self, nom: str) -> tuple[str, ...]:
        """A text of several words or lines, each a code."""
        return tuple(dict.fromkeys(self.texte(nom, requis=False, signes=SIGNES_D_UNE_LISTE).replace(",", " ").split()))

    def coches(self, nom: str) -> tuple[str, ...]:
        """What is ticked, of a list of boxes."""
        return tuple(sorted(cle.removeprefix(f"{nom}.") for cle in self._valeurs if cle.startswith(f"{nom}.")))

    def periode(self) -> tuple[date, date]:
        """``du`` and ``au``: the days of a right."""
        du, au = self.jour("du"), self.jour("au")
        self.finir()
        return de(du), de(au)

    def refuser(self, nom: str, phrase: str) -> None:
        """A field that was read, and will not do."""
        self._erreurs.setdefault(nom, phrase)

    def finir(self) -> None:
        """``FormulaireIncomplet`` if anything could not be read."""
        if self._erreurs:
            raise FormulaireIncomplet(self._erreurs)


def texte(nom: str, libelle: str, aide: str = "", *, requis: bool = True) -> Controle:
    """A line of text."""
    return Controle(nom, libelle, TypeDeChamp.TEXTE, requis, aide, max=str(SIGNES))


def zone(nom: str, libelle: str, aide: str) -> Controle:
    """Several lines of text: a list."""
    return Controle(nom, libelle, TypeDeChamp.ZONE, requis=False, aide=aide, max=str(SIGNES_D_UNE_LISTE))


def jour(nom: str, libelle: str, aide: str = "", *, requis: bool = True) -> Controle:
    """A day."""
    return Controle(nom, libelle, TypeDeChamp.DATE, requis, aide)


def choix(nom: str, libelle: str, options: Sequence[tuple[str, str]], aide: str = "") -> Controle:
    """One of these."""
    return Controle(nom, libelle, TypeDeChamp.CHOIX, requis=True, aide=aide, options=options)


def coches(
    nom: str, libelle: str, options: Sequence[tuple[str, str]], aide: str = "", *, requis: bool = False
) -> Controle:
    """Any of these; at least one, if ``requis``."""
    return Controle(nom, libelle, TypeDeChamp.COCHES, requis, aide, options=options)


def cochees(nom: str, codes: Collection[str]) -> dict[str, str]:
    """These boxes, ticked."""
    return {f"{nom}.{code}": "oui" for code in codes}


def d_un_an(d: Demarche) -> dict[str, str]:
    """From today, for a year."""
    return {"du": d.le.isoformat(), "au": (d.le + UN_AN).isoformat()}


def periode(nom: str, le: date) -> tuple[Controle, Controle]:
    """The days of a right, as long as the law lets it last: ``nom`` is that of its bound."""
    jours = de(borne(nom, le)).maximum
    return jour("du", "À partir du"), jour(
        "au", "Jusqu'au", f"Ce jour compris, {jours} jours au plus ; renouvelez ensuite."
    )


@cache
def roles() -> Mapping[str, tables.Disposition]:
    """The rows of the roles, by code."""
    return MappingProxyType({ligne["code"]: ligne for ligne in tables.lire().roles})


def finalites_de(role: str) -> Sequence[tuple[str, str]]:
    """The purposes that a role may declare, and their words."""
    ligne = de(roles().get(role))
    return libelles.par_mot((code, libelles.finalite(code)) for code in ligne["finalites"])
