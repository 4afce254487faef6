"""``docs/catalogue.md``: the catalogue as a lawyer reads it, written from the classes, the lists and the policies."""

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from adapters.mots import libelles
from ledger.catalogue import ActeProtege, Champ, Classe, Evenement, Nature, Sujet, catalogue, champs, listes_de
from ledger.droit import listes
from ledger.droit.listes import Terme
from policies.tables import Disposition, Tables, lire

COMMANDE: Final = "make catalogue"
_PRESENTATION: Final = f"""\
# Le catalogue : ce que le dossier peut contenir

Page écrite d'après le code et les tables ; `{COMMANDE}` la réécrit. Rien ne peut être enregistré qui n'y figure.

Un dossier est une suite d'événements, jamais modifiés ni retirés : corriger, c'est en ajouter un autre. Chaque
événement dit aussi qui l'affirme (partenaire, rôle, agent sous pseudonyme, SIRET du déclarant), quand c'est vrai et
quand nous l'avons su, pour quelle finalité et pour quelle demande, d'où nous le tenons (EXPLOC ou un partenaire), quand
le ménage a été informé de cette collecte, l'événement qu'il corrige et pour quel motif ([motif_correction]\
(#motif_correction)), et sa référence dans le système d'origine (S2). Il peut dire à quelle heure, et l'article au titre
duquel il est transmis.

**Classe.** S0 : en clair. S1 (identité, adresse, logement), S2 (argent, droits, procédure), S3 (secret professionnel) :
scellé sous une clé propre au ménage ou à la personne et à la classe. Détruire la clé efface ce qu'elle scelle.

**Groupe.** Ce qu'un lecteur peut se voir ouvrir ou fermer, selon son rôle, sa finalité et son lien avec le dossier.

**Texte.** Chaque ligne cite le texte qui la fonde, et dit comment nous le savons : *STATED*, le texte cité le dit ;
*2nd-HAND*, un commentaire le rapporte ; *INFERRED*, c'est une déduction, à faire confirmer. « Charte 93 » est la charte
départementale de prévention des expulsions de Seine-Saint-Denis, 2022-2028. Un code sans date de début ou de fin (–)
vaut sans limite de ce côté ; un événement ne peut porter qu'un code en vigueur au jour dont il parle.
"""
_CHAPITRES: Final[Mapping[str, str]] = {
    "menage": "Le dossier, les personnes, le logement",
    "dette": "La dette, les paiements, le budget, les droits et les aides",
    "procedure": "La procédure, acte par acte, jusqu'au jugement",
    "execution": "L'exécution, du commandement de quitter les lieux à l'expulsion",
    "accompagnement": "L'accompagnement, les protocoles, le surendettement, le relogement, les contacts",
    "secret": "Les actes sous secret professionnel",
    "instances": "Les commissions et les rapprochements",
    "droits": "Les droits des personnes",
}
_SUJETS: Final[Mapping[Sujet, str]] = {
    Sujet.MENAGE: "du ménage",
    Sujet.PERSONNE: "de la personne",
    Sujet.PERSONNES: "de toutes les personnes dont il parle",
}
_AGENTS: Final[Mapping[str, str]] = {
    "nomme": "par une personne nommée",
    "prouve": "par une personne dont le jeton porte le nom",
}
_CONDITIONS: Final[Mapping[str, str]] = {
    "secret": "par un professionnel tenu au secret",
    "intervention": "pendant une intervention ouverte",
    "information_menage": "en disant quand le ménage en a été informé",
}


def ecrire(tables: Tables) -> str:
    """The whole page."""
    par_chapitre: dict[str, list[tuple[str, type[Evenement]]]] = {module: [] for module in _CHAPITRES}
    for evenement in catalogue().items():
        par_chapitre[evenement[1].__module__.rpartition(".")[2]].append(evenement)
    blocs = {titre: par_chapitre[module] for module, titre in _CHAPITRES.items()}
    lignes = [_PRESENTATION, "## Sommaire", ""]
    lignes += [f"- [{titre}](#{ancre(titre)})" for titre in (*blocs, "Groupes de champs", "Listes de codes")]
    for titre, evenements in blocs.items():
        lignes += ["", f"## {titre}", ""]
        for nom, cls in evenements:
            lignes += _evenement(nom, cls, [ligne for ligne in tables.emissions if ligne["evenement"] == nom])
    lignes += ["", "## Groupes de champs", "", *_groupes(tables.groupes), "", "## Listes de codes", ""]
    for liste in listes.listes():
        lignes += _liste(liste)
    return "\n".join(lignes).rstrip("\n") + "\n"


def ancre(titre: str) -> str:
    """The anchor of a heading, as a reader of Markdown makes it."""
    return "".join(c for c in titre.lower() if c.isalnum() or c in " -_").replace(" ", "-")


def tableau(entetes: Iterable[str], rangees: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    for rangee in (entetes, ("---" for _ in entetes), *rangees):
        yield "| " + " | ".join(cellule.replace("|", "\\|") for cellule in rangee) + " |"


def _evenement(nom: str, cls: type[Evenement], emissions: list[Disposition]) -> Iterator[str]:
    yield from (f"### {cls.LIBELLE}", "")
    scelle = any(c.classe is not Classe.S0 for c in champs(cls).values())
    cles = f" ; scellé sous les clés {_SUJETS[cls.SUJET]}" if scelle else " ; en clair"
    nature = " ; sa nature même est scellée" if issubclass(cls, ActeProtege) else ""
    yield from (f"`{nom}`, groupe {cls.GROUPE}{cles}{nature}.", "")
    for ligne in emissions:
        yield from _emission(ligne)
    yield from tableau(
        ("champ", "ce qu'il dit", "nature", "classe", "groupe", "obligatoire"),
        (_champ(cls, f) for f in dataclasses.fields(cls) if f.name not in Evenement.__dataclass_fields__),
    )
    yield ""


def _champ(cls: type[Evenement], f: "dataclasses.Field[object]") -> tuple[str, ...]:
    champ = champs(cls)[f.name]
    # Of a protected act, the base alone stands in clear: the rest is sealed with its nature.
    cache = issubclass(cls, ActeProtege) and f.name not in champs(ActeProtege)
    classe = Classe.S3 if cache else champ.classe
    obligatoire = "oui" if f.default is dataclasses.MISSING else ""
    return f"`{f.name}`", champ.libelle, _nature(champ), classe, str(champ.groupe), obligatoire


def _nature(champ: Champ) -> str:
    if champ.nature is Nature.CODE:
        return f"[code de la liste {champ.liste}](#{champ.liste})"
    if champ.liste:
        return f"texte, avec les mots de la liste [{champ.liste}](#{champ.liste})"
    return champ.nature.value


def _emission(ligne: Disposition) -> Iterator[str]:
    yield from (f"- **Texte** : {ligne['legal_ref']} (*{ligne['tag']}*), {periode(ligne)}.",)
    qui = " ; ".join(libelles.role(role) for role in ligne["roles"])
    lot = " L'import d'un lot d'actes peut le transmettre aussi." if ligne["import"] else ""
    yield f"- **Le transmettent** : {qui or 'personne par contribution'}.{lot}"
    finalites = " ; ".join(f"« {libelles.finalite(f)} »" for f in ligne["finalites"])
    yield f"- **Finalités** : {finalites}."
    conditions = [_AGENTS[ligne["agent"]]] if ligne["agent"] else []
    conditions += [mots for condition, mots in _CONDITIONS.items() if ligne[condition]]
    if conditions:
        yield f"- **À condition** : {', '.join(conditions)}."
    yield ""


def periode(ligne: Disposition) -> str:
    """From when, and until when, a row binds."""
    fin = f" au {libelles.jour(ligne['valid_to'])}" if ligne["valid_to"] else ""
    return f"{'du' if fin else 'depuis le'} {libelles.jour(ligne['valid_from'])}{fin}"


def _groupes(groupes: Iterable[Disposition]) -> Iterator[str]:
    yield from tableau(
        ("groupe", "ce qu'il contient", "ouvert à demi", "texte", "étiquette"),
        ((g["code"], g["libelle"], g["sens_l"] or "–", g["legal_ref"], f"*{g['tag']}*") for g in groupes),
    )


_SANS_CHAMP: Final[Mapping[str, str]] = {
    "etat_echeance": "Où en est une échéance.",
    "motif_correction": "Pourquoi un événement en corrige un autre.",
    "stade_procedure": "Ce que dit la suite des actes.",
}


def _liste(liste: str) -> Iterator[str]:
    usages = [
        f"`{champ}` de « {cls.LIBELLE} »"
        for cls in catalogue().values()
        for champ, sienne in listes_de(cls).items()
        if sienne == liste
    ]
    yield from (f"### {liste}", "", f"Champ {', '.join(usages)}." if usages else _SANS_CHAMP[liste], "")
    yield from tableau(
        ("code", "en français", "du", "au", "texte", "étiquette"),
        (
            (f"`{t.code}`", t.libelle, _borne(t, "valid_from"), _borne(t, "valid_to"), t.legal_ref, f"*{t.tag}*")
            for t in listes.historique()
            if t.liste == liste
        ),
    )
    yield ""


def _borne(terme: Terme, borne: str) -> str:
    jour = getattr(terme, borne)
    return libelles.jour(jour) if jour else "–"


if __name__ == "__main__":
    sys.stdout.write(ecrire(lire()))
