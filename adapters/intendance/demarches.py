"""A formality from its form to the registry: filled in, read again with what it changes, kept; or told what it met.

What is shown before it is kept is what the registry, asked, would take. If somebody else changed the same thing since
the form was opened, nothing is written: what they said is told, what was typed here is laid over it, and one reads
again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.intendance import commissions, partenaires
from adapters.intendance.formalite import Demarche, Formalite, Saisies, SansObjet
from adapters.intendance.site import Intendance, Montrer, VisiteDAdministrateur, rendre
from adapters.mots import libelles
from adapters.registre.administration import CLES, TABLES, ChangementRefuse, corps
from adapters.registre.ecritoire import ChangementCroise
from adapters.registre.instantane import (
    Administrateur,
    Changement,
    Client,
    Habilitation,
    Instance,
    Instantane,
    Mandat,
    Membre,
    Partenaire,
    Seance,
)
from adapters.registre.lecture import lue
from adapters.web.forms import FormulaireIncomplet
from adapters.web.rendu import FormulaireRefuse
from adapters.web.reponses import montrables, vers
from ledger.droit.jours import aujourd_hui

FORMALITES: Final[Mapping[str, Formalite]] = MappingProxyType({**partenaires.FORMALITES, **commissions.FORMALITES})
CIBLES: Final = ("partenaire", "role", "client", "agent", "dossier", "instance", "genre", "lieu", "seance")
"""What the address of a formality may name."""
_RESERVES: Final = frozenset({"csrf", "cle", "depuis", "_etape"})
_CHAMPS: Final[Mapping[str, str]] = MappingProxyType(
    {"finalite": "finalites", "commune": "communes", "client": "client_id", "le": "seance_le", "lieu": "lieux"}
)
"""The columns that the registry's sentences name otherwise."""
_NOMMES: Final = re.compile(r"((?:« \w+ »(?:, )?)+) (?:: )?")
_SHELL: Final = re.compile(r" \(« (?:--|unefois )[^»]*»\)| Voyez « unefois [^»]*»\.")
"""What a sentence says to who types commands."""
CHIFFRES: Final = 18
"""Digits of the longest revision."""
_RIEN: Final = "Rien ne change : le registre dit déjà cela."


@dataclass(frozen=True, slots=True)
class LigneAvantApres:
    """What a change does to one thing that is said: before, after, in words."""

    nom: str
    avant: Any
    apres: Any

    @property
    def change(self) -> bool:
        """Whether it does anything to it."""
        return bool(self.avant != self.apres)

    @property
    def otes(self) -> Sequence[str]:
        """Of a list that there was, what is no longer in it."""
        return [dit for dit in self._avant if dit not in self._apres] if self._avant else []

    @property
    def ajoutes(self) -> Sequence[str]:
        """What is added to a list that there was."""
        return [dit for dit in self._apres if dit not in self._avant] if self._avant else []

    @property
    def _avant(self) -> Sequence[str]:
        return self.avant if isinstance(self.avant, list) else []

    @property
    def _apres(self) -> Sequence[str]:
        return self.apres if isinstance(self.apres, list) else []


@dataclass(frozen=True, slots=True)
class EtatDeDemarche:
    """Where a formality is: its form, what was typed, since which revision, in whose name."""

    nom: str
    formalite: Formalite
    demarche: Demarche
    valeurs: Mapping[str, str]
    depuis: int

    @property
    def adresse(self) -> str:
        """Where its form is sent."""
        cible = urlencode(self.demarche.cible)
        return f"/demarches/{self.nom}" + (f"?{cible}" if cible else "")


def demarche(nom: str) -> Montrer:
    """A step of that formality, as its form says which: ``relire``, ``garder``, or back to ``modifier``."""
    formalite = FORMALITES[nom]

    async def montrer(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
        try:
            etat = _etat(nom, formalite, requete, visite)
            etape = visite.valeurs.get("_etape", "")
            a_remplir = bool(formalite.controles(etat.demarche)) and (requete.method == "GET" or etape == "modifier")
            if a_remplir:
                return _remplir(site, visite, etat)
            return await _avancer(site, visite, etat, garder=etape == "garder")
        except SansObjet:
            return site.erreur(404, visite.cadre)

    return montrer


def _etat(nom: str, formalite: Formalite, requete: Request, visite: VisiteDAdministrateur) -> EtatDeDemarche:
    cible = {c: dit for c in CIBLES if (dit := requete.query_params.get(c, ""))}
    cle, depuis = visite.valeurs.get("cle", ""), visite.valeurs.get("depuis", "")
    try:
        id_ = UUID(cle) if cle else uuid4()
    except ValueError as erreur:
        raise SansObjet from erreur
    lue_a = entier(depuis)
    d = Demarche(visite.registre, visite.le, visite.qui, cible, id_)
    formalite.dit(d)  # what its address names is there, and has not ended
    valeurs = {n: dit for n, dit in visite.valeurs.items() if n not in _RESERVES}
    if requete.method == "GET":
        valeurs = dict(formalite.initiales(d))
    revision = visite.registre.revision
    return EtatDeDemarche(nom, formalite, d, valeurs, revision if lue_a is None else min(lue_a, revision))


def entier(texte: str) -> int | None:
    """A revision that one of our pages wrote; None for anything else."""
    return int(texte) if texte.isascii() and texte.isdigit() and len(texte) <= CHIFFRES else None


def _remplir(
    site: Intendance,
    visite: VisiteDAdministrateur,
    etat: EtatDeDemarche,
    erreurs: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The form; a formality that has none is read again at once."""
    saisie = FormulaireRefuse("demarche", montrables(etat.valeurs), erreurs)
    controles = etat.formalite.controles(etat.demarche)
    html = rendre("demarche.html", cadre=visite.cadre, etat=etat, controles=controles, saisie=saisie)
    return site.html(html, 422 if erreurs else 200)


async def _avancer(site: Intendance, visite: VisiteDAdministrateur, etat: EtatDeDemarche, *, garder: bool) -> Response:
    """Ask the registry whether it would take it, or have it take it; what it answers is shown."""
    changements: Sequence[Changement] = ()
    try:
        changements = etat.formalite.lire(etat.demarche, Saisies(etat.valeurs))
        faire = site.ecritoire.garder if garder else site.ecritoire.essayer
        change = await faire(visite.qui, etat.depuis, changements)
    except FormulaireIncomplet as refus:
        return _remplir(site, visite, etat, refus.erreurs)
    except ChangementRefuse as refus:
        return _remplir(site, visite, etat, _erreurs(str(refus), etat))
    except ChangementCroise as croise:
        return await _reprendre(site, visite, etat, changements, croise)
    if garder:
        retour = etat.formalite.retour(etat.demarche)
        return vers(f"{retour}?fait={etat.formalite.fait if change else 'deja'}")
    if not change:
        return _remplir(site, visite, etat, {"": _RIEN})
    return site.html(_relire(visite, etat, changements))


async def _reprendre(
    site: Intendance,
    visite: VisiteDAdministrateur,
    etat: EtatDeDemarche,
    changements: Sequence[Changement],
    croise: ChangementCroise,
) -> Response:
    """Told what somebody else said meanwhile, one reads again: what was typed here is laid over it, field by field."""
    repris = _par_dessus(etat, await site.ecritoire.courant(), changements, croise)
    try:
        siens = repris.formalite.lire(repris.demarche, Saisies(repris.valeurs))
        change = await site.ecritoire.essayer(visite.qui, repris.depuis, siens)
    except FormulaireIncomplet as refus:
        return _remplir(site, visite, repris, refus.erreurs)
    except ChangementRefuse as refus:
        return _remplir(site, visite, repris, _erreurs(str(refus), repris))
    except ChangementCroise as encore:
        return await _reprendre(site, visite, repris, siens, encore)
    if not change:
        return _remplir(site, visite, repris, {"": f"{croise.par} vient de le faire. {_RIEN}"})
    nature = type(changements[0])
    ecarts = [ligne for ligne in avant_apres(nature, croise.avant, croise.maintenant) if ligne.change]
    return site.html(_relire(visite, repris, siens, croise.par, ecarts), 409)


def _par_dessus(
    etat: EtatDeDemarche, registre: Instantane, changements: Sequence[Changement], croise: ChangementCroise
) -> EtatDeDemarche:
    """The formality begun again on the registry of now: of each field, what was typed, if it was; else what is said."""
    d = replace(etat.demarche, registre=registre)
    etat.formalite.dit(d)
    alors = registre
    if croise.avant is not None:
        alors = registre.apres(registre.revision, [lue(type(changements[0]), croise.avant)])
    depart, present = etat.formalite.initiales(replace(d, registre=alors)), etat.formalite.initiales(d)
    dites = {}
    for nom in {**present, **etat.valeurs}:
        tape = etat.valeurs.get(nom, "")
        dites[nom] = tape if tape != depart.get(nom, "") else present.get(nom, "")
    return EtatDeDemarche(
        etat.nom, etat.formalite, d, {nom: dit for nom, dit in dites.items() if dit}, registre.revision
    )


def _relire(
    visite: VisiteDAdministrateur,
    etat: EtatDeDemarche,
    changements: Sequence[Changement],
    par: str = "",
    ecarts: Sequence[LigneAvantApres] = (),
) -> str:
    """What changes, thing by thing; ``ecarts``: what ``par`` changed since the form was opened."""
    choses = []
    for changement in changements:
        avant = _TROUVER[type(changement)](etat.demarche.registre, changement)
        lignes = avant_apres(type(changement), None if avant is None else corps(avant), corps(changement))
        choses.append((titre(TABLES[type(changement)], neuf=avant is None), lignes))
    return rendre("relire.html", cadre=visite.cadre, etat=etat, choses=choses, par=par, ecarts=ecarts)


def titre(nature: str, *, neuf: bool) -> str:
    """What a change is of, and whether it adds or changes."""
    motif = f"{nature} {'insert' if neuf else 'update'}"
    return libelles.MOTIFS_DU_JOURNAL.get(motif, motif)


def avant_apres(
    nature: type[Changement], avant: Mapping[str, Any] | None, apres: Mapping[str, Any]
) -> list[LigneAvantApres]:
    """Each thing that is said, before and after; what names the thing is there, though it never changes."""
    avant, noms = avant or {}, [champ.name for champ in fields(nature) if champ.name != "id"]
    lignes = [LigneAvantApres(nom, _clair(nom, avant.get(nom)), _clair(nom, apres.get(nom))) for nom in noms]
    return [ligne for ligne in lignes if ligne.avant or ligne.apres or ligne.nom in CLES[nature]]


def _clair(nom: str, dit: Any) -> Any:  # noqa: ANN401 - a value of the registry
    """A value as it is compared and shown: a commune by its name, a day and an id as texts."""
    if isinstance(dit, list | tuple | frozenset):
        textes = sorted(map(str, dit))
        return [libelles.commune(code, aujourd_hui()) for code in textes] if nom == "communes" else textes
    return dit if dit is None else str(dit)


_TROUVER: Final[Mapping[type[Changement], Callable[[Instantane, Any], Changement | None]]] = {
    Partenaire: lambda r, c: r.partenaires.get(c.code),
    Client: lambda r, c: r.clients.get(c.client_id),
    Habilitation: lambda r, c: next(
        (h for h in r.habilitations.get((c.partenaire, c.agent), ()) if h.id == c.id), None
    ),
    Mandat: lambda r, c: None if (siens := r.mandats.get(c.partenaire)) is None else siens.get(c.dossier),
    Membre: lambda r, c: r.membres.get((c.instance, c.lieu, c.partenaire)),
    Instance: lambda r, c: r.instances.get(c.code),
    Seance: lambda r, c: r.seances.get(c.id),
    Administrateur: lambda r, c: r.administrateurs.get((c.partenaire, c.agent)),
}
"""What the registry says now of the thing that a change is of."""


def _erreurs(phrase: str, etat: EtatDeDemarche) -> dict[str, str]:
    """The registry's sentence beside the field that it names, without what it says to who types commands."""
    phrase = _SHELL.sub("", phrase).strip()
    nommes = _NOMMES.match(phrase)
    if nommes is None:
        return {"": phrase}
    presents = {c.nom for c in etat.formalite.controles(etat.demarche)}
    voulus = [nom if nom in presents else _CHAMPS.get(nom, nom) for nom in re.findall(r"\w+", nommes[1])]
    dite = phrase[nommes.end() :]
    return {next((nom for nom in voulus if nom in presents), ""): dite[:1].upper() + dite[1:]}
