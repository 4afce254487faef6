"""Two ledgers compared by what they say: natural keys of acts, and unsealed payloads. Ids may differ."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import fields
from typing import Any
from uuid import UUID

import psycopg

from ledger.application import Ledger
from ledger.catalogue import Classe
from ledger.mapper import ouvrir

TOUTES = frozenset(Classe)


async def contenu(ledger: Ledger, admin_url: str) -> dict[str, Any]:
    """Each dossier named by the natural keys of its acts, with its facts in order, and its entries of the index."""
    with psycopg.connect(admin_url) as admin:
        admin.execute("SET search_path TO d93")
        cles: defaultdict[UUID, list[str]] = defaultdict(list)
        for empreinte, dossier in admin.execute("SELECT empreinte, dossier FROM cles_naturelles"):
            cles[dossier].append(bytes(empreinte).hex())
        index: defaultdict[UUID, Counter[tuple[int, str, bool]]] = defaultdict(Counter)
        for genre, empreinte, dossier, sujet in admin.execute("SELECT * FROM index_aveugle"):
            index[dossier][genre, bytes(empreinte).hex(), sujet == dossier] += 1
        [(evenements,)] = admin.execute("SELECT count(*) FROM dossiers_events").fetchall()
    noms = {dossier: "+".join(sorted(siennes)) for dossier, siennes in cles.items()}
    dit: dict[str, Any] = {"evenements": evenements}
    lectures = await asyncio.gather(*(ledger.consulter(dossier) for dossier in noms))
    for (dossier, nom), lecture in zip(noms.items(), lectures, strict=True):
        assert lecture is not None
        personnes = {personne: f"personne {rang}" for rang, personne in enumerate(lecture.etat.personnes)}
        faits = {fait.enveloppe.id: f"fait {fait.version}" for fait in lecture.faits}
        dit[nom] = (
            [
                (
                    fait.version,
                    fait.enveloppe.survenu_le,
                    fait.enveloppe.source,
                    fait.enveloppe.declarant,
                    _dit(fait, noms | personnes | faits),
                )
                for fait in (ouvrir(fait, lecture.trousseau, TOUTES) for fait in lecture.faits)
            ],
            index[dossier],
        )
    return dit


def _dit(fait: Any, noms: dict[UUID, str]) -> tuple[str, dict[str, Any]]:
    e = fait.evenement
    valeurs = {f.name: getattr(e, f.name) for f in fields(e)}
    return type(e).__name__, {nom: noms[v] if isinstance(v, UUID) else v for nom, v in valeurs.items()}


def essentiel(dit: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on which act of a household came first: its acts, and which of them were taken back."""
    return {nom: sorted(map(_acte, faits), key=repr) for nom, (faits, _) in _dossiers(dit)}


def actes(dit: dict[str, Any]) -> list[Any]:
    """The acts of a ledger."""
    return [fait for _, (faits, _) in _dossiers(dit) for fait in faits if "ref_acte" in fait[4][1]]


def _dossiers(dit: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(nom, lu) for nom, lu in dit.items() if nom != "evenements"]


def _acte(fait: tuple[Any, ...]) -> Any:
    _, survenu_le, source, declarant, (type_, valeurs) = fait
    return (survenu_le, source, declarant, type_, valeurs) if "ref_acte" in valeurs else type_ == "FaitCorrige"
