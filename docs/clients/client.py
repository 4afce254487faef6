"""Ouvrir un dossier, y contribuer, le relire, en éditer la synthèse, suivre ce qui change : avec un client engendré.

openapi-python-client le tire du document du rôle, une fois pour toutes, et l'on n'y touche pas :

    openapi-python-client generate --url "$UNEFOIS_URL/openapi.json?role=BAILLEUR_SOCIAL" \
        --config openapi-python-client.yaml --meta none --output-path unefois_client

Sur la démonstration, avec les variables de ``.unefois/demo.env`` :

    UNEFOIS_URL="$UNEFOIS" UNEFOIS_JETON="$JETON_GESTIONNAIRE_CONTENTIEUX" \
        UNEFOIS_AGENT=gestionnaire-contentieux python client.py
"""

import os
import uuid
from datetime import date
from pathlib import Path

from unefois_client import AuthenticatedClient
from unefois_client.api.documents import get_v1_dossiers_dossier_documents_document
from unefois_client.api.dossiers import (
    get_v1_dossiers_dossier,
    post_v1_dossiers,
    post_v1_dossiers_dossier_interventions,
)
from unefois_client.api.flux import get_v1_flux
from unefois_client.models import (
    Changements,
    Contribution,
    DetteDeclaree,
    DetteDeclareeDonnees,
    Document,
    GetV1DossiersDossierDocumentsDocumentDocument,
    Logement,
    LogementParc,
    Ouverture,
    Probleme,
    Recu,
    Titulaire,
)
from unefois_client.types import File

client = AuthenticatedClient(base_url=os.environ["UNEFOIS_URL"], token=os.environ["UNEFOIS_JETON"])
# Pourquoi, et au nom de qui : chaque appel le dit.
QUI = {"finalite": "ACTE_EMISSION", "agent": os.environ["UNEFOIS_AGENT"]}


def exiger(reponse):
    """Un problème dit en français ce qui ne va pas, où, et que faire."""
    if isinstance(reponse, Probleme):
        raise SystemExit(f"{reponse.detail} {reponse.remede}")
    return reponse


# D'où suivre ce qui change : à garder d'une exécution à l'autre.
depart: Changements = exiger(get_v1_flux.sync(client=client, **QUI))

ouverture = Ouverture(
    survenu_le=date(2026, 9, 1),
    logement=Logement(
        parc=LogementParc.SOCIAL,
        commune="93008",
        adresse="118 avenue Jean-Jaurès",
        bailleur_siret="93667127000267",
        bailleur_nom="OPH SYNTHÈSE 16",
        id_rpls="3523902547",
        loyer=80061,
    ),
    titulaire=Titulaire(nom="LEROY", prenoms="Fatou", date_naissance=date(1955, 4, 24)),
)
# La clé est la vôtre : renvoyée avec la même, la demande n'est enregistrée qu'une fois.
recu: Recu = exiger(post_v1_dossiers.sync(client=client, body=ouverture, idempotency_key=str(uuid.uuid4()), **QUI))

dette = DetteDeclaree(
    type_="DetteDeclaree",
    survenu_le=date(2026, 10, 15),
    donnees=DetteDeclareeDonnees(montant=224770, arretee_au=date(2026, 10, 31)),
)
contribution: Recu = exiger(
    post_v1_dossiers_dossier_interventions.sync(
        recu.dossier,
        client=client,
        body=Contribution(evenements=[dette]),
        idempotency_key=str(uuid.uuid4()),
        **QUI,
    )
)

dossier: Document = exiger(get_v1_dossiers_dossier.sync(recu.dossier, client=client, **QUI))
print(dossier.dossier)
for fait in dossier.faits:
    print(fait.type_, fait.survenu_le, fait.auteur.organisation, sorted(fait.champs.to_dict()))

# La synthèse, telle qu'elle s'imprime : un PDF, de ce qui vous est communiqué.
synthese: File = exiger(
    get_v1_dossiers_dossier_documents_document.sync(
        recu.dossier, GetV1DossiersDossierDocumentsDocumentDocument.SYNTHESE, client=client, **QUI
    )
)
Path("synthese.pdf").write_bytes(synthese.payload.read())

# Ce qui a changé depuis, une fois que les vues ont ce qui vient d'être écrit.
a_jour = {"position": str(contribution.position), "prefer": "wait=10"}
suite: Changements = exiger(get_v1_flux.sync(client=client, depuis=depart.suivant, **a_jour, **QUI))
for change in suite.evenements:
    print(change.type_, change.data.evenement)
