"""The papers that can be had: each asks the gate first, which decides and journals, then has it made apart.

This is all that pages and commands need to know of this room.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple, NoReturn
from uuid import UUID

import orjson

from adapters.gate import echanges, echeances, regards, seances
from adapters.gate.contexte import Acces, Gate
from adapters.gate.documents import CONVOCATION, EDITER, REPONSE, convoquer, dresser, repondre
from adapters.gate.refus import INTROUVABLE, Refus, journaliser_refus
from adapters.mots import libelles
from adapters.papier.impossible import PHRASES
from adapters.papier.modeles import modeles
from adapters.papier.presse import Atelier, Imprimante, NonFait
from adapters.papier.seances import INFORMATION
from adapters.papier.synthese import TRANSMIS
from ledger.droit.jours import PARIS
from policies.decision import Action

DE_SEANCE: Final[Mapping[str, str]] = {
    "ordre-du-jour": "Ordre du jour",
    "releve": "Relevé des dossiers examinés",
    "fiches": "Fiches des dossiers",
    "informations": "Lettres aux ménages inscrits",
}
"""The papers of a session, by code."""
D_UN_DOSSIER: Final[Mapping[str, str]] = {
    "synthese": "Synthèse en deux pages",
    "dsf": "Diagnostic social et financier transmis",
}
"""The papers of a case, but for letters."""
DE_QUI_CONVOQUE: Final = frozenset({"informations"})
"""Those that only who convenes the session has made."""
AVEC_HORLOGES: Final = frozenset({"synthese", "fiches"})
"""The papers that tell what falls due."""
OU: Final = "le dossier partagé, « Tous les faits communiqués »"


class Papier(NamedTuple):
    """A paper that was made: its bytes, and a name for its file, which holds nothing of anybody."""

    octets: bytes
    nom: str


def offerts(role: str, finalite: str) -> dict[str, str]:
    """The papers of a case that a function may ask for at a purpose, by code: synthesis, DSF, then letters."""
    courriers = {code: modele.titre for code, modele in modeles().items() if modele.est_de(role, finalite)}
    return {**D_UN_DOSSIER, **courriers}


def de_l_acte(role: str, finalite: str) -> dict[str, list[tuple[str, str]]]:
    """By type of act, the papers that speak of one such act, for a function at a purpose: their codes and titles."""
    par_type = {TRANSMIS: [("dsf", D_UN_DOSSIER["dsf"])]}
    for code, modele in modeles().items():
        if modele.de_l_acte and modele.est_de(role, finalite):
            for type_ in modele.appui:
                par_type.setdefault(type_, []).append((code, modele.titre))
    return par_type


def de_seance(role: str, finalite: str) -> dict[str, str]:
    """The papers of a session that a function may ask for at a purpose, by code."""
    sans = frozenset() if modeles()[INFORMATION].est_de(role, finalite) else frozenset({"informations"})
    return {code: titre for code, titre in DE_SEANCE.items() if code not in sans}


async def dossier(
    gate: Gate, atelier: Atelier, acces: Acces, numero: UUID, papier: str, *, vue: str = "", acte: UUID | None = None
) -> Papier:
    """A paper of one case: ``papier`` is a code of ``offerts``. ``acte``: the act that it is of, if not the last one.

    ``Refus`` as a reading; 404 for a paper that is none, 409 for one that lacks what it rests on, 503 where too many
    are being made.
    """
    await exiger_offert(gate, acces, papier, numero)
    async with atelier.place() as presse:
        octets = await tirer(gate, presse, acces, numero, papier, vue=vue, acte=acte)
    return Papier(octets, f"{papier}-{str(numero)[-8:]}.pdf")


async def tirer(
    gate: Gate, presse: Imprimante, acces: Acces, numero: UUID, papier: str, *, vue: str = "", acte: UUID | None = None
) -> bytes:
    """The same, on a press that is open: of a lot, one after the other."""
    matiere = await dresser(gate, acces, numero, papier, vue, horloges=papier in AVEC_HORLOGES)
    return await imprimer(gate, presse, acces, numero, commander(acces, papier, matiere, vue=vue, acte=acte))


def commander(acces: Acces, papier: str, matiere: bytes, *, vue: str = "", acte: UUID | None = None) -> dict[str, Any]:
    """What a press is given of one case that the gate answered."""
    connu = papier in D_UN_DOSSIER
    nommes = not connu and modeles()[papier].destinataire == "acte"
    return {
        "papier": papier if connu else "courrier",
        "modele": None if connu else papier,
        "matieres": [orjson.Fragment(matiere)],
        "marque": marque(acces),
        "intitule": f"la {vue.upper()}" if vue else "une commission",
        "ou": OU,
        "acte": None if acte is None else str(acte),
        "noms": {code: p.nom for code, p in acces.registre.partenaires.items()} if nommes else {},
    }


async def imprimer(
    gate: Gate, presse: Imprimante, acces: Acces, numero: UUID | None, commande: dict[str, Any]
) -> bytes:
    """What a press makes of an order; what its composer refuses is a ``Refus`` 409, with its row."""
    try:
        return await presse.tirer(commande)
    except NonFait as non:
        await journaliser_refus(gate, acces, EDITER, non.code, numero)
        raise Refus(HTTPStatus.CONFLICT, non.code, PHRASES[non.code]) from non


async def seance(gate: Gate, atelier: Atelier, acces: Acces, numero: UUID, papier: str) -> Papier:
    """A paper of a session: ``papier`` is a code of ``de_seance``. Each case on it is decided and journaled apart.

    A case that stands on the agenda and may not be read is left out, and counted.
    """
    if papier not in de_seance(acces.sujet.partenaire.role, acces.finalite):
        await _introuvable(gate, acces)
    async with atelier.place() as presse:
        if papier in DE_QUI_CONVOQUE:
            await seances.exiger_seance(gate, acces, numero, Action.SIEGER, Action.CONVOQUER)
        lue = (await seances.lire(gate, acces, numero)).document
        vue = gate.tables.vue_de(lue["seance"]["genre"]) or ""
        lignes, matieres, fermes = [], [], 0
        for ligne in lue["dossiers"]:
            try:
                numero_du_dossier = UUID(ligne["dossier"])
                horloges = papier in AVEC_HORLOGES
                matiere = await dresser(gate, acces, numero_du_dossier, papier, vue, horloges=horloges)
            except Refus as refus:
                if refus.statut not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                    raise
                fermes += 1
                continue
            matieres.append(orjson.Fragment(matiere))
            lignes.append({"inscription": ligne["inscription"]})
        commande = {
            "papier": papier,
            "seance": lue["seance"],
            "lignes": lignes,
            "matieres": matieres,
            "marque": marque(acces),
            "ou": OU,
            "noms": {code: partenaire.nom for code, partenaire in acces.registre.partenaires.items()},
            "au_dela": " ".join(_manquent(fermes, lue["au_dela"])),
        }
        octets = await imprimer(gate, presse, acces, None, commande)
    return Papier(octets, f"{papier}-{lue['seance']['le']}.pdf")


async def copie(
    gate: Gate,
    atelier: Atelier,
    acces: Acces,
    numero: UUID,
    exploitant: Mapping[str, str | None],
    apres: UUID | None = None,
) -> Papier:
    """What a person is handed of its own case (GDPR 15): what it is shown, as the gate shows it, and nothing else.

    ``exploitant``: who the controllers and their officer are. ``apres``: the fact that the copy before this one ended
    with. ``Refus`` 403 for who reads the case as anybody else.
    """
    async with atelier.place() as presse:
        document = await regards.copie(gate, acces, numero, apres, papier=COPIE)
        lus = await regards.lire(gate, acces, numero)
        commande = {
            "papier": COPIE,
            "document": document,
            "regards": {"lignes": lus.lignes, "discrets": lus.discrets, "entiers": lus.entiers},
            "echanges": await echanges.lire(gate, acces, numero),
            "echeances": (await echeances.lire(gate, acces, numero)).document["echeances"],
            "exploitant": exploitant,
            "suite": SUITE if document["suivant"] else "",
            "au": acces.le,
            "matieres": [None] * -(-len(document["faits"]) // FAITS_PAR_DELAI),
            "marque": marque(acces),
        }
        octets = await imprimer(gate, presse, acces, numero, commande)
    return Papier(octets, f"{COPIE}-{str(numero)[-8:]}.pdf")


async def reponse(gate: Gate, atelier: Atelier, acces: Acces, numero: UUID, requete: UUID) -> Papier:
    """The letter about a request of a person, for who answers it; 404 for a request that is not one of that case."""
    async with atelier.place() as presse:
        suivie = await repondre(gate, acces, numero, requete)
        if suivie is None:
            await _introuvable(gate, acces, numero)
        commande = {
            "papier": REPONSE,
            "dossier": str(numero),
            "demande": {
                "id": suivie.id,
                "personne": suivie.personne,
                "droit": suivie.droit,
                "recue_le": suivie.recue_le,
                "dernier_jour": suivie.horloge.dernier_jour,
                "legal_ref": suivie.horloge.legal_ref,
                "etapes": [etape._asdict() for etape in suivie.etapes],
                "article": suivie.article,
                "close": suivie.close,
            },
            "matieres": [],
            "marque": marque(acces),
        }
        octets = await imprimer(gate, presse, acces, numero, commande)
    return Papier(octets, f"{REPONSE}-{str(numero)[-8:]}.pdf")


COPIE: Final = "copie"
FAITS_PAR_DELAI: Final = 100
"""Facts of a copy for which a press is given as much time as for a case."""
SUITE: Final = "Cette copie a une suite : « Mon dossier », « Ma copie, à lire », « Suite de la copie »."


async def convocations(gate: Gate, atelier: Atelier, acces: Acces, numero: UUID, siege: str = "") -> Papier:
    """The convocations to a session, one to each seat, or that of one: 404 for a seat that is none."""
    async with atelier.place() as presse:
        lue = await convoquer(gate, acces, numero)
        seance_ = lue["seance"]
        sieges = [s for s in seance_["sieges"] if siege in {"", s["partenaire"]}]
        if siege and not sieges:
            await _introuvable(gate, acces)
        commande = {
            "papier": CONVOCATION,
            "seance": {**seance_, "sieges": sieges},
            "nombre": sum(ligne["inscription"] in LISTES for ligne in lue["dossiers"]),
            "au_dela": lue["au_dela"] is not None,
            "matieres": [],
            "marque": marque(acces),
        }
        octets = await imprimer(gate, presse, acces, None, commande)
    return Papier(octets, f"{CONVOCATION}-{seance_['le']}.pdf")


LISTES: Final = frozenset({"INSCRIT", "EXAMINE"})
"""The states of a case that stands on an agenda."""


def _manquent(fermes: int, au_dela: str | None) -> Sequence[str]:
    dit = "Un de ces dossiers ne vous est pas communiqué."
    if fermes > 1:
        dit = f"{fermes} de ces dossiers ne vous sont pas communiqués."
    return [*([dit] if fermes else []), *([au_dela] if au_dela else [])]


def marque(acces: Acces) -> dict[str, str]:
    """What each page says of its making: who, for what, when in Paris."""
    sujet, le = acces.sujet, datetime.now(UTC).astimezone(PARIS)
    role = libelles.role(sujet.partenaire.role)
    qui = f"{sujet.partenaire.nom} ({role}), agent {sujet.agent}" if sujet.agent else f"{sujet.partenaire.nom} ({role})"
    finalite = libelles.finalite(acces.finalite)
    return {
        "organisation": sujet.partenaire.nom,
        "fonction": role,
        "finalite": finalite,
        "par": f"Établi par {qui}, pour « {finalite} », le {libelles.instant(le)}.",
        "le": le.isoformat(timespec="seconds"),
        "jour": libelles.jour(le.date()),
    }


async def exiger_offert(gate: Gate, acces: Acces, papier: str, numero: UUID | None = None) -> None:
    """``Refus`` 404, with its row, for a paper that is none, or is not made at this purpose."""
    if papier not in offerts(acces.sujet.partenaire.role, acces.finalite):
        await _introuvable(gate, acces, numero)


async def _introuvable(gate: Gate, acces: Acces, numero: UUID | None = None) -> NoReturn:
    await journaliser_refus(gate, acces, EDITER, "introuvable", numero)
    raise Refus(HTTPStatus.NOT_FOUND, "introuvable", INTROUVABLE)
