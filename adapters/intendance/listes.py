"""What an administrator looks at: counts that lead somewhere, lists by page, a partner, a body, what was changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from heapq import nsmallest
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from adapters.intendance.commissions import VOIX
from adapters.intendance.demarches import avant_apres, entier, titre
from adapters.intendance.formalite import roles
from adapters.intendance.partenaires import SECRETS
from adapters.intendance.site import Intendance, VisiteDAdministrateur, rendre
from adapters.mots import libelles
from adapters.registre.instantane import (
    FIN_PROCHE,
    Habilitation,
    Instantane,
    Mandat,
    Membre,
    Seance,
)
from adapters.registre.lecture import NATURES
from adapters.web.rendu import suite
from adapters.web.reponses import filtres_de, montrables

PAR_PAGE: Final = 50
CHANGES_PAR_PAGE: Final = 20
D_UN_PARTENAIRE: Final = 20
"""Lines of each list on the page of a partner; the list itself has them all."""

T = TypeVar("T")


ETATS: Final = (
    ("en_vigueur", "en vigueur"),
    ("bientot", "finit bientôt"),
    ("a_venir", "à venir"),
    ("fini", "a pris fin"),
)
"""What becomes of a right, in the order of its life; what ends soon (``FIN_PROCHE``) is in force too."""
DES_PARTENAIRES: Final = (("actif", "en activité"), ("suspendu", "suspendus"))
DES_SEANCES: Final = (("a_venir", "à venir"), ("passee", "passées"), ("annulee", "annulées"))


def etat_de(du: date, au: date, fin: date | None, le: date) -> str:
    """Where a right is in its life on a day."""
    if fin is not None or au < le:
        return "fini"
    if du > le:
        return "a_venir"
    return "bientot" if au - le <= FIN_PROCHE else "en_vigueur"


def _tenus(etats: Sequence[str]) -> int:
    return sum(_retenu(etat, "en_vigueur") for etat in etats)


def _retenu(etat: str, voulu: str) -> bool:
    return not voulu or etat == voulu or (voulu, etat) == ("en_vigueur", "bientot")


def habilitations(registre: Instantane, partenaire: str = "") -> Iterator[Habilitation]:
    """The habilitations of a partner, or of all."""
    for (code, _), siennes in registre.habilitations.items():
        if not partenaire or code == partenaire:
            yield from siennes


def mandats(registre: Instantane, partenaire: str = "") -> Iterator[Mandat]:
    """The mandates of a partner, or of all."""
    for code in [partenaire] if partenaire else registre.mandats:
        siens = registre.mandats.get(code)
        yield from () if siens is None else siens.values()


def page(choses: Iterable[T], cle: Callable[[T], str], apres: str, combien: int = PAR_PAGE) -> tuple[list[T], str]:
    """The things after a key, in the order of their keys, and the key that the next page begins after; empty: none."""
    suivantes = nsmallest(combien + 1, choses if not apres else (c for c in choses if cle(c) > apres), key=cle)
    return suivantes[:combien], cle(suivantes[combien - 1]) if len(suivantes) > combien else ""


def _filtres(requete: Request, *noms: str) -> dict[str, str]:
    """The filters of an address; where one stands in the list may be longer than what a person types."""
    return {**montrables(filtres_de(requete, noms)), "apres": requete.query_params.get("apres", "")[:200]}


async def accueil(site: Intendance, _: Request, visite: VisiteDAdministrateur) -> Response:
    """Counts, each a way to what it counts."""
    registre, le = visite.registre, visite.le
    agents = [etat_de(h.du, h.au, h.revoquee_le, le) for h in habilitations(registre)]
    mandates = [etat_de(m.du, m.au, m.revoque_le, le) for m in mandats(registre)]
    tiennent = [etat_de(a.du, a.au, a.retire_le, le) for a in registre.administrateurs.values()]
    actifs = sum(registre.partenaire(code, le) is not None for code in registre.partenaires)
    a_venir = sum(_etat_de_la_seance(registre, s, le) == "a_venir" for s in registre.seances.values())
    bientot = f"dans les {FIN_PROCHE.days} jours"
    comptes = (
        (actifs, "partenaire en activité", "partenaires en activité", "/partenaires?etat=actif"),
        (
            len(registre.partenaires) - actifs,
            "partenaire suspendu",
            "partenaires suspendus",
            "/partenaires?etat=suspendu",
        ),
        (_tenus(agents), "habilitation en vigueur", "habilitations en vigueur", "/habilitations?etat=en_vigueur"),
        (
            agents.count("bientot"),
            f"habilitation finit {bientot}",
            f"habilitations finissent {bientot}",
            "/habilitations?etat=bientot",
        ),
        (_tenus(mandates), "mandat en vigueur", "mandats en vigueur", "/mandats?etat=en_vigueur"),
        (mandates.count("bientot"), f"mandat finit {bientot}", f"mandats finissent {bientot}", "/mandats?etat=bientot"),
        (a_venir, "séance à venir", "séances à venir", "/seances?etat=a_venir"),
        (_tenus(tiennent), "administrateur du registre", "administrateurs du registre", "/administrateurs"),
    )
    dits = [(nombre, plusieurs if nombre > 1 else un, ou) for nombre, un, plusieurs, ou in comptes]
    return site.html(rendre("accueil.html", cadre=visite.cadre, comptes=dits))


async def partenaires(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """The partners, by code: by a part of their name, by role, suspended or not."""
    filtres, registre, le = _filtres(requete, "nom", "role", "etat"), visite.registre, visite.le
    cherche = filtres["nom"].casefold()
    trouves = [
        p for p in registre.partenaires.values()
        if (cherche in p.nom.casefold() or cherche in p.code)
        and filtres["role"] in ("", p.role)
        and filtres["etat"] in ("", "suspendu" if registre.partenaire(p.code, le) is None else "actif")
    ]  # fmt: skip
    montres, apres = page(trouves, lambda p: p.code, filtres["apres"])
    return site.html(
        rendre(
            "partenaires.html",
            cadre=visite.cadre,
            partenaires=montres,
            nombre=len(trouves),
            filtres=filtres,
            roles=libelles.par_mot((code, libelles.role(code)) for code in roles()),
            etats=DES_PARTENAIRES,
            suite=suite("/partenaires", filtres, apres or None),
            le=le,
        )
    )


async def partenaire(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """A partner: what the registry says of it, and what may be done of it."""
    registre, le, code = visite.registre, visite.le, requete.path_params["code"]
    sien = registre.partenaires.get(code)
    if sien is None:
        return site.erreur(404, visite.cadre)
    agents, reste = page(habilitations(registre, code), _cle_d_habilitation(le), "", D_UN_PARTENAIRE)
    tenus, autres = page(mandats(registre, code), _cle_de_mandat(le), "", D_UN_PARTENAIRE)
    return site.html(
        rendre(
            "partenaire.html",
            cadre=visite.cadre,
            partenaire=sien,
            suspendu=registre.partenaire(code, le) is None,
            clients=sorted((c for c in registre.clients.values() if c.partenaire == code), key=lambda c: c.client_id),
            habilitations=[(h, etat_de(h.du, h.au, h.revoquee_le, le)) for h in agents],
            reste=reste,
            mandats=[(m, etat_de(m.du, m.au, m.revoque_le, le)) for m in tenus],
            autres=autres,
            sieges=_sieges(registre, lambda m: m.partenaire == code),
            administrateurs=[
                a for a in registre.administrateurs.values() if a.partenaire == code and a.en_fonction(le)
            ],
            etats=dict(ETATS),
            secrets=dict(SECRETS),
            voix=dict(VOIX),
            elle_meme=roles().get(sien.role, {}).get("personne_elle_meme", False),
            le=le,
        )
    )


def _sieges(registre: Instantane, voulu: Callable[[Membre], bool]) -> list[tuple[Membre, str]]:
    """Seats that somebody has, and where they are."""
    assis = sorted(
        (m for m in registre.membres.values() if m.sorti_le is None and voulu(m)),
        key=lambda m: (m.instance, m.lieu, m.partenaire),
    )
    corps = {i.lieu: i.libelle for i in registre.instances.values()}
    return [(m, corps.get(m.lieu, f"{m.instance}, {m.lieu}")) for m in assis]


def _cle_d_habilitation(le: date) -> Callable[[Habilitation], str]:
    """What is in force first, and of that what ends first."""
    return lambda h: f"{int(not h.en_vigueur(le))} {h.au.toordinal()} {h.id.hex}"


def _cle_de_mandat(le: date) -> Callable[[Mandat], str]:
    return lambda m: f"{int(not m.en_vigueur(le))} {m.au.toordinal()} {m.dossier.hex} {m.partenaire}"


async def agents(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """The habilitations, those in force first, the first to end first."""
    filtres, registre, le = _filtres(requete, "partenaire", "agent", "etat"), visite.registre, visite.le
    trouvees = [
        h for h in habilitations(registre, filtres["partenaire"])
        if filtres["agent"] in h.agent and _retenu(etat_de(h.du, h.au, h.revoquee_le, le), filtres["etat"])
    ]  # fmt: skip
    montrees, apres = page(trouvees, _cle_d_habilitation(le), filtres["apres"])
    dites = [(h, etat_de(h.du, h.au, h.revoquee_le, le)) for h in montrees]
    return _liste(site, visite, "habilitations", dites, nombre=len(trouvees), filtres=filtres, apres=apres)


async def mandates(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """The mandates, those in force first, the first to end first."""
    filtres, registre, le = _filtres(requete, "partenaire", "etat"), visite.registre, visite.le
    trouves = [
        m for m in mandats(registre, filtres["partenaire"])
        if _retenu(etat_de(m.du, m.au, m.revoque_le, le), filtres["etat"])
    ]  # fmt: skip
    montres, apres = page(trouves, _cle_de_mandat(le), filtres["apres"])
    dits = [(m, etat_de(m.du, m.au, m.revoque_le, le)) for m in montres]
    return _liste(site, visite, "mandats", dits, nombre=len(trouves), filtres=filtres, apres=apres)


async def administrateurs(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """Who administers the registry, or did."""
    filtres, registre, le = _filtres(requete), visite.registre, visite.le
    montres, apres = page(
        registre.administrateurs.values(),
        lambda a: f"{int(not a.en_fonction(le))} {a.partenaire} {a.agent}",
        filtres["apres"],
    )
    dits = [(a, etat_de(a.du, a.au, a.retire_le, le)) for a in montres]
    return _liste(
        site, visite, "administrateurs", dits, nombre=len(registre.administrateurs), filtres=filtres, apres=apres
    )


def _liste(
    site: Intendance,
    visite: VisiteDAdministrateur,
    nom: str,
    dites: Sequence[tuple[Any, str]],
    *,
    nombre: int,
    filtres: Mapping[str, str],
    apres: str,
) -> Response:
    return site.html(
        rendre(
            f"{nom}.html",
            cadre=visite.cadre,
            dites=dites,
            nombre=nombre,
            filtres=filtres,
            etats=ETATS,
            mots=dict(ETATS),
            noms=visite.registre.nom,
            suite=suite(f"/{nom}", filtres, apres or None),
            moi=visite.qui,
        )
    )


async def instances(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """The commissions as bodies."""
    filtres = _filtres(requete)
    montrees, apres = page(visite.registre.instances.values(), lambda i: i.code, filtres["apres"])
    hors = _sieges(visite.registre, lambda m: not m.lieu.startswith("instance:"))
    html = rendre(
        "instances.html",
        cadre=visite.cadre,
        instances=montrees,
        hors=hors[:PAR_PAGE],
        voix=dict(VOIX),
        noms=visite.registre.nom,
        filtres=filtres,
        suite=suite("/instances", filtres, apres or None),
    )
    return site.html(html)


async def instance(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """A body: what the registry says of it, who sits there, its sessions to come."""
    registre, le = visite.registre, visite.le
    sienne = registre.instances.get(requete.path_params["code"])
    if sienne is None:
        return site.erreur(404, visite.cadre)
    siennes = [s for s in registre.seances.values() if s.lieu == sienne.lieu]
    a_venir = [s for s in siennes if _etat_de_la_seance(registre, s, le) == "a_venir"]
    html = rendre(
        "instance.html",
        cadre=visite.cadre,
        instance=sienne,
        sieges=_sieges(registre, lambda m: (m.instance, m.lieu) == (sienne.genre, sienne.lieu)),
        seances=page(a_venir, lambda s: f"{s.seance_le} {s.id}", "")[0],
        voix=dict(VOIX),
        noms=registre.nom,
        le=le,
    )
    return site.html(html)


def _etat_de_la_seance(registre: Instantane, seance: Seance, le: date) -> str:
    if seance.annulee_le is not None:
        return "annulee"
    return "passee" if seance.seance_le < le or seance.id in registre.tenues else "a_venir"


async def seances(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """The sessions: those to come, the next first; of the others, the last first."""
    filtres, registre, le = _filtres(requete, "etat"), visite.registre, visite.le
    voulu = filtres["etat"] or "a_venir"
    sens = 1 if voulu == "a_venir" else -1
    trouvees = [s for s in registre.seances.values() if _etat_de_la_seance(registre, s, le) == voulu]
    montrees, apres = page(
        trouvees, lambda s: f"{date.max.toordinal() + sens * s.seance_le.toordinal():08d} {s.id}", filtres["apres"]
    )
    ou = {s.id: registre.instance_de(s) for s in montrees}
    html = rendre(
        "seances.html",
        cadre=visite.cadre,
        seances=montrees,
        nombre=len(trouvees),
        ou=ou,
        voulu=voulu,
        etats=DES_SEANCES,
        filtres=filtres,
        suite=suite("/seances", filtres, apres or None),
    )
    return site.html(html)


async def changements(site: Intendance, requete: Request, visite: VisiteDAdministrateur) -> Response:
    """What was changed, the last first: by whom, before, after."""
    filtres = _filtres(requete, "nature")
    nature = filtres["nature"] if filtres["nature"] in NATURES else ""
    lus = await site.ecritoire.changes(entier(filtres["apres"]), nature or None, CHANGES_PAR_PAGE + 1)
    montres = lus[:CHANGES_PAR_PAGE]
    dits = [
        (c, titre(c.nature, neuf=c.avant is None), [
            ligne for ligne in avant_apres(NATURES[c.nature], c.avant, c.apres)
            if ligne.change or ligne.nom in ("partenaire", "agent", "code", "client_id", "dossier", "instance", "lieu")
        ])
        for c in montres
    ]  # fmt: skip
    html = rendre(
        "changements.html",
        cadre=visite.cadre,
        changements=dits,
        noms=visite.registre.nom,
        natures=[(n, titre(n, neuf=True).partition(" : ")[0]) for n in NATURES],
        filtres=filtres,
        suite=suite("/changements", {"nature": nature}, montres[-1].revision if len(lus) > CHANGES_PAR_PAGE else None),
    )
    return site.html(html)
