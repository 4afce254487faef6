"""One act by itself, an étude's or the saisine of a landlord: told by its author, acknowledged, followed.

It is a contribution as any other: the verbs of the gate decide and record it, under the id of its message. What is
EXPLOC's is its form, that of a row of a lot, and what its author is answered: an acknowledgement of receipt in the
name of the préfet, the same whether the household had a case or not.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.exploc import actes
from adapters.exploc.fichier import COLONNES
from adapters.exploc.lot import NIR, Rangee, RangeeRefusee, lire_seule
from adapters.gate import consulter
from adapters.gate.codes import CODES
from adapters.gate.contexte import Acces, Gate
from adapters.gate.contribuer import contribution_prete, ecrire_contribution, ecrire_ouverture, ouverture_lue
from adapters.gate.corps import Faute, SaisieRefusee, lire_json
from adapters.gate.question import liens_de, permettre
from adapters.gate.refus import Refus, en_panne, refuser, saisir
from adapters.gate.saisie import Saisie
from adapters.gate.textes import NIR_REFUSE, porte_nir, uuid_ou_rien
from adapters.registre.instantane import Partenaire
from ledger import catalogue as ev
from ledger.alea import identifiant
from ledger.catalogue import Fait
from ledger.dossier.decision import Propose
from ledger.droit.jours import PARIS
from ledger.reader import Lecture
from policies.decision import ALLEGUES, Action, Lien

INCONNU: Final = "Aucun message de ce numéro ne vient de vous."
_FIXEES: Final = ("num_lot", "num_ligne", "date_reception")
"""Columns that are not the sender's: an act is received on the day of its acknowledgement."""
COLONNES_ENVOYEES: Final = tuple(colonne for colonne in COLONNES if colonne not in _FIXEES)
DU_FICHIER: Final = {"nom": "son nom", "type": "type de son contenu", "sha256": "son empreinte, en hexadécimal"}
_TEXTE_MAX: Final = 200
_AUTREMENT: Final = {"commune": "commune_insee", "reference_source": "ref_dossier", "survenu_le": "date_acte"}
"""What an event calls otherwise than a row."""


class Formulaire(NamedTuple):
    """What an envelope may hold: which columns, those that its sender sets itself, what is wrong with who sends it."""

    colonnes: tuple[str, ...]
    fixes: Callable[[Partenaire], Mapping[str, str]]
    controler: Callable[[Gate, Partenaire, Rangee], Faute | None]


class Envoi(NamedTuple):
    """An envelope that was read: its message, the case that it is for if it names one, and its row."""

    formulaire: Formulaire
    message: UUID
    dossier: UUID | None
    ligne: Rangee
    canonique: bytes


class Accuse(NamedTuple):
    """What is answered to a message, the first time and each time that it is sent again."""

    message: UUID
    dossier: UUID
    acte: UUID
    numero: str
    recu_le: datetime
    ecartes: tuple[str, ...] = ()

    @property
    def date(self) -> date:
        """The day of the receipt, in Paris: clocks that run from it are counted from that day."""
        return self.recu_le.astimezone(PARIS).date()


def _de_l_etude(gate: Gate, partenaire: Partenaire, ligne: Rangee) -> Faute | None:
    if partenaire.role in gate.tables.etudes and ligne.etude_siret == partenaire.siret:
        return None
    return Faute("acte.etude_siret", "siret", "Une étude transmet ses propres actes : ce SIRET n'est pas le vôtre.")


def _du_bailleur(_: Gate, partenaire: Partenaire, ligne: Rangee) -> Faute | None:
    if ligne.bailleur_siret and ligne.bailleur_siret in {partenaire.siret, *partenaire.portefeuille}:
        return None
    return Faute("acte.bailleur_siret", "siret", "Un bailleur saisit pour ses locataires : donnez votre SIRET.")


ACTE: Final = Formulaire(COLONNES_ENVOYEES, lambda _: {}, _de_l_etude)
"""An étude's own act."""
SAISINE: Final = Formulaire(
    tuple(colonne for colonne in COLONNES_ENVOYEES if colonne not in {"type_acte", "etude_siret"}),
    lambda partenaire: {"type_acte": "SAISINE", "etude_siret": partenaire.siret},
    _du_bailleur,
)
"""A landlord's: it stands where a row has the étude, and its act names none."""


@en_panne
async def transmettre(gate: Gate, acces: Acces, corps: bytes, formulaire: Formulaire) -> Accuse:
    """Record the act of an envelope, once; its acknowledgement. ``Refus`` as for an opening, by the row's columns."""
    await permettre(gate, acces, Action.OUVRIR)
    envoi = await saisir(gate, acces, Action.OUVRIR, None, lambda: _lire(gate, acces, lire_json(corps), formulaire))
    cle = _cle(envoi.message)
    try:
        if envoi.dossier is None:
            prete = await ouverture_lue(gate, acces, lambda: _ouverture(envoi, acces.le), cle)
            recu = await ecrire_ouverture(gate, prete)
        else:
            suite = _suite(envoi, acces.le)
            contenu = {"evenements": [_annonce(propose) for propose in suite.evenements]}
            prete = await contribution_prete(gate, acces, envoi.dossier, contenu, cle, lire=lambda: suite)
            recu = await ecrire_contribution(gate, prete)
    except Refus as refus:
        if not refus.fautes:
            raise
        fautes = [replace(faute, champ=_colonne(faute.champ)) for faute in refus.fautes]
        raise Refus(refus.statut, refus.code, refus.message, fautes) from refus
    lecture = await gate.ledger.reader.lire_ou_vierge(recu.dossier)
    fait = _acte_de(lecture, recu.contribution)
    return Accuse(
        envoi.message, recu.dossier, fait.enveloppe.id, _numero(gate, fait), _recu_le(fait), envoi.ligne.ecartes
    )


class Suivi(NamedTuple):
    """Where an act stands that was sent: received, its sender recognised in this procedure, or taken back."""

    accuse: Accuse
    etat: str


A_QUALIFIER: Final = "A_QUALIFIER"
ETATS: Final = {
    A_QUALIFIER: "reçu",
    "QUALIFIE": "votre lien à cette procédure ne tient plus à votre seule parole",
    "RETIRE": "retiré depuis",
}


@en_panne
async def suivre(gate: Gate, acces: Acces, message: UUID) -> Suivi:
    """Where an act stands, for who sent it. ``Refus`` 404 for anybody else, and of what was never sent."""
    await permettre(gate, acces, Action.LIRE)
    recue = await gate.ledger.recue(acces.sujet.partenaire.code, _cle(message))
    if recue is None:
        await refuser(gate, acces, Action.LIRE, Refus(404, "introuvable", INCONNU))
    dossier, contribution = recue
    lecture, _ = await consulter.ouvrir(gate, acces, dossier)
    fait = _acte_de(lecture, contribution)
    accuse = Accuse(message, dossier, fait.enveloppe.id, _numero(gate, fait), _recu_le(fait))
    if _retire(lecture, fait):
        return Suivi(accuse, "RETIRE")
    reconnu = liens_de(acces, dossier, lecture) - ALLEGUES - {Lien.AUTEUR}
    return Suivi(accuse, "QUALIFIE" if reconnu else A_QUALIFIER)


def _lire(gate: Gate, acces: Acces, contenu: object, formulaire: Formulaire) -> Envoi:
    """An envelope, checked; ``SaisieRefusee`` names every fault, by column."""
    if not isinstance(contenu, dict):
        raise SaisieRefusee(Faute("", "objet_attendu", CODES["objet_attendu"]))
    fautes = [Faute("", "champ_en_trop", CODES["champ_en_trop"])] if contenu.keys() - _ENVELOPPE else []
    message, dossier = (_identifiant(contenu, nom, fautes) for nom in ("message", "dossier"))
    if contenu.get("message") is None:
        fautes.append(Faute("message", "absent", CODES["absent"]))
    _textes(contenu.get("fichier", {}), "fichier", tuple(DU_FICHIER), fautes)
    valeurs = _textes(contenu.get("acte"), "acte", formulaire.colonnes, fautes)
    if fautes or message is None:
        raise SaisieRefusee(*fautes)
    partenaire = acces.sujet.partenaire
    ligne = lire_seule({**valeurs, **formulaire.fixes(partenaire)}, acces.le)
    if isinstance(ligne, RangeeRefusee):
        nir = ligne.colonne == NIR
        raise SaisieRefusee(
            Faute("acte" if nir else f"acte.{ligne.colonne}", "nir" if nir else "invalide", f"{ligne.motif}.")
        )
    if (faute := formulaire.controler(gate, partenaire, ligne)) is not None:
        raise SaisieRefusee(faute)
    return Envoi(formulaire, message, dossier, ligne, orjson.dumps(contenu, option=orjson.OPT_SORT_KEYS))


_ENVELOPPE: Final = frozenset({"message", "dossier", "acte", "fichier"})


def _identifiant(contenu: Mapping[str, Any], nom: str, fautes: list[Faute]) -> UUID | None:
    valeur = contenu.get(nom)
    lu = uuid_ou_rien(valeur)
    if isinstance(valeur, str) and porte_nir(valeur, nom):
        fautes.append(Faute(nom, "nir", NIR_REFUSE))
    elif valeur is not None and lu is None:
        fautes.append(Faute(nom, "uuid_attendu", CODES["uuid_attendu"]))
    return lu


def _textes(contenu: object, lieu: str, admis: tuple[str, ...], fautes: list[Faute]) -> dict[str, str]:
    """The texts of an object, by name. A name that is not one of ours is not repeated."""
    if not isinstance(contenu, dict):
        code = "absent" if contenu is None else "objet_attendu"
        fautes.append(Faute(lieu, code, CODES[code]))
        return {}
    if contenu.keys() - set(admis):
        fautes.append(Faute(lieu, "champ_en_trop", CODES["champ_en_trop"]))
    lus = {nom: valeur for nom, valeur in contenu.items() if nom in admis and valeur is not None}
    for nom, valeur in lus.items():
        if not isinstance(valeur, str):
            fautes.append(Faute(f"{lieu}.{nom}", "texte_attendu", CODES["texte_attendu"]))
        elif porte_nir(valeur, nom):
            fautes.append(Faute(f"{lieu}.{nom}", "nir", NIR_REFUSE))
        elif lieu == "fichier" and len(valeur) > _TEXTE_MAX:
            fautes.append(Faute(f"{lieu}.{nom}", "texte_long", CODES["texte_long"]))
    return lus


def _ouverture(envoi: Envoi, le: date) -> Saisie:
    bailleur = identifiant() if actes.bailleur_personne_physique(envoi.ligne) else None
    dits = (*actes.ouverture(envoi.ligne, identifiant(), bailleur), _acte(envoi, le))
    return Saisie(dits, canonique=envoi.canonique)


def _suite(envoi: Envoi, le: date) -> Saisie:
    return Saisie((_acte(envoi, le),), canonique=envoi.canonique)


def _acte(envoi: Envoi, le: date) -> Propose:
    propose = actes.acte(envoi.ligne)
    etude = envoi.ligne.etude_siret if envoi.formulaire is ACTE else None
    recu = replace(propose.evenement, date_reception=le, etude_siret=etude)  # type: ignore[call-arg]  # an act has both
    return msgspec.structs.replace(propose, evenement=recu)


def _annonce(propose: Propose) -> dict[str, Any]:
    donnees = {nom: valeur for nom, valeur in vars(propose.evenement).items() if valeur is not None}
    return {"type": type(propose.evenement).__name__, "survenu_le": propose.survenu_le.isoformat(), "donnees": donnees}


def _colonne(champ: str) -> str:
    """Where an envelope has what an event calls so."""
    nom = champ.rpartition(".")[2]
    nom = _AUTREMENT.get(nom, nom)
    return f"acte.{nom}" if nom in COLONNES_ENVOYEES else "acte" if nom in {"type", "donnees"} else champ


def _cle(message: UUID) -> str:
    return f"exploc {message}"


def _acte_de(lecture: Lecture, contribution: UUID) -> Fait:
    """The act that a message told: an envelope has one."""
    return next(
        fait
        for fait in lecture.faits
        if fait.enveloppe.contribution == contribution and isinstance(fait.evenement, ev.Acte)
    )


def _retire(lecture: Lecture, fait: Fait) -> bool:
    return any(
        isinstance(autre.evenement, ev.FaitCorrige)
        and autre.evenement.corrige == fait.enveloppe.id
        and not lecture.etat.corrige(autre.enveloppe.id)
        for autre in lecture.faits
    )


def _recu_le(fait: Fait) -> datetime:
    if fait.enregistre_le is None:
        raise TypeError("Un fait lu du registre a son instant.")
    return fait.enregistre_le


def _numero(gate: Gate, fait: Fait) -> str:
    """It names one act, and tells nothing of how many there are."""
    annee = _recu_le(fait).astimezone(PARIS).year
    return f"AR-{annee}-{gate.ledger.index.empreinte('accuse', fait.enveloppe.id)[:6].hex().upper()}"
