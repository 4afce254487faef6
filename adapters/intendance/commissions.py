"""The formalities of commissions: which bodies there are, who sits there, when they meet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from adapters.intendance.formalite import (
    Demarche,
    Formalite,
    Saisies,
    SansObjet,
    choix,
    de,
    jour,
    roles,
    texte,
    zone,
)
from adapters.mots import libelles
from adapters.mots.registre import ecrit
from adapters.registre.instantane import Changement, Instance, Membre, Seance
from adapters.web.actes import Controle, TypeDeChamp
from ledger.droit.listes import codes, libelle
from ledger.droit.regimes import AUCUN
from ledger.droit.regimes import historique as regimes

VOIX: Final = (("deliberative", "délibérative"), ("consultative", "consultative : ses propres locataires seulement"))
_TAGS: Final = (
    ("STATED", "le texte le dit"),
    ("2nd-HAND", "on le rapporte"),
    ("INFERRED", "on le déduit"),
)
_LIEUX: Final = "Un par ligne : departement, commune:93066 ou arrondissement:93003, par leur code INSEE."


def _de_l_instance(d: Demarche) -> Iterator[Controle]:
    if not d.nomme("instance"):
        yield texte(
            "code", "Code", "Minuscules sans accent, chiffres et tirets, comme « clil-bobigny ». Il ne change plus."
        )
        yield choix("genre", "Commission", [(code, libelle("instance", code)) for code in codes("instance")])
    yield texte("libelle", "Nom", "Tel qu'il est montré.")
    siens = sorted({r.regime for r in regimes()} - {AUCUN})
    regime = [(AUCUN, "aucun"), *((r, ecrit(r)) for r in siens)]
    yield choix("regime", "Régime que la loi lui donne", regime)
    yield replace(zone("lieux", "Où elle est compétente", _LIEUX), requis=True)
    tiennent = [
        p
        for p in d.registre.partenaires.values()
        if roles().get(p.role, {}).get("commissions") and p.suspendu_le is None
    ]
    secretariats = libelles.par_mot((p.code, f"{p.nom} ({p.code})") for p in tiennent)
    yield choix("secretariat", "Secrétariat", secretariats, "Son territoire tient tous les lieux de la commission.")
    yield jour("valid_from", "En vigueur à partir du")
    yield texte("legal_ref", "Texte qui l'institue")
    yield choix("tag", "Comment on le sait", _TAGS)


def _dit_de_l_instance(i: Instance) -> dict[str, str]:
    return {
        "libelle": i.libelle,
        "regime": i.regime,
        "lieux": "\n".join(sorted(i.lieux)),
        "secretariat": i.secretariat,
        "valid_from": i.valid_from.isoformat(),
        "legal_ref": i.legal_ref,
        "tag": i.tag,
    }


def _instituee(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    connue = _en_place(d) if d.nomme("instance") else None
    code, genre = (connue.code, connue.genre) if connue else (saisies.texte("code"), saisies.texte("genre"))
    if connue is None and code in d.registre.instances:
        saisies.refuser("code", "Une commission porte déjà ce code : choisissez-en un autre.")
    nom, regime, lieux = saisies.texte("libelle"), saisies.texte("regime"), saisies.lignes("lieux")
    secretariat, du = saisies.texte("secretariat"), saisies.jour("valid_from")
    ref, tag = saisies.texte("legal_ref"), saisies.texte("tag")
    saisies.finir()
    return [
        Instance(code, nom, genre, regime, lieux, secretariat, de(du), ref, tag, connue.valid_to if connue else None)
    ]


def _en_place(d: Demarche) -> Instance:
    """The body that is named, while it has no end."""
    if d.instance.valid_to is not None:
        raise SansObjet
    return d.instance


def _close(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    fin = saisies.jour("valid_to")
    saisies.finir()
    return [replace(_en_place(d), valid_to=de(fin))]


def _du_siege(d: Demarche) -> Iterator[Controle]:
    instances = [i for i in d.registre.instances.values() if i.en_place(d.le)]
    yield choix("instance", "Commission", libelles.par_mot((i.code, i.libelle) for i in instances))
    yield choix("voix", "Voix", VOIX)


def _assis(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    code, voix = saisies.texte("instance"), saisies.texte("voix")
    instance = d.registre.instances.get(code)
    if instance is None:
        saisies.refuser("instance", "Choisissez la commission.")
    saisies.finir()
    instance = de(instance)
    return [Membre(instance.genre, instance.lieu, d.partenaire.code, voix)]


def _siege(d: Demarche) -> Membre:
    """The seat that is named, while somebody sits there."""
    membre = de(d.registre.membres.get((d.nomme("genre"), d.nomme("lieu"), d.partenaire.code)))
    if membre.sorti_le is not None:
        raise SansObjet
    return membre


def _de_la_seance(_: Demarche) -> Iterator[Controle]:
    yield jour("seance_le", "Jour de la séance")
    yield jour(
        "convoquee_le", "Convoquée le", "De ce jour à celui de la séance, ses membres en lisent l'ordre du jour."
    )
    yield Controle("heure", "Heure", TypeDeChamp.HEURE, requis=False, aide="En Île-de-France, comme 09:30.")
    yield texte("salle", "Où l'on se réunit", requis=False)


def _convoquee(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    connue = _a_venir(d) if d.nomme("seance") else None
    le, convoquee_le = saisies.jour("seance_le"), saisies.jour("convoquee_le")
    heure, salle = saisies.texte("heure", requis=False) or None, saisies.texte("salle", requis=False) or None
    saisies.finir()
    dite = connue or Seance(d.cle, d.instance.genre, d.instance.lieu, de(convoquee_le), de(le))
    return [replace(dite, seance_le=de(le), convoquee_le=de(convoquee_le), heure=heure, salle=salle)]


def _a_venir(d: Demarche) -> Seance:
    """The session that is named, while it is still to come: one that was held, or cancelled, changes no more."""
    try:
        seance = de(d.registre.seances.get(UUID(d.nomme("seance"))))
    except ValueError as erreur:
        raise SansObjet from erreur
    if seance.annulee_le is not None or seance.id in d.registre.tenues or seance.seance_le < d.le:
        raise SansObjet
    return seance


def nom_de_la_seance(d: Demarche, seance: Seance) -> str:
    """A session, as a sentence names it."""
    instance = d.registre.instance_de(seance)
    ou = instance.libelle if instance else f"{libelle('instance', seance.instance)}, {seance.lieu}"
    return f"{ou}, séance du {libelles.jour(seance.seance_le)}"


def _dit_de_la_seance(d: Demarche) -> dict[str, str]:
    s = _a_venir(d)
    dits = {"heure": s.heure or "", "salle": s.salle or ""}
    return {"seance_le": s.seance_le.isoformat(), "convoquee_le": s.convoquee_le.isoformat(), **dits}


def _page(d: Demarche) -> str:
    return d.page_de_l_instance


FORMALITES: Final[Mapping[str, Formalite]] = MappingProxyType(
    {
        "instituer-instance": Formalite(
            titre="Instituer une commission",
            nature="instances",
            fait="instance-instituee",
            dit=lambda _: (
                "Son genre, le régime que la loi lui donne, où elle est compétente, qui en tient le secrétariat."
            ),
            controles=lambda d: [*_de_l_instance(d)],
            initiales=lambda d: {"valid_from": d.le.isoformat(), "regime": AUCUN},
            lire=_instituee,
            retour=lambda _: "/instances",
        ),
        "changer-instance": Formalite(
            titre="Changer une commission",
            nature="instances",
            fait="instance-changee",
            dit=lambda d: f"{_en_place(d).libelle}, {libelle('instance', d.instance.genre)}.",
            controles=lambda d: [*_de_l_instance(d)],
            initiales=lambda d: _dit_de_l_instance(d.instance),
            lire=_instituee,
            retour=_page,
        ),
        "clore-instance": Formalite(
            titre="Clore une commission",
            nature="instances",
            fait="instance-close",
            dit=lambda d: f"{_en_place(d).libelle} ne tient plus de séance après ce jour.",
            controles=lambda _: [jour("valid_to", "Dernier jour")],
            initiales=lambda d: {"valid_to": d.le.isoformat()},
            lire=_close,
            retour=_page,
        ),
        "donner-siege": Formalite(
            titre="Donner un siège",
            nature="instances",
            fait="siege-donne",
            dit=lambda d: (
                f"{d.partenaire.nom} lira les ordres du jour de cette commission, de la convocation à la séance."
            ),
            controles=lambda d: [*_du_siege(d)],
            initiales=lambda _: {"voix": "deliberative"},
            lire=_assis,
            retour=lambda d: d.page_du_partenaire,
        ),
        "retirer-siege": Formalite(
            titre="Retirer un siège",
            nature="instances",
            fait="siege-retire",
            dit=lambda d: (
                f"{d.partenaire.nom} ne siège plus : {libelle('instance', _siege(d).instance)}, {_siege(d).lieu}."
            ),
            lire=lambda d, _: [replace(_siege(d), sorti_le=d.le)],
            retour=lambda d: d.page_du_partenaire,
        ),
        "convoquer-seance": Formalite(
            titre="Convoquer une séance",
            nature="seances",
            fait="seance-convoquee",
            dit=lambda d: (
                f"{_en_place(d).libelle}. Y sont convoqués ceux qui y ont un siège ; le secrétariat peut en changer."
            ),
            controles=lambda d: [*_de_la_seance(d)],
            initiales=lambda d: {"convoquee_le": d.le.isoformat()},
            lire=_convoquee,
            retour=_page,
        ),
        "changer-seance": Formalite(
            titre="Changer une séance",
            nature="seances",
            fait="seance-changee",
            dit=lambda d: f"{nom_de_la_seance(d, _a_venir(d))}.",
            controles=lambda d: [*_de_la_seance(d)],
            initiales=_dit_de_la_seance,
            lire=_convoquee,
            retour=lambda _: "/seances",
        ),
        "annuler-seance": Formalite(
            titre="Annuler une séance",
            nature="seances",
            fait="seance-annulee",
            dit=lambda d: (
                f"{nom_de_la_seance(d, _a_venir(d))} : son ordre du jour n'ouvre plus rien dès la requête suivante."
            ),
            lire=lambda d, _: [replace(_a_venir(d), annulee_le=d.le)],
            retour=lambda _: "/seances",
        ),
    }
)
"""What is done of commissions, by its address."""
