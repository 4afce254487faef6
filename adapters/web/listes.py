"""The deposit of a list of households in arrears: looked at on screen, confirmed, then its receipt.

Between the two, the lines that were looked at go back and forth with the form, sealed: nothing of them is kept here.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.gate import depots
from adapters.gate.depots import PorteeDeListe, Prevue
from adapters.gate.refus import Refus, panne_de
from adapters.registre.instantane import Instantane
from adapters.tableurs.modele import DEBITEURS
from adapters.tableurs.refus import COLONNES_MAX, LIGNES_MAX, OCTETS_MAX
from adapters.web.classeur import CLASSEUR, modele_vide
from adapters.web.rendu import rendre
from adapters.web.reponses import EN_TETES, FORMULAIRE_REFUSE, accorder, egaliser, vers
from adapters.web.site import Site, Visite
from ledger.droit.communes import commune
from ledger.errors import Sature
from ledger.recepisses import Recepisse

ADRESSE: Final = "/listes"
MODELE: Final = "debiteurs"
SURSIS_S: Final = 90
"""Seconds that a list may take more than a page: a thousand households are as many trials, or as many openings."""
EXPIRE: Final = (
    "La vérification de cette liste date de plus d'une demi-heure, ou d'une autre session : déposez de nouveau le"
    " fichier. Rien n'a été enregistré."
)
MOTIFS: Final[Mapping[str, str]] = {
    depots.OPPOSITION: "le ménage s'oppose à l'examen de son dossier",
    depots.DEJA: "vous lisiez déjà un dossier de ce ménage",
    depots.LIGNE_EN_FAUTE: "des cellules étaient à corriger",
}
AUTRE_MOTIF: Final = "la ligne n'a pas été admise, déposez-la de nouveau"
"""One sentence for all that only the moment of the deposit tells."""


class _Verifiee(msgspec.Struct):
    """What was looked at, as the form brings it back. ``depot``: the number of the receipt, if it is confirmed."""

    depot: UUID
    empreinte: bytes
    lignes: tuple[tuple[int, dict[str, str | int | bool]], ...]
    ecartees: dict[int, str]


async def accueil(site: Site, _: Request, visite: Visite) -> Response:
    """Where a list is deposited, and the last receipts."""
    return site.html(await _accueil(visite, site))


async def _accueil(visite: Visite, site: Site, erreur: str = "") -> str:
    portee, recus = await depots.accueillir(site.guichet.gate, visite.acces)
    return rendre(
        "liste_depot.html",
        cadre=visite.cadre,
        portee=portee,
        recus=recus,
        erreur=erreur,
        colonnes=DEBITEURS.colonnes,
        mega=OCTETS_MAX >> 20,
        lignes_max=LIGNES_MAX,
        colonnes_max=COLONNES_MAX,
    )


async def verifier(site: Site, requete: Request, visite: Visite) -> Response:
    """The report of a file: nothing was written."""
    if not visite.fichier:
        return site.html(await _accueil(visite, site, "Choisissez le fichier à vérifier."), 422)
    accorder(requete, SURSIS_S)
    egaliser(requete)
    try:
        lue = await site.lecteur.lire(visite.fichier, MODELE, site.aujourd_hui())
    except Sature as plein:
        raise panne_de(plein) from plein
    if lue.refus:
        return site.html(await _accueil(visite, site, lue.refus), 422)
    portee, prevues = await depots.verifier(site.guichet.gate, visite.acces, lue.lignes, lue.colonnes)
    verifiee = _Verifiee(
        uuid4(),
        hashlib.sha256(visite.fichier).digest(),
        tuple((p.numero, dict(p.valeurs)) for p in prevues if p.part),
        {p.numero: p.ecartee or depots.LIGNE_EN_FAUTE for p in prevues if not p.part},
    )
    confie = site.sessions.confier(visite.session, msgspec.msgpack.encode(verifiee))
    html = rendre(
        "liste_rapport.html",
        cadre=visite.cadre,
        portee=portee,
        prevues=prevues,
        avis=lue.avis,
        bonnes=sum(p.part for p in prevues),
        opposees=sum(p.ecartee == depots.OPPOSITION for p in prevues),
        connues=sum(p.ecartee == depots.DEJA for p in prevues),
        fautives=[p for p in prevues if p.fautes],
        clils=_clils(visite, portee, prevues),
        confie=confie,
    )
    return site.html(html)


def _clils(visite: Visite, portee: PorteeDeListe, prevues: list[Prevue]) -> list[tuple[str, int]]:
    """To which CLIL how many households would be proposed: the body that is competent where they live."""
    if not portee.proposition:
        return []
    comptes: dict[str, int] = {}
    for prevue in prevues:
        if prevue.part:
            nom = _clil(visite.instantane, str(prevue.valeurs["commune"]), visite)
            comptes[nom] = comptes.get(nom, 0) + 1
    return sorted(comptes.items())


def _clil(instantane: Instantane, code: str, visite: Visite) -> str:
    le = visite.acces.le
    for instance in instantane.instances.values():
        if instance.genre == "CLIL" and instance.en_place(le) and f"commune:{code}" in instance.lieux:
            return instance.libelle
    connue = commune(code, le)
    return f"CLIL de {connue.nom if connue else code} (pas encore inscrite au registre)"


async def deposer(site: Site, requete: Request, visite: Visite) -> Response:
    """Store what was looked at, and show its receipt."""
    octets = site.sessions.reprendre(visite.session, visite.valeurs.get("confie", ""))
    if octets is None:
        return site.html(await _accueil(visite, site, EXPIRE), 422)
    verifiee = msgspec.msgpack.decode(octets, type=_Verifiee)
    if not verifiee.lignes:
        raise Refus(422, "formulaire", FORMULAIRE_REFUSE)
    prevues = [Prevue(numero, valeurs) for numero, valeurs in verifiee.lignes]
    prevues += [Prevue(numero, {}, ecartee) for numero, ecartee in verifiee.ecartees.items()]
    prevues.sort(key=lambda prevue: prevue.numero)
    accorder(requete, SURSIS_S)
    egaliser(requete)
    await depots.deposer(site.guichet.gate, visite.acces, verifiee.depot, verifiee.empreinte, prevues)
    return vers(f"{ADRESSE}/{verifiee.depot}?fait=liste")


async def recepisse(site: Site, requete: Request, visite: Visite) -> Response:
    """The receipt of a list, to be printed and found again."""
    recu = await depots.recepisse(site.guichet.gate, visite.acces, requete.path_params["recepisse"])
    html = rendre("liste_recepisse.html", cadre=visite.cadre, visite=visite, **_montrer(recu))
    return site.html(html)


def _montrer(recu: Recepisse) -> dict[str, Any]:
    ecartees: dict[str, list[int]] = {}
    for ligne in recu.lignes:
        if ligne.ecartee:
            ecartees.setdefault(MOTIFS.get(ligne.ecartee, AUTRE_MOTIF), []).append(ligne.numero)
    prises = [ligne.numero for ligne in recu.lignes if not ligne.ecartee]
    return {"recu": recu, "prises": prises, "ecartees": [*ecartees.items()]}


async def modele(_: Site, __: Request, ___: Visite) -> Response:
    """A workbook with the titles of the list, to be filled."""
    entetes = {**EN_TETES, "Content-Disposition": 'attachment; filename="liste-debiteurs.xlsx"'}
    return Response(modele_vide(DEBITEURS), media_type=CLASSEUR, headers=entetes)
