"""A department for every role: cases that link it in each of its ways, and those that everybody is tried on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from tests.bases import SCHEMA, bases_neuves, ouvrir_ledger
from tests.monde import ETUDE, PAR, Monde, evenement, ouverture, ouvrir_monde, rpls
from tests.rest.mondes import PORTES, ROLES, Jeu, Lecteur, Travail, inscrire
from tests.rest.non_dits import INFORME, SAISIE, commandement, inscription, mandat
from tests.rest.recit import raconter, titulaire
from tests.rest.test_regles import DETTE
from tests.rest.test_reunion import rapprocher

ADM: Final = "CCAPEX_ADMINISTRATIVE"
EMISSION: Final = "ACTE_EMISSION"
SSD: Final = ("ssd", "ACCOMPAGNEMENT")


@dataclass
class Peuple:
    """A world with cases of every kind: by whom each was made, and those that everybody is tried on."""

    monde: Monde
    par_role: dict[str, list[str]] = field(default_factory=dict)
    demandes: dict[str, str] = field(default_factory=dict)
    de_tous: list[str] = field(default_factory=list)


@asynccontextmanager
async def peupler_de_tous(modele: str) -> AsyncIterator[Peuple]:
    """It, with the service open on it."""
    with bases_neuves(modele) as bases:
        inscrire(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde:
            ouvert = Peuple(monde, de_tous=[await raconter(monde)])
            for rang, role in enumerate(ROLES):
                siens = list(dict.fromkeys([d async for d in _dossiers_de(monde, Lecteur(role), 100 * rang)]))
                ouvert.demandes[role] = await _demander(monde, Lecteur(role), siens[0])
                reunis = [d async for d in _reunis_avec(monde, Lecteur(role), 100 * rang, siens)]
                ouvert.par_role[role] = siens + reunis
            ouvert.de_tous += [d async for d in _dossiers_de_tous(monde)]
            await monde.projeter()
            yield ouvert


async def _dossiers_de(monde: Monde, lecteur: Lecteur, rang: int) -> AsyncIterator[str]:
    """Cases that link this reader in each way that its role has, and one that did and does no more."""
    jeu = Jeu(monde, lecteur, Travail, su=True)
    voies = {lien for porte in PORTES[lecteur.role].values() for voie in porte["liens"] for lien in voie}
    jeu.commencer(rang + 1)
    await jeu.donner()  # its commune, its portfolio
    jeu.lui = await titulaire(monde, jeu.dossier)
    for recit in (INFORME, SAISIE, commandement, inscription("CCAPEX"), inscription("CLIL")):
        await recit(jeu)
    yield jeu.dossier
    if "DSF" in PORTES[lecteur.role]:
        jeu.commencer(rang + 5)
        await jeu.donner()
        await jeu.donner("etude")
        await jeu.dire("etude", EMISSION, evenement("AssignationSignifiee", etude_siret=ETUDE))
        yield jeu.dossier
    if "mandat" in voies:
        jeu.commencer(rang + 2)
        await jeu.donner()
        jeu.lui = await titulaire(monde, jeu.dossier)
        await mandat("lui" if lecteur.role == "USAGER" else "")(jeu)
        for finalite in lecteur.finalites("emettre"):
            if lecteur.emet("AccompagnementOuvert", finalite):
                suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="ASLL_MAINTIEN")
                recu = await monde.contribuer(jeu.dossier, lecteur.code, finalite, suivi, agent=lecteur.agent)
                if recu.status_code == 201:  # it told of the case, and its mandate ends
                    _fin_de_mandat(monde, lecteur.code, jeu.dossier)
                    break
        yield jeu.dossier
    if finalites := lecteur.finalites("ouvrir"):
        for numero, connu in ((3, True), (4, False)):  # joined, where others had opened it elsewhere; its own alone
            jeu.commencer(rang + numero)
            if connu:
                yield await jeu.autres([], ouvrent="etude")
            corps = ouverture(jeu.nom, lecteur.siret, f"35{jeu.menage:08d}", lecteur.commune)
            for finalite in finalites:
                recu = await monde.post("/v1/dossiers", lecteur.code, finalite, corps, lecteur.agent)
                if recu.status_code == 201:
                    yield recu.json()["dossier"]
                    break


async def _reunis_avec(monde: Monde, lecteur: Lecteur, rang: int, siens: list[str]) -> AsyncIterator[str]:
    """The other cases of households of which it has one: none of them links it.

    One that was looked at as one with its first, another with that one in its turn, and one of which nobody has looked;
    then, one for each of the others.
    """
    jeu = Jeu(monde, lecteur, Travail, su=True)

    async def ailleurs(numero: int) -> str:
        jeu.commencer(rang + 10 + numero)
        return await jeu.autres([("voisin", "ACTE_EMISSION", DETTE)], ouvrent="voisin")

    relu, suivant, tu = [await ailleurs(numero) for numero in range(3)]
    await relire(monde, siens[0], relu)
    await relire(monde, relu, suivant)
    await relire(monde, siens[0], tu, _RELU[:1])
    for autre in (relu, suivant, tu):
        yield autre
    for numero, sien in enumerate(siens[1:], 3):
        autre = await ailleurs(numero)
        await relire(monde, sien, autre)
        yield autre


_RELU: Final = ("MEME_MENAGE", "RELU")


async def relire(monde: Monde, a: str, b: str, decisions: Sequence[str] = _RELU) -> None:
    """Two cases are found to be one household's, and then looked at as one."""
    for decision in decisions:
        recu = await rapprocher(monde, a, b, decision)
        assert recu.status_code == 201, recu.text


async def _demander(monde: Monde, lecteur: Lecteur, dossier: str) -> str:
    """A request for help that this reader instructs."""
    aide = {"aide": str(uuid4()), "dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE"}
    dite = evenement("AideFinanciereInstruite", **aide, instructeur=lecteur.code)
    recu = await monde.contribuer(dossier, *SSD, dite)
    assert recu.status_code == 201, recu.text
    return aide["aide"]


def _fin_de_mandat(monde: Monde, code: str, dossier: str) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        fini = Mandat(code, UUID(dossier), "instructrice", date(2026, 1, 1), date(2026, 10, 1))
        confirmer_mandat(registre, fini)


async def _dossiers_de_tous(monde: Monde) -> AsyncIterator[str]:
    """One against which somebody objects, one that is restricted, one that is erased, two that are one household's."""
    for rang, portee in enumerate(("OPPOSITION", "LIMITATION")):
        dossier = await monde.ouvrir("ssd", nom=f"FERME{'AB'[rang]}", id_rpls=rpls(60 + rang))
        pose = evenement("OppositionEnregistree", portee=portee)
        assert (await monde.contribuer(dossier, "ccapex", ADM, pose)).status_code == 201
        yield dossier
    efface = await monde.ouvrir("ssd", nom="EFFACE", id_rpls=rpls(62))
    await monde.effacer(efface, await titulaire(monde, efface))
    yield efface
    a = await monde.ouvrir("ssd", nom="REUNI", id_rpls=rpls(63))
    b = await monde.ouvrir("bailleur", nom="RE UNIE", id_rpls=rpls(64))
    assert (await rapprocher(monde, a, b)).status_code == 201
    yield a
    yield b
