"""The verbs of the ledger, through its public door, on real databases."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.application import Ledger
from ledger.dossier import ActeRefuse, Auteur, Contribution, Propose
from ledger.events import (
    EFFACE,
    SCELLE,
    Classe,
    CommandementPayerSignifie,
    DetteDeclaree,
    DossierOuvert,
    EffacementAvise,
    EffacementDecide,
    EffacementDemande,
    Evenement,
    EvaluationSociale,
    OccupantDeclare,
)
from ledger.journal import Ligne
from ledger.mapper import ouvrir
from ledger.reader import Lecture
from ledger.writer import Recu
from tests.bases import AUJOURD_HUI, Bases, ouvrir_ledger

TOUTES = frozenset(Classe)
BAILLEUR = Auteur("oph-synthese-12", "BAILLEUR_CONTENTIEUX", "agent-1", "93667127000267")
DPO = Auteur("drihl93-dpo", "DPO", "agent-dpo")
RESPONSABLE = Auteur("drihl93", "RESPONSABLE_TRAITEMENT", "agent-rt")
EXECUTANT = Auteur("drihl93-ccapex", "CCAPEX_INSTRUCTEUR", "agent-2")


def une_ligne(auteur: Auteur = BAILLEUR) -> Ligne:
    return Ligne(
        organisation=auteur.partenaire,
        agent=auteur.agent,
        role=auteur.role,
        finalite="ACTE_EMISSION",
        action="contribuer",
        issue="autorise",
    )


def une_contribution(*evenements: Evenement, auteur: Auteur = BAILLEUR, cle: str | None = None) -> Contribution:
    return Contribution(
        id=uuid4(),
        auteur=auteur,
        finalite="ACTE_EMISSION",
        evenements=tuple(Propose(e, date(2026, 10, 1)) for e in evenements),
        cle=cle,
    )


def une_ouverture(personne: UUID, nom: str = "LEROY", id_rpls: str | None = "3523902547") -> Contribution:
    return une_contribution(
        DossierOuvert(parc="SOCIAL", commune="93066", adresse="118 avenue Jean-Jaurès", id_rpls=id_rpls, loyer=80061),
        OccupantDeclare(personne=personne, nom=nom, prenoms="Fatou", date_naissance=date(1955, 4, 24)),
    )


async def contribuer(ledger: Ledger, dossier: UUID, contribution: Contribution) -> Recu:
    return await ledger.contribuer(await ledger.lire_ou_vierge(dossier), contribution, une_ligne(contribution.auteur))


async def lire(ledger: Ledger, dossier: UUID) -> Lecture:
    lecture = await ledger.consulter(dossier)
    assert lecture is not None
    return lecture


def ouverts(lecture: Lecture) -> list[Evenement]:
    return [ouvrir(fait, lecture.trousseau, TOUTES).evenement for fait in lecture.faits]


async def test_ce_qui_est_contribue_se_relit_ferme_puis_ouvert(ledger: Ledger) -> None:
    dossier, personne = uuid4(), uuid4()
    contribution = une_ouverture(personne)
    recu = await contribuer(ledger, dossier, contribution)
    lecture = await lire(ledger, dossier)

    assert (recu.statut, recu.dossier, recu.position) == ("ecrit", dossier, lecture.position)
    fermes = [fait.evenement for fait in lecture.faits]
    assert isinstance(fermes[1], OccupantDeclare)
    assert fermes[1].personne == personne
    assert vars(fermes[1])["nom"] is SCELLE
    assert ouverts(lecture) == [propose.evenement for propose in contribution.evenements]
    assert lecture.etat.commune == "93066"
    assert await ledger.consulter(uuid4()) is None
