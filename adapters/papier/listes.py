"""The papers of a session: its agenda, what was said of each case, and one sheet by case for a CLIL."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.mots import libelles
from adapters.papier.faits import INCONNU, DossierImprime, FaitDit, lire
from adapters.papier.synthese import PLACES, RUBRIQUES, couper, fiche, pied

NON_LISTES: Final = frozenset({"PROPOSE", "REPORTE", "RETIRE"})
"""States of a case that is not, or no longer, on the agenda."""
TEXTE: Final = 500
_HORS_FICHE: Final = ("accompagnement", "personnes")
"""Rubrics that a CLIL's sheet does not have."""


def ordre_du_jour(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cases that are listed, in the order of the session."""
    rangees: list[list[str]] = []
    for rang, (_, dossier) in enumerate(_listes(commande), 1):
        audience = dossier.synthese.get("prochaine_audience")
        rangees.append(
            [
                str(rang),
                _qui(dossier),
                ", ".join(dossier.lieu) or INCONNU,
                libelles.stade(dossier.synthese.get("stade") or "") or INCONNU,
                dossier.valeur("dette") or INCONNU,
                libelles.jour(audience) if audience else "aucune connue",
                couper(dossier.mot("InstanceInscrite", "motif"), TEXTE) or "–",
            ]
        )
    yield _liste(
        commande,
        "Ordre du jour",
        ["N°", "Ménage", "Logement", "Stade", "Dette", "Audience", "Pourquoi ce dossier"],
        [1, 5, 6, 4, 3, 3, 6],
        rangees,
    )


def releve(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The cases that were examined, with the avis and the recommendations of that day."""
    seance = commande["seance"]
    rangees: list[list[str]] = []
    for ligne, dossier in _listes(commande):
        if ligne["inscription"] != "EXAMINE":
            continue
        avis = [
            x for x in dossier.de("AvisRendu") if x.jour == seance["le"] and x.champs.get("instance") == seance["genre"]
        ]
        recommandations = [
            x
            for x in dossier.de("RecommandationEmise")
            if x.jour >= seance["le"] and x.champs.get("instance") == seance["genre"]
        ]
        rangees.append(
            [
                str(len(rangees) + 1),
                _qui(dossier),
                ", ".join(dossier.lieu) or INCONNU,
                " ; ".join(x.mot("sens") for x in avis) or "examiné, sans avis",
                couper(" ; ".join(dit for x in avis if (dit := x.mot("texte"))), TEXTE) or "–",
                couper(" ; ".join(_recommandation(x, commande["noms"]) for x in recommandations), TEXTE) or "–",
            ]
        )
    yield _liste(
        commande,
        "Relevé des dossiers examinés",
        ["N°", "Ménage", "Logement", "Avis", "Avis tel que notifié", "Recommandations"],
        [1, 5, 6, 5, 8, 8],
        rangees,
    )


def fiches(commande: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One landscape sheet by case, without what is under professional secrecy: as wide as each holds on its page.

    All are cut alike, so that a sheet's length tells nothing of the others'.
    """
    montres = [dossier for _, dossier in _listes(commande)]
    rubriques = [r for r in RUBRIQUES if r not in _HORS_FICHE]
    seance = commande["seance"]
    contenu = {
        "titre": f"Fiches de séance, {seance['libelle']}, {libelles.jour(seance['le'])}",
        "paysage": True,
        "pages": len(montres),
        "retenu": pied(montres),
    }
    for place in PLACES[1:]:
        composees = [fiche(dossier, place, commande["ou"], rubriques) for dossier in montres]
        yield {**contenu, "fiches": composees}
    # Of what is withheld, the foot of each page still has the groups.
    yield {**contenu, "fiches": [{**composee, "retenus": []} for composee in composees]}


def _listes(commande: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], DossierImprime]]:
    secrets = commande["papier"] != "fiches"
    couples = zip(commande["lignes"], commande["matieres"], strict=True)
    return [(x, lire(m, s3=secrets)) for x, m in couples if x["inscription"] not in NON_LISTES]


def _qui(dossier: DossierImprime) -> str:
    return ", ".join(dossier.titulaires) or f"dossier {dossier.court}"


def _recommandation(emise: FaitDit, noms: Mapping[str, str]) -> str:
    a_qui = str(emise.champs.get("destinataire", ""))
    qui = "le ménage" if a_qui == "menage" else noms.get(a_qui, a_qui)
    return f"{emise.mot('categorie')}, à {qui}" if qui else emise.mot("categorie")


def _liste(
    commande: Mapping[str, Any], titre: str, colonnes: list[str], largeurs: list[int], rangees: list[list[str]]
) -> dict[str, Any]:
    seance = commande["seance"]
    montres = [dossier for _, dossier in _listes(commande)]
    quand = libelles.jour(seance["le"]) + (f" à {libelles.heure(seance['heure'])}" if seance.get("heure") else "")
    return {
        "titre": f"{titre}, {seance['libelle']}, {libelles.jour(seance['le'])}",
        "chapeau": [f"Séance du {quand}" + (f", {seance['salle']}" if seance.get("salle") else "") + "."],
        "colonnes": colonnes,
        "largeurs": largeurs,
        "rangees": rangees,
        "au-dela": commande["au_dela"],
        "retenu": pied(montres),
    }
