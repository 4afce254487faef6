"""The COMEX's desk and worklist: what each request for the police's help waits for, the next silence first.

And what a case shows first to who instructs one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import requisition as r
from adapters.gate.concours import FileDesRequisitions, RequisitionsVoulues
from adapters.mots import libelles
from adapters.registre.instantane import Partenaire
from adapters.web.commissions import COMEX
from adapters.web.decision import DecisionAPrendre, decision_a_prendre
from adapters.web.gardees import montrees
from adapters.web.guichet import jour_de
from adapters.web.rendu import adresse, rendre, retour, suite
from adapters.web.reponses import filtres_de
from adapters.web.site import Site, Visite
from ledger.catalogue import catalogue
from ledger.droit.communes import historique
from ledger.droit.treves import treve

LIEU: Final = ("commune", "commissariat")
FILTRES: Final = (*LIEU, "stade", "parc", "situation", "silence", "du", "au", "apres")
SITUATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        r.SILENCE: f"Silence du préfet dans les {r.BIENTOT.days} jours",
        r.REFUS: "Silence gardé, refus implicite",
        r.A_COMPTER: "Silence qui ne peut être compté",
        r.RESPONSABILITE: "Responsabilité de l'État qui court",
        r.ENQUETE: "Enquête demandée, non reçue",
        r.EXPULSION: "Expulsion programmée",
        r.TREVE: "Concours accordé, retenu par la trêve hivernale",
        r.AVIS: "Avis ou besoins transmis par la CCAPEX",
    }
)
"""What each of the situations that are counted is called."""
ECRITS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "ConcoursForceRequis": {},
        "CommandementQuitterSignifie": {},
        "ReceptionConstatee": {"acte": "COMMANDEMENT_QUITTER", "recu_par": "PREFET", "voie": "PAPIER"},
        "EnqueteRealisee": {},
    }
)
"""The acts that come on paper, whether or not who did them is connected (access 34); what their form begins with."""
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ConcoursForceAccorde": "Accorder le concours",
        "ConcoursForceRefuse": "Refuser le concours",
        "ConcoursForceSursis": "Surseoir",
        "EnqueteDemandee": "Demander une enquête",
        "ExpulsionProgrammee": "Programmer ou reporter l'expulsion",
    }
)
"""What a préfecture decides or asks for, and what its button says."""
NULLE_PART: Final = "00000"
"""The code of no commune."""
_POLICE: Final = "POLICE"


@dataclass(frozen=True, slots=True)
class Commissariat:
    """A police service and the communes that it covers, as the registry says."""

    code: str
    nom: str
    communes: frozenset[str]


def commissariats(visite: Visite, le: date) -> list[Commissariat]:
    """The police services of a day that cover communes of whoever reads; those that cover the département, no."""
    moi = visite.sujet.partenaire
    miennes = {c.code for c in historique() if moi.couvre(c.code, le)}

    def couvertes(police: Partenaire) -> frozenset[str]:
        return frozenset(code for code in miennes if police.couvre(code, le))

    trouves = [
        Commissariat(p.code, p.nom, couvertes(p))
        for p in visite.instantane.partenaires.values()
        if p.role == _POLICE and p.territoire == "communes" and visite.instantane.partenaire(p.code, le) is not None
    ]
    return sorted((c for c in trouves if c.communes), key=lambda c: libelles.alphabetique(c.nom))


def communes_voulues(filtres: Mapping[str, str], connus: Sequence[Commissariat]) -> frozenset[str] | None:
    """The communes that these filters leave; None where they leave all, none where the two name different places."""
    if not filtres["commissariat"]:
        return frozenset({filtres["commune"]}) if filtres["commune"] else None
    du_commissariat = next((c.communes for c in connus if c.code == filtres["commissariat"]), frozenset[str]())
    return du_commissariat & {filtres["commune"]} if filtres["commune"] else du_commissariat


def _offertes(site: Site, visite: Visite) -> Mapping[str, str]:
    return {code: SITUATIONS[code] for code in site.guichet.situations(visite.acces)}


async def lues(
    site: Site, visite: Visite, filtres: Mapping[str, str], connus: Sequence[Commissariat]
) -> FileDesRequisitions:
    """One page of the COMEX's requests, as these filters ask for them."""
    la = communes_voulues(filtres, connus)
    situation = filtres["situation"] if filtres["situation"] in site.guichet.situations(visite.acces) else ""
    voulues = RequisitionsVoulues(situation, jour_de(filtres["silence"]))
    lieux = (
        () if la is None else sorted(la) or (NULLE_PART,)
    )  # it is asked all the same: a list that is empty has its row
    return await site.guichet.requisitions(visite.acces, filtres, lieux, voulues)


async def file_active(site: Site, requete: Request, visite: Visite) -> Response:
    """The COMEX's worklist: as many cases as a call looks at, the next silence at their head."""
    le, filtres = site.aujourd_hui(), filtres_de(requete, FILTRES)
    connus = commissariats(visite, le)
    file = await lues(site, visite, filtres, connus)
    html = rendre(
        "requisitions.html",
        cadre=visite.cadre,
        commission=COMEX,
        file=file,
        filtres=filtres,
        communes=libelles.communes_par_nom(le),
        commissariats=connus,
        stades=libelles.options("stade_procedure", le),
        parcs=libelles.options("parc", le),
        situations=_offertes(site, visite),
        noms=visite.instantane.nom,
        le=le,
        retour=retour(filtres),
        gardees=montrees(site, requete, visite, COMEX.adresse, filtres),
        suite=suite(COMEX.adresse, filtres, file.suivant),
        tableur=adresse(f"{COMEX.adresse}.xlsx", {**filtres, "apres": ""}),
    )
    return site.html(html)


async def tableau(site: Site, requete: Request, visite: Visite) -> Mapping[str, Any]:
    """What the desk of a COMEX counts, each count with the list that it is the length of; and what it begins."""
    le = site.aujourd_hui()
    lieu = filtres_de(requete, LIEU)
    connus = commissariats(visite, le)
    tout = await lues(site, visite, dict.fromkeys(FILTRES, "") | lieu, connus)
    comptes = [
        (mot, tout.compter(code), adresse(COMEX.adresse, {"situation": code, **lieu}))
        for code, mot in _offertes(site, visite).items()
    ]
    return {
        "file": tout,
        "comptes": comptes,
        "filtres": lieu,
        "commissariats": connus,
        "communes": libelles.communes_par_nom(le),
        "toutes": adresse(COMEX.adresse, lieu),
        "ecrits": ecrits(site, visite) if "/recherche" in dict(visite.cadre.pages) else (),
        "commission": COMEX,
        "treve": treve(le),
        "silences": r.SILENCE in site.guichet.situations(visite.acces),
        "noms": visite.instantane.nom,
    }


def ecrits(site: Site, visite: Visite) -> Sequence[tuple[str, str]]:
    """The acts received on paper that this function records at its purpose."""
    role, finalite, le = visite.sujet.partenaire.role, visite.cadre.finalite, site.aujourd_hui()
    if finalite not in COMEX.finalites:
        return ()
    tables = site.guichet.gate.tables
    return [(nom, catalogue()[nom].LIBELLE) for nom in ECRITS if tables.emet(role, finalite, nom, le)]


def adresse_de_l_acte(dossier: str, nom: str) -> str:
    """Where the form of an act of a case is, with what it begins with."""
    return adresse(f"/dossiers/{dossier}/transmettre/{nom}", ECRITS.get(nom, {}))


async def a_decider(site: Site, visite: Visite, dossier: UUID, emissions: frozenset[str]) -> DecisionAPrendre | None:
    """What a COMEX decides on in a case; None at another purpose than its own."""
    if visite.cadre.finalite not in COMEX.finalites:
        return None
    etat, besoins = await site.guichet.requisition(visite.acces, dossier)

    def formulaires(types: Iterable[str]) -> Sequence[tuple[str, str]]:
        siens = [nom for nom in types if nom in emissions]
        return [(adresse_de_l_acte(str(dossier), nom), DECISIONS.get(nom, catalogue()[nom].LIBELLE)) for nom in siens]

    return decision_a_prendre(
        etat,
        besoins,
        visite.instantane.nom,
        formulaires(DECISIONS),
        formulaires(ECRITS),
        site.guichet.situations(visite.acces),
    )
