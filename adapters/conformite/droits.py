"""The rights of persons: what is wrong is put right and not hidden, and who a case is of reads it."""

from typing import Any, Final
from uuid import uuid4

from adapters.conformite.essai import DOSSIERS, MOI, MONTANT, Essai, dette, liste_de
from adapters.conformite.formes import a_des_textes, est_un_instant
from adapters.conformite.serveur import Impossible, Manquement

EFFACEMENT: Final = "/v1/droits/effacement"
DROITS_PERSONNE: Final = "DROITS_PERSONNE"
"""The purpose at which a person reads what is held of her."""
QUI_LE_DEMANDE: Final = frozenset({"USAGER", "DPO", "RESPONSABLE_TRAITEMENT", "CCAPEX_INSTRUCTEUR"})
"""The roles that may ask that a person be erased."""
_REFUSE: Final = 403
_CACHES: Final = frozenset({403, 404})


async def rectification(essai: Essai) -> None:
    """What is corrected stays, says by what; what corrects it says of what, and why."""
    faux = await _dire(essai, dette(MONTANT + 40))
    juste = await _dire(essai, dette(MONTANT + 41, corrige=faux, motif_correction="ERREUR_SAISIE"))
    relus = {str(fait.get("id")): fait for fait in await essai.faits()}
    if not relus.keys() >= {faux, juste}:
        raise Manquement("un fait corrigé qui ne se relit plus", "ce qui avait été dit, et par quoi c'est corrigé")
    if relus[faux].get("corrige_par") != juste or relus[juste].get("corrige") != faux:
        raise Manquement("« corrige » et « corrige_par » qui ne se répondent pas", "chacun nomme l'autre")
    if relus[juste].get("motif_correction") != "ERREUR_SAISIE":
        raise Manquement("une correction sans son motif", "« motif_correction »")


async def _dire(essai: Essai, fait: dict[str, Any]) -> str:
    """The id of a fact that was told."""
    avant = {str(lu.get("id")) for lu in await essai.faits()}
    (await essai.contribuer(fait)).exiger(201)
    neufs = [str(lu.get("id")) for lu in await essai.faits() if str(lu.get("id")) not in avant]
    if not neufs:
        raise Impossible("un fait transmis ne se relit pas")
    return neufs[-1]


async def effacement_reserve(essai: Essai) -> None:
    """Who may not ask for an erasure is refused it, in the same words whether or not there is such a case."""
    if str((await essai.lire(MOI)).objet().get("role")) in QUI_LE_DEMANDE:
        raise Impossible("cet agent peut demander un effacement : il n'en sera pas demandé")
    acte = await essai.acte()
    avant = await essai.etag()
    sien = await essai.poster(EFFACEMENT, {"dossier": acte.dossier, "personne": acte.personne}, cle=None)
    inconnu = await essai.poster(EFFACEMENT, {"dossier": str(uuid4()), "personne": str(uuid4())}, cle=None)
    sien.exiger(_REFUSE)
    if (inconnu.statut, inconnu.corps) != (sien.statut, sien.corps):
        raise Manquement(f"{sien.dite} pour un dossier, {inconnu.dite} pour aucun", "la même réponse")
    if await essai.etag() != avant:
        raise Manquement("une demande refusée, et un dossier qui a changé", "rien d'enregistré")


async def acces_de_la_personne(essai: Essai) -> None:
    """She reads her case: what is told of her, by whom, when, and at which purpose."""
    faits = liste_de((await essai.lire_de_la_personne("")).objet(), "faits")
    if not faits:
        raise Manquement("un dossier dont elle ne lit rien", "ce qui est gardé d'elle")
    for fait in faits:
        auteur = fait.get("auteur")
        if not isinstance(auteur, dict) or not a_des_textes(auteur, "organisation", "role"):
            raise Manquement("un fait sans « auteur »", "l'organisation et le rôle de qui l'a dit")
        if not a_des_textes(fait, "enregistre_le", "libelle", "finalite"):
            raise Manquement("un fait sans « enregistre_le », « libelle » ou « finalite »", "quand, quoi et pour quoi")


async def echanges_de_la_personne(essai: Essai) -> None:
    """She reads what of her was obtained, by which organisation, from whom; a partner does not."""
    page = (await essai.lire_de_la_personne("/echanges")).objet()
    for echange in liste_de(page, "echanges"):
        if not est_un_instant(echange.get("le")) or not a_des_textes(echange, "organisation", "finalite"):
            raise Manquement("un échange sans « le », « organisation » ou « finalite »", "qui, quand et pour quoi")
    ailleurs = await essai.demander("GET", f"{DOSSIERS}/{essai.donne}/echanges")
    if ailleurs.statut not in _CACHES:
        raise Manquement(f"{ailleurs.dite} pour un partenaire", "403, ou 404 si le dossier lui est caché")
