"""From a plan to what is sent: unsealing, masks, the document in JSON, whole or a page of facts at a time.

It is called once the journal row is durable, never before. A page counts the facts that are shown: what is hidden
neither shortens it nor stands at its end.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.mesures import LETTRES, dite, ouverts, tu
from adapters.gate.pas import Pas, tranches
from adapters.gate.plan import CHAMPS, RIEN_DIT, Morceau, Plan, Rang, SuiteDuRang, effacement, fin, tete_vue
from adapters.gate.provenance import Provenance
from adapters.mots import libelles
from ledger import catalogue as ev
from ledger.catalogue import EFFACE, Absent, Classe, Fait
from ledger.echeances.chronologie import ActeLu
from ledger.echeances.vocabulaire import Vocabulaire
from ledger.mapper import SCELLEES, lire_partie, ouvrir
from ledger.sealing import Cle, Trousseau

FAITS_PAR_PAGE: Final = 500


class Signet(NamedTuple):
    """After which fact a page begins, and how many facts it has."""

    apres: UUID | None = None
    limite: int = FAITS_PAR_PAGE


PREMIERE: Final = Signet()


class CurseurInconnu(Exception):
    """The fact after which a page should begin is none that this reader is shown."""


class Feuille(NamedTuple):
    """The facts of a page, each in JSON, and the last of them if others follow."""

    faits: list[bytes]
    suivant: UUID | None


class ClesOuvertes(dict[tuple[str, Classe], Cle | None]):
    """The keys of one reading, each unwrapped when it is first needed; None for one that is destroyed."""

    def __init__(self, trousseau: Trousseau) -> None:
        super().__init__()
        self._trousseau = trousseau

    def __missing__(self, nom: tuple[str, Classe]) -> Cle | None:
        cle = self[nom] = self._trousseau.get(*nom)
        return cle


def document(plan: Plan, feuille: Feuille) -> bytes:
    """One page of the document."""
    return b"".join((plan.entete, b",".join(feuille.faits), b'],"suivant":', orjson.dumps(feuille.suivant), b"}"))


def historique(plan: Plan, feuille: Feuille) -> bytes:
    """One page of the history."""
    debut = b'{"dossier":"%b","evenements":[' % str(plan.dossier).encode()
    return debut + b",".join(feuille.faits) + b'],"suivant":' + orjson.dumps(feuille.suivant) + b"}"


def declarations(plan: Plan, trousseau: Trousseau, personne: UUID) -> Iterator[dict[str, Any]]:
    """The fields that are shown of what was declared of one person: nothing else is unsealed."""
    siens = siennes(plan, personne)
    cles = ClesOuvertes(trousseau)
    for rang in siens:
        ecrit = _ecrire(rang, plan, trousseau, cles)
        if ecrit is not None:
            yield orjson.loads(ecrit)["champs"]


def titulaire(plan: Plan, trousseau: Trousseau) -> str | None:
    """The name of who holds the lease, where it is shown: the name under which a case is listed."""
    tranches_lues = map(orjson.loads, faits_montres(plan, trousseau, {ev.OccupantDeclare}))
    declares = (fait for tranche in tranches_lues for fait in tranche)
    personnes = (fait["champs"] for fait in declares if not fait.get("corrige_par"))
    trouve = next((p for p in personnes if p.get("qualite") == "TITULAIRE" and "nom" in p), None)
    return trouve and " ".join(x for x in (trouve.get("prenoms"), trouve["nom"]) if x)


def siennes(plan: Plan, personne: UUID) -> list[Rang]:
    """The declarations of one person that are shown."""
    return [
        rang
        for rang in plan.rangs
        if isinstance(rang.fait.evenement, ev.OccupantDeclare) and rang.fait.evenement.personne == personne
    ]


class Extrait(NamedTuple):
    """A fact of a plan as clocks read it, of what is shown of it as it was told.

    ``acte``: what stands in clear; ``scelles``: the blobs that hold the rest, each with what is read of it.
    """

    rang: Rang
    acte: ActeLu
    scelles: tuple[tuple[Morceau, Collection[str]], ...]


def extraire(plan: Plan, vocabulaire: Vocabulaire) -> Pas[tuple[Extrait, ...]]:
    """The facts of these types that stand, step by step: read off the plan, it holds no personal value either."""
    extraits: list[Extrait] = []
    connus: dict[tuple[UUID, type[ev.Evenement], Provenance], Mapping[Classe, Collection[str]]] = {}
    for tranche in tranches(plan.rangs):
        for rang in tranche:
            cls, sien = type(rang.fait.evenement), plan.de(rang.fait)
            # Of a letter of the month, the day is not shown.
            if cls.__name__ not in vocabulaire or rang.suite == "lettre" or _corrige(rang, sien):
                continue
            cle = sien.dossier, cls, sien.lecteur.provenance(rang.fait)
            if cle not in connus:
                connus[cle] = _tels_quels(*cle[1:], sien, vocabulaire[cls.__name__])
            extraits.append(_extrait(rang, connus[cle]))
        yield
    return tuple(extraits)


def _corrige(rang: Rang, plan: Plan) -> bool:
    return plan.lecteur.etat.corrige(rang.fait.enveloppe.id)


def _tels_quels(
    cls: type[ev.Evenement], provenance: Provenance, plan: Plan, voulus: frozenset[str]
) -> Mapping[Classe, Collection[str]]:
    montres = ouverts(cls, plan.decisions[provenance], plan.annee, emis_par_moi=provenance.emis_par_moi) or ()
    lisibles: dict[Classe, list[str]] = {}
    for nom, f, classe in montres:
        if f is None and nom in voulus:
            lisibles.setdefault(classe, []).append(nom)
    return lisibles


def _extrait(rang: Rang, champs: Mapping[Classe, Collection[str]]) -> Extrait:
    fait, cls = rang.fait, type(rang.fait.evenement)
    scelles = tuple((morceau, champs[morceau.cle[1]]) for morceau in rang.morceaux if morceau.cle[1] in champs)
    valeurs = vars(fait.evenement)
    dits = {nom: valeur for nom in champs.get(Classe.S0, ()) if dite(valeur := valeurs[nom])}
    for classe in champs.keys() - {Classe.S0, *(morceau.cle[1] for morceau, _ in scelles)}:
        dits |= lire_partie(cls, classe, b"{}", champs[classe])  # nothing of it was told
    enveloppe = fait.enveloppe
    return Extrait(rang, ActeLu(str(enveloppe.id), cls.__name__, enveloppe.survenu_le, dits, fait.position), scelles)


def lus(extraits: Sequence[Extrait], plan: Plan, trousseau: Trousseau) -> Pas[list[ActeLu]]:
    """The acts, with what is told of their fields; step by step.

    What is masked, withheld or erased is as if it had not been told, and nothing else is unsealed.
    """
    actes: list[ActeLu] = []
    for tranche in tranches(extraits):
        for extrait in tranche:
            suite = extrait.rang.suite
            if suite is None or _suivre(extrait.rang, plan, trousseau) is not None:
                actes.append(_lu(extrait, trousseau) if extrait.scelles else extrait.acte)
        yield
    return actes


def _lu(extrait: Extrait, trousseau: Trousseau) -> ActeLu:
    acte, cls = extrait.acte, type(extrait.rang.fait.evenement)
    dits = dict(acte.dits)
    for (nom, octets, lie_a, _, _), champs in extrait.scelles:
        cle = trousseau.get(*nom)
        if cle is not None:
            dits |= lire_partie(cls, nom[1], cle.unseal(octets, lie_a), champs)
    return acte._replace(dits=dits)


def feuilleter(plan: Plan, trousseau: Trousseau, page: Signet, *, contenu: bool = True) -> Pas[Feuille]:
    """A page of facts, step by step; without their content, nothing is unsealed that its nature is not asked of.

    ``CurseurInconnu``: for a fact that is hidden as for one that does not exist.
    """
    cles = ClesOuvertes(trousseau)
    ecrire = _ecrire if contenu else _ecrire_tete
    rangs = plan.rangs
    if page.apres is not None:
        place = next((n for n, rang in enumerate(rangs) if rang.fait.enveloppe.id == page.apres), None)
        if place is None or ecrire(rangs[place], plan, trousseau, cles) is None:
            raise CurseurInconnu
        rangs = rangs[place + 1 :]
    ecrits: list[bytes | None] = []
    for tranche in tranches(rangs):
        ecrits += [ecrire(rang, plan, trousseau, cles) for rang in tranche]
        if len(ecrits) > page.limite and len(ecrits) - ecrits.count(None) > page.limite:
            dernier = [place for place, ecrit in enumerate(ecrits) if ecrit is not None][page.limite - 1]
            del ecrits[dernier + 1 :]
            return Feuille([ecrit for ecrit in ecrits if ecrit is not None], rangs[dernier].fait.enveloppe.id)
        yield
    return Feuille([ecrit for ecrit in ecrits if ecrit is not None], None)


def faits_montres(plan: Plan, trousseau: Trousseau, types: Collection[type[ev.Evenement]] = ()) -> Iterator[bytes]:
    """The facts that are shown, as a list in JSON for each step; of these types alone where some are named.

    Neither the others nor their keys are opened. A protected act is of its own type once it is open alone.
    """
    cles = ClesOuvertes(trousseau)
    rangs = [rang for rang in plan.rangs if type(rang.fait.evenement) in types] if types else plan.rangs
    for tranche in tranches(rangs):
        ecrits = [_ecrire(rang, plan, trousseau, cles) for rang in tranche]
        yield b"[" + b",".join(filter(None, ecrits)) + b"]"


class Tete(msgspec.Struct, frozen=True):
    """What the head of a fact that is shown says of which fact it is."""

    id: str
    type: str
    enregistre_le: str | None
    corrige: str | None


def tetes(plan: Plan, trousseau: Trousseau, rangs: Sequence[Rang]) -> Pas[list[tuple[Rang, Tete]]]:
    """The heads of these facts as the history shows them, step by step; what is hidden once it is open has none."""
    lues: list[tuple[Rang, Tete]] = []
    for tranche in tranches(rangs):
        for rang in tranche:
            ecrit = rang.avant[: -len(CHAMPS)] + b"}" if rang.suite is None else _suivre(rang, plan, trousseau)
            if ecrit is not None:
                lues.append((rang, _TETE.decode(ecrit)))
        yield
    return lues


_TETE: Final = msgspec.json.Decoder(Tete)


def empreinte(plan: Plan, trousseau: Trousseau) -> Pas[str]:
    """A hash of all that this reader is shown of the case, whatever the page.

    A fact that was recorded never changes, and its id tells which it is: what is sealed of it is opened only where
    its nature says whether it is shown.
    """
    tout = sha256(plan.entete)
    for tranche in tranches(plan.rangs):
        for rang in tranche:
            if rang.suite is not None:
                tout.update(_suivre(rang, plan, trousseau) or b"")
                continue
            tout.update(rang.avant + rang.clair + _apres(rang, trousseau))
            for morceau in rang.morceaux:
                tout.update(b",".join(nom.encode() + b"~" * (f is not None) for nom, f in morceau.champs))
        yield
    return tout.hexdigest()[:32]


def _apres(rang: Rang, trousseau: Trousseau) -> bytes:
    """What follows the fields; a fact of which a key is gone is erased, before an event says so."""
    parti = not rang.efface and not all(trousseau.tient(*morceau.cle) for morceau in rang.morceaux)
    return fin(efface=True) if parti else rang.apres


def _ecrire(rang: Rang, plan: Plan, trousseau: Trousseau, cles: ClesOuvertes) -> bytes | None:
    if rang.suite is not None:
        return _suivre(rang, plan, trousseau)
    apres = rang.apres
    dits = [rang.clair] if rang.clair else []
    for nom, octets, lie_a, montres, tus in rang.morceaux:
        cle = cles[nom]
        if cle is None:
            apres = _apres(rang, trousseau)
            continue
        partie = cle.unseal(octets, lie_a)
        if RIEN_DIT in partie or (tus is not None and tus.search(partie) is not None):
            lues = orjson.loads(partie)
            partie = orjson.dumps({n: f(v) if f else v for n, f in montres if dite(v := lues.get(n))})
        if len(partie) > _VIDE:
            dits.append(partie[1:-1])
    return rang.avant + b",".join(dits) + apres


_VIDE: Final = len(b"{}")


def _ecrire_tete(rang: Rang, plan: Plan, trousseau: Trousseau, _: ClesOuvertes) -> bytes | None:
    if rang.suite is None:
        return rang.avant[: -len(CHAMPS)] + _apres(rang, trousseau)[1:]
    ecrit = _suivre(rang, plan, trousseau)
    if ecrit is None:
        return None
    return orjson.dumps({nom: valeur for nom, valeur in orjson.loads(ecrit).items() if nom != "champs"})


def _ancien(rang: Rang, plan: Plan, trousseau: Trousseau) -> bytes | None:
    """A type of event that has changed since: its blobs are brought to the present shape first."""
    fait = ouvrir(rang.fait, trousseau, SCELLEES)
    return _montrer(rang, fait, plan, plan.lecteur.provenance(rang.fait))


def _nature(rang: Rang, plan: Plan, trousseau: Trousseau) -> bytes | None:
    """A protected act, decided on its nature now that it is open. One whose key is gone stays unknown."""
    emis = plan.lecteur.provenances(rang.fait)[0].emis_par_moi
    fait = ouvrir(rang.fait, trousseau, SCELLEES if emis else {Classe.S3})
    e = fait.evenement
    if type(e) is ev.ActeProtege:
        return None
    return _montrer(rang, fait, plan, plan.lecteur.provenance(fait))


def _contenu(rang: Rang, plan: Plan, trousseau: Trousseau) -> bytes | None:
    """An event that is left out for what it says. Of one whose key is gone, nobody can tell: it is left out too."""
    fait = ouvrir(rang.fait, trousseau, SCELLEES)
    return _montrer(rang, fait, plan, plan.lecteur.provenance(rang.fait))


def _montrer(rang: Rang, fait: Fait, plan: Plan, provenance: Provenance) -> bytes | None:
    """A fact that is open, under the decision for its provenance."""
    e, emis, decision = fait.evenement, provenance.emis_par_moi, plan.decisions[provenance]
    montres = ouverts(type(e), decision, plan.annee, emis_par_moi=emis)
    if montres is None or tu(e, decision, emis_par_moi=emis):
        return None
    nommee = {**rang.tete, "type": type(e).__name__, "libelle": libelles.evenement(type(e).__name__)}
    tete = tete_vue(nommee, decision, e.GROUPE, emis_par_moi=emis)
    valeurs = vars(e)
    efface = rang.efface or any(valeurs[nom] is EFFACE for nom, _, _ in montres)
    dits = {nom: f(v) if f else v for nom, f, _ in montres if dite(v := valeurs[nom]) and not isinstance(v, Absent)}
    return orjson.dumps({**tete, "champs": dits, **effacement(efface)})


def _lettre(rang: Rang, plan: Plan, trousseau: Trousseau) -> bytes | None:  # noqa: ARG001 - one shape for all
    """A contact that was a letter, and nothing else."""
    e = ouvrir(rang.fait, trousseau, {Classe.S1}).evenement
    if getattr(e, "canal", None) not in LETTRES:
        return None
    return orjson.dumps({**rang.tete, "champs": {}, **effacement(efface=False)})


_SUITES: Final[Mapping[SuiteDuRang, Callable[[Rang, Plan, Trousseau], bytes | None]]] = MappingProxyType(
    {"nature": _nature, "lettre": _lettre, "ancien": _ancien, "contenu": _contenu}
)


def _suivre(rang: Rang, plan: Plan, trousseau: Trousseau) -> bytes | None:
    """A fact of which something has to be looked at before it is known whether, and how, it is shown."""
    if rang.suite is None:
        raise ValueError(rang.fait.enveloppe.id)
    return _SUITES[rang.suite](rang, plan.de(rang.fait), trousseau)
