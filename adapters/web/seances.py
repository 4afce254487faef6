"""The sessions of commissions, as who convenes them and who sits there work with them: list, one session, its record.

Nothing is decided here: each page is what the gate answers to who reads, and each form is one verb of the gate.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import convoquer as convocations
from adapters.gate import seances as verbes
from adapters.gate.contexte import Acces
from adapters.gate.refus import Refus
from adapters.gate.seances import JoursDemandes
from adapters.mots import libelles
from adapters.papier.documents import de_seance
from adapters.web.apercus import Apercu, Seancier, apercevoir, figes
from adapters.web.commissions import COMMISSIONS
from adapters.web.gestes import offerts
from adapters.web.guichet import jour_de
from adapters.web.proposes import Suivis, arrivee, pourquoi, suivis
from adapters.web.rendu import AUCUNE, FormulaireRefuse, adresse, rendre
from adapters.web.reponses import accorder, filtres_de, montrables, uuid_du_formulaire, vers
from adapters.web.site import Site, Visite
from ledger.droit.listes import libelle
from policies.decision import Action
from projections.liste import PAGE_MAX

RACINE: Final = "/seances"
UN_AN: Final = timedelta(days=365)
LIGNES: Final = 60
"""Cases to examine whose line is read in full, in one page: a session of the CCAPEX."""
PROPOSES: Final = 20
"""The same, of those that wait for an agenda."""
SURSIS: Final = 10.0
"""Seconds more that a page may take which reads, or says something of, so many cases."""
ATTENTE: Final = 2.0
"""Seconds for which a page waits for the lists to have what was just recorded."""

LOT: Final = 60
"""Cases of one gesture: more are made in several times."""
ERREURS_DE_CHOIX: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aucun": "Cochez au moins un dossier.",
        "trop": f"Choisissez {LOT} dossiers au plus à la fois : les suivants se font ensuite.",
    }
)
ETATS: Final[Mapping[str, str]] = MappingProxyType(
    {"prevue": "prévue", "convoquee": "convoquée", "tenue": "tenue", "passee": "passée", "annulee": "annulée"}
)
VOIX: Final[Mapping[str, str]] = MappingProxyType(
    {"deliberative": "voix délibérative", "consultative": "voix consultative", "suppleant": "suppléance"}
)
PLACES: Final[Mapping[str, str]] = MappingProxyType({"secretariat": "secrétariat", **VOIX})
PRESENCES: Final[Mapping[str, str]] = MappingProxyType({"present": "présent", "excuse": "excusé", "absent": "absent"})
QUORUMS: Final[Mapping[str, str]] = MappingProxyType(
    {"atteint": "atteint", "non_atteint": "non atteint", "sans_objet": "sans objet"}
)
TRIS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "Ordre du jour",
        "echeance": "Prochaine échéance",
        "dette": "Dette, la plus forte d'abord",
        "commune": "Commune",
    }
)


async def liste(site: Site, requete: Request, visite: Visite) -> Response:
    """The sessions that one convenes or sits at."""
    return await _liste(site, requete, visite)


async def _liste(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    gate, acces = site.guichet.gate, visite.acces
    filtres = filtres_de(requete, ("apres", "au"))
    au = min(jour_de(filtres["au"]) or date.max, acces.le - timedelta(1))
    a_venir = await verbes.lister(gate, acces, JoursDemandes(du=acces.le, apres=_identifiant(filtres["apres"])))
    du = max(au, date.min + UN_AN) - UN_AN
    passees = await verbes.lister(gate, acces, JoursDemandes(du=du, au=au, limite=PAGE_MAX))
    page = rendre(
        "seances.html",
        cadre=visite.cadre,
        saisie=saisie,
        cle=str(uuid4()),
        a_venir=a_venir["seances"],
        suite=adresse(RACINE, {"apres": a_venir["suivant"] or ""}) if a_venir["suivant"] else "",
        passees=passees["seances"][::-1],
        du=du,
        au=au,
        avant=adresse(RACINE, {"au": (du - timedelta(1)).isoformat()}) if passees["seances"] else "",
        filtrees=bool(filtres["apres"] or filtres["au"]),
        instances=(instances := _instances(site, visite)),
        bilans=_bilans(visite, instances),
        etats=ETATS,
        places=PLACES,
        le=acces.le,
    )
    return site.html(page, statut)


def _instances(site: Site, visite: Visite) -> list[tuple[str, str]]:
    """The bodies whose papers this partner keeps: those that the form offers; the gate says which may be convened."""
    acces, moi = visite.acces, visite.sujet.partenaire
    if Action.CONVOQUER not in site.guichet.actions(moi.role, acces.finalite):
        return []
    return sorted(
        (i.code, i.libelle)
        for i in acces.registre.instances.values()
        if i.secretariat == moi.code and i.en_place(acces.le)
    )


def _bilans(visite: Visite, instances: Sequence[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """The years, this one and the last, in which each of one's bodies held a session: those that make a paper."""
    registre, le = visite.acces.registre, visite.acces.le
    tenues = {
        (instance.code, s.seance_le.year)
        for s in registre.seances.values()
        if s.seance_le <= le and (instance := registre.instance_de(s)) is not None
    }
    annees = (le.year, le.year - 1)
    return [(code, nom, annee) for code, nom in instances for annee in annees if (code, annee) in tenues]


async def convoquer(site: Site, requete: Request, visite: Visite) -> Response:
    """Convene a session."""
    valeurs = visite.valeurs
    dit = _dit(valeurs, "instance", "le", "heure", "salle")
    try:
        cle = uuid_du_formulaire(valeurs.get("cle", ""))
        recue = await convocations.convoquer(site.guichet.gate, visite.acces, dit, cle)
    except Refus as refus:
        if not refus.fautes:
            raise
        return await _liste(site, requete, visite, _refusee("convoquer", valeurs, refus), refus.statut)
    return vers(f"{RACINE}/{recue['seance']}?fait=convoquee")


async def montrer(site: Site, requete: Request, visite: Visite) -> Response:
    """One session: its agenda, what waits for it, its seats, how it was held."""
    return await _montrer(site, requete, visite)


async def _montrer(
    site: Site, requete: Request, visite: Visite, saisie: FormulaireRefuse = AUCUNE, statut: int = 200
) -> Response:
    gate, acces = site.guichet.gate, visite.acces
    id_seance: UUID = requete.path_params["seance"]
    filtres = filtres_de(requete, ("depuis", "page", "tri", "erreur"))
    page = numero(filtres["page"])
    accorder(requete, SURSIS)
    await _attendre(site, filtres["depuis"])
    lu = (await verbes.lire(gate, acces, id_seance, _proposes(acces, id_seance, page))).document
    seance = lu["seance"]
    tri = filtres["tri"] if filtres["tri"] in TRIS else ""
    groupes = {etat: list(siens) for etat, siens in groupby(_ranges(lu["dossiers"]), key=lambda d: d["inscription"])}
    pages = {"INSCRIT": LIGNES, "PROPOSE": PROPOSES}
    montrees = dict.fromkeys(
        d["dossier"] for etat, n in pages.items() for d in groupes.get(etat, [])[(page - 1) * n : page * n]
    )
    apercus = await apercevoir(Seancier(gate, acces, gate.tables.vue_de(seance["genre"])), montrees)
    gestes = offerts(gate, acces, seance)
    contexte = {
        "cadre": visite.cadre,
        "saisie": saisie,
        "erreur": ERREURS_DE_CHOIX.get(filtres["erreur"], ""),
        "seance": seance,
        "groupes": {
            etat: trier([d for d in siens if d["dossier"] in montrees], apercus, tri) if etat in pages else siens
            for etat, siens in groupes.items()
        },
        "comptes": {etat: len(siens) for etat, siens in groupes.items()},
        "au_dela": lu["au_dela"],
        "apercus": apercus,
        "demandes": None if gate.tables.vue_de(seance["genre"]) else _demandes(lu["demandes"]),
        "rangs": {d["dossier"]: rang for rang, d in enumerate(lu["dossiers"], 1)},
        "precedente": _page_de(id_seance, tri, page - 1) if page > 1 else "",
        "suivante": _page_de(id_seance, tri, page + 1) if _reste(groupes, pages, page) else "",
        "tri": tri,
        "gestes": gestes,
        **_pourquoi(groupes, apercus, seance),
        "suivis": await _suivis(site, visite, lu) if "inscrire" in gestes else None,
        "secretariat": seance["votre_place"] == "secretariat",
        "convoque": Action.CONVOQUER in site.guichet.actions(visite.sujet.partenaire.role, acces.finalite),
        "a_asseoir": _a_asseoir(visite, seance),
        "papiers": de_seance(visite.sujet.partenaire.role, acces.finalite),
        "le": acces.le,
        "retour": f"{RACINE}/{id_seance}",
        "fichier": adresse_des_dossiers(seance["genre"]),
    }
    return site.html(rendre("seance.html", **_MOTS, **contexte), statut)


def _demandes(lues: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The requests that a commission without a worklist examines, in words; what was put off comes last."""
    dites = []
    for d in lues:
        de = "aide" if d["demande"] else "relogement"
        mots = {nom: libelle(f"{nom}_{de}", d[nom]) if d[nom] else "" for nom in ("dispositif", "etape")}
        dites.append({**d, **mots})
    return sorted(dites, key=lambda d: d["inscription"])


def _proposes(acces: Acces, id_seance: UUID, page: int) -> int:
    """How many of what waits a page asks for: one more than it shows and counts; none once the session is over."""
    seance = acces.registre.seances.get(id_seance)
    a_venir = seance is not None and seance.seance_le >= acces.le
    return min(max(LOT, page * PROPOSES) + 1, PAGE_MAX) if a_venir else 0


def _reste(groupes: Mapping[str, list[Any]], pages: Mapping[str, int], page: int) -> bool:
    return any(len(groupes.get(etat, ())) > page * n for etat, n in pages.items())


_MOTS: Final = {
    "lot": LOT,
    "tris": TRIS,
    "etats": ETATS,
    "voix": VOIX,
    "places": PLACES,
    "presences": PRESENCES,
    "quorums": QUORUMS,
}


def _pourquoi(groupes: Mapping[str, Any], apercus: Mapping[str, Apercu], seance: Mapping[str, Any]) -> dict[str, Any]:
    """By case: why it is proposed, how it came from another session, for which seats its pack is fixed."""
    proposes = {d["dossier"] for d in groupes.get("PROPOSE", ())}
    return {
        "pourquoi": {dossier: pourquoi(vu) for dossier, vu in apercus.items() if dossier in proposes},
        "arrivees": {dossier: arrivee(vu, seance) for dossier, vu in apercus.items() if dossier not in proposes},
        "figes": {dossier: figes(vu, seance) for dossier, vu in apercus.items()},
    }


async def _suivis(site: Site, visite: Visite, lu: Mapping[str, Any]) -> Suivis:
    ici = {d["dossier"] for d in lu["dossiers"] if d["inscription"] in {"INSCRIT", "EXAMINE", "PROPOSE"}}
    return await suivis(site, visite, lu["seance"], ici)


def adresse_des_dossiers(genre: str) -> str:
    """Where the pages of a commission's cases are; empty: it has none."""
    return next((c.adresse for c in COMMISSIONS if c.instance == genre), "")


_ETATS_RANGES: Final = ("INSCRIT", "PROPOSE", "EXAMINE", "REPORTE", "RETIRE")


def _ranges(dossiers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By state, in the order of the agenda."""
    return sorted(dossiers, key=lambda d: _ETATS_RANGES.index(d["inscription"]))


def trier(siens: list[dict[str, Any]], apercus: Mapping[str, Apercu], tri: str) -> list[dict[str, Any]]:
    """Lines by one of ``TRIS``, as far as it is shown; what is not comes last."""

    def cle(d: Mapping[str, Any]) -> tuple[bool, Any]:
        vu = apercus.get(d["dossier"])
        if tri == "commune":
            return d["commune"] is None, d["commune"] or ""
        if tri == "echeance":
            prochaine = vu.prochaine if vu else None
            return prochaine is None, prochaine["dernier_jour"] if prochaine else ""
        dette = next((x.centimes for x in vu.fiche.dettes_actuelles if x.centimes is not None), None) if vu else None
        return dette is None, -(dette or 0)

    return sorted(siens, key=cle) if tri else siens


def _page_de(id_seance: UUID, tri: str, page: int) -> str:
    return adresse(f"{RACINE}/{id_seance}", {"tri": tri, "page": str(page) if page > 1 else ""})


def _a_asseoir(visite: Visite, seance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who could be given a seat: those who have the purpose of the commission, and have none yet."""
    assis = {siege["partenaire"] for siege in seance["sieges"]}
    registre, le, finalite = visite.acces.registre, visite.acces.le, visite.acces.finalite
    autres = (
        p
        for p in registre.partenaires.values()
        if p.code not in assis and finalite in p.finalites and registre.partenaire(p.code, le) is not None
    )
    return libelles.par_mot((p.code, p.nom) for p in autres)


async def changer(site: Site, requete: Request, visite: Visite) -> Response:
    """Move a session, or change its room."""
    return await _dire(site, requete, visite, "changement", _dit(visite.valeurs, "le", "heure", "salle"))


async def annuler(site: Site, requete: Request, visite: Visite) -> Response:
    """Cancel a session, once that was confirmed."""
    if visite.valeurs.get("confirme") != "oui":
        saisie = FormulaireRefuse("annulation", {}, {"confirme": "Cochez la case : une séance annulée ne revient pas."})
        return await _montrer(site, requete, visite, saisie, 422)
    return await _dire(site, requete, visite, "annulation", {"annulee": True})


async def asseoir(site: Site, requete: Request, visite: Visite) -> Response:
    """Say who sits there, and with which voice: each seat of the form, and one more."""
    places = _prefixees(visite.valeurs, "voix-")
    if nouveau := visite.valeurs.get("nouveau", ""):
        places[nouveau] = visite.valeurs.get("nouvelle_voix", "")
    dit = {
        champ: sorted(code for code, voix in places.items() if voix == valeur)
        for champ, valeur in (
            ("deliberatifs", "deliberative"),
            ("consultatifs", "consultative"),
            ("suppleants", "suppleant"),
        )
    }
    return await _dire(site, requete, visite, "sieges", dit)


async def tenir(site: Site, requete: Request, visite: Visite) -> Response:
    """Record who was there, and the quorum."""
    presences = _prefixees(visite.valeurs, "presence-")
    dit = {
        champ: sorted(code for code, presence in presences.items() if presence == valeur)
        for champ, valeur in (("presents", "present"), ("excuses", "excuse"), ("absents", "absent"))
    }
    return await _dire(site, requete, visite, "tenue", {**dit, **_dit(visite.valeurs, "quorum", "quorum_ref")})


async def _dire(site: Site, requete: Request, visite: Visite, nom: str, dit: Mapping[str, object]) -> Response:
    id_seance: UUID = requete.path_params["seance"]
    verbe = convocations.tenir if nom == "tenue" else convocations.changer
    try:
        await verbe(site.guichet.gate, visite.acces, id_seance, dict(dit))
    except Refus as refus:
        if not refus.fautes:
            raise
        return await _montrer(site, requete, visite, _refusee(nom, visite.valeurs, refus), refus.statut)
    return vers(f"{RACINE}/{id_seance}?fait=seance-{nom}")


_CHAMPS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "convoquer": frozenset({"instance", "le", "heure", "salle"}),
        "changement": frozenset({"le", "heure", "salle"}),
        "annulation": frozenset({"confirme"}),
        "sieges": frozenset({"nouveau"}),
        "tenue": frozenset({"quorum", "quorum_ref"}),
    }
)
"""The controls of each form: a fault elsewhere is told of the whole form."""


def _refusee(nom: str, valeurs: Mapping[str, str], refus: Refus) -> FormulaireRefuse:
    erreurs: dict[str, str] = {}
    for faute in refus.fautes:
        champ = faute.champ.partition(".")[0]
        erreurs.setdefault(champ if champ in _CHAMPS[nom] else "", faute.message)
    return FormulaireRefuse(nom, montrables(valeurs), erreurs)


def _dit(valeurs: Mapping[str, str], *noms: str) -> dict[str, str]:
    """What was filled of a form: what is left empty is not said."""
    return {nom: valeurs[nom].strip() for nom in noms if valeurs.get(nom, "").strip()}


def _prefixees(valeurs: Mapping[str, str], prefixe: str) -> dict[str, str]:
    return {nom.removeprefix(prefixe): valeur for nom, valeur in valeurs.items() if nom.startswith(prefixe)}


async def _attendre(site: Site, depuis: str) -> None:
    """Wait for the lists to have what this person has just recorded, so that it is not missing from them."""
    if depuis and _chiffres(depuis):
        await site.guichet.gate.listes.attendre(int(depuis), ATTENTE)


def _chiffres(texte: str) -> bool:
    return texte.isascii() and texte.isdigit() and len(texte) < 19  # noqa: PLR2004 - digits of a bigint


def numero(texte: str) -> int:
    """The number of a page, in an address; the first where none is given."""
    if not texte:
        return 1
    if not _chiffres(texte) or not 1 <= int(texte) <= PAGE_MAX:
        raise Refus(400, "adresse", "L'adresse n'est pas valable.")
    return int(texte)


def _identifiant(texte: str) -> UUID | None:
    try:
        return UUID(texte) if texte else None
    except ValueError as erreur:
        raise Refus(400, "adresse", "L'adresse n'est pas valable.") from erreur
