"""What a server of the contract can get wrong, one thing at a time, and the rules of the kit that it then misses."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import deserialize_compact, extract_compact

from adapters.conformite.essai import FAUX_NIR
from tests.conformite.mandataire import Apres, Avant, Demande, Faute, Mandataire, Rendue

FAUTES: Final[dict[str, Faute]] = {}


def demander(*manquees: int) -> Callable[[Avant], Avant]:
    """Plant a fault in what the server is asked."""

    def planter(avant: Avant) -> Avant:
        nom = getattr(avant, "__name__", "")
        FAUTES[nom] = Faute(nom, frozenset(manquees), avant=avant)
        return avant

    return planter


def repondre(*manquees: int, empechees: Iterable[int] = ()) -> Callable[[Apres], Apres]:
    """Plant a fault in what it answers. ``empechees``: the rules that cannot begin for it."""

    def planter(apres: Apres) -> Apres:
        nom = getattr(apres, "__name__", "")
        FAUTES[nom] = Faute(nom, frozenset(manquees), apres=apres, empechees=frozenset(empechees))
        return apres

    return planter


def probleme(statut: int, code: str) -> bytes:
    dit = {"type": f"/erreurs#{code}", "title": "t", "status": statut, "detail": "d", "code": code, "remede": "r"}
    return json.dumps(dit).encode()


def refus(statut: int, code: str) -> Rendue:
    return Rendue(statut, [("content-type", "application/problem+json")], probleme(statut, code))


def dossier_de(demande: Demande) -> str:
    """The id that an address of a case holds, if it is one."""
    parties = demande.chemin.split("/")
    return parties[3] if demande.chemin.startswith("/v1/dossiers/") else ""


def est_uuid(texte: str) -> bool:
    try:
        return bool(UUID(texte))
    except ValueError:
        return False


def lit_un_dossier(demande: Demande) -> bool:
    return demande.methode == "GET" and est_uuid(dossier_de(demande)) and demande.chemin.count("/") == 3


def contribue(demande: Demande) -> bool:
    return demande.methode == "POST" and demande.chemin.endswith("/interventions")


def sans_cles(valeur: Any, cle: str) -> Any:
    match valeur:
        case dict():
            return {nom: sans_cles(v, cle) for nom, v in valeur.items() if nom != cle}
        case list():
            return [sans_cles(v, cle) for v in valeur]
    return valeur


def dans_les_faits(rendue: Rendue, changer: Callable[[dict[str, Any]], None]) -> None:
    lu = rendue.json()
    for fait in lu["faits"]:
        changer(fait)
    rendue.ecrire(lu)


# who calls, what a refusal is -----------------------------------------------------------------------------------


@repondre(1, 47)
def sans_defi(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    rendue.sans("www-authenticate")


@repondre(1)
def jeton_refuse_par_403(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 401 and demande.entete("authorization") == "Bearer jeton-d-essai":
        rendue.statut = 403
        rendue.corps = probleme(403, "refus")


@demander(2)
def finalite_par_defaut(_: Mandataire, demande: Demande) -> None:
    if not demande.entete("finalite") and demande.entete("authorization"):
        demande.poser("finalite", "ACTE_EMISSION")


@demander(3)
def finalite_corrigee(_: Mandataire, demande: Demande) -> None:
    if demande.entete("finalite") == "FINALITE_D_ESSAI":
        demande.poser("finalite", "ACTE_EMISSION")


@repondre(4)
def probleme_en_json_ordinaire(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.entete("content-type") == "application/problem+json":
        rendue.poser("content-type", "application/json")


@repondre(5)
def sans_remede(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut >= 400:
        rendue.ecrire(sans_cles(rendue.json(), "remede"))


@repondre(5)
def statut_en_texte(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut >= 400:
        rendue.ecrire(rendue.json() | {"status": str(rendue.statut)})


@repondre(5)
def un_autre_statut_dit(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut >= 400:
        rendue.ecrire(rendue.json() | {"status": rendue.statut + 1})


@repondre(6)
def page_des_erreurs_en_texte(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/erreurs":
        rendue.poser("content-type", "text/plain")


@demander(6)
def page_des_erreurs_sous_jeton(_: Mandataire, demande: Demande) -> Rendue | None:
    return refus(401, "jeton") if demande.chemin == "/erreurs" and not demande.entete("authorization") else None


@repondre(6, 7)
def type_qui_mene_ailleurs(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut >= 400:
        rendue.ecrire(rendue.json() | {"type": "https://ailleurs.exemple/erreurs"})


@repondre(7)
def catalogue_sans_methode(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/erreurs" and rendue.statut == 200:
        lu = rendue.json()
        rendue.ecrire(lu | {"erreurs": [e for e in lu["erreurs"] if not e["type"].endswith("#methode")]})


@repondre(8)
def une_autre_trace(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.entete("traceparent"):
        rendue.poser("traceparent", f"00-{'ab' * 16}-{'cd' * 8}-01")


@repondre(8)
def sans_trace_d_un_refus(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut >= 400:
        rendue.sans("traceparent")


@repondre(9)
def un_en_tete_de_plus_pour_ce_qui_existe(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    vus = mandataire.memoire.setdefault("vus", set())
    if rendue.statut == 200 and lit_un_dossier(demande):
        vus.add(dossier_de(demande))
    if rendue.statut == 404 and lit_un_dossier(demande) and dossier_de(demande) in vus:
        rendue.poser("x-cache", "hit")


@repondre(9)
def un_espace_de_plus_pour_ce_qui_existe(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    vus = mandataire.memoire.setdefault("vus", set())
    if rendue.statut == 200 and lit_un_dossier(demande):
        vus.add(dossier_de(demande))
    if rendue.statut == 404 and lit_un_dossier(demande) and dossier_de(demande) in vus:
        rendue.corps += b" "


@repondre(9)
def interdit_plutot_qu_inconnu(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    vus = mandataire.memoire.setdefault("vus", set())
    if rendue.statut == 200 and lit_un_dossier(demande):
        vus.add(dossier_de(demande))
    if rendue.statut == 404 and lit_un_dossier(demande) and dossier_de(demande) in vus:
        rendue.statut, rendue.corps = 403, probleme(403, "refus")


@demander(10)
def identifiant_mal_forme_400(_: Mandataire, demande: Demande) -> Rendue | None:
    mal = demande.methode == "GET" and dossier_de(demande) and not est_uuid(dossier_de(demande))
    return refus(400, "requete") if mal else None


@repondre(10)
def identifiant_mal_forme_dit_autrement(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 404 and not est_uuid(dossier_de(demande)):
        rendue.corps = probleme(404, "introuvable")


# what is sent ---------------------------------------------------------------------------------------------------


@demander(11)
def parametre_inconnu_ignore(_: Mandataire, demande: Demande) -> None:
    demande.oublier("parametre_d_essai")


@demander(12)
def limite_arrangee(_: Mandataire, demande: Demande) -> None:
    demande.parametres = [(n, "1" if (n, v) == ("limite", "0") else v) for n, v in demande.parametres]


@demander(12)
def le_dernier_de_deux_parametres(_: Mandataire, demande: Demande) -> None:
    demande.parametres = list(dict(demande.parametres).items())


@demander(13)
def le_premier_de_deux_en_tetes(_: Mandataire, demande: Demande) -> None:
    demande.entetes = list(dict(reversed(demande.entetes)).items())


@repondre(14)
def json_illisible_422(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut == 400 and rendue.json()["code"] == "json":
        rendue.statut, rendue.corps = 422, probleme(422, "saisie")


@repondre(14, 45)
def json_illisible_500(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut == 400 and rendue.json()["code"] == "json":
        rendue.statut, rendue.corps = 500, probleme(500, "interne")


@demander(15)
def le_dernier_de_deux_champs(_: Mandataire, demande: Demande) -> None:
    if demande.chemin == "/v1/dossiers" and demande.json() is not None and len(demande.corps) < 10_000:
        demande.ecrire(demande.json())


@demander(16)
def corps_rogne(_: Mandataire, demande: Demande) -> None:
    if demande.chemin == "/v1/dossiers":
        demande.corps = demande.corps.strip()


@demander(17)
def champ_inconnu_ignore(_: Mandataire, demande: Demande) -> None:
    if demande.chemin == "/v1/dossiers" and b"champ_d_essai" in demande.corps:
        demande.ecrire(sans_cles(demande.json(), "champ_d_essai"))


@repondre(18)
def champ_sans_son_chemin(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut == 422:
        lu = rendue.json()
        for champ in lu.get("champs", ()):
            if champ["code"] == "entier_attendu":
                champ["champ"] = champ["champ"].rpartition(".")[2]
        rendue.ecrire(lu)


@demander(18)
def montant_en_texte_admis(_: Mandataire, demande: Demande) -> None:
    demande.corps = demande.corps.replace(b'"montant":"1234"', b'"montant":1234')


@demander(19)
def nir_efface_en_silence(_: Mandataire, demande: Demande) -> None:
    for nir in (FAUX_NIR, FAUX_NIR.replace(" ", "")):
        demande.corps = demande.corps.replace(nir.encode(), b"x")


@demander(19)
def cle_qui_est_un_nir(_: Mandataire, demande: Demande) -> None:
    if demande.entete("idempotency-key") == FAUX_NIR.replace(" ", ""):
        demande.poser("idempotency-key", "une-cle")


@repondre(20)
def parametres_repetes(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 400 and demande.parametres:
        rendue.ecrire(rendue.json() | {"detail": f"Refusés : {demande.parametres}."})


@repondre(20)
def nir_repete(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 422 and FAUX_NIR.encode() in demande.corps:
        rendue.poser("x-valeur", FAUX_NIR)


@demander(21)
def cle_d_idempotence_inventee(_: Mandataire, demande: Demande) -> None:
    if demande.methode == "POST" and not demande.entete("idempotency-key"):
        demande.poser("idempotency-key", "inventee")


@repondre(22)
def lot_arrete_a_la_premiere_mauvaise_ligne(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin.endswith("/lot"):
        lignes = rendue.corps.splitlines(keepends=True)
        mauvaise = next((rang for rang, ligne in enumerate(lignes) if b'"statut":422' in ligne), len(lignes))
        rendue.corps = b"".join(lignes[: mauvaise + 1])


@repondre(23)
def methode_non_admise_sans_allow(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    rendue.sans("allow")


@demander(23)
def sans_head(_: Mandataire, demande: Demande) -> Rendue | None:
    return refus(405, "methode") if demande.methode == "HEAD" else None


@demander(23)
def patch_admis(_: Mandataire, demande: Demande) -> Rendue | None:
    return Rendue(200, [("allow", "GET, PATCH")], b"{}") if demande.methode == "PATCH" else None


# what is read ---------------------------------------------------------------------------------------------------


@repondre(24, 62)
def montants_en_texte(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    def changer(fait: dict[str, Any]) -> None:
        if "montant" in fait["champs"]:
            fait["champs"]["montant"] = str(fait["champs"]["montant"])

    if rendue.statut == 200 and lit_un_dossier(demande):
        dans_les_faits(rendue, changer)


@repondre(24, 62)
def montants_en_euros(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    def changer(fait: dict[str, Any]) -> None:
        if "montant" in fait["champs"]:
            fait["champs"]["montant"] = fait["champs"]["montant"] / 100

    if rendue.statut == 200 and lit_un_dossier(demande):
        dans_les_faits(rendue, changer)


@repondre(24)
def instants_sans_fuseau(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande):
        dans_les_faits(rendue, lambda fait: fait.update(enregistre_le=fait["enregistre_le"][:19]))


@demander(25, 26)
def if_none_match_ignore(_: Mandataire, demande: Demande) -> None:
    demande.sans("if-none-match")


@repondre(25)
def sans_etag_304(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.statut == 304:
        rendue.sans("etag")


@repondre(25, empechees=[26, 32, 36])
def sans_etag(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    rendue.sans("etag")


@demander(26)
def if_none_match_compare_fortement(_: Mandataire, demande: Demande) -> None:
    if "W/" in (demande.entete("if-none-match") or ""):
        demande.sans("if-none-match")


@repondre(27)
def un_fait_de_deux_pages(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande) and int(demande.lus.get("limite", "500")) < 500:
        lu = rendue.json()
        if lu["faits"] and "apres" in demande.lus:
            lu["faits"][0] = mandataire.memoire["dernier"]
        mandataire.memoire["dernier"] = lu["faits"][-1]
        rendue.ecrire(lu)


@repondre(27)
def un_fait_d_aucune_page(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande) and int(demande.lus.get("limite", "500")) < 500:
        lu = rendue.json()
        lu["faits"] = lu["faits"][1:] if "apres" in demande.lus else lu["faits"]
        rendue.ecrire(lu)


@repondre(27)
def une_seule_page(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande):
        rendue.ecrire(rendue.json() | {"suivant": None})


@repondre(27)
def suivant_qui_n_est_pas_un_identifiant(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande):
        lu = rendue.json()
        rendue.ecrire(lu | {"suivant": lu["suivant"] and 2})


@repondre(28)
def reponses_gardees_en_cache(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if "/pieces" not in demande.chemin:
        rendue.poser("cache-control", "private, max-age=60")


@demander(29, 52)
def au_ignore(_: Mandataire, demande: Demande) -> None:
    demande.oublier("au")


@demander(29)
def connu_le_ignore(_: Mandataire, demande: Demande) -> None:
    demande.oublier("connu_le")


@demander(30)
def regles_d_aujourd_hui_pour_celles_d_alors(_: Mandataire, demande: Demande) -> None:
    demande.oublier("regles_du")


# what is written ------------------------------------------------------------------------------------------------


@repondre(31)
def essai_rendu_par_201(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 204 and demande.chemin == "/v1/dossiers":
        rendue.statut, rendue.corps = 201, b"{}"
        rendue.poser("content-type", "application/json")


@repondre(31)
def essai_qui_change_le_dossier(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if contribue(demande) and rendue.statut == 204 and not demande.entete("if-match"):
        mandataire.memoire["change"] = True
    elif lit_un_dossier(demande) and mandataire.memoire.pop("change", False):
        rendue.poser("etag", '"change"')


@demander(32, 36)
def if_match_ignore(_: Mandataire, demande: Demande) -> None:
    demande.sans("if-match")


@demander(32)
def if_match_compare_faiblement(_: Mandataire, demande: Demande) -> None:
    if demande.entete("if-match"):
        demande.poser("if-match", str(demande.entete("if-match")).replace("W/", ""))


@repondre(32, empechees=[36])
def etags_affaiblis(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.entete("etag"):
        rendue.poser("etag", f"W/{rendue.entete('etag')}")


@repondre(33)
def accuse_sans_position(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 201 and demande.chemin == "/v1/dossiers":
        rendue.sans("position")


@repondre(33)
def accuse_sans_contribution(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 201 and demande.chemin == "/v1/dossiers":
        rendue.ecrire(sans_cles(rendue.json(), "contribution"))


@demander(34, 35)
def sans_idempotence(mandataire: Mandataire, demande: Demande) -> None:
    rang = mandataire.memoire["rang"] = mandataire.memoire.get("rang", 0) + 1
    if contribue(demande) and demande.entete("idempotency-key"):
        demande.poser("idempotency-key", f"{demande.entete('idempotency-key')}-{rang}")


@repondre(34)
def un_autre_accuse_la_seconde_fois(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 201 and contribue(demande):
        rang = mandataire.memoire["rang"] = mandataire.memoire.get("rang", 0) + 1
        rendue.ecrire(rendue.json() | {"contribution": str(UUID(int=rang))})


def _sous_une_autre_cle(mandataire: Mandataire, demande: Demande) -> None:
    vues = mandataire.memoire.setdefault("cles", {})
    cle = demande.entete("idempotency-key")
    if contribue(demande) and cle in vues:
        demande.poser("idempotency-key", f"{cle}-bis")
        mandataire.memoire["accuse"] = vues[cle]


def _sous_le_meme_accuse(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if contribue(demande) and rendue.statut == 201:
        rendue.corps = mandataire.memoire.pop("accuse", rendue.corps)
        mandataire.memoire["cles"][demande.entete("idempotency-key")] = rendue.corps


FAUTES["enregistre_deux_fois_sous_un_accuse"] = Faute(
    "enregistre_deux_fois_sous_un_accuse", frozenset({34, 35}), _sous_une_autre_cle, _sous_le_meme_accuse
)


@repondre(35)
def cle_reutilisee_en_silence(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 409 and contribue(demande):
        rendue.statut = 201
        rendue.ecrire({"dossier": dossier_de(demande), "contribution": str(UUID(int=1)), "position": 1})


@repondre(36)
def conflit_annonce_mais_passe_sous_silence(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 412 and "blanc" not in demande.lus:
        rendue.statut, rendue.corps = 409, probleme(409, "conflit")


def _sans_condition(mandataire: Mandataire, demande: Demande) -> None:
    if contribue(demande) and "blanc" not in demande.lus and demande.entete("if-match"):
        mandataire.memoire["refuser"] = mandataire.memoire.get("vu") == demande.entete("if-match")
        mandataire.memoire["vu"] = demande.entete("if-match")
        demande.sans("if-match")


def _refuse_apres_coup(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if contribue(demande) and mandataire.memoire.pop("refuser", False):
        rendue.statut, rendue.corps = 412, probleme(412, "precondition")


FAUTES["refuse_mais_enregistre"] = Faute("refuse_mais_enregistre", frozenset({36}), _sans_condition, _refuse_apres_coup)


# what follows ---------------------------------------------------------------------------------------------------


@repondre(37)
def depart_sans_encore(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux" and "depuis" not in demande.lus and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "encore"))


@repondre(37)
def depart_qui_dit_deja(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux" and "depuis" not in demande.lus and rendue.statut == 200:
        rendue.ecrire(rendue.json() | {"evenements": [{"id": "1"}]})


@demander(38)
def reprise_inconnue_reprise_du_debut(_: Mandataire, demande: Demande) -> None:
    if demande.lus.get("depuis") in {"reprise-d-essai", "A" * 66}:
        demande.oublier("depuis")


@repondre(39)
def changements_sans_specversion(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux":
        rendue.ecrire(sans_cles(rendue.json(), "specversion"))


@repondre(39)
def changements_d_un_autre_type(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux":
        rendue.corps = rendue.corps.replace(b'"fr.unefois.fait"', b'"fr.autre.fait"')


@repondre(39, empechees=[40])
def flux_muet(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux" and rendue.statut == 200:
        rendue.ecrire(rendue.json() | {"evenements": [], "encore": False})


@repondre(39)
def instants_du_flux_sans_fuseau(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux" and rendue.statut == 200:
        lu = rendue.json()
        rendue.ecrire(lu | {"evenements": [e | {"time": "2026-11-02T10:00:00"} for e in lu["evenements"]]})


@repondre(39)
def un_changement_d_un_fait_cache(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/flux" and demande.lus.get("limite") == "100" and rendue.statut == 200:
        lu = rendue.json()
        cache = lu["evenements"][-1] | {"id": "cache"}
        rendue.ecrire(
            lu | {"evenements": [*lu["evenements"], cache | {"data": cache["data"] | {"fait": str(UUID(int=1))}}]}
        )


@demander(40)
def limite_du_flux_ignoree(_: Mandataire, demande: Demande) -> None:
    if demande.chemin == "/v1/flux":
        demande.oublier("limite")


def _en_chemin(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> list[Any]:
    """The events of a page that is taken up from a page of one."""
    lu = rendue.json() if demande.chemin == "/v1/flux" and rendue.statut == 200 else {}
    if demande.lus.get("limite") == "1":
        mandataire.memoire["suivant"] = lu.get("suivant")
        return []
    repris = demande.lus.get("depuis") is not None and demande.lus.get("depuis") == mandataire.memoire.get("suivant")
    return list(lu["evenements"]) if repris else []


@repondre(40)
def un_changement_perdu_en_chemin(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if evenements := _en_chemin(mandataire, demande, rendue):
        rendue.ecrire(rendue.json() | {"evenements": evenements[1:]})


@repondre(40)
def deux_changements_echanges_en_chemin(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if evenements := _en_chemin(mandataire, demande, rendue):
        rendue.ecrire(rendue.json() | {"evenements": [evenements[1], evenements[0], *evenements[2:]]})


@repondre(41)
def attentes_a_l_envers(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/attentes" and rendue.statut == 200:
        lu = rendue.json()
        rendue.ecrire(lu | {"attentes": lu["attentes"][::-1]})


@repondre(41)
def echeances_en_nombre(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/attentes" and rendue.statut == 200:
        lu = rendue.json()
        rendue.ecrire(lu | {"attentes": [attente | {"echeance": 20261130} for attente in lu["attentes"]]})


@repondre(41)
def attentes_sans_jour(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/attentes" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "au"))


@repondre(41)
def attentes_sans_texte(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/attentes" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "texte"))


@repondre(41)
def attentes_sans_reponse(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/attentes" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "type"))


# the document ---------------------------------------------------------------------------------------------------


@repondre(42)
def un_renvoi_qui_ne_mene_a_rien(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(json.loads(json.dumps(rendue.json()).replace("schemas/Probleme", "schemas/Absent")))


@repondre(42)
def document_sans_une_route(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "/v1/attentes"))


@repondre(42, 46)
def document_d_une_autre_version(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(rendue.json() | {"openapi": "2.0"})


@demander(42, 43, 46)
def document_sous_jeton(_: Mandataire, demande: Demande) -> Rendue | None:
    sans = demande.chemin == "/openapi.json" and not demande.entete("authorization")
    return refus(401, "jeton") if sans else None


@repondre(42, 43, 46)
def document_sans_chemins(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "paths"))


@repondre(46)
def document_aux_reponses_sans_description(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        lu = rendue.json()
        del lu["paths"]["/v1/moi"]["get"]["responses"]["200"]["description"]
        rendue.ecrire(lu)


@repondre(46)
def document_au_schema_mal_ecrit(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        lu = rendue.json()
        lu["components"]["schemas"]["Moi"]["type"] = "objet"
        rendue.ecrire(lu)


@repondre(43)
def operations_sans_nom(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(sans_cles(rendue.json(), "operationId"))


@repondre(43, 46)
def operations_sans_reponse(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        lu = rendue.json()
        lu["paths"]["/v1/moi"]["get"]["responses"] = {}
        rendue.ecrire(lu)


@repondre(43)
def deux_operations_du_meme_nom(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json" and rendue.statut == 200:
        rendue.ecrire(json.loads(json.dumps(rendue.json()).replace('"get_v1_flux"', '"get_v1_moi"')))


@demander(44)
def sans_compression(_: Mandataire, demande: Demande) -> None:
    demande.poser("accept-encoding", "identity")


@repondre(44)
def compression_sans_vary(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/openapi.json":
        rendue.sans("vary")


@repondre(44)
def un_autre_document_compresse(_: Mandataire, __: Demande, rendue: Rendue) -> None:
    if rendue.entete("content-encoding") == "gzip":
        rendue.ecrire({"openapi": "3.1.0"})


@repondre(44)
def compression_de_nom_seulement(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.entete("content-encoding") == "gzip" and demande.chemin == "/openapi.json":
        rendue.corps = b"{}"


@demander(44)
def compression_imposee(_: Mandataire, demande: Demande) -> None:
    if "q=0" in (demande.entete("accept-encoding") or ""):
        demande.poser("accept-encoding", "gzip")


@demander(23, 45)
def options_qui_casse(_: Mandataire, demande: Demande) -> Rendue | None:
    return refus(500, "interne") if demande.methode == "OPTIONS" else None


# bound tokens ---------------------------------------------------------------------------------------------------


def preuve_de(demande: Demande) -> dict[str, Any]:
    """What a proof says; nothing if there is none."""
    texte = demande.entete("dpop") or ""
    return (
        {"absente": True}
        if not texte
        else dict(extract_compact(texte.encode()).headers()) | json.loads(extract_compact(texte.encode()).payload)
    )


def lie(demande: Demande) -> bool:
    return (demande.entete("authorization") or "").startswith("DPoP ")


def laisser_passer(mandataire: Mandataire, demande: Demande) -> None:
    """As if the token were bound to nothing."""
    demande.poser("authorization", f"Bearer {mandataire.libre}")
    demande.sans("dpop")


@demander(47)
def sans_preuve_admis(mandataire: Mandataire, demande: Demande) -> None:
    if lie(demande) and not demande.entete("dpop"):
        laisser_passer(mandataire, demande)


@demander(47)
def lie_admis_par_bearer(mandataire: Mandataire, demande: Demande) -> None:
    jeton = (demande.entete("authorization") or "").removeprefix("Bearer ")
    with suppress(JoseError, ValueError):
        if "cnf" in json.loads(extract_compact(jeton.encode()).payload):
            laisser_passer(mandataire, demande)


@repondre(47)
def refus_d_un_jeton_lie_sans_defi(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 401 and lie(demande):
        rendue.sans("www-authenticate")


@demander(47, 48, 49, 50)
def preuves_toujours_refusees(_: Mandataire, demande: Demande) -> Rendue | None:
    return refus(401, "jeton") if demande.entete("dpop") else None


@demander(48)
def htm_ignore(mandataire: Mandataire, demande: Demande) -> None:
    if preuve_de(demande).get("htm") == "POST":
        laisser_passer(mandataire, demande)


@demander(48)
def htu_compare_sans_son_hote(mandataire: Mandataire, demande: Demande) -> None:
    if str(preuve_de(demande).get("htu")) == "https://ailleurs.exemple/v1/moi":
        laisser_passer(mandataire, demande)


@demander(48)
def htu_ignore(mandataire: Mandataire, demande: Demande) -> None:
    if str(preuve_de(demande).get("htu")).endswith("/v1/autre-adresse"):
        laisser_passer(mandataire, demande)


@demander(48)
def ath_ignore(mandataire: Mandataire, demande: Demande) -> None:
    if preuve_de(demande).get("ath") == "A" * 43:
        laisser_passer(mandataire, demande)


@demander(48)
def ath_facultatif(mandataire: Mandataire, demande: Demande) -> None:
    if lie(demande) and demande.entete("dpop") and preuve_de(demande).get("ath") is None:
        laisser_passer(mandataire, demande)


@demander(49)
def preuves_sans_memoire(mandataire: Mandataire, demande: Demande) -> None:
    vues = mandataire.memoire.setdefault("jti", set())
    if lie(demande) and (jti := preuve_de(demande).get("jti")) in vues:
        laisser_passer(mandataire, demande)
    elif lie(demande):
        vues.add(jti)


@demander(50)
def preuve_d_une_autre_cle_admise(mandataire: Mandataire, demande: Demande) -> None:
    jwk = preuve_de(demande).get("jwk")
    if jwk and mandataire.memoire.setdefault("jwk", jwk) != jwk:
        laisser_passer(mandataire, demande)


@demander(50)
def signature_d_une_preuve_ignoree(mandataire: Mandataire, demande: Demande) -> None:
    if jwk := preuve_de(demande).get("jwk"):
        mandataire.memoire.setdefault("jwk", jwk)
        try:
            deserialize_compact(str(demande.entete("dpop")).encode(), ECKey.import_key(jwk), algorithms=["ES256"])
        except JoseError:
            laisser_passer(mandataire, demande)


@demander(50)
def preuves_sans_age(mandataire: Mandataire, demande: Demande) -> None:
    iat = preuve_de(demande).get("iat")
    if isinstance(iat, int) and iat < time.time() - 1800:
        laisser_passer(mandataire, demande)


# what falls due -------------------------------------------------------------------------------------------------


def change_les_echeances(rendue: Rendue, changer: Callable[[list[dict[str, Any]]], Any]) -> None:
    if rendue.statut == 200:
        lu = rendue.json()
        rendue.ecrire(lu | {"echeances": changer(lu["echeances"])})


def d_un_dossier(demande: Demande) -> bool:
    return demande.methode == "GET" and demande.chemin.endswith("/echeances")


@repondre(51)
def echeances_sans_etiquette(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if d_un_dossier(demande):
        rendue.ecrire(sans_cles(rendue.json(), "etiquette"))


@repondre(51)
def echeances_d_un_acte_cache(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if d_un_dossier(demande) and not demande.parametres:
        change_les_echeances(rendue, lambda dites: [e | {"actes": [str(UUID(int=1))]} for e in dites])


@repondre(51, 52)
def echeances_sans_jour(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if d_un_dossier(demande):
        rendue.ecrire(sans_cles(rendue.json(), "au"))


@demander(52)
def au_des_echeances_ignore(_: Mandataire, demande: Demande) -> None:
    if d_un_dossier(demande):
        demande.oublier("au")


@repondre(52)
def echeances_a_l_envers(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if d_un_dossier(demande):
        change_les_echeances(rendue, lambda dites: dites[::-1])


@demander(52)
def pages_d_echeances_sans_limite(_: Mandataire, demande: Demande) -> None:
    if d_un_dossier(demande):
        demande.oublier("limite")


@demander(52)
def pages_d_echeances_qui_n_avancent_pas(_: Mandataire, demande: Demande) -> None:
    if d_un_dossier(demande):
        demande.oublier("apres")


@repondre(53)
def delai_compte_d_un_jour_de_trop(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/echeances/simulation" and rendue.statut == 200:
        rendue.corps = rendue.corps.replace(b"2027-01-18", b"2027-01-19")


@repondre(53)
def delai_qui_finit_un_samedi(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/echeances/simulation" and rendue.statut == 200:
        rendue.corps = rendue.corps.replace(b"2026-12-14", b"2026-12-13")


@repondre(53)
def simulation_qui_se_souvient(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/echeances/simulation" and rendue.statut == 200:
        rang = mandataire.memoire["simulee"] = mandataire.memoire.get("simulee", 0) + 1
        rendue.ecrire(rendue.json() | {"rang": rang})


@repondre(54)
def acte_suppose_sans_sa_place(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/echeances/simulation" and rendue.statut == 422:
        rendue.corps = rendue.corps.replace(b'"actes.1.', b'"actes.0.')


@repondre(54)
def acte_suppose_inconnu_ignore(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/echeances/simulation" and b"ActeDEssai" in demande.corps:
        rendue.statut, rendue.corps = 200, b'{"au": "2026-12-02", "echeances": []}'


# files ----------------------------------------------------------------------------------------------------------


def lit_une_piece(demande: Demande, rendue: Rendue) -> bool:
    return demande.methode == "GET" and "/pieces/" in demande.chemin and rendue.statut == 200


def joint(demande: Demande) -> bool:
    return demande.methode == "POST" and demande.chemin.endswith("/pieces")


@repondre(55)
def piece_recomprimee(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if lit_une_piece(demande, rendue):
        rendue.corps += b"\n"


@repondre(55)
def piece_montree_dans_la_page(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if lit_une_piece(demande, rendue):
        rendue.poser("content-disposition", "inline")


@repondre(55)
def piece_dont_le_type_se_devine(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if lit_une_piece(demande, rendue):
        rendue.sans("x-content-type-options")


@repondre(55)
def piece_gardee_par_un_cache(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if lit_une_piece(demande, rendue):
        rendue.poser("cache-control", "public, max-age=3600")


@repondre(55)
def piece_a_l_empreinte_fausse(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if lit_une_piece(demande, rendue):
        rendue.poser("repr-digest", f"sha-256=:{'A' * 43}=:")


def admettre_une_piece(rendue: Rendue) -> None:
    rendue.statut, rendue.corps = 201, json.dumps({"piece": str(UUID(int=1)), "position": 1}).encode()


@repondre(56)
def genre_annonce_cru(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if joint(demande) and demande.entete("content-type") == "application/pdf":
        admettre_une_piece(rendue)


@repondre(56)
def pdf_actif_admis(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if joint(demande) and b"/JavaScript" in demande.corps:
        admettre_une_piece(rendue)


@repondre(56)
def polyglotte_admis(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if joint(demande) and demande.corps.startswith(b"\x89PNG") and b"MZ" in demande.corps:
        admettre_une_piece(rendue)


@repondre(57)
def piece_inconnue_dite_absente(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.methode == "GET" and "/pieces/" in demande.chemin and rendue.statut == 404:
        rendue.corps = probleme(404, "piece_inconnue")


@repondre(57)
def piece_cachee_interdite(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    jointes = mandataire.memoire.setdefault("jointes", set())
    if joint(demande) and rendue.statut == 201:
        jointes.add(rendue.json()["piece"])
    if rendue.statut == 404 and demande.chemin.rpartition("/")[2] in jointes:
        rendue.statut, rendue.corps = 403, probleme(403, "refus")


# once only ------------------------------------------------------------------------------------------------------


def sur_la_dette(demande: Demande, rendue: Rendue, changer: Callable[[dict[str, Any]], Any]) -> None:
    """Change what is answered of what is owed."""
    if demande.chemin.endswith("/deja-connu") and rendue.statut == 200:
        lu = rendue.json()
        for dite in lu["donnees"]:
            if dite["donnee"] == "dette":
                changer(dite)
        rendue.ecrire(lu)


@repondre(62)
def connu_arrondi(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    sur_la_dette(demande, rendue, lambda dite: dite["valeurs"][0].update(valeur=dite["valeurs"][0]["valeur"] // 100))


@repondre(62)
def connu_d_un_fait_cache(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    sur_la_dette(demande, rendue, lambda dite: dite["valeurs"][0].update(fait=str(UUID(int=1))))


@repondre(62)
def connu_et_pourtant_a_redemander(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    sur_la_dette(demande, rendue, lambda dite: dite.update(etat="INCONNUE", valeurs=[]))


@repondre(62)
def connu_sans_valeur(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    sur_la_dette(demande, rendue, lambda dite: dite.update(valeurs=[]))


@repondre(62)
def repondants_sans_texte(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    sur_la_dette(demande, rendue, lambda dite: dite["repondants"][0].pop("texte"))


@demander(63)
def donnee_inconnue_ignoree(_: Mandataire, demande: Demande) -> None:
    if demande.chemin.endswith("/deja-connu"):
        demande.ecrire({"donnees": [nom for nom in demande.json()["donnees"] if nom != "donnee_d_essai"]})


# the rights of persons ------------------------------------------------------------------------------------------


@repondre(58)
def fait_corrige_disparu(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande) and not demande.parametres:
        lu = rendue.json()
        rendue.ecrire(lu | {"faits": [fait for fait in lu["faits"] if not fait["corrige_par"]]})


@repondre(58)
def fait_corrige_en_silence(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande):
        dans_les_faits(rendue, lambda fait: fait.update(corrige_par=None))


@repondre(58)
def correction_sans_motif(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if rendue.statut == 200 and lit_un_dossier(demande):
        rendue.ecrire(sans_cles(rendue.json(), "motif_correction"))


@repondre(59)
def effacement_demande_par_tous(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if demande.chemin == "/v1/droits/effacement":
        rendue.statut = 201
        rendue.ecrire({"effacement": str(UUID(int=1)), "position": 1})


@repondre(59)
def effacement_qui_dit_ce_qui_existe(mandataire: Mandataire, demande: Demande, rendue: Rendue) -> None:
    vus = mandataire.memoire.setdefault("ouverts", set())
    if rendue.statut == 201 and demande.chemin == "/v1/dossiers":
        vus.add(rendue.json()["dossier"])
    if demande.chemin == "/v1/droits/effacement" and demande.json()["dossier"] not in vus:
        rendue.statut, rendue.corps = 404, probleme(404, "introuvable")


def par_la_personne(demande: Demande) -> bool:
    return demande.entete("finalite") == "DROITS_PERSONNE"


@repondre(60)
def faits_de_personne(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if par_la_personne(demande) and lit_un_dossier(demande):
        rendue.ecrire(sans_cles(rendue.json(), "auteur"))


@demander(60)
def acces_refuse_a_la_personne(_: Mandataire, demande: Demande) -> Rendue | None:
    return refus(403, "refus") if par_la_personne(demande) and lit_un_dossier(demande) else None


@repondre(61)
def echanges_sans_qui(_: Mandataire, demande: Demande, rendue: Rendue) -> None:
    if par_la_personne(demande) and demande.chemin.endswith("/echanges"):
        rendue.ecrire(sans_cles(rendue.json(), "organisation"))


@demander(61)
def echanges_lus_par_un_partenaire(_: Mandataire, demande: Demande) -> Rendue | None:
    lus = demande.chemin.endswith("/echanges") and not par_la_personne(demande)
    return Rendue(200, [("content-type", "application/json")], b'{"echanges": []}') if lus else None


def regles_visees(fautes: Iterable[Faute]) -> set[int]:
    return {numero for faute in fautes for numero in faute.manquees}
