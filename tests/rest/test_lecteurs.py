"""Before an act is saved its author is told who will read it: whoever reads it was announced, and who was reads it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import product
from typing import Any, Final
from uuid import UUID

import pytest

from adapters.gate import lecteurs as prevus
from adapters.gate import mesures, suppositions
from adapters.gate.provenance import Provenance
from adapters.mots import libelles
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION
from policies.decision import Action, Collecte, Lien, Origine, Request, Source
from policies.embedded import EmbeddedEngine
from policies.engines import Decider
from policies.tables import charger
from tests.bases import AUJOURD_HUI, bases_neuves, ouvrir_ledger
from tests.monde import SEANCE, SEANCE_LE, Monde, evenement, mandater, ouvrir_monde, rpls
from tests.rest.annonces import Annonces, Ecart, Vrai, confronter, delier, inscrire_tiers, lectures, tiers
from tests.rest.dires import PLUS_TARD, permis
from tests.rest.mondes import TABLES, Lecteur, compter_le_travail, inscrire
from tests.rest.recit import titulaire
from tests.rest.test_dire_et_relire import EMETTENT

APRES: Final[tuple[tuple[str, Callable[[], dict[str, Any]]], ...]] = (
    ("tel quel", lambda: evenement("MenageInforme", canal="COURRIER")),
    ("opposition", lambda: evenement("OppositionEnregistree", portee="OPPOSITION")),
    ("saisine close", lambda: evenement("SaisineClose", "2026-10-31", motif="RELOGE")),
    ("limitation", lambda: evenement("OppositionEnregistree", portee="LIMITATION")),
)
"""What a case becomes once all was told: roles take turns, and what they tell is told by several of them."""


@pytest.fixture(scope="module")
async def monde(modele: str) -> AsyncIterator[Monde]:
    """One world for the module, with organisations of each role, by each way."""
    with bases_neuves(modele) as bases:
        inscrire(bases)
        inscrire_tiers(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as ouvert:
            yield ouvert


@pytest.mark.parametrize("role", EMETTENT)
async def test_qui_lit_un_acte_avait_ete_annonce_et_qui_l_avait_ete_le_lit(
    monde: Monde, role: str, compter: Callable[[str, int], None]
) -> None:
    annonces, tour = Annonces(monde, Lecteur(role), 0), EMETTENT.index(role)
    tous = [un for un in tiers() if un.rang % 4 in {tour % 4, (tour + 2) % 4}]
    avant, apres = tous[::2], tous[1::2]
    await annonces.commencer()
    demandes = await annonces.lier(tous, accord=tour % 4 < 2)
    cases, vus = 0, Counter[str]()
    finalites = sorted(permis(role), key=lambda finalite: finalite != PLUS_TARD)
    for finalite in finalites:
        if finalite != PLUS_TARD and finalite == next(f for f in finalites if f != PLUS_TARD):
            await annonces.avancer("CommandementQuitterSignifie", "2026-10-05")
            await annonces.avancer("ConcoursForceRequis", "2026-10-10")
        for nom in permis(role)[finalite]:
            if nom == "FaitCorrige" or (role, nom) == ("USAGER", "OccupantParti"):
                continue
            recu = await annonces.dire(finalite, await annonces.fait(nom, finalite))
            assert recu.status_code == 201, (role, finalite, nom, recu.text)
        if finalite == PLUS_TARD:
            n, lus = confronter(annonces.dites, await lectures(annonces, tous, demandes))
            cases, vus = cases + n, vus + lus
    _, devenu = APRES[tour % len(APRES)]
    for lecteurs, fait in ((avant, None), (apres, devenu())):
        if fait is not None:
            await annonces.autre("ccapex", "CCAPEX_ADMINISTRATIVE", fait)
        n, lus = confronter(annonces.dites, await lectures(annonces, lecteurs, demandes))
        cases, vus = cases + n, vus + lus
    assert cases > 1_000
    assert vus or role in {"DPO", "RESPONSABLE_TRAITEMENT"}  # what they tell of rights is for themselves
    compter("champs comparés, annoncés et lus", cases)
    compter("faits lus de quelqu'un, comme annoncé", vus.total())


class Seule(Annonces):
    """A household of one adult, whose case no CCAPEX has on its agenda."""

    async def inscrire(self, instance: str, lieu: str = "departement", seance: UUID | None = None) -> None:
        if instance != "CCAPEX":
            await super().inscrire(instance, lieu, seance)

    async def autre(self, qui: str, finalite: str, *faits: dict[str, Any], agent: str = "") -> None:
        if faits[0]["type"] != "RecommandationEmise":  # the CCAPEX recommends of what is on its agenda
            await super().autre(qui, finalite, *faits, agent=agent)

    def _du_service(self) -> Iterator[dict[str, Any]]:
        return (fait for fait in super()._du_service() if fait["type"] != "OccupantDeclare")


ACCOMPAGNEMENT: Final = "ACCOMPAGNEMENT"
FAITS: Final[tuple[dict[str, Any], ...]] = (
    evenement("DetteDeclaree", montant=230000, arretee_au="2026-09-30"),
    evenement("DetteDeclaree", "2025-09-01", montant=230000, arretee_au="2025-08-31"),
    evenement("BudgetDeclare", ressources=142000, charges=98000, reste_a_vivre=44000),
    evenement("MenageDeclare", nb_adultes=1, nb_enfants=2, annees_naissance_enfants=[2015, 2020]),
    evenement("ContactTente", canal="COURRIER", resultat="JOINT"),
    evenement("ContactTente", "2026-09-01", canal="COURRIER", resultat="JOINT"),
    evenement("ContactTente", canal="VAD", resultat="ABSENT"),
    evenement("CoordonneesDeclarees", personne="lui", telephone="0612345678", canal_sur="LIBRE"),
    evenement("CoordonneesDeclarees", personne="lui", telephone="0612345678", canal_sur="NE_PAS_APPELER"),
    evenement("SurendettementAvance", etape="DEPOSE"),
    evenement("SurendettementAvance", etape="RECEVABLE"),
    evenement("EvaluationSociale", acte="a", personnes=["lui"], texte="Un texte.", partage=False),
    evenement("EvaluationSociale", acte="b", personnes=["lui"], texte="Un texte.", partage=True),
    evenement("BesoinSignale", acte="c", besoin="VIOLENCE", fondement="RGPD_6_1_E"),
    evenement("BesoinSignale", acte="d", besoin="INTERPRETE", fondement="RGPD_6_1_E", avec_accord=True),
    evenement("BesoinSignale", acte="e", besoin="INTERPRETE", fondement="RGPD_6_1_E", avec_accord=False),
    evenement("InformationTransmise72", acte="f", texte="Un texte.", necessite="Utile à l'avis.",
              menage_informe_le="2026-10-01"),
)  # fmt: skip
"""Facts of which what they say decides who reads them; « lui » is who holds the lease."""


async def _raconter(annonces: Annonces) -> None:
    for rang, fait in enumerate(FAITS):
        donnees = dict(fait["donnees"])
        donnees |= {"acte": str(UUID(int=1000 * annonces.rang + rang + 1))} if "acte" in donnees else {}
        donnees |= {nom: annonces.lui for nom in ("personne",) if nom in donnees}
        donnees |= {nom: [annonces.lui] for nom in ("personnes",) if nom in donnees}
        recu = await annonces.dire(ACCOMPAGNEMENT, fait | {"donnees": donnees})
        assert recu.status_code == 201, (fait, recu.text)


@pytest.fixture(scope="module")
async def vecu(monde: Monde) -> list[tuple[Annonces, list[Vrai]]]:
    """Cases of which a social service tells, or a landlord, read by everybody as they go on."""
    ssd, bailleur = Lecteur("CD_TRAVAILLEUR_SOCIAL"), Lecteur("BAILLEUR_SOCIAL")
    return [
        await _vivre(Annonces(monde, ssd, 1), "saisine close", "limitation"),
        await _vivre(Seule(monde, ssd, 2), "opposition"),
        await _vivre(Seule(monde, bailleur, 2)),
    ]


async def _vivre(annonces: Annonces, *suite: str) -> tuple[Annonces, list[Vrai]]:
    """Told, and read as it goes on. Of one, persons gave accords; then those who follow the household lose secrecy."""
    accord = not isinstance(annonces, Seule)
    await annonces.commencer()
    demandes = await annonces.lier(tiers(), accord=accord)
    if annonces.lecteur.role == "BAILLEUR_SOCIAL":
        recu = await annonces.dire("ACTE_EMISSION", FAITS[0])
        assert recu.status_code == 201, recu.text
        return annonces, await lectures(annonces, tiers(), demandes)
    await _raconter(annonces)
    if accord:
        await annonces.suivre_sans_informer()
    lues = await lectures(annonces, tiers(), demandes)
    if accord:
        delier(annonces.monde.bases)
    await annonces.avancer("CommandementQuitterSignifie", "2026-10-05")
    await annonces.avancer("ConcoursForceRequis", "2026-10-10")
    for nom, fait in APRES:
        if nom in suite:
            await annonces.autre("ccapex", "CCAPEX_ADMINISTRATIVE", fait())
            lues += await lectures(annonces, tiers(), demandes)
    if accord:
        delier(annonces.monde.bases, tenus=True)
    return annonces, lues


async def test_ce_que_dit_un_acte_decide_de_qui_le_lit(
    vecu: list[tuple[Annonces, list[Vrai]]], compter: Callable[[str, int], None]
) -> None:
    cases = 0
    for annonces, lues in vecu:
        n, vus = confronter(annonces.dites, lues)
        cases += n
        assert vus.total() > 50
        tus = [d.acte["groupes"][0]["reserve"] for d in annonces.dites if d.fait["donnees"].get("besoin") == "VIOLENCE"]
        assert tus == [True] * (annonces.lecteur.role == "CD_TRAVAILLEUR_SOCIAL")
    assert cases > 200_000
    compter("champs comparés, selon ce que dit l'acte", cases)


def _sans_groupe(patch: pytest.MonkeyPatch) -> None:
    vrai = prevus._ouverts
    patch.setattr(prevus, "_ouverts", lambda *a: ((g, o) for g, o in vrai(*a) if g != "F05"))


def _sans_role(patch: pytest.MonkeyPatch) -> None:
    vrai = prevus._rangs
    patch.setattr(prevus, "_rangs", lambda *a: (r for r in vrai(*a) if r.role != "CLIL_SECRETARIAT"))


def _sans_voie(patch: pytest.MonkeyPatch) -> None:
    vrai = prevus._ouverts
    patch.setattr(prevus, "_ouverts", lambda *a: ((g, o) for g, o in vrai(*a) if o.liens != {Lien.MANDAT}))


def _sans_champ(patch: pytest.MonkeyPatch) -> None:
    vrai = mesures.ouverts
    patch.setattr(prevus, "ouverts", lambda *a, **k: (m := vrai(*a, **k)) and tuple(x for x in m if x[0] != "montant"))


_QUI: Final = prevus._Qui


def _sans_condition(condition: str) -> Callable[[pytest.MonkeyPatch], None]:
    def oublier(patch: pytest.MonkeyPatch) -> None:
        vrai = suppositions._privations
        patch.setattr(suppositions, "_privations", lambda *a: ((c, q) for c, q in vrai(*a) if c != condition))

    return oublier


FAUTES: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "un groupe oublié": _sans_groupe,
    "un rôle oublié": _sans_role,
    "un lien oublié": _sans_voie,
    "un champ oublié": _sans_champ,
    "ce qui se tait, annoncé": lambda patch: patch.setattr(prevus, "tu", lambda *_, **__: ""),
    "le stade oublié": lambda patch: patch.setattr(prevus, "_stades", lambda *_: ()),
    "les collègues pris pour l'auteur": lambda patch: patch.setattr(
        prevus, "_Qui", lambda qualite, role, code="\0", *_: _QUI(qualite, role, code, "sujet")
    ),
    **{
        f"sans {condition}": _sans_condition(condition)
        for condition in (
            "saisine_ouverte", "demande", "opposition", "limitation", "secret", "agent", "intervention_informee",
            "accords", "regimes", "demande_confirmee",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("faute", FAUTES)
async def test_une_faute_remise_se_voit(
    vecu: list[tuple[Annonces, list[Vrai]]], faute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAUTES[faute](monkeypatch)
    gate = vecu[0][0].monde.gate
    gate.voies.clear()
    vues = 0
    for annonces, lues in vecu:
        try:
            confronter(await annonces.redire(), lues)
        except Ecart:
            vues += 1
    gate.voies.clear()
    assert vues


# what its author may not know ---------------------------------------------------------------------------------------

SIENS: Final[tuple[dict[str, Any], ...]] = (
    evenement("DetteDeclaree", montant=230000, arretee_au="2026-09-30"),
    evenement("LogementDeclare", loyer=70000),
    evenement("BesoinSignale", acte=str(UUID(int=71)), besoin="PRESENCE_SERVICE_SOCIAL", fondement="RGPD_6_1_E"),
    evenement("CommandementPayerSignifie", dette=230000, observations="occupant absent"),
    evenement("Inconnu"),
    evenement("EvaluationSociale", acte=str(UUID(int=72)), texte="Un texte."),
)
"""What a landlord tells, or may not."""


async def test_deux_dossiers_qui_ne_different_que_par_ce_que_l_auteur_ignore_repondent_les_memes_octets(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """Nobody else knows of the one; of the other, everybody: saisine, agenda, follow-up, needs, restriction."""
    nu = await monde.ouvrir(nom="JUMEAU", id_rpls=rpls(81))
    su = await monde.ouvrir(nom="JUMELLE", id_rpls=rpls(82))
    lui = await titulaire(monde, su)
    evaluation: dict[str, Any] = {"acte": str(UUID(int=73)), "texte": "Un texte.", "partage": True}
    violence = {"acte": str(UUID(int=74)), "besoin": "VIOLENCE", "fondement": "RGPD_6_1_E"}
    accord: dict[str, Any] = {
        "accord": str(UUID(int=75)),
        "destinataire": "caf",
        "groupes": ["F05"],
        "jusqu_au": "2027-03-01",
    }
    inscrite = {"instance": "CCAPEX", "seance": str(SEANCE), "seance_le": SEANCE_LE.isoformat()}
    for qui, finalite, fait in (
        ("ssd", ACCOMPAGNEMENT, evenement("AccompagnementOuvert", intervention=str(UUID(int=76)), mesure="SSD")),
        ("ssd", ACCOMPAGNEMENT, evenement("EvaluationSociale", personnes=[lui], **evaluation)),
        ("ssd", ACCOMPAGNEMENT, evenement("BesoinSignale", **violence)),
        ("ssd", ACCOMPAGNEMENT, evenement("CoordonneesDeclarees", personne=lui, canal_sur="NE_PAS_ECRIRE")),
        ("ssd", ACCOMPAGNEMENT, evenement("AccordRecueilli", personne=lui, **accord)),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12")),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("InstanceInscrite", **inscrite)),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee="OPPOSITION")),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("OppositionEnregistree", portee="LIMITATION")),
    ):
        recu = await monde.contribuer(su, qui, finalite, fait)
        assert recu.status_code == 201, (fait, recu.text)
    mandater(monde.bases, "etude", UUID(su))
    statuts, decisions = Counter[int](), 0
    with compter_le_travail() as prendre:
        for fait in SIENS:
            rendus = []
            for dossier in (nu, su):
                monde.gate.voies.clear()
                for _ in range(2):
                    prendre()
                    corps = {"evenements": [fait]}
                    dit = await monde.post(f"/v1/dossiers/{dossier}/lecteurs", "bailleur", "ACTE_EMISSION", corps)
                    travail = prendre()
                    rendus.append((dit.status_code, dit.content, travail))
                    assert not travail.descelles
            assert rendus[:2] == rendus[2:], fait
            statuts[rendus[0][0]] += 1
            decisions += sum(travail.decisions for _, _, travail in rendus)
    assert statuts[200] >= 3
    assert statuts.keys() == {200, 403, 422}
    compter("décisions demandées de lecteurs supposés, les mêmes pour les deux jumeaux", decisions)


async def test_ce_qui_est_demande_est_borne_et_ne_depend_que_de_la_revision_et_du_jour(monde: Monde) -> None:
    """The second time that readers are supposed, no more is asked than what the author's own right takes."""
    dossier = await monde.ouvrir(nom="BORNE", id_rpls=rpls(83))
    corps = {"evenements": [SIENS[0]] * EVENEMENTS_PAR_CONTRIBUTION}
    monde.gate.voies.clear()
    faites = []
    with compter_le_travail() as prendre:
        for _ in range(2):
            dit = await monde.post(f"/v1/dossiers/{dossier}/lecteurs", "bailleur", "ACTE_EMISSION", corps)
            assert dit.status_code == 200
            assert len(dit.json()["actes"]) == 1
            faites.append(prendre().decisions)
    assert 500 < faites[0] < 4_000
    assert faites[1] < 5


async def test_la_ligne_du_journal_est_celle_d_une_ecriture_qui_n_a_rien_enregistre(monde: Monde) -> None:
    dossier = await monde.ouvrir(nom="TRACE", id_rpls=rpls(84))
    avant = (await monde.gate.ledger.consulter(UUID(dossier))).etat.version  # type: ignore[union-attr]  # it is there
    dit = await monde.post(f"/v1/dossiers/{dossier}/lecteurs", "bailleur", "ACTE_EMISSION", {"evenements": [SIENS[0]]})
    assert dit.status_code == 200
    [ligne] = [ligne for ligne in await monde.journal(5) if ligne["motif"] == "qui_lira"][:1]
    assert (ligne["action"], ligne["issue"], str(ligne["dossier"])) == ("emettre", "autorise", dossier)
    assert (await monde.gate.ledger.consulter(UUID(dossier))).etat.version == avant  # type: ignore[union-attr]  # it is there


# what is supposed ---------------------------------------------------------------------------------------------------


def test_chaque_fait_d_une_question_est_suppose_ou_dit_par_l_acte() -> None:
    """A closed fact that somebody adds to the question is either of the fact, of the reader, or a condition here."""
    du_lecteur = {"role", "finalite", "action", "le", "liens", "stade"}
    d_une_ecriture = {"ecrits", "interesse", "instance", "chez_soi", "convoque", "vue"}
    tous = {*Provenance._fields, *suppositions.SANS, *suppositions.FAVORABLE, *du_lecteur, *d_une_ecriture}
    assert set(Request.__struct_fields__) == tous


async def test_chaque_condition_et_chaque_motif_se_disent_en_francais(compter: Callable[[str, int], None]) -> None:
    """Every provenance that a fact may have, to every role: no condition, and no reason, without its sentence."""
    decider, vues, motifs, n = Decider(EmbeddedEngine(charger())), set[str](), set[str](), 0
    sous = Request(role="", finalite="", action=Action.LIRE, le=AUJOURD_HUI)
    nommes = ("", "AccompagnementOuvert", "AvisRendu")
    for emis, collecte, nom, origine in (
        *product((False, True), Collecte, nommes, (Origine.AUTRE,)),
        *product((False, True), (Collecte.GENERALE,), ("",), Origine),
    ):
        p = Provenance(Source.PARTENAIRE, emis, collecte, nom, origine=origine, ma_main=emis)
        for ligne in TABLES.roles:
            for voie in await suppositions.voies(decider, TABLES, ligne["code"], p, sous):
                vues |= {*voie.sans, f"malgre_{voie.malgre}" if voie.malgre else "limitation"}
                motifs |= {voie.decision.motif, *voie.decision.retenus.values()} - {""}
                n += 1
    assert vues <= libelles.CONDITIONS.keys()
    assert motifs <= libelles.FERMETURES.keys()
    compter("voies supposées, de chaque provenance", n)
