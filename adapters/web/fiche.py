"""A case as the gate answered it, arranged for a person who prepares a session.

Pure: the document in, a ``Fiche`` out. Nothing is added to what the gate opened, nothing is guessed: a fact that
was corrected is shown as such and leaves the figure; what is erased says so in its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from adapters.mots import libelles
from adapters.web.courbe import ETROIT, LARGE, Courbe, Releve, tracer
from adapters.web.fait_montre import Document, FaitMontre, Noms, commune_dite, montrer
from ledger.catalogue import catalogue
from ledger.droit.listes import libelle
from policies.decision import GROUPES

_ORDRE: Final[Mapping[str, int]] = MappingProxyType({groupe: rang for rang, groupe in enumerate(GROUPES)})
_SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"F02b": "F02a", "F07b": "F07", "F08b": "F08", "F10": "F10a", "F10b": "F10a", "F19b": "F19a"}
)
_TITRES: Final[Mapping[str, str]] = MappingProxyType(
    {"F02a": "adresse et coordonnées", "F10a": "contacts", "F19a": "commissions : avis et recommandations"}
)
_RAPPROCHEMENTS: Final = frozenset({"RapprochementSuggere", "RapprochementTranche"})
_LONGUEUR_ISO: Final = 10


@dataclass(frozen=True, slots=True)
class Section:
    """The facts of one field group, the most recent first."""

    code: str
    titre: str
    faits: tuple[FaitMontre, ...]


@dataclass(frozen=True, slots=True)
class Dette:
    """One statement of debt: ``centimes`` is None where the gate gave a bracket, which ``texte`` says."""

    arretee_au: str
    texte: str
    centimes: int | None
    fait: FaitMontre
    contestee: bool = False


@dataclass(frozen=True, slots=True)
class Recommandation:
    """A recommendation and the follow-ups told since, in order."""

    id: str
    fait: FaitMontre
    suites: tuple[FaitMontre, ...]

    @property
    def terminee(self) -> bool:
        """Whether the last word on it, that stands, says that nothing more is expected."""
        suites = [s for s in self.suites if s.tient]
        return bool(suites) and suites[-1].brut.get("terminee") is not False

    def echue(self, le: str) -> bool:
        """Whether its day is over, and something is still expected."""
        return self.fait.tient and not self.terminee and "" < str(self.fait.brut.get("echeance") or "") < le


@dataclass(frozen=True, slots=True)
class Rapprochement:
    """A pair to confirm, or already decided."""

    autre: str
    motif: str
    decision: str


@dataclass(frozen=True, slots=True)
class Synthese:
    """What a session asks first. Each is empty where nothing of it is communicated.

    ``mois``: months of rent that the last exact debt makes. ``referents``: who follows the household, by function.
    ``depuis``: the day of the last examination, and ``nouveaux`` what was recorded since, the latest first.
    ``precautions``: how somebody must not be reached.
    """

    loyer: str
    mois: str
    menage: str
    referents: tuple[str, ...]
    depuis: str
    nouveaux: tuple[FaitMontre, ...]
    precautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fiche:
    """A case page's content."""

    dossier: str
    titre: str
    stade: str
    commune: str
    parc: str
    bailleur: str
    audience: str
    audience_a_venir: bool
    position: int
    occupants: tuple[FaitMontre, ...]
    sections: tuple[Section, ...]
    chronologie: tuple[FaitMontre, ...]
    dettes: tuple[Dette, ...]
    courbes: tuple[Courbe, ...]
    reprise: FaitMontre | None
    contacts: tuple[FaitMontre, ...]
    examens: tuple[FaitMontre, ...]
    seances: tuple[tuple[str, str], ...]
    recommandations: tuple[Recommandation, ...]
    rapprochements: tuple[Rapprochement, ...]
    reunis: tuple[str, ...]
    non_communique: tuple[Mapping[str, str], ...]
    communique: tuple[Mapping[str, str], ...]
    inscriptions: frozenset[str]
    saisine: str
    synthese: "Synthese"
    adresse: str
    code_postal: str
    limite: str

    @property
    def dettes_actuelles(self) -> tuple[Dette, ...]:
        """The last statement of each declarant, the latest first."""
        derniers: dict[str, Dette] = {}
        for dette in self.dettes:
            if dette.fait.tient:
                derniers.setdefault(dette.fait.auteur.organisation, dette)
        return tuple(derniers.values())

    @property
    def desaccord(self) -> bool:
        """Whether two declarants state another amount for the same day."""
        jours = [d.arretee_au for d in self.dettes_actuelles]
        return len({(d.arretee_au, d.texte) for d in self.dettes_actuelles}) > len(set(jours))

    @property
    def lieu(self) -> str:
        """Where the dwelling is, as far as it is communicated."""
        if self.adresse and self.code_postal:
            return f"{self.adresse}, {self.code_postal} {self.commune}".rstrip()
        return ", ".join(x for x in (self.adresse, self.commune) if x)


def faits(document: Document, noms: Noms = str) -> tuple[FaitMontre, ...]:
    """The facts of a document of the gate, in the order in which they were told. ``noms``: who a code or SIRET is."""
    return tuple(montrer(f, noms) for f in document["faits"])


def fiche(document: Document, aujourd_hui: date, noms: Noms = str) -> Fiche:
    """Arrange a document of the gate."""
    dits = faits(document, noms)
    recents = tuple(sorted(dits, key=lambda f: f.brut["__le"], reverse=True))
    synthese = document.get("synthese", {})
    dettes = tuple(_dettes(recents))
    declares = [f for f in dits if f.type == "OccupantDeclare" and not f.corrige_par]
    # Said again by another partner, word for word, a person is shown once.
    occupants = tuple({(f.brut.get("personne"), f.valeurs, f.efface): f for f in declares}.values())
    audience = synthese.get("prochaine_audience") or ""
    return Fiche(
        dossier=str(document["dossier"]),
        titre=_titre(occupants),
        stade=libelles.stade(synthese.get("stade") or ""),
        commune=commune_dite(synthese.get("commune"), aujourd_hui),
        parc=libelle("parc", synthese.get("parc") or ""),
        bailleur=_bailleur(synthese, dits, noms),
        audience=libelles.jour(audience) if audience else "",
        audience_a_venir=audience >= aujourd_hui.isoformat(),
        position=int(document.get("position") or 0),
        occupants=occupants,
        sections=_sections(recents),
        chronologie=tuple(sorted((f for f in dits if catalogue()[f.type].JALON), key=lambda f: f.brut["__le"])),
        dettes=dettes,
        courbes=_courbes(dettes),
        reprise=next((f for f in recents if f.type == "RepriseLoyerConstatee" and f.tient), None),
        contacts=tuple(f for f in recents if f.type in {"ContactTente", "MenageInforme"}),
        examens=_examens(recents),
        seances=_seances(dits, aujourd_hui),
        recommandations=_recommandations(dits),
        rapprochements=_rapprochements(tuple(montrer(f, noms) for f in document["faits"] if "dossier" not in f)),
        reunis=tuple(document.get("reunis", ())),
        non_communique=tuple(document.get("non_communique", ())),
        communique=tuple(
            {**c, "mesure": libelles.MESURES.get(c.get("mesure", ""), c.get("mesure", ""))}
            for c in document.get("communique", ())
        ),
        inscriptions=frozenset(f.brut.get("instance", "") for f in dits if f.type == "InstanceInscrite" and f.tient),
        synthese=_synthese(recents, dettes),
        saisine=next((f.le for f in recents if f.type == "CcapexSaisie" and f.tient), ""),
        adresse=_ouverture(dits, "adresse"),
        code_postal=_ouverture(dits, "code_postal"),
        limite=synthese.get("traitement") or "",
    )


def _titre(occupants: tuple[FaitMontre, ...]) -> str:
    noms = [
        " ".join(str(f.brut[c]) for c in ("prenoms", "nom") if f.brut.get(c))
        for f in occupants
        if f.brut.get("qualite") in {"TITULAIRE", "COTITULAIRE"} and not f.efface
    ]
    return ", ".join(dict.fromkeys(n for n in noms if n))


def _bailleur(synthese: Mapping[str, Any], faits: tuple[FaitMontre, ...], noms: Noms) -> str:
    siret = synthese.get("bailleur_siret") or ""
    nom = noms(siret) if siret else ""
    return _ouverture(faits, "bailleur_nom") or (f"SIRET {siret}" if siret and nom == siret else nom)


def _ouverture(faits: tuple[FaitMontre, ...], champ: str) -> str:
    """A field of the opening, or what another partner said of the dwelling where the opening does not say."""
    dits = [f for type_ in ("DossierOuvert", "LogementDeclare") for f in faits if f.type == type_ and f.tient]
    return next((str(f.brut[champ]) for f in dits if f.brut.get(champ)), "")


def _sections(recents: tuple[FaitMontre, ...]) -> tuple[Section, ...]:
    par_groupe: dict[str, list[FaitMontre]] = {}
    for fait in recents:
        if fait.type not in _RAPPROCHEMENTS:
            par_groupe.setdefault(_SECTIONS.get(fait.groupe, fait.groupe), []).append(fait)
    return tuple(Section(code, titre_de(code), tuple(par_groupe[code])) for code in sorted(par_groupe, key=rang_de))


def titre_de(groupe: str) -> str:
    """What a section is called, from the group that its facts are of."""
    code = _SECTIONS.get(groupe, groupe)
    return _TITRES.get(code, GROUPES.get(code, code))


def rang_de(groupe: str) -> int:
    """Where a section stands in its page."""
    return _ORDRE.get(_SECTIONS.get(groupe, groupe), len(_ORDRE))


def _dettes(recents: tuple[FaitMontre, ...]) -> Iterable[Dette]:
    """Statements of debt, told as such or carried by an act, the latest first."""
    trouvees = []
    for fait in recents:
        valeur = fait.brut.get("montant") if fait.type == "DetteDeclaree" else fait.brut.get("dette")
        if valeur is None:
            continue
        arretee_au = fait.brut.get("arretee_au") or fait.brut.get("dette_arretee_au") or fait.brut["__le"]
        if len(str(arretee_au)) != _LONGUEUR_ISO:
            arretee_au = fait.brut["__le"]
        exact = isinstance(valeur, int) and not isinstance(valeur, bool)
        trouvees.append(
            Dette(
                str(arretee_au),
                libelles.montant(valeur) if exact else str(valeur),
                valeur if exact else None,
                fait,
                fait.brut.get("contestee") is True,
            )
        )
    return sorted(trouvees, key=lambda d: d.arretee_au, reverse=True)


def _courbes(dettes: tuple[Dette, ...]) -> tuple[Courbe, ...]:
    releves = [
        Releve(d.fait.auteur.organisation, date.fromisoformat(d.arretee_au), d.centimes)
        for d in dettes
        if d.centimes is not None and d.fait.tient
    ]
    return tuple(c for format_ in (LARGE, ETROIT) if (c := tracer(releves, format_)) is not None)


def _examens(recents: tuple[FaitMontre, ...]) -> tuple[FaitMontre, ...]:
    """Each session that examined the case, once: by its avis where it gave one."""
    avis = [f for f in recents if f.type == "AvisRendu"]
    seances = {(f.brut.get("instance"), f.le) for f in avis if f.tient}
    examines = [f for f in recents if f.type == "DossierExamine" and (f.brut.get("instance"), f.le) not in seances]
    return tuple(sorted((*avis, *examines), key=lambda f: f.brut["__le"], reverse=True))


def _seances(faits: tuple[FaitMontre, ...], aujourd_hui: date) -> tuple[tuple[str, str], ...]:
    """The sessions to come that have the case on their agenda: commission and day."""
    prevues: dict[str, tuple[str, str]] = {}
    for f in sorted((f for f in faits if f.tient), key=lambda f: f.brut["__le"]):
        if f.type in {"InscriptionReportee", "InscriptionRetiree"}:
            prevues.pop(str(f.brut.get("seance")), None)
        if f.type in _INSCRIVENT:
            seance, le = (str(f.brut.get(nom)) for nom in _INSCRIVENT[f.type])
            prevues[seance] = (le, str(f.brut.get("instance")))
    a_venir = {prevue for prevue in prevues.values() if prevue[0] >= aujourd_hui.isoformat()}
    return tuple((instance, libelles.jour(le)) for le, instance in sorted(a_venir))


_INSCRIVENT: Final = {"InstanceInscrite": ("seance", "seance_le"), "InscriptionReportee": ("reporte_a", "reporte_au")}
"""What puts a case on an agenda, and the fields that name the session and its day."""


def _recommandations(faits: tuple[FaitMontre, ...]) -> tuple[Recommandation, ...]:
    suites: dict[str, list[FaitMontre]] = {}
    for fait in faits:
        if fait.type == "RecommandationSuivie":
            suites.setdefault(str(fait.brut.get("recommandation")), []).append(fait)
    return tuple(
        Recommandation(cle, fait, tuple(suites.get(cle, ())))
        for fait in faits
        if fait.type == "RecommandationEmise"
        for cle in (str(fait.brut.get("recommandation")),)
    )


def _synthese(recents: tuple[FaitMontre, ...], dettes: tuple[Dette, ...]) -> Synthese:
    tiennent = [f for f in recents if f.tient]
    mensuel = next((f for f in tiennent if isinstance(f.brut.get("loyer"), int)), None)
    loyer = 0 if mensuel is None else mensuel.brut["loyer"] + (mensuel.brut.get("charges") or 0)
    exacte = next((d for d in dettes if d.centimes is not None and d.fait.tient), None)
    mois = exacte.centimes // loyer if exacte and exacte.centimes and loyer else 0
    declare = next((f for f in tiennent if f.type == "MenageDeclare"), None)
    examen = next((f.brut["__le"] for f in tiennent if f.type in {"AvisRendu", "DossierExamine"}), "")
    finis = {f.brut.get("intervention") for f in tiennent if f.type == "AccompagnementTermine"}
    suivis = [f for f in tiennent if f.type == "AccompagnementOuvert" and f.brut.get("intervention") not in finis]
    return Synthese(
        loyer=f"{libelles.montant(loyer)} par mois" if loyer else "",
        mois=f"environ {mois} mois de loyer" if mois else "",
        menage=" · ".join(f"{nom.lower()} : {dit}" for nom, dit in (declare.valeurs if declare else ())),
        referents=tuple(
            dict.fromkeys(f"{s.auteur.organisation}, {s.mot('mesure') or 'accompagnement'}" for s in suivis)
        ),
        depuis=libelles.jour(examen) if examen else "",
        precautions=_precautions(tiennent),
        nouveaux=tuple(f for f in tiennent if examen and f.brut["__le"] > examen and f.type not in _RAPPROCHEMENTS),
    )


def _precautions(tiennent: Sequence[FaitMontre]) -> tuple[str, ...]:
    """What the last telling of each person's coordinates forbids."""
    dernieres: dict[str, FaitMontre] = {}
    for fait in tiennent:
        if fait.type == "CoordonneesDeclarees":
            dernieres.setdefault(str(fait.brut.get("personne")), fait)
    return tuple(
        f"{f.mot('canal_sur')}" + (f" ; préfère : {f.mot('canal_prefere')}" if f.brut.get("canal_prefere") else "")
        for f in dernieres.values()
        if f.brut.get("canal_sur") not in {None, "LIBRE"}
    )


def _rapprochements(faits: tuple[FaitMontre, ...]) -> tuple[Rapprochement, ...]:
    def par_autre(type_: str, champ: str) -> dict[str, str]:
        return {str(f.brut.get("autre")): str(f.brut.get(champ)) for f in faits if f.type == type_}

    decisions = par_autre("RapprochementTranche", "decision")
    return tuple(
        Rapprochement(autre, libelle("motif_rapprochement", motif), decisions.get(autre, ""))
        for autre, motif in par_autre("RapprochementSuggere", "motif").items()
    )
