"""Pages as pure functions: what the gate answered in, HTML out. No request, no clock, no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from adapters.gate.audit import Regroupement
from adapters.mots import libelles
from adapters.web.aide import remede
from adapters.web.commissions import Commission, LieuDeLecture
from adapters.web.decision import DecisionAPrendre
from adapters.web.desaccords import Contradiction
from adapters.web.fait_montre import Document, Noms
from adapters.web.fiche import fiche
from adapters.web.frise import frises
from adapters.web.liste_gardee import AUCUNE_GARDEE, Gardees
from adapters.web.qui_fait_quoi import du_dossier
from adapters.web.rendu import AUCUNE, Cadre, FormulaireRefuse, adresse, rendre, retour, suite
from adapters.web.televersement import TROP_LOURD

ERREURS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        400: ("Demande incomprise", "L'adresse n'est pas valable. Revenez en arrière et recommencez."),
        401: ("Connectez-vous", "Votre session est terminée ou n'a pas commencé. Connectez-vous pour continuer."),
        403: (
            "Accès refusé",
            "Votre fonction ou la finalité déclarée ne permettent pas cette action. Ce refus est inscrit au journal.",
        ),
        404: (
            "Page introuvable",
            "Rien n'existe à cette adresse, ou rien qui vous soit communicable. Vérifiez-la, ou revenez à l'accueil.",
        ),
        405: ("Demande incomprise", "Cette page ne se demande pas ainsi. Revenez en arrière et recommencez."),
        409: ("Le dossier a changé", "Un partenaire vient de le compléter. Relisez-le, puis recommencez."),
        413: ("Fichier trop lourd", TROP_LOURD),
        422: ("Demande incomprise", "Le formulaire n'est pas valable. Revenez en arrière et recommencez."),
        500: ("Erreur de notre côté", "L'action n'a pas abouti. Recommencez dans quelques minutes."),
        503: (
            "Service momentanément indisponible",
            "Rien n'a été communiqué ni enregistré. Recommencez dans quelques minutes.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A demonstration sign-in: who, and its one-time link."""

    organisation: str
    fonction: str
    lien: str


def connexion(cadre: Cadre, *, emetteur: bool, entrees: Sequence[Invitation] = (), erreur: str = "") -> str:
    """Sign-in: the organisation's identity provider, and in demonstration one link per person."""
    return rendre("connexion.html", cadre=cadre, emetteur=emetteur, entrees=entrees, erreur=erreur)


Definition = tuple[str, Sequence[object]]


def erreurs(
    cadre: Cadre,
    genres: Sequence[Definition],
    champs: Sequence[Definition],
    dossier: Sequence[Definition],
    motifs: Sequence[Definition],
) -> str:
    """What each error of the API means, by its code: kinds, fields, what a case does not allow, reasons."""
    return rendre("erreurs.html", cadre=cadre, genres=genres, champs=champs, dossier=dossier, motifs=motifs)


def bac_a_sable(cadre: Cadre, garde: str, fin: datetime, menages: Sequence[Mapping[str, Any]]) -> str:
    """The catalogue of a sandbox: a household for each situation, and what each partner reads of it."""
    return rendre("bac-a-sable.html", cadre=cadre, garde=garde, fin=fin, menages=menages)


def choix_finalite(cadre: Cadre, finalites: Sequence[str], *, erreur: str = "", demande: str = "") -> str:
    """The declaration of a purpose, among those granted; none is chosen beforehand.

    ``erreur`` and ``demande``: what is wrong with the purpose, and with the request that it names.
    """
    return rendre("finalite.html", cadre=cadre, finalites=finalites, erreur=erreur, demande=demande)


def file_active(
    cadre: Cadre,
    commission: Commission,
    document: Document,
    filtres: Mapping[str, str],
    aujourd_hui: date,
    *,
    noms: Callable[[str], str],
    gardees: Gardees = AUCUNE_GARDEE,
) -> str:
    """The worklist of a commission, filtered, one page. ``noms``: who a SIRET is, where the registry knows.

    ``gardees``: the lists that the agent keeps of it.
    """
    return rendre(
        "file_active.html",
        cadre=cadre,
        commission=commission,
        document=document,
        filtres=filtres,
        communes=libelles.communes_par_nom(aujourd_hui),
        stades=libelles.options("stade_procedure", aujourd_hui),
        parcs=libelles.options("parc", aujourd_hui),
        le=aujourd_hui,
        noms=noms,
        gardees=gardees,
        retour=retour(filtres),
        suite=suite(commission.adresse, filtres, document.get("suivant")),
        tableur=adresse(f"{commission.adresse}.xlsx", {**filtres, "apres": ""}),
    )


@dataclass(frozen=True, slots=True)
class Formulaires:
    """What the case page's forms need: one idempotency key each, sessions to come, those held, addressees.

    ``transmet``, ``tranche``, ``trie``: whether its reader may tell something, settle what contradicts, sort what was
    told while two cases were read as one.
    """

    cles: Mapping[str, str]
    seances: Sequence[tuple[str, str]] = ()
    destinataires: Sequence[tuple[str, Sequence[tuple[str, str]]]] = ()
    nommer: Callable[[str], str] = str
    corrigibles: frozenset[str] = frozenset()
    autorises: frozenset[str] = frozenset()
    tenues: Sequence[tuple[str, str]] = ()
    transmet: bool = False
    tranche: bool = False
    trie: bool = False
    documents: Mapping[str, str] = field(default_factory=dict)
    de_l_acte: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cas:
    """A page of a case: the first one, or the one after a fact (``apres``).

    ``autres``: the other side of each pair to confirm, as the gate answered it (absent: not for us). ``horloges``: what
    falls due. ``noms``: who a code or SIRET is. ``retour``: the filters of the list that one came from, as an address.
    ``concours``: what is decided on, for who instructs a request for the police's help. ``contradictions``: what
    contradicts; None, where another page tells it.
    """

    lieu: LieuDeLecture
    document: Document
    autres: Mapping[str, Document] = field(default_factory=dict)
    apres: str = ""
    horloges: Document = field(default_factory=dict)
    noms: Noms = str
    retour: str = ""
    concours: DecisionAPrendre | None = None
    contradictions: Sequence[Contradiction] | None = ()

    @property
    def adresse(self) -> str:
        """Where its first page is."""
        return f"{self.lieu.adresse}/{self.document['dossier']}"


def dossier(
    cadre: Cadre, cas: Cas, formulaires: Formulaires, aujourd_hui: date, saisie: FormulaireRefuse = AUCUNE
) -> str:
    """A case, and what may be done of it."""
    dites = cas.horloges.get("echeances", ())
    courantes, abouties, inconnues = _horloges(dites, aujourd_hui)
    survenus = {str(f["id"]): date.fromisoformat(f["survenu_le"]) for f in cas.document["faits"]}
    lue = fiche(cas.document, aujourd_hui, cas.noms)
    return rendre(
        "dossier.html",
        cadre=cadre,
        lieu=cas.lieu,
        concours=cas.concours,
        courantes=courantes,
        abouties=abouties,
        inconnues=inconnues,
        frises=frises(dites, survenus, aujourd_hui),
        fiche=lue,
        actions=du_dossier(lue),
        autres={cle: fiche(autre, aujourd_hui, cas.noms) for cle, autre in cas.autres.items()},
        cas=cas,
        formulaires=formulaires,
        saisie=saisie,
        le=aujourd_hui,
        retour=f"{cas.lieu.adresse}?{cas.retour}" if cas.retour else cas.lieu.adresse,
        debut=cas.adresse if cas.apres else "",
        suite=suite(cas.adresse, {}, cas.document.get("suivant")),
        categories_possibles=libelles.options("recommandation_categorie", aujourd_hui).items(),
        suites_possibles=libelles.options("recommandation_statut", aujourd_hui).items(),
    )


_COURENT: Final = frozenset({"EN_COURS", "EN_ATTENTE", "SUSPENDU", "A_VENIR"})
_INCALCULABLES: Final = frozenset({"INCONNU", "INVALIDE"})


def _horloges(
    horloges: Sequence[Document], le: date
) -> tuple[Sequence[Document], Sequence[Document], Sequence[Document]]:
    """The clocks that run, the nearest first; those that have come to something; those that cannot be counted."""
    dites = [h for h in horloges if h["etat"] != "SANS_OBJET"]
    jour = le.isoformat()
    inconnues = [h for h in dites if h["etat"] in _INCALCULABLES]
    courent = [h for h in dites if h["etat"] in _COURENT and (h["dernier_jour"] or jour) >= jour]
    abouties = [h for h in dites if h not in courent and h not in inconnues]
    return sorted(courent, key=lambda h: h["dernier_jour"] or "9999"), abouties, inconnues


def journal(
    cadre: Cadre,
    document: Document,
    filtres: Mapping[str, str],
    noms: Callable[[str], str],
    motifs: Mapping[str, str],
    *,
    saisie: FormulaireRefuse | None = None,
    nom_teste: bool = False,
) -> str:
    """The journal of access: one page of rows, its filters, and the test of a name.

    ``noms`` and ``motifs``: organisations and reasons of refusals in words, where there are.
    """
    return rendre(
        "journal.html",
        cadre=cadre,
        document=document,
        filtres=filtres,
        noms=noms,
        motif=lambda code: motifs.get(code) or libelles.MOTIFS_DU_JOURNAL.get(code, code),
        saisie=saisie or FormulaireRefuse(),
        nom_teste=nom_teste,
        issues=libelles.ISSUES,
        finalites=libelles.finalites(),
        actions=libelles.ACTIONS,
        suite=suite("/journal", filtres, document.get("suivant")),
        export=adresse("/journal.csv", filtres),
        tableur=adresse("/journal.xlsx", filtres),
        groupes=adresse("/journal/groupes", {**filtres, "apres": ""}),
    )


def journal_groupe(
    cadre: Cadre,
    regroupes: Regroupement,
    filtres: Mapping[str, str],
    noms: Callable[[str], str],
    motifs: Mapping[str, str],
    saisie: FormulaireRefuse,
) -> str:
    """The journal by who, for what and with which outcome, under the same filters."""
    return rendre(
        "journal_groupes.html",
        cadre=cadre,
        regroupes=regroupes,
        filtres=filtres,
        noms=noms,
        motif=lambda code: motifs.get(code) or libelles.MOTIFS_DU_JOURNAL.get(code, code),
        saisie=saisie,
        issues=libelles.ISSUES,
        finalites=libelles.finalites(),
        actions=libelles.ACTIONS,
        lignes=adresse("/journal", filtres),
    )


def accueil(cadre: Cadre) -> str:
    """Where a signed-in person whose role has no page of its own arrives."""
    return rendre("accueil.html", cadre=cadre)


def sans_document(cadre: Cadre, phrase: str, statut: int) -> str:
    """A paper that was asked for and is not made: why, and that the journal has it."""
    texte = f"{phrase} Ce refus est inscrit au journal."
    return rendre("erreur.html", cadre=cadre, titre="Document non préparé", texte=texte, statut=statut, remede="")


def erreur(cadre: Cadre, statut: int, motif: str = "", code: str = "") -> str:
    """An error, in a sentence and a remedy. The text depends on the status alone (law 5), but for who may not.

    ``motif``: the reason that the rules gave to who is linked to the case, with its article (access 30); ``code``: its
    name, by which the help says what to do.
    """
    titre, texte = ERREURS.get(statut, ERREURS[500 if statut >= 500 else 400])  # noqa: PLR2004 - HTTP's own border
    dit = f"{motif} Ce refus est inscrit au journal." if motif else texte
    return rendre("erreur.html", cadre=cadre, titre=titre, texte=dit, statut=statut, remede=remede(statut, code))
