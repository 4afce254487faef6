"""What falls due: how it is said, in which order, and what the law's clocks say of acts that are only supposed."""

from typing import Any, Final

from adapters.conformite.envois import champ_nomme
from adapters.conformite.essai import Essai, liste_de
from adapters.conformite.formes import a_des_textes, est_un_jour
from adapters.conformite.lectures import DEUX, PAGE_MAXIMALE
from adapters.conformite.serveur import Impossible, Manquement, Recue

SIMULATION: Final = "/v1/echeances/simulation"
PAGES_LUES: Final = 20
ETIQUETTES: Final = frozenset({"STATED", "2nd-HAND", "INFERRED", "RECALL"})
SANS_JOUR: Final = "9999-12-31"
"""Where what has no day stands: last."""
LE: Final = "2026-12-02"
ASSIGNATION: Final = {
    "type": "AssignationSignifiee",
    "survenu_le": "2026-12-01",
    "donnees": {"date_audience": "2027-03-02"},
}
SAISINE: Final = (
    {"type": "DossierOuvert", "survenu_le": "2026-10-01", "donnees": {"parc": "SOCIAL"}},
    {"type": "CcapexSaisie", "survenu_le": "2026-10-12", "donnees": {"saisissant": "BAILLEUR"}},
)
COMPTEES: Final = (
    # six clear weeks before the hearing of Tuesday 2 March 2027
    ((ASSIGNATION,), "R04", "dernier_jour", "2027-01-18", "l'assignation notifiée au préfet, six semaines avant"),
    # two months after Monday 12 October 2026 end on a Saturday: it may be served on the next working day
    (SAISINE, "R03", "dernier_jour", "2026-12-12", "deux mois après la saisine de la CCAPEX par le bailleur"),
    (SAISINE, "R03", "premier_jour", "2026-12-14", "l'assignation recevable, le premier jour ouvrable d'après"),
)
"""Worked out by hand, from the law of 6 July 1989, article 24: the acts, the rule, what of it, and the day."""


async def echeances_dites(essai: Essai) -> None:
    """Each says its rule, its text, where it stands, and of which acts that the case shows it is counted."""
    faits = {str(fait.get("id")) for fait in await essai.faits(f"?limite={PAGE_MAXIMALE}")}
    page = (await essai.lire(f"{await essai.dossier()}/echeances")).objet()
    if type(page.get("position")) is not int or "suivant" not in page or not est_un_jour(page.get("au")):
        raise Manquement("une page sans « position », « au » ou « suivant »", "les trois")
    for echeance in liste_de(page, "echeances"):
        _bien_dite(echeance)
        actes = echeance.get("actes")
        if not isinstance(actes, list) or (len(faits) < PAGE_MAXIMALE and not faits.issuperset(map(str, actes))):
            raise Manquement(
                "une échéance calculée d'un acte que le dossier ne montre pas", "« actes », qui se relisent"
            )


async def echeances_par_pages(essai: Essai) -> None:
    """In the order of days, whatever the page; those of another day are those of that day."""
    if essai.ecrire:
        await essai.acte()  # of which something falls due besides what any opening has
    dossier = await essai.dossier()
    entieres = liste_de((await essai.lire(f"{dossier}/echeances?au={LE}")).objet(), "echeances")
    if len(entieres) < DEUX:
        raise Impossible("ce dossier vous montre moins de deux échéances")
    _dans_l_ordre(entieres)
    lues, suite = list[dict[str, Any]](), ""
    for _ in range(PAGES_LUES):
        page = (await essai.lire(f"{dossier}/echeances?au={LE}&limite=1{suite}")).objet()
        if page.get("au") != LE:
            raise Manquement("un autre jour que celui demandé par « au »", LE)
        une = liste_de(page, "echeances")
        if len(une) > 1:
            raise Manquement(f"{len(une)} échéances pour « limite=1 »", "une, et la suite")
        lues += une
        if page.get("suivant") is None:
            break
        if type(page["suivant"]) is not int:
            raise Manquement("un « suivant » qui n'est pas un rang", "un entier, ou null")
        suite = f"&apres={page['suivant']}"
    if lues != entieres[: len(lues)] or len(lues) < min(len(entieres), PAGES_LUES):
        raise Manquement(f"{len(lues)} échéances sur {len(entieres)}, ou un autre ordre", "les mêmes, par pages")


async def simulation_comptee(essai: Essai) -> None:
    """What would fall due, to the day; asked again, the same; and by the rank of the acts that were supposed."""
    for actes, regle, quoi, jour, phrase in COMPTEES:
        recue = (await _simuler(essai, *actes)).exiger(200)
        dites, rangs = liste_de(recue.objet(), "echeances"), {str(rang) for rang in range(len(actes))}
        _dans_l_ordre(dites)
        for dite in dites:
            _bien_dite(dite)
            if not isinstance(dite.get("actes"), list) or not rangs.issuperset(map(str, dite["actes"])):
                raise Manquement("une échéance d'un autre acte que ceux qui sont supposés", "leur rang, depuis 0")
        if jour not in [dite.get(quoi) for dite in dites if dite["regle"] == regle]:
            raise Manquement(f"pas de {regle} au {jour} ({phrase})", f"« {quoi} » : {jour}")
        if (await _simuler(essai, *actes)).corps != recue.corps:
            raise Manquement("une autre réponse à la même question", "la même : rien n'en est gardé")


async def simulation_fautive(essai: Essai) -> None:
    """What is supposed and cannot be is named at its place."""
    for acte, code, lieu in (
        ({"type": "ActeDEssai", "survenu_le": LE}, "acte_hors_liste", "actes.1.type"),
        ({"type": "AssignationSignifiee"}, "absent", "actes.1.survenu_le"),
        (ASSIGNATION | {"donnees": {"date_audience": "02/03/2027"}}, "date_attendue", "actes.1.donnees.date_audience"),
    ):
        champ_nomme(await _simuler(essai, ASSIGNATION, acte), code, lieu)
    champ_nomme(await _simuler(essai), "absent", "actes")


async def _simuler(essai: Essai, *actes: object) -> Recue:
    return await essai.poster(SIMULATION, {"au": LE, "actes": actes}, cle=None)


def _bien_dite(echeance: dict[str, Any]) -> None:
    if not a_des_textes(echeance, "regle", "libelle", "etat", "explication", "texte"):
        raise Manquement("une échéance sans « regle », « libelle », « etat », « explication » ou « texte »", "les cinq")
    if str(echeance.get("etiquette")) not in ETIQUETTES:
        raise Manquement("une échéance qui ne dit pas si le texte le dit ou si c'est déduit", "« etiquette »")
    for nom in ("dernier_jour", "premier_jour"):
        if not (echeance.get(nom) is None or est_un_jour(echeance[nom])):
            raise Manquement(f"« {nom} » qui n'est pas un jour", "AAAA-MM-JJ, ou null")


def _dans_l_ordre(echeances: list[dict[str, Any]]) -> None:
    jours = [str(e.get("dernier_jour") or e.get("premier_jour") or SANS_JOUR) for e in echeances]
    if jours != sorted(jours):
        raise Manquement("des échéances dans un autre ordre", "l'ordre des jours")
