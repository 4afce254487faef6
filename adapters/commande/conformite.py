"""``unefois conformite URL``: whether a server keeps the contract, a line for each rule.

It asks over HTTP alone, as any partner's software: with the tokens and the purpose that it is given, by the
environment or by a file of the same form (``.unefois/demo.env``). No base is opened.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from adapters.conformite.droits import DROITS_PERSONNE
from adapters.conformite.essai import MOI, Appelant, Essai
from adapters.conformite.preuves import CleIllisible, JetonLie
from adapters.conformite.rapport import INCOMPLET, ConstatDeRegle, en_json, etat_de_sortie, juger, total
from adapters.conformite.regles import REGLES_DU_CONTRAT
from adapters.conformite.serveur import OCTETS, REQUETES, SECONDES, Arret, Manquement, ServeurJuge
from adapters.service.settings import Settings

ACCES_MAXIMAL: Final = 64 << 10
"""Bytes of a file of variables."""
_ETATS: Final = (
    "État de sortie : 0, chaque règle essayée est tenue ; 1, une règle au moins est manquée ; 2, l'essai n'a pas pu se"
    " faire, ou pas en entier, et la raison est dite ; 130, interrompu."
)
_VARIABLES: Final = (
    "L'accès vient de l'environnement, ou du fichier --acces : JETON_<AGENT> (ou JETON), FINALITE, EXEMPLE, un"
    " dossier que cet agent lit, et DPOP_JETON_<AGENT> (ou DPOP_JETON), un jeton lié à une clé, avec DPOP_CLE_<AGENT>."
    " Un essai fait"
    f" {REQUETES} requêtes au plus, lit {OCTETS >> 20} Mio au plus et dure {SECONDES / 60:.0f} minutes au plus."
)
AVERTISSEMENT: Final = (
    "Cet essai ÉCRIT : il ouvre sur {url} deux dossiers de ménages fictifs, « ESSAI-CONFORMITE-… », nés le 1er janvier"
    " 1901, y déclare des dettes, y transmet un acte et y joint des pièces. Rien ne les efface."
)
BOUCLE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
EN_CLAIR: Final = "{url} n'est pas en https : les jetons y partent en clair."


class AccesIncomplet(Exception):
    """What is needed to ask is missing, or ill written: what, in French, without its value."""


def ajouter_conformite(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois conformite``."""
    parser.description = f"{parser.description} {_VARIABLES}"
    parser.epilog = _ETATS
    parser.add_argument("url", type=_url, metavar="URL", help="l'adresse du serveur, sans /v1")
    parser.add_argument("--acces", type=Path, metavar="FICHIER", help="lire aussi les variables de ce fichier")
    parser.add_argument("--agent", default="", help="la personne qui appelle (aucune : le jeton la nomme)")
    parser.add_argument("--finalite", default="", help="la finalité déclarée (FINALITE)")
    parser.add_argument("--dossier", type=_dossier, metavar="UUID", help="le dossier à lire (EXEMPLE)")
    parser.add_argument("--etranger", default="", metavar="AGENT", help="un agent à qui ce dossier est caché")
    parser.add_argument("--personne", default="", metavar="AGENT", help="le compte de la personne dont il est")
    parser.add_argument("--ecrire", action="store_true", help="essayer aussi ce qui enregistre, sur un ménage fictif")
    parser.add_argument("--rapport", choices=("texte", "json"), default="texte", help="la forme du rapport (texte)")


def conformite(options: argparse.Namespace, _: Settings) -> int:
    """Judge; 0, 1 or 2, see ``etat_de_sortie``."""
    try:
        return asyncio.run(_juger(options, _lire_acces(os.environ, options.acces)))
    except (AccesIncomplet, Arret) as refus:
        _dire(f"L'essai n'a pas commencé : {refus}.")
        return INCOMPLET


async def _juger(options: argparse.Namespace, dits: Mapping[str, str]) -> int:
    vise = urlsplit(options.url)
    if vise.scheme == "http" and vise.hostname not in BOUCLE:
        _dire(EN_CLAIR.format(url=options.url))
    async with ServeurJuge(options.url) as serveur:
        essai = await _preparer(options, dits, serveur)
        if essai.ecrire:
            _dire(AVERTISSEMENT.format(url=serveur.url))
        constats: list[ConstatDeRegle] = []
        async for constat in juger(essai):
            constats.append(constat)
            if options.rapport == "texte":
                sys.stdout.write(f"{constat.ligne}\n")
                sys.stdout.flush()
            else:
                _dire(f"{len(constats)} / {len(REGLES_DU_CONTRAT)} règles")
        if options.rapport == "texte":
            sys.stdout.write(f"{total(essai, constats)}\n")
        else:
            sys.stdout.write(orjson.dumps(en_json(essai, constats), option=orjson.OPT_INDENT_2).decode() + "\n")
        return etat_de_sortie(constats)


async def _preparer(options: argparse.Namespace, dits: Mapping[str, str], serveur: ServeurJuge) -> Essai:
    """Who asks, recognised by the server before any rule is tried."""
    finalite = options.finalite or dits.get("FINALITE", "")
    if not finalite:
        raise AccesIncomplet("donnez une finalité, par --finalite ou FINALITE")
    appelant = _appelant(dits, options.agent, finalite)
    essai = Essai(serveur, appelant, None, options.dossier or _exemple(dits), options.ecrire)
    moi = await _moi(essai, appelant)
    if finalite.partition(";")[0].strip() not in _codes(moi):
        raise AccesIncomplet("cette finalité n'est pas de celles que GET /v1/moi donne à cet agent")
    communes = moi.get("communes")
    if isinstance(communes, list) and communes and isinstance(communes[0], str):
        essai.commune = communes[0]
    if options.etranger:
        essai.etranger = await _etranger(essai, _appelant(dits, options.etranger, finalite))
    if options.personne:
        essai.personne = _appelant(dits, options.personne, DROITS_PERSONNE)
        await _moi(essai, essai.personne)
    essai.lie = _lie(dits, options.agent)
    return essai


async def _etranger(essai: Essai, nomme: Appelant) -> Appelant:
    """Who may not see the case, at the same purpose if it is one of its own, or at the first of them."""
    siennes = sorted(_codes(await _moi(essai, nomme)))
    if not siennes:
        raise AccesIncomplet("l'agent donné par --etranger n'a aucune finalité")
    finalite = nomme.finalite if nomme.finalite in siennes else siennes[0]
    return Appelant(nomme.jeton, nomme.agent, finalite)


async def _moi(essai: Essai, qui: Appelant) -> dict[str, Any]:
    """What the server says of somebody. ``AccesIncomplet``: it does not know them."""
    try:
        return (await essai.demander("GET", MOI, entetes={"Finalite": None}, qui=qui)).exiger(200).objet()
    except Manquement as manquement:
        raise AccesIncomplet(f"à GET {MOI}, pour l'agent « {qui.agent} » : {manquement}") from manquement


def _codes(moi: Mapping[str, Any]) -> set[str]:
    finalites = moi.get("finalites")
    dites = finalites if isinstance(finalites, list) else []
    return {dite["code"] for dite in dites if isinstance(dite, dict) and isinstance(dite.get("code"), str)}


def _appelant(dits: Mapping[str, str], agent: str, finalite: str) -> Appelant:
    """An agent, under the token that ``demo.env`` calls after it, or under that of all. ``AccesIncomplet``: none."""
    jeton = _dit(dits, "JETON", agent)
    if not jeton:
        raise AccesIncomplet(f"il manque la variable {' ou '.join(_noms('JETON', agent))}")
    return Appelant(_visible(jeton, "le jeton"), _visible(agent, "l'agent"), _visible(finalite, "la finalité"))


def _noms(variable: str, agent: str) -> list[str]:
    """By which names something of an agent is looked for, its own first."""
    return [f"{variable}_{agent.replace('-', '_').upper()}", variable] if agent else [variable]


def _dit(dits: Mapping[str, str], variable: str, agent: str) -> str:
    return next((dits[nom] for nom in _noms(variable, agent) if dits.get(nom)), "")


def _lie(dits: Mapping[str, str], agent: str) -> JetonLie | None:
    """The token of an agent's that is bound, with its key; none where neither is given."""
    jeton, cle = (_dit(dits, nom, agent) for nom in ("DPOP_JETON", "DPOP_CLE"))
    if not jeton and not cle:
        return None
    if not jeton or not cle:
        raise AccesIncomplet("DPOP_JETON et DPOP_CLE vont ensemble")
    try:
        return JetonLie.lire(_visible(jeton, "le jeton lié"), cle)
    except CleIllisible as erreur:
        raise AccesIncomplet("DPOP_CLE n'est pas une clé privée P-256 ou Ed25519, en JWK") from erreur


def _visible(valeur: str, quoi: str) -> str:
    """What a header may carry."""
    if not (valeur.isascii() and valeur.isprintable()):
        raise AccesIncomplet(f"{quoi} contient ce qu'un en-tête ne porte pas")
    return valeur


def _exemple(dits: Mapping[str, str]) -> str:
    try:
        return str(UUID(dits["EXEMPLE"])) if dits.get("EXEMPLE") else ""
    except ValueError as erreur:
        raise AccesIncomplet("EXEMPLE n'est pas l'identifiant d'un dossier") from erreur


def _lire_acces(environ: Mapping[str, str], fichier: Path | None) -> dict[str, str]:
    """The variables of the environment, and those of a file, which come first."""
    if fichier is None:
        return dict(environ)
    try:
        with fichier.open(encoding="utf-8") as ouvert:
            texte = ouvert.read(ACCES_MAXIMAL + 1)
    except (OSError, UnicodeDecodeError) as erreur:
        raise AccesIncomplet(f"{fichier} ne se lit pas") from erreur
    if len(texte) > ACCES_MAXIMAL:
        raise AccesIncomplet(f"{fichier} est trop grand pour un fichier de variables")
    lignes = [ligne.strip().removeprefix("export ") for ligne in texte.splitlines()]
    dites = [ligne.partition("=") for ligne in lignes if "=" in ligne and not ligne.startswith("#")]
    return {**environ, **{nom.strip(): valeur.strip().strip("'\"") for nom, _, valeur in dites}}


def _url(texte: str) -> str:
    try:
        lue = urlsplit(texte)
        bonne = lue.scheme in {"http", "https"} and bool(lue.hostname) and (lue.port or 1) > 0
    except ValueError:
        bonne = False
    if not bonne or "@" in lue.netloc or lue.query or lue.fragment or not texte.isascii() or not texte.isprintable():
        raise argparse.ArgumentTypeError("une adresse http ou https, sans identifiants, « ? » ni « # »")
    return texte


def _dossier(texte: str) -> str:
    try:
        return str(UUID(texte))
    except ValueError as erreur:
        raise argparse.ArgumentTypeError("l'identifiant d'un dossier (UUID)") from erreur


def _dire(message: str) -> None:
    sys.stderr.write(f"{message}\n")
