"""The worklist of a commission, and its cases."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate.refus import Refus
from adapters.mots import libelles
from adapters.papier.documents import de_l_acte, offerts
from adapters.registre.instantane import Seance
from adapters.web import forms, pages
from adapters.web.apercus import Seancier, entier, inscriptions
from adapters.web.commissions import Commission, LieuDeLecture
from adapters.web.contradictions import TRANCHER, relevees
from adapters.web.corrections import corrigibles
from adapters.web.destinataires import a_qui_recommander
from adapters.web.fait_montre import Document
from adapters.web.forms import FormulaireIncomplet, Proposition
from adapters.web.gardees import montrees
from adapters.web.pages import Formulaires
from adapters.web.rendu import AUCUNE, FormulaireRefuse
from adapters.web.reponses import filtres_de, montrables, uuid_du_formulaire, vers
from adapters.web.requisitions import FILTRES as FILTRES_DU_CONCOURS
from adapters.web.requisitions import a_decider
from adapters.web.site import Repondant, Site, Visite
from adapters.web.tri import MAINTENIR

FILTRES: Final = ("commune", "stade", "parc", "du", "au", "apres")
FILTRES_DES_LISTES: Final = frozenset({*FILTRES, *FILTRES_DU_CONCOURS, "avant", "depuis"})


def file_active(commission: Commission) -> Repondant:
    """The worklist of the commission."""

    async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
        filtres = filtres_de(requete, FILTRES)
        document = await site.guichet.file_active(visite.acces, commission, filtres)
        le, noms = site.aujourd_hui(), visite.instantane.nom
        gardees = montrees(site, requete, visite, commission.adresse, filtres)
        return site.html(pages.file_active(visite.cadre, commission, document, filtres, le, noms=noms, gardees=gardees))

    return montrer


def dossier(lieu: LieuDeLecture) -> Repondant:
    """One case, as it is read there."""

    async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
        return await _dossier(site, lieu, requete, visite)

    return montrer


async def _dossier(
    site: Site,
    lieu: LieuDeLecture,
    requete: Request,
    visite: Visite,
    saisie: FormulaireRefuse = AUCUNE,
    statut: int = 200,
) -> Response:
    identite: UUID = requete.path_params["dossier"]
    acces, guichet = visite.acces, site.guichet
    apres = requete.query_params.get("apres", "")
    document = await guichet.dossier(acces, lieu, identite, apres)
    emissions = await guichet.emissions(acces, identite)
    horloges = await guichet.echeances(acces, identite)
    autres = {}
    for f in document["faits"]:
        if f["type"] == "RapprochementSuggere" and (autre := f["champs"].get("autre")):
            try:
                autres[str(autre)] = await guichet.dossier(acces, lieu, UUID(str(autre)))
            except Refus:
                continue  # the other side is not for this reader: the page says so, and nothing more
    concours = await a_decider(site, visite, identite, emissions)
    formulaires = Formulaires(
        cles=_Cles(),
        destinataires=a_qui_recommander(
            guichet.suiveurs, visite.instantane, document.get("synthese", {}), site.aujourd_hui()
        ),
        nommer=visite.instantane.nom,
        corrigibles=corrigibles(site, visite, document),
        transmet=bool(emissions),
        tranche=TRANCHER in emissions,
        trie=MAINTENIR in emissions,
        documents=offerts(visite.sujet.partenaire.role, visite.session.finalite),
        de_l_acte=de_l_acte(visite.sujet.partenaire.role, visite.session.finalite),
    )
    if isinstance(lieu, Commission):
        formulaires = replace(
            formulaires,
            seances=[(str(s.id), libelles.jour(s.seance_le)) for s in _seances(site, lieu, visite)],
            autorises=frozenset(nom for nom, voulus in forms.TYPES.items() if emissions.issuperset(voulus)),
            tenues=await _tenues(site, lieu, visite, document),
        )
    tout = not apres and document.get("suivant") is None
    cas = pages.Cas(
        lieu,
        document,
        autres,
        apres,
        horloges,
        visite.instantane.nom,
        retour_de(requete),
        concours,
        await relevees(site, visite, document) if tout else None,
    )
    return site.html(pages.dossier(visite.cadre, cas, formulaires, site.aujourd_hui(), saisie), statut)


def retour_de(requete: Request) -> str:
    """The filters of the list that one came from: those of ours, bounded, and no address of anybody's."""
    dits = parse_qsl(requete.query_params.get("retour", "")[:500])
    return urlencode([(nom, texte) for nom, texte in dits if nom in FILTRES_DES_LISTES and texte.isprintable()])


def _seances(site: Site, commission: Commission, visite: Visite) -> list[Seance]:
    a_venir = [
        s
        for s in visite.instantane.seances.values()
        if s.instance == commission.instance and s.annulee_le is None and s.seance_le >= site.aujourd_hui()
    ]
    return sorted(a_venir, key=lambda s: s.seance_le)


async def _tenues(site: Site, commission: Commission, visite: Visite, document: Document) -> list[tuple[str, str]]:
    """The sessions, held or being held, that this partner keeps and whose agenda has the case: id and day, last first.

    What a commission says of a case is said there: its day is the session's.
    """
    if document.get("suivant"):  # what put it on an agenda may be further
        document = await entier(Seancier(site.guichet.gate, visite.acces, commission.vue), UUID(document["dossier"]))
    connues, le = visite.instantane.seances, site.aujourd_hui()
    siennes = [
        seance
        for id_ in inscriptions(document)
        if (seance := connues.get(UUID(id_))) is not None
        and seance.instance == commission.instance
        and seance.annulee_le is None
        and seance.seance_le <= le
        and visite.instantane.secretariat(visite.sujet.partenaire, seance)
    ]
    siennes.sort(key=lambda s: s.seance_le, reverse=True)
    return [(str(s.id), libelles.jour(s.seance_le)) for s in siennes]


def formulaire(commission: Commission, nom: str) -> Repondant:
    """What receives one of the forms of the case page."""

    async def recevoir(site: Site, requete: Request, visite: Visite) -> Response:
        identite: UUID = requete.path_params["dossier"]
        valeurs = visite.valeurs
        montrees = montrables(valeurs)
        cle = valeurs.get("cle", "")
        ancre = f"{nom}-{valeurs['recommandation']}" if nom == "suite" and "recommandation" in valeurs else nom
        try:
            propositions = _propositions(site, commission, nom, visite, uuid_du_formulaire(cle))
            nouveau = await site.guichet.contribuer(visite.acces, identite, propositions, cle)
        except FormulaireIncomplet as refus:
            saisie = FormulaireRefuse(ancre, montrees, refus.erreurs)
            return await _dossier(site, commission, requete, visite, saisie, 422)
        except Refus as refus:
            if not refus.fautes:
                raise
            saisie = FormulaireRefuse(ancre, montrees, forms.erreurs(nom, refus.fautes))
            return await _dossier(site, commission, requete, visite, saisie, refus.statut)
        return vers(f"{commission.adresse}/{identite}?fait={nom if nouveau else 'deja'}")

    return recevoir


def _propositions(site: Site, commission: Commission, nom: str, visite: Visite, cle: str) -> tuple[Proposition, ...]:
    valeurs, le, instance = visite.valeurs, site.aujourd_hui(), commission.instance
    match nom:
        case "ordre-du-jour":
            seances = {str(s.id): s.seance_le for s in _seances(site, commission, visite)}
            return forms.ordre_du_jour(instance, valeurs, le, seances)
        case "recommandation":
            return forms.recommandation(instance, valeurs, le, cle)
        case "suite":
            return forms.suite(valeurs, le)
        case _:
            return forms.rapprochement(valeurs, le)


class _Cles(dict[str, str]):
    """A fresh idempotency key for each form of a page."""

    def __missing__(self, formulaire: str) -> str:
        return self.setdefault(formulaire, str(uuid4()))
