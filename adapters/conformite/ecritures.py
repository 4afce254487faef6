"""What is written, once, and on what was read."""

from typing import Any
from uuid import uuid4

from adapters.conformite.essai import BLANC, DOSSIERS, MONTANT, Essai, dette
from adapters.conformite.formes import est_un_uuid
from adapters.conformite.serveur import Manquement, Recue


async def a_blanc(essai: Essai) -> None:
    """What is tried is recorded nowhere, and leaves no trace in its case."""
    (await essai.premier_essai()).exiger(204)
    if essai.ecrire:
        avant = await essai.lire(await essai.dossier())
        (await essai.contribuer(dette(MONTANT + 90), suite=f"?{BLANC}")).exiger(204)
        apres = await essai.lire(await essai.dossier())
        if [avant.entetes.get("etag"), _faits(avant)] != [apres.entetes.get("etag"), _faits(apres)]:
            raise Manquement("un dossier qui a changé", "le même dossier après un essai")


async def si_inchange(essai: Essai) -> None:
    """A condition holds for the tag that was read, in a list or not, and for no other; a weak one proves nothing."""
    etag = await essai.un_etag()
    for forme, statut in ((etag, 204), (f'"autre", {etag}', 204), ("*", 204), ('"autre"', 412), (f"W/{etag}", 412)):
        recue = await essai.contribuer(dette(), suite=f"?{BLANC}", If_Match=forme)
        if recue.statut != statut:
            genre = {etag: "l'ETag lu", "*": "« * »", '"autre"': "un autre ETag"}.get(forme, "une liste")
            dit = "une étiquette faible" if forme.startswith("W/") else genre
            raise Manquement(f"{recue.dite} pour {dit}", f"{statut} : If-Match se compare fortement")


async def ouverture(essai: Essai) -> None:
    """A receipt: the case, the contribution, the position."""
    recue = (await essai.poster(DOSSIERS, essai.menage())).exiger(201)
    recu = recue.objet()
    if not (est_un_uuid(recu.get("dossier")) and est_un_uuid(recu.get("contribution"))):
        raise Manquement("un accusé sans « dossier » ou sans « contribution »", "deux UUID")
    if type(recu.get("position")) is not int or recue.entetes.get("position") != str(recu["position"]):
        raise Manquement("une « position » qui n'est pas celle de l'en-tête", "le même entier")


async def une_fois(essai: Essai) -> None:
    """The same request under the same key: one contribution, one receipt."""
    avant, cle = await _ids(essai), f"essai-{uuid4()}"
    premier = (await essai.contribuer(dette(MONTANT + 10), cle=cle)).prealable(201)
    second = (await essai.contribuer(dette(MONTANT + 10), cle=cle)).exiger(201)
    if premier.objet() != second.objet():
        raise Manquement("deux accusés qui diffèrent", "le même accusé")
    enregistres = len(await _ids(essai) - avant)
    if enregistres != 1:
        raise Manquement(f"{enregistres} faits enregistrés, d'un seul envoyé deux fois", "un")


async def cle_reutilisee(essai: Essai) -> None:
    """The same key for something else."""
    cle = f"essai-{uuid4()}"
    (await essai.contribuer(dette(MONTANT + 20), cle=cle)).prealable(201)
    (await essai.contribuer(dette(MONTANT + 21), cle=cle)).exiger(409, "cle_reutilisee")


async def sur_ce_qui_est_lu(essai: Essai) -> None:
    """Nothing is written on what has changed since it was read."""
    ancien = await essai.un_etag()
    (await essai.contribuer(dette(MONTANT + 30), If_Match=ancien)).prealable(201)
    avant = await _ids(essai)
    (await essai.contribuer(dette(MONTANT + 31), If_Match=ancien)).exiger(412)
    if await _ids(essai) != avant:
        raise Manquement("une contribution refusée, et pourtant enregistrée", "rien d'enregistré")


def _faits(recue: Recue) -> Any:  # noqa: ANN401 - JSON
    return recue.objet().get("faits")


async def _ids(essai: Essai) -> set[str]:
    return {str(fait.get("id")) for fait in await essai.faits()}
