"""What is sent: what cannot be read is refused and named, and never repeated."""

import secrets
from typing import Any, Final

from adapters.conformite.essai import ATTENTES, DOSSIERS, FAUX_NIR, LOT, MOI, TRONQUE, Essai, dette, json_de
from adapters.conformite.serveur import Manquement, Recue

CORPS_MAXIMAL: Final = 512 << 10
NDJSON: Final = "application/x-ndjson"


async def parametre_inconnu(essai: Essai) -> None:
    """A parameter that a route does not have."""
    for chemin in (MOI, ATTENTES):
        (await essai.demander("GET", f"{chemin}?parametre_d_essai=1")).exiger(400)


async def valeur_hors_forme(essai: Essai) -> None:
    """A value that a parameter cannot have, and one given twice."""
    for suite in ("limite=0", "avant=2026-02-30", "genre=GENRE_D_ESSAI", "limite=1&limite=2"):
        (await essai.demander("GET", f"{ATTENTES}?{suite}")).exiger(400)


async def entete_repete(essai: Essai) -> None:
    """A header that has one value, sent twice."""
    finalite = ("Finalite", essai.appelant.finalite)
    (await essai.demander("GET", MOI, encore=[finalite])).exiger(400)


async def corps_illisible(essai: Essai) -> None:
    """What is no JSON."""
    for corps in (TRONQUE, b"\xff\xfe{}", b"{'survenu_le': 1}"):
        (await essai.essayer(corps)).exiger(400, "json")


async def membre_double(essai: Essai) -> None:
    """A member of an object given twice: of two values each could be the one that counts."""
    double = json_de(essai.menage()).replace(b'{"survenu_le":', b'{"survenu_le":"2026-01-14","survenu_le":', 1)
    champ_nomme(await essai.essayer(double), "double")


async def corps_trop_grand(essai: Essai) -> None:
    """More than a body may have."""
    (await essai.essayer(json_de(essai.menage()).ljust(CORPS_MAXIMAL + 1))).exiger(413)


async def champ_inconnu(essai: Essai) -> None:
    """A field that is none, where it stands."""
    dans_les_donnees = dette()
    dans_les_donnees["donnees"] |= {"champ_d_essai": 1}
    for corps, lieu in (
        (essai.menage() | {"champ_d_essai": 1}, ""),
        (essai.menage(dette(champ_d_essai=1)), "evenements.0"),
        (essai.menage(dette(), dans_les_donnees), "evenements.1.donnees"),
    ):
        champ_nomme(await essai.essayer(corps), "champ_en_trop", lieu, f"{lieu}.champ_d_essai".strip("."))


async def champ_fautif(essai: Essai) -> None:
    """A value that is none, named as who sent it wrote its place; amounts are whole cents."""
    lieu = "evenements.1.donnees.montant"
    for montant in (1234.5, "1234"):
        champ_nomme(await essai.essayer(essai.menage(dette(), dette(montant))), "entier_attendu", lieu)
    fausse = dette()
    fausse["donnees"]["arretee_au"] = "31/01/2026"
    champ_nomme(await essai.essayer(essai.menage(fausse)), "date_attendue", "evenements.0.donnees.arretee_au")


def champ_nomme(recue: Recue, code: str, *lieux: str) -> None:
    """``Manquement``: the refusal does not name a field under that code, in one of these places."""
    champs = recue.exiger(422).objet().get("champs")
    nommes = [c for c in champs if isinstance(c, dict)] if isinstance(champs, list) else []
    if not any(c.get("code") == code and (not lieux or c.get("champ") in lieux) for c in nommes):
        ou = f" à « {lieux[0]} »" if lieux and lieux[0] else ""
        raise Manquement(f"{recue.dite}, sans ce champ", f"422, « champs » avec « {code} »{ou}")


async def nir_refuse(essai: Essai) -> None:
    """A social security number, wherever it is typed."""
    for corps, lieu in _avec_nir(essai):
        champ_nomme(await essai.essayer(corps), "nir", lieu)
    (await essai.essayer(essai.menage(), cle=FAUX_NIR.replace(" ", ""))).exiger(400)


def _avec_nir(essai: Essai) -> list[tuple[dict[str, Any], str]]:
    dans_un_nom, dans_un_fait = essai.menage(), dette()
    dans_un_nom["titulaire"]["nom"] = f"Essai {FAUX_NIR}"
    dans_un_fait["donnees"]["reference_source"] = FAUX_NIR.replace(" ", "")
    return [(dans_un_nom, "titulaire.nom"), (essai.menage(dans_un_fait), "evenements.0.donnees.reference_source")]


async def rien_de_repete(essai: Essai) -> None:
    """No refusal repeats what was sent, in its body or its headers."""
    marque = f"marque{secrets.token_hex(6)}"
    genre = dette() | {"type": marque}
    nomme = dette(**{marque: 1})
    envois = [
        ("un paramètre", await essai.demander("GET", f"{ATTENTES}?limite={marque}")),
        ("un nom de paramètre", await essai.demander("GET", f"{MOI}?{marque}=1")),
        ("une adresse", await essai.demander("GET", f"{DOSSIERS}/{marque}")),
        ("une finalité", await essai.demander("GET", ATTENTES, entetes={"Finalite": marque})),
        ("un jeton", await essai.demander("GET", MOI, entetes={"Authorization": f"Bearer {marque}"})),
        ("un type", await essai.essayer(essai.menage(genre))),
        ("une valeur", await essai.essayer(essai.menage(dette(marque)))),
        ("un nom de champ", await essai.essayer(essai.menage(nomme))),
        *[("un NIR", await essai.essayer(corps)) for corps, _ in _avec_nir(essai)],
    ]
    nirs = (FAUX_NIR, FAUX_NIR.replace(" ", ""))
    for quoi, recue in envois:
        rendu = recue.corps.decode("utf-8", "replace") + "\n".join(recue.entetes.values())
        if any(sent in rendu for sent in (marque, *nirs)):
            raise Manquement(f"{quoi} repris dans la réponse {recue.dite}", "un refus qui n'en reprend rien")


async def cle_exigee(essai: Essai) -> None:
    """No write without a key."""
    (await essai.essayer(essai.menage(), cle=None)).exiger(400, "cle_idempotence")


async def lot(essai: Essai) -> None:
    """Each line has its answer, in order, and a bad one stops no other."""
    lignes = [
        {"cle": "essai-1", **essai.menage()},
        {"cle": "essai-2", **essai.menage(dette("x"))},
        {"cle": "essai-3", **essai.menage()},
    ]
    corps = b"\n".join(map(json_de, lignes))
    recue = (await essai.essayer(corps, LOT, cle=None, genre=NDJSON)).exiger(200)
    lues = [Recue(200, recue.entetes, ligne).objet() for ligne in recue.corps.splitlines() if ligne.strip()]
    attendus = [(1, "essai-1", 204), (2, "essai-2", 422), (3, "essai-3", 204)]
    if [(ligne.get("ligne"), ligne.get("cle"), ligne.get("statut")) for ligne in lues] != attendus:
        raise Manquement(f"{len(lues)} lignes, qui ne répondent pas de celles envoyées", "une par ligne, dans l'ordre")
