"""Who will read what one is about to write: said before it is saved, and the same of every case.

Nothing of the case is looked at, but to know whether one may write there what one is about to write. What is said
rests on the body, on who its author is, and on the rules: which functions could read each field, at which purposes,
and under which conditions, named in words that never say whether they are met. The policies answer it themselves, of
readers who are supposed (``suppositions``), and what is left of a field is what a reading leaves of it (``mesures``).
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from adapters.gate.contexte import Acces, Gate
from adapters.gate.contribuer import contribution_prete
from adapters.gate.corps import saisie_de
from adapters.gate.mesures import LETTRES, dite, mesure_de, ouverts, tu
from adapters.gate.pas import Pas
from adapters.gate.provenance import LOCATAIRES, Lecteur, Provenance, personnes_de
from adapters.gate.refus import en_panne
from adapters.gate.suppositions import Supposee, voies
from adapters.mots import libelles
from adapters.registre.instantane import Partenaire
from ledger import catalogue as ev
from ledger.catalogue import Enveloppe, Evenement, Fait, champs
from ledger.dossier.decision import Contribution, Propose
from ledger.dossier.etat import Dossier
from ledger.droit.jours import dans
from policies.decision import GROUPES, Action, Concerne, Decision, Lien, Request

QUI_LIRA: Final = "qui_lira"
"""What the row of this question tells: a write was asked of, and nothing stored."""

_PERSONNE: Final = UUID(int=0)
_NUL: Final = "\0"
"""The id of a case that is none, the code of a partner and the name of an agent who are nobody's."""
_ADRESSES: Final = {ev.RenseignementRepondu: "RenseignementDemande", ev.RecommandationSuivie: "RecommandationSuivie"}
"""By event whose addressee the case alone knows, what the addressee may tell: it asked, or is to follow."""
_VISENT: Final = (ev.FaitCorrige, ev.ValeurTranchee)
"""What is shown to whom the fact that it names is shown."""
_VAGUES: Final = ("FINALITE_PAS_EN_VIGUEUR", "HORS_FINALITE")
"""Reasons that are told of a role if none of its purposes gives a better one."""


@dataclass(frozen=True, slots=True)
class Public:
    """Who reads, in French and by role; at which purposes, how much of which fields.

    ``par``: the links, any of which does. ``si``: what must hold besides, all of it.
    """

    qui: str
    role: str
    finalites: tuple[str, ...]
    mesure: str
    champs: tuple[str, ...]
    par: tuple[str, ...]
    si: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupePrevu:
    """A group that is written: its fields by name, with their words; who reads them; by reason, the roles that do not.

    The group of the act itself has no field where none is said: to read it is to know that the act is there.
    ``reserve``: nobody reads it but one's own organisation.
    """

    groupe: str
    libelle: str
    champs: Mapping[str, str]
    lecteurs: tuple[Public, ...]
    fermes: Mapping[str, tuple[str, ...]]
    reserve: bool


@dataclass(frozen=True, slots=True)
class Prevision:
    """One event that would be written, and who will read each group of it."""

    type: str
    libelle: str
    groupes: tuple[GroupePrevu, ...]


class _Rang(NamedTuple):
    """Readers of one kind: what they are called, where their role does not tell; what else they must be."""

    qualite: str
    role: str
    provenance: Provenance
    si: frozenset[str] = frozenset()


class _Ouvert(NamedTuple):
    """What one way opens of a group, under which links and conditions."""

    rang: _Rang
    finalite: str
    liens: frozenset[Lien]
    conditions: frozenset[str]
    mesure: str
    champs: tuple[str, ...]

    @property
    def exige(self) -> frozenset[str]:
        """All that must hold."""
        return frozenset({*self.liens, *self.conditions})


@en_panne
async def lecteurs(gate: Gate, acces: Acces, dossier: UUID, corps: bytes) -> Sequence[Prevision]:
    """Who will read each act of this contribution, were it made now; ``Refus`` where its author may not make it.

    What only the case can refuse is not looked for: the answer is the same whatever it holds.
    """
    prete = await contribution_prete(gate, acces, dossier, saisie_de(corps), "")
    actes = [await _acte(gate, acces, prete.contribution, propose) for propose in dict.fromkeys(prete.dits)]
    await gate.ledger.journal.inscrire(prete.ligne.avec(motif=QUI_LIRA))
    return actes


async def _acte(gate: Gate, acces: Acces, contribution: Contribution, propose: Propose) -> Prevision:
    fait = _fait(contribution, propose)
    rangs = list(_rangs(gate, acces, fait))
    ouvertes = [(rang, await _voies(gate, rang, acces.le)) for rang in rangs]
    return await gate.parts.derouler(_rediger(gate, acces, fait, ouvertes), acces.sujet.partenaire.code)


def _fait(contribution: Contribution, propose: Propose) -> Fait:
    """The fact that would be recorded, open: of no case."""
    auteur = contribution.auteur
    enveloppe = Enveloppe(
        id=_PERSONNE,
        contribution=_PERSONNE,
        survenu_le=propose.survenu_le,
        partenaire=auteur.partenaire,
        role=auteur.role,
        agent=auteur.agent,
        source=contribution.source,
        finalite=contribution.finalite,
        demande=contribution.demande,
        corrige=propose.corrige,
    )
    return Fait(_PERSONNE, 1, enveloppe, propose.evenement)


# who there could be --------------------------------------------------------------------------------------------


class _Qui(NamedTuple):
    """A kind of reader: what it is to the author, its role, and who it stands for; or anybody else of that role."""

    qualite: str
    role: str
    code: str = _NUL
    agent: str = _NUL


def _rangs(gate: Gate, acces: Acces, fait: Fait) -> Iterator[_Rang]:
    """Every kind of reader: one's own organisation, the addressee, any other of each role, the persons."""
    partenaire, e = acces.sujet.partenaire, fait.evenement
    roles = [ligne["code"] for ligne in gate.tables.roles]
    if fait.enveloppe.agent:
        yield from _de(gate, acces, fait, _Qui("auteur", partenaire.role, partenaire.code, fait.enveloppe.agent))
    yield from _de(gate, acces, fait, _Qui("collegue", partenaire.role, partenaire.code))
    adresse = champs(type(e)).get("destinataire")
    if adresse is not None and adresse.deduit:  # whoever asked for it, or was recommended it, says the case alone
        a_eux = msgspec.structs.replace(fait, evenement=replace(e, destinataire=_NUL))  # type: ignore[call-arg]  # it has one
        for role in roles:
            if role in gate.tables.emetteurs(_ADRESSES[type(e)]):
                yield from _de(gate, acces, a_eux, _Qui("destinataire", role))
    elif adresse is not None and (code := getattr(e, "destinataire", None)) != partenaire.code:
        nomme = acces.registre.partenaires.get(str(code))
        if nomme is not None:
            yield from _de(gate, acces, fait, _Qui("destinataire", nomme.role, nomme.code))
    for role in roles:
        yield from _de(gate, acces, fait, _Qui("", role))


def _de(gate: Gate, acces: Acces, fait: Fait, qui: _Qui) -> Iterator[_Rang]:
    """A reader as a fact's provenance has it; of who is a person, one for each way in which the fact may be theirs."""
    lecteur = Lecteur(
        Partenaire(qui.code, "", "", qui.role, ()),
        Dossier(),
        gate.origines,
        dans(-12, acces.le),
        agent=qui.agent,
        demande=fait.enveloppe.demande,
    )
    provenance = lecteur.provenance(fait)
    if not gate.tables.role(qui.role)["personne_elle_meme"]:
        yield _Rang(qui.qualite, qui.role, provenance)
        return
    for de, sujet, si in _sujets(fait, moi=provenance.emis_par_moi):
        yield _Rang(qui.qualite or de, qui.role, provenance._replace(sujet=sujet), frozenset(si))


def _sujets(fait: Fait, *, moi: bool) -> Iterator[tuple[str, Concerne, tuple[str, ...]]]:
    """Whom a fact is about, for a person: as it names somebody, or nobody."""
    e = fait.evenement
    nommees = personnes_de(fait, Dossier())
    if nommees or isinstance(e, ev.AccordRetire):  # an accord names who gave it
        if len(nommees) <= 1:
            yield "soi", Concerne.SOI, ()
        if not moi:
            du_bail = isinstance(e, ev.OccupantDeclare) and e.qualite in LOCATAIRES
            yield "bail", Concerne.BAIL if du_bail else Concerne.AUTRUI, ()
        return
    yield "menage", Concerne.COMMUN, ("au_menage",)
    yield "menage", Concerne.SOI, ("au_menage", "seul_adulte")


async def _voies(gate: Gate, rang: _Rang, le: date) -> tuple[Supposee, ...]:
    """The ways of a kind of reader: asked once for each day and revision, since no case is looked at."""
    cle = (gate.decider.revision, le, rang.role, rang.provenance)
    connues = gate.voies.get(cle)
    if connues is None:
        sous = Request(role=rang.role, finalite="", action=Action.LIRE, le=le)
        connues = await voies(gate.decider, gate.tables, rang.role, rang.provenance, sous)
        distinctes = {id(d) for voie in connues for d in (voie.decision, *voie.sans.values())}
        gate.voies.put(cle, connues, _OCTETS_PAR_DECISION * (1 + len(distinctes)))
        await asyncio.sleep(0)
    return connues


_OCTETS_PAR_DECISION: Final = 5 * 1024
"""What a decision that ways hold takes, on the high side."""


# what each of them reads ---------------------------------------------------------------------------------------


def _rediger(gate: Gate, acces: Acces, fait: Fait, rangs: Sequence[tuple[_Rang, Sequence[Supposee]]]) -> Pas[Prevision]:
    cls = type(fait.evenement)
    dits = {nom: c for nom, c in champs(cls).items() if c.deduit or dite(getattr(fait.evenement, nom))}
    par_groupe: defaultdict[str, list[_Ouvert]] = defaultdict(list)
    raisons: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    groupes = [g for g in GROUPES if g in {_groupe(cls, nom) for nom in ("", *dits)}]
    for rang, ouvertes in rangs:
        for voie in ouvertes:
            for groupe, ouvert in _ouverts(fait, dits, rang, voie, acces.le):
                par_groupe[groupe].append(ouvert)
            if not rang.provenance.emis_par_moi:
                for groupe in groupes:
                    raisons[groupe][rang.role].append(_raison(fait, groupe, rang, voie.decision, acces.le))
            yield
        yield
    sans_lecture = {
        ligne["code"]: ligne["motif_ferme"] or "ROLE_SANS_ACCES"
        for ligne in gate.tables.roles
        if not any(r.role == ligne["code"] and v for r, v in rangs)
    }
    ecrits = []
    for groupe in groupes:
        lus = list(_simplifier(par_groupe[groupe]))
        lisent = {ouvert.rang.role for ouvert in lus if not _a_soi(ouvert)}
        motifs = sans_lecture | {role: _dite(dites) for role, dites in raisons[groupe].items() if role not in lisent}
        ecrits.append(
            GroupePrevu(
                groupe,
                GROUPES[groupe],
                {nom: c.libelle for nom, c in dits.items() if _groupe(cls, nom) == groupe},
                _publics(gate, lus),
                _fermes(gate, motifs),
                reserve=not lisent,
            )
        )
        yield
    return Prevision(cls.__name__, cls.LIBELLE, tuple(ecrits))


def _groupe(cls: type[Evenement], nom: str) -> str:
    """The group of a field, or that of the act itself; one's contacts are one's own."""
    groupe = (champs(cls)[nom].groupe if nom else None) or cls.GROUPE
    return "F10a" if groupe == "F10" else groupe


def _a_soi(ouvert: _Ouvert) -> bool:
    return ouvert.rang.qualite in {"auteur", "collegue"}


def _vu(fait: Fait, decision: Decision, p: Provenance, le: date) -> Mapping[str, str]:
    """What is left of an act: its measure, by field and for the act itself (``""``); nothing of one that is hidden."""
    e, emis = fait.evenement, p.emis_par_moi
    montres = ouverts(type(e), decision, le.year, emis_par_moi=emis)
    mesure = mesure_de(e.GROUPE, decision, emis_par_moi=emis)
    if montres is None or mesure is None or tu(e, decision, emis_par_moi=emis):
        return {}
    if e.GROUPE == "F10" and mesure == "existence":
        return {"": mesure} if _du_mois(fait, le) else {}
    siens = {nom: champs(type(e))[nom].groupe or e.GROUPE for nom, _, _ in montres}
    mesures = {nom: mesure_de(groupe, decision, emis_par_moi=emis) or mesure for nom, groupe in siens.items()}
    # Of what one told, one's own is all of it.
    return {nom: "entier" if dite_ == "propres" else dite_ for nom, dite_ in {"": mesure, **mesures}.items()}


def _du_mois(fait: Fait, le: date) -> bool:
    """Whether it is a letter of the last month, which is all that is told of others' contacts (access, F10)."""
    recent = le - timedelta(days=31) <= fait.enveloppe.survenu_le <= le
    return recent and getattr(fait.evenement, "canal", None) in LETTRES


def _ouverts(
    fait: Fait, dits: Mapping[str, Any], rang: _Rang, voie: Supposee, le: date
) -> Iterator[tuple[str, _Ouvert]]:
    """What a way opens, group by group: the fields that take the same conditions together."""
    cls = type(fait.evenement)
    vus = _vu(fait, voie.decision, rang.provenance, le)
    sans = {condition: _vu(fait, autre, rang.provenance, le) for condition, autre in voie.sans.items()} if vus else {}
    ensemble: defaultdict[tuple[str, str, frozenset[str]], list[str]] = defaultdict(list)
    for nom in ("", *dits):
        if nom in vus:
            exigees = {condition for condition, reste in sans.items() if reste.get(nom) != vus[nom]}
            exigees |= voie.suivi
            exigees |= {f"malgre_{voie.malgre}"} if voie.malgre else set()
            exigees |= {"fait_vise"} if isinstance(fait.evenement, _VISENT) else set()
            exigees |= {"courrier_du_mois"} if cls.GROUPE == "F10" and vus[nom] == "existence" else set()
            ensemble[_groupe(cls, nom), vus[nom], frozenset(exigees | rang.si)].append(nom)
    for (groupe, mesure, toutes), noms in ensemble.items():
        yield groupe, _Ouvert(rang, voie.finalite, voie.liens, toutes, mesure, tuple(filter(None, noms)))


def _simplifier(ouverts_: Iterable[_Ouvert]) -> Iterator[_Ouvert]:
    """Without those that another one of the same readers says already, on less."""
    tous = list(dict.fromkeys(ouverts_))
    for un in tous:
        if not any(_dit_par(un, autre) for autre in tous if autre is not un):
            yield un


def _dit_par(un: _Ouvert, autre: _Ouvert) -> bool:
    memes = (un.rang.qualite, un.rang.role, un.finalite, un.mesure)
    if memes != (autre.rang.qualite, autre.rang.role, autre.finalite, autre.mesure):
        return False
    return autre.exige <= un.exige and {*un.champs} <= {*autre.champs} and autre != un


def _raison(fait: Fait, groupe: str, rang: _Rang, decision: Decision, le: date) -> str:
    """Why a decision closes a group of this act; what is open is told for the others."""
    e = fait.evenement
    if not decision.autorise:
        return decision.motif
    for code in (e.GROUPE, groupe):
        motif = decision.retenus.get("F10b" if code in {"F10", "F10a"} else code)
        if motif is not None:
            return motif
    if tue := tu(e, decision, emis_par_moi=rang.provenance.emis_par_moi):
        return tue
    return "courrier_tu" if e.GROUPE == "F10" and not _du_mois(fait, le) else "MASQUE"


def _dite(raisons: Sequence[str]) -> str:
    """The one that is told, of those of a role's ways and purposes."""
    return next((raison for raison in raisons if raison not in _VAGUES), raisons[-1])


# in French -----------------------------------------------------------------------------------------------------


def _publics(gate: Gate, lus: Sequence[_Ouvert]) -> tuple[Public, ...]:
    """The readers, one line for all the links by which, and all the purposes at which, the same is open to them."""
    siens = {o[1:] for o in lus if o.rang.qualite == "auteur"} & {o[1:] for o in lus if o.rang.qualite == "collegue"}
    par_finalite: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for ouvert in lus:
        partage = _a_soi(ouvert) and ouvert[1:] in siens
        qualite = "organisation" if partage else ouvert.rang.qualite
        role = ouvert.rang.role
        conditions = (*_stades(gate, role, ouvert.finalite), *_conditions(ouvert))
        voies = par_finalite[qualite, role, ouvert.mesure, ouvert.champs, conditions, ouvert.finalite]
        voies += {_lien(gate, ouvert.liens): None}.keys() - voies
    lignes: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for (*memes, finalite), par in par_finalite.items():
        lignes[*memes, tuple(par)].append(finalite)
    return tuple(
        Public(_qui(qualite, role), role, tuple(finalites), mesure, noms, par, si)
        for (qualite, role, mesure, noms, si, par), finalites in lignes.items()
    )


def _qui(qualite: str, role: str) -> str:
    dit = libelles.role(role)
    if not qualite:
        return dit
    nom = libelles.QUALITES[qualite]
    return f"{nom} ({dit})" if qualite == "destinataire" else nom


def _lien(gate: Gate, liens: frozenset[Lien]) -> str:
    """A way, in the words and the order of the table of links."""
    return " ; et ".join(ligne["phrase"] for ligne in gate.tables.liens if ligne["lien"] in liens)


def _conditions(ouvert: _Ouvert) -> Iterator[str]:
    """In the order of their table."""
    ordre = [*libelles.CONDITIONS]
    for nom in sorted(ouvert.conditions, key=lambda nom: ordre.index(nom) if nom in ordre else len(ordre)):
        yield libelles.CONDITIONS.get(nom, nom)


def _stades(gate: Gate, role: str, finalite: str) -> Iterator[str]:
    """The stages at which the purpose has an object, where it has not at all of them."""
    siens = gate.tables.stades_de(role, finalite)
    if len(siens) < len(gate.tables.stades):
        yield "la procédure en est à : " + ", ".join(map(libelles.stade, siens))


def _fermes(gate: Gate, motifs: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    par_motif: defaultdict[str, list[str]] = defaultdict(list)
    for role, motif in motifs.items():
        par_motif[libelles.FERMETURES.get(motif) or gate.motifs[motif]].append(role)
    return {motif: tuple(roles) for motif, roles in par_motif.items()}
