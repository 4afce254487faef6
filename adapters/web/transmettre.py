"""Telling something of a case: the acts that one may tell, the form of each, what one reads again before it is kept.

Nothing is kept before it was read again: the first sending is tried as it would be stored, and shown.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import nommes
from adapters.gate.corps import Faute
from adapters.gate.lecteurs import Prevision
from adapters.gate.refus import INTROUVABLE, EnPanne, Refus
from adapters.mots import libelles
from adapters.registre.instantane import Instance, Seance
from adapters.web import actes
from adapters.web.actes import Controle, Milieu
from adapters.web.aide import remede
from adapters.web.apercus import Seancier, entier
from adapters.web.commissions import MES_DOSSIERS
from adapters.web.destinataires import MENAGE, a_qui_recommander, destinataires
from adapters.web.fait_montre import Document
from adapters.web.fiche import faits, rang_de, titre_de
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.rendu import AUCUNE, FormulaireRefuse, rendre
from adapters.web.reponses import montrables, uuid_du_formulaire, vers
from adapters.web.reprises import PREREMPLIS, preremplir
from adapters.web.site import Site, Visite
from ledger.catalogue import Evenement, catalogue
from ledger.droit.listes import libelle

FERME: Final = 403
DEMANDE: Final = "AideFinanciereInstruite"
RECOMMANDATION: Final = "RecommandationEmise"
ETAPE: Final = "_etape"
"""What a button of the form sends: no field of an act is called so."""
SEANCES: Final = 24
"""Sessions that a form offers."""
ACTE: Final = "acte"
"""The form's name in its page."""


async def choisir(site: Site, requete: Request, visite: Visite) -> Response:
    """The acts that may be told of a case, by what they are about."""
    dossier: UUID = requete.path_params["dossier"]
    permises = [cls for cls in await site.guichet.permises(visite.acces, dossier) if actes.a_un_formulaire(cls)]
    ferme = None if permises else await site.guichet.ferme(visite.acces, dossier)
    ordonnees = sorted(permises, key=lambda cls: (rang_de(cls.GROUPE), cls.LIBELLE))
    groupes = [
        (titre_de(groupe), [(cls.__name__, actes.titre(cls)) for cls in siennes])
        for groupe, siennes in groupby(ordonnees, key=lambda cls: cls.GROUPE)
    ]
    motif, aide = ("", "") if ferme is None else (ferme.message, remede(ferme.statut, ferme.code))
    html = rendre("transmettre.html", cadre=visite.cadre, dossier=dossier, groupes=groupes, motif=motif, aide=aide)
    return site.html(html)


@dataclass(frozen=True, slots=True)
class _Acte:
    """An act that is being told, of which case, its controls.

    ``manque``: it refers to what its author is not shown; ``prealables``, by what of it may be told first.
    """

    cls: type[Evenement]
    dossier: UUID
    controles: Sequence[Controle]
    le: date
    manque: bool
    prealables: Sequence[tuple[str, str]] = ()


async def remplir(site: Site, requete: Request, visite: Visite) -> Response:
    """The form of an act; what its address names is filled in."""
    acte = await _acte(site, requete, visite)
    donnes = {nom: texte[: actes.LONG] for nom, texte in requete.query_params.items() if texte.isprintable()}
    saisie = FormulaireRefuse(ACTE, actes.retenues(acte.controles, donnes), {})
    return _formulaire(site, visite, acte, str(uuid4()), saisie)


async def recevoir(site: Site, requete: Request, visite: Visite) -> Response:
    """What was typed: shown again before it is kept, then kept."""
    acte, valeurs = await _acte(site, requete, visite), visite.valeurs
    cle, dites = uuid_du_formulaire(valeurs.get("cle", "")), actes.retenues(acte.controles, valeurs)
    saisie = FormulaireRefuse(ACTE, montrables(dites), {})
    if valeurs.get(ETAPE) == "modifier":
        return _formulaire(site, visite, acte, cle, saisie)
    try:
        propose = actes.proposition(acte.cls, acte.controles, valeurs, cle)
        if valeurs.get(ETAPE) == "enregistrer":
            nouveau = await site.guichet.contribuer(visite.acces, acte.dossier, (propose,), cle)
            return vers(f"{MES_DOSSIERS.adresse}/{acte.dossier}?fait={'transmis' if nouveau else 'deja'}")
        await site.guichet.essayer(visite.acces, acte.dossier, (propose,), cle)
    except FormulaireIncomplet as incomplet:
        return _formulaire(site, visite, acte, cle, FormulaireRefuse(ACTE, saisie.valeurs, incomplet.erreurs), 422)
    except Refus as refus:
        if not refus.fautes:
            raise
        erreurs = erreurs_du_formulaire(acte.controles, refus.fautes)
        return _formulaire(site, visite, acte, cle, FormulaireRefuse(ACTE, saisie.valeurs, erreurs), refus.statut)
    a_relire = ARelire(
        f"{MES_DOSSIERS.adresse}/{acte.dossier}/transmettre/{acte.cls.__name__}",
        actes.titre(acte.cls),
        actes.en_mots(acte.cls, acte.controles, propose),
        cle,
        dites,
    )
    return await relecture(site, visite, acte.dossier, propose, a_relire)


async def _acte(site: Site, requete: Request, visite: Visite) -> _Acte:
    """What is to be told, of what its author is shown of the case. ``Refus`` 404 where no form tells it."""
    dossier, cls = requete.path_params["dossier"], catalogue().get(requete.path_params["type"])
    if cls is None or not actes.a_un_formulaire(cls):
        raise Refus(404, "introuvable", INTROUVABLE)
    le, acces = site.aujourd_hui(), visite.acces
    document: Document = {"faits": ()}
    try:
        document = await entier(Seancier(site.guichet.gate, acces, MES_DOSSIERS.vue), dossier)
    except Refus as refus:
        # Of a request that is made by this very act, nothing can be read yet.
        if acces.demande is None or refus.statut != FERME or cls.__name__ != DEMANDE:
            raise
    milieu = Milieu(
        faits({"faits": [f for f in document["faits"] if f["type"] in actes.CITES]}),
        _partenaires(site, visite, cls, document.get("synthese", {})) if actes.nomme_un_partenaire(cls) else (),
        le,
        (acces.sujet.partenaire.siret or "") if acces.sujet.partenaire.role in site.guichet.etudes else "",
        str(acces.demande or ""),
        seances_d_examen(site, visite, cls),
    )
    formulaire = actes.controles(cls, milieu)
    if formulaire and requete.method == "GET" and cls.__name__ in PREREMPLIS:
        formulaire = preremplir(cls, formulaire, faits(document))
    if formulaire is not None:
        return _Acte(cls, dossier, formulaire, le, manque=False)
    voulus = actes.prealables(cls, milieu)
    dicibles = [c for c in await site.guichet.permises(acces, dossier) if c.__name__ in voulus]
    return _Acte(cls, dossier, (), le, manque=True, prealables=[(c.__name__, actes.titre(c)) for c in dicibles])


def _partenaires(site: Site, visite: Visite, cls: type[Evenement], synthese: Mapping[str, Any]) -> actes.Options:
    """Whom an act may name: of a recommendation, those who can answer it."""
    le = site.aujourd_hui()
    if cls.__name__ != RECOMMANDATION:
        return destinataires(visite.instantane, le)
    siens = a_qui_recommander(site.guichet.suiveurs, visite.instantane, synthese, le)
    return [MENAGE, *(qui for _, groupe in siens for qui in groupe)]


def seances_d_examen(site: Site, visite: Visite, cls: type[Evenement]) -> actes.Options:
    """The sessions of one's own commissions that examine what such an act asks for, the last ones first."""
    registre = visite.acces.registre
    siennes = nommes.examens(site.guichet.gate, visite.acces, cls).values()
    return [
        (str(seance.id), f"{_commission(registre.instance_de(seance), seance)}, le {libelles.jour(seance.seance_le)}")
        for seance in sorted(siennes, key=lambda s: (s.seance_le, s.id), reverse=True)[:SEANCES]
    ]


def _commission(instance: Instance | None, seance: Seance) -> str:
    return libelle("instance", seance.instance) if instance is None else instance.libelle


def _formulaire(
    site: Site, visite: Visite, acte: _Acte, cle: str, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    html = rendre(
        "acte.html",
        cadre=visite.cadre,
        dossier=acte.dossier,
        acte=acte.cls.__name__,
        titre=actes.titre(acte.cls),
        controles=acte.controles,
        manque=acte.manque,
        prealables=acte.prealables,
        cle=cle,
        saisie=saisie,
        le=acte.le,
    )
    return site.html(html, statut)


@dataclass(frozen=True, slots=True)
class ARelire:
    """What is read again before it is kept: in words (``valeurs``), and as it was typed (``dites``).

    ``action``: the page that receives it again, and keeps it. ``suite``: what becomes of its readers, where no rule of
    what is said tells it.
    """

    action: str
    titre: str
    valeurs: Sequence[tuple[str, str]]
    cle: str
    dites: Mapping[str, str]
    suite: str = ""


async def relecture(site: Site, visite: Visite, dossier: UUID, propose: Proposition, texte: ARelire) -> Response:
    """What is about to be said, and who will read it. Where that is not known in time, the page says so."""
    previsions: Sequence[Prevision] = ()
    with suppress(EnPanne):
        previsions = () if texte.suite else await site.guichet.lecteurs(visite.acces, dossier, (propose,))
    html = rendre(
        "acte-relire.html",
        cadre=visite.cadre,
        dossier=dossier,
        texte=texte,
        le=propose.survenu_le,
        groupes=[groupe for prevision in previsions for groupe in prevision.groupes],
    )
    return site.html(html)


def erreurs_du_formulaire(formulaire: Sequence[Controle], fautes: Sequence[Faute]) -> dict[str, str]:
    """The faults that the door found, each beside its control; what has none, on the whole form."""
    connus = {"survenu_le", *actes.ENVELOPPE, *(c.nom for c in formulaire)}
    trouvees: dict[str, str] = {}
    for faute in fautes:
        nom = next((morceau for morceau in reversed(faute.champ.split(".")) if morceau in connus), "")
        trouvees.setdefault(nom, faute.message)
    return trouvees
