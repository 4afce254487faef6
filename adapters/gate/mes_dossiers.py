"""« Mes dossiers »: the cases that a partner may read at a purpose, with what it is shown of each.

The projections say where to look. Each case is then decided as its own reading is, and its line is made of what that
reading shows: the list is the cases that can be read, no more and no fewer, and what is hidden moves no line.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from adapters.gate import attentes, echeances, saisie
from adapters.gate.chemins import chemins_des_lisibles
from adapters.gate.consulter import apprecier
from adapters.gate.contexte import Acces, Garde, Gate, Vu
from adapters.gate.corps import Faute, SaisieRefusee
from adapters.gate.files import ATTENTE_MAXIMALE
from adapters.gate.flux import etait_autre
from adapters.gate.question import permettre
from adapters.gate.redaction import Signet, feuilleter, titulaire
from adapters.gate.refus import Refus, alarmer, en_panne, journaliser_refus, ligne_du_journal, saisir
from adapters.gate.reprise import RepriseInconnue, ouvrir_place, sceller_place
from adapters.gate.reunion import reunir
from ledger.alea import identifiant
from ledger.catalogue import Acte, Fait, catalogue
from ledger.droit.jours import PARIS, debut
from ledger.errors import Discordance
from ledger.reader import Lecture
from policies.decision import Action, Decision, Fermeture
from projections.rattachements import PREMIER

DOSSIERS_PAR_PAGE: Final = 50
DOSSIERS_MAX: Final = 100
REGARDES: Final = 200
"""Cases that a call looks at, of those that its reader may know: beyond, its page is short, and others follow."""
CACHES: Final = 2000
"""The same, of those that it may not."""
OUVERTS_ENSEMBLE: Final = 25
"""Cases that are decided and opened together, where only those that are open can answer to what is asked for."""

INCONNUE: Final = "« apres » n'est pas un « suivant » qui vous a été donné à cette finalité : reprenez sans lui."
COURENT: Final = frozenset({"EN_COURS", "EN_ATTENTE"})
"""The states of a clock that runs."""


class DossiersVoulus(NamedTuple):
    """What is asked for, all of it together, of what this reader is shown.

    ``avant``: its next clock falls on that day at the latest; ``depuis``: what it is shown has changed on that day or
    since.
    """

    communes: Collection[str] = ()
    stades: Collection[str] = ()
    avant: date | None = None
    depuis: date | None = None


class PageDeDossiers(NamedTuple):
    """Where a page begins, and how many lines it has; a position that the views should have reached, and the wait."""

    apres: str | None = None
    limite: int = DOSSIERS_PAR_PAGE
    position: int = 0
    attendre: float = 0.0


TOUS: Final = DossiersVoulus()
PREMIERE: Final = PageDeDossiers()


class Apprecie(NamedTuple):
    """A case that this reader may read, before anything of it is opened."""

    lecture: Lecture
    garde: Garde
    gardes: Sequence[Garde]
    autres: Sequence[Lecture]

    @property
    def commune(self) -> str | None:
        """Where the dwelling is, as far as it is shown."""
        commune: str | None = self.garde.plan.synthese["commune"]
        return commune

    @property
    def stade(self) -> str | None:
        """Where the procedure stands; None where its acts are closed to this reader."""
        return self.garde.plan.synthese["stade"] if "F08" in self.garde.plan.montres else None


@en_panne
async def lister(gate: Gate, acces: Acces, voulus: DossiersVoulus = TOUS, page: PageDeDossiers = PREMIERE) -> Vu:
    """A page of the cases that this partner may read at this purpose, in the order of their ids."""
    await permettre(gate, acces, Action.LISTER)
    await permettre(gate, acces, Action.LIRE)
    apres = await _place(gate, acces, page.apres)
    if page.position:
        await gate.listes.attendre(page.position, min(page.attendre, ATTENTE_MAXIMALE))
    position = await gate.listes.position()
    lignes, suite = await _recueillir(gate, acces, voulus, apres, page.limite)
    await _compter_les_attentes(gate, acces, lignes)
    issue = ligne_du_journal(acces, Action.LISTER, "autorise" if lignes else "vide", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(issue)
    contenu = {
        "au": acces.le,
        "dossiers": lignes,
        "suivant": None if suite is None else sceller_place(gate, acces, suite),
    }
    return Vu(orjson.dumps(contenu), position)


@en_panne
async def retrouver(gate: Gate, acces: Acces, contenu: object) -> bytes:
    """The case in which this partner told something, by what it calls that itself; as ``lister`` has it.

    What it calls so is looked up by a keyed hash. What nobody told is looked at as a case that is out of reach.
    """
    await permettre(gate, acces, Action.LISTER)
    await permettre(gate, acces, Action.LIRE)
    chercher = await saisir(gate, acces, Action.LISTER, None, lambda: _dite(gate, acces, contenu))
    dossier = await chercher()
    _, apprecies = await apprecier_tous(gate, acces, [dossier or identifiant()])
    lignes = await _montrer(gate, acces, TOUS, apprecies)
    await _compter_les_attentes(gate, acces, lignes)
    issue = ligne_du_journal(acces, Action.LISTER, "autorise" if lignes else "vide", revision=gate.decider.revision)
    await gate.ledger.journal.inscrire(issue)
    return orjson.dumps({"au": acces.le, "dossiers": lignes})


def _dite(gate: Gate, acces: Acces, contenu: object) -> Callable[[], Awaitable[UUID | None]]:
    """How what a partner called so is looked up: among its own contributions, or its own acts."""
    dite, partenaire = saisie.forme(saisie.Reference, contenu), acces.sujet.partenaire
    match dite:
        case saisie.Reference(cle=str(cle), type=None, ref_acte=None, survenu_le=None):
            return lambda: _contribution(gate, partenaire.code, cle)
        case saisie.Reference(cle=None, type=str(nom), ref_acte=str(numero), survenu_le=date() as le):
            acte = catalogue().get(nom)
            if acte is None or not issubclass(acte, Acte):
                raise SaisieRefusee(Faute("type", "enum_inconnu", f"Types d'acte : {', '.join(ACTES)}."))
            # Of its own acts only: with another's, anybody could ask whether an act is in some case.
            naturelle = gate.ledger.index.acte(partenaire.siret or partenaire.code, acte.CODE, numero, le)
            return lambda: _acte(gate, naturelle)
        case _:
            raise SaisieRefusee(Faute("cle", "absent", ENSEMBLE))


async def _contribution(gate: Gate, partenaire: str, cle: str) -> UUID | None:
    recue = await gate.ledger.recue(partenaire, cle)
    return None if recue is None else recue[0]


async def _acte(gate: Gate, naturelle: bytes) -> UUID | None:
    return (await gate.ledger.reader.actes_connus([naturelle])).get(naturelle)


ACTES: Final = tuple(nom for nom, cls in catalogue().items() if issubclass(cls, Acte))
ENSEMBLE: Final = "Donnez « cle » seule, ou « type », « ref_acte » et « survenu_le » ensemble."


async def _place(gate: Gate, acces: Acces, apres: str | None) -> UUID:
    if apres is None:
        return PREMIER
    try:
        return ouvrir_place(gate, acces, apres)
    except RepriseInconnue as inconnue:
        await journaliser_refus(gate, acces, Action.LISTER, "requete")
        raise Refus(400, "requete", INCONNUE) from inconnue


# what is shown ---------------------------------------------------------------------------------------------------


async def _recueillir(
    gate: Gate, acces: Acces, voulus: DossiersVoulus, apres: UUID, limite: int
) -> tuple[list[dict[str, Any]], UUID | None]:
    """So many lines that answer to what is asked for, and after which case to go on.

    What this reader may not know of neither shortens a page nor ends it.
    """
    if voulus.avant is not None and not gate.tables.matrice[acces.sujet.partenaire.role]:
        return [], None  # a clock is counted from what is shown: to who is shown no fact of any case, none falls
    chemins = chemins_des_lisibles(gate, acces, voulus.communes)
    scelle = voulus.avant is not None or voulus.depuis is not None
    pas = max(limite, OUVERTS_ENSEMBLE) if scelle else limite
    lignes: list[dict[str, Any]] = []
    regardes = caches = 0
    while True:
        trouves = await gate.listes.dossiers(chemins, apres, pas + 1)
        connus, apprecies = await apprecier_tous(gate, acces, trouves)
        a_ouvrir = [vu for vu in apprecies if _repond_en_clair(vu, voulus)]
        while a_ouvrir and (manquent := limite - len(lignes)) > 0:
            ensemble = pas if scelle else manquent
            lignes += await _montrer(gate, acces, voulus, a_ouvrir[:ensemble])
            a_ouvrir = a_ouvrir[ensemble:]
        if a_ouvrir or len(lignes) > limite:  # the page is full, and another may follow
            return lignes[:limite], UUID(lignes[limite - 1]["dossier"])
        if len(trouves) <= pas:
            return lignes, None
        apres, regardes, caches = trouves[-1], regardes + connus, caches + len(trouves) - connus
        if regardes >= REGARDES or caches >= CACHES:
            return lignes, apres


async def apprecier_tous(gate: Gate, acces: Acces, dossiers: Sequence[UUID]) -> tuple[int, list[Apprecie]]:
    """How many of these cases this reader may know of, and those that it may read. Nothing of them is opened."""
    lectures = await gate.ledger.consulter_tous(dossiers)
    connus, apprecies = 0, []
    for dossier, (lecture, autres) in zip(dossiers, lectures, strict=True):
        vu = await apprecier(gate, acces, dossier, lecture, autres)
        if isinstance(vu, Decision):
            connus += vu.refus is not Fermeture.EXISTENCE
        else:
            connus += 1
            apprecies.append(Apprecie(*vu, autres))
    return connus, apprecies


async def _montrer(
    gate: Gate, acces: Acces, voulus: DossiersVoulus, apprecies: Sequence[Apprecie]
) -> list[dict[str, Any]]:
    """The lines of these cases that answer to what is asked for. Each leaves its row before any of it is opened."""
    await gate.ledger.journal.inscrire(
        *(
            ligne_du_journal(acces, Action.LISTER, "autorise", dossier=une.plan.dossier, plan=une.plan)
            for vu in apprecies
            for une in vu.gardes
        )
    )
    lignes = [await _ligne(gate, acces, vu, voulus) for vu in apprecies]
    return [ligne for ligne in lignes if ligne is not None]


def _repond_en_clair(vu: Apprecie, voulus: DossiersVoulus) -> bool:
    """Whether what stands in clear answers to what is asked for: what is closed to this reader answers nothing."""
    return (not voulus.communes or vu.commune in voulus.communes) and (not voulus.stades or vu.stade in voulus.stades)


async def _ligne(gate: Gate, acces: Acces, vu: Apprecie, voulus: DossiersVoulus) -> dict[str, Any] | None:
    """The line of a case, once its row is durable; None where it does not answer to what is asked for.

    What is asked for is looked at first: of a case that does not answer, nothing else is opened.
    """
    avant, depuis = voulus.avant, voulus.depuis
    try:
        if depuis is not None and not await _a_change(gate, acces, vu, await _change_le(gate, acces, vu), depuis):
            return None
        prochaine = await _prochaine(gate, acces, vu)
        if avant is not None and (prochaine is None or prochaine["dernier_jour"] > avant):
            return None
        change_le, intitule = await _change_le(gate, acces, vu), titulaire(vu.garde.plan, vu.lecture.trousseau)
    except Discordance as discordance:  # one case whose keys are lost hides what it holds, and not the others' list
        await alarmer(gate, acces, discordance)
        if avant is not None or (depuis is not None and not await _a_change(gate, acces, vu, None, depuis)):
            return None
        prochaine = change_le = intitule = None
    reunis = [str(une.plan.dossier) for une in vu.gardes if une.plan.dossier != vu.lecture.dossier]
    return {
        "dossier": str(vu.lecture.dossier),
        "intitule": intitule,
        **({"reunis": reunis} if reunis else {}),
        "stade": vu.stade,
        "commune": vu.commune,
        "prochaine_echeance": prochaine,
        "attentes": 0,
        "vu_change_le": change_le,
    }


async def _prochaine(gate: Gate, acces: Acces, vu: Apprecie) -> dict[str, Any] | None:
    """The clock that runs out first, of those that run: the same as the case's own list of them has."""
    horloges = await echeances.comptees(gate, acces, vu.lecture, vu.garde, acces.le)
    courent = [
        (h.dernier_jour, h.regle, h.libelle)
        for h in horloges
        if h.etat in COURENT and h.dernier_jour is not None and h.dernier_jour >= acces.le
    ]
    if not courent:
        return None
    dernier, regle, libelle = min(courent)
    return {"regle": regle, "libelle": libelle, "dernier_jour": dernier}


async def _change_le(gate: Gate, acces: Acces, vu: Apprecie) -> date | None:
    """The last day on which a fact that is shown was recorded, was taken back, or was erased."""
    plan = vu.garde.plan
    travail = feuilleter(plan, vu.lecture.trousseau, Signet(limite=len(plan.rangs)), contenu=False)
    tetes = map(orjson.loads, (await gate.parts.derouler(travail, acces.sujet.partenaire.code)).faits)
    enregistres = {str(f.enveloppe.id): f.enregistre_le for f in vu.lecture.faits}
    jours: set[date] = set()
    for tete in tetes:
        if tete["enregistre_le"] is None:  # of a letter of the month, the day is not shown
            continue
        jours.add(_jour(datetime.fromisoformat(tete["enregistre_le"])))
        if (corrige := enregistres.get(tete["corrige_par"])) is not None:
            jours.add(_jour(corrige))
        if tete["efface_le"]:
            jours.add(date.fromisoformat(tete["efface_le"]))
    return max(jours, default=None)


def _jour(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


async def _a_change(gate: Gate, acces: Acces, vu: Apprecie, change_le: date | None, depuis: date) -> bool:
    """Whether what is shown of a case has changed since the beginning of a day, by a fact or by what it is shown under.

    The same as its reader's feed tells, but for what the registry says of the reader itself.
    """
    if change_le is not None and change_le >= depuis:
        return True
    moment = debut(depuis)

    def ancien(fait: Fait) -> bool:
        return fait.enregistre_le is not None and fait.enregistre_le < moment

    if all(map(ancien, vu.lecture.faits)):
        return False
    reunion = await reunir(gate, acces, vu.lecture, vu.autres)
    [sienne] = [une for une in vu.gardes if une.plan.dossier == vu.lecture.dossier]
    return await etait_autre(gate, acces, vu.lecture, sienne, reunion, ancien)


async def _compter_les_attentes(gate: Gate, acces: Acces, lignes: Sequence[dict[str, Any]]) -> None:
    """Say in each line how many things are expected of this reader there."""
    siens = {ligne["dossier"]: [UUID(d) for d in (ligne["dossier"], *ligne.get("reunis", ()))] for ligne in lignes}
    attendues = await attentes.par_dossier(gate, acces, {dossier for ids in siens.values() for dossier in ids})
    for ligne in lignes:
        ligne["attentes"] = sum(attendues.get(dossier, 0) for dossier in siens[ligne["dossier"]])
