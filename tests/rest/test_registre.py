"""The registry's commands, by what they open and close at the API from the next request on."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg
import pytest

from adapters.commande import registre as commandes_registre
from adapters.commande.unefois import analyseur
from adapters.demo import peuplement
from adapters.demo.departement import siret
from adapters.demo.peuplement import peupler_registre
from adapters.gate.acces import Declaration, admettre
from adapters.gate.contexte import Trace
from adapters.identite.sujet import Demandeur
from adapters.registre.administration import (
    ChangementRefuse,
    administrer,
    consulter,
    habiliter,
    suspendre_partenaire,
)
from adapters.registre.instantane import Habilitation
from ledger.droit.jours import aujourd_hui
from policies.decision import Action
from tests.bases import AUJOURD_HUI, SCHEMA, Bases, bases_neuves
from tests.monde import BAILLEUR, PAR, Monde, evenement, ouverture, peupler
from tests.rest.recit import raconter, titulaire

Commander = Callable[..., str]


NEUF: Final = siret(900)
"""The SIRET of who is new in a test."""


def commander_de(bases: Bases) -> Callable[..., None]:
    """Run ``unefois COMMANDE --par PAR GESTE …`` on a registry."""

    def lancer(ligne: str, par: str = PAR) -> None:
        commande, reste = ligne.split(maxsplit=1)
        options = analyseur().parse_args([commande, "--par", par, *reste.split()])
        assert commandes_registre.run(options, bases.registre_url, SCHEMA, AUJOURD_HUI) == 0

    return lancer


@pytest.fixture
def commander(bases: Bases, capsys: pytest.CaptureFixture[str]) -> Commander:
    """Run it on this test's registry; what it says."""
    lancer = commander_de(bases)

    def dire(ligne: str, par: str = PAR) -> str:
        lancer(ligne, par)
        return capsys.readouterr().out

    return dire


async def types(monde: Monde, dossier: str, qui: str, finalite: str) -> set[str]:
    lu = await monde.get(f"/v1/dossiers/{dossier}", qui, finalite)
    return {fait["type"] for fait in lu.json()["faits"]} if lu.status_code == 200 else set()


async def test_un_mandat_confirme_ouvre_et_revoque_referme(monde: Monde, commander: Commander) -> None:
    dossier = await raconter(monde)
    siens = await types(monde, dossier, "etude", "ACTE_RECEPTION")
    assert "CcapexSaisie" not in siens
    dit = commander(f"mandats confirmer etude {dossier} --confirme-par instructrice --du 2026-11-01 --au 2026-11-30")
    assert dit == "etude est mandaté jusqu'au 2026-11-30.\n"
    assert "CcapexSaisie" in await types(monde, dossier, "etude", "ACTE_RECEPTION")
    assert f"dossier {dossier}, du 2026-11-01 au 2026-11-30, confirmé par instructrice" in commander("mandats lister")
    commander(f"mandats revoquer etude {dossier}")
    assert await types(monde, dossier, "etude", "ACTE_RECEPTION") == siens
    assert f"révoqué le {AUJOURD_HUI}" in commander("mandats lister")
    [ligne] = [x for x in await monde.journal() if x["motif"] == "mandats update"]
    assert (f"{ligne['organisation']}/{ligne['agent']}", str(ligne["dossier"])) == (PAR, dossier)


@pytest.mark.parametrize("qui", ["clerc", "inconnue", "contentieux"])
async def test_nul_autre_que_le_service_instructeur_ne_confirme(monde: Monde, commander: Commander, qui: str) -> None:
    dossier = await monde.ouvrir()
    with pytest.raises(ChangementRefuse, match="service instructeur"):
        commander(f"mandats confirmer etude {dossier} --confirme-par {qui}")
    assert commander("mandats lister") == ""


async def test_une_seance_convoquee_ouvre_son_ordre_du_jour_a_ceux_qui_y_siegent(
    monde: Monde, commander: Commander
) -> None:
    dossier = await raconter(monde)
    commander(f"partenaires inscrire ars --siret {NEUF} --nom ARS --role CCAPEX_MEMBRE"
              " --finalite CCAPEX_INSTRUCTION --client client-ars")  # fmt: skip
    commander("habilitations accorder ars deleguee --finalite CCAPEX_INSTRUCTION")
    commander("seances asseoir ars CCAPEX instance:ccapex-93")
    trouvee = re.fullmatch(
        r"Séance (\S+) convoquée pour le 2026-12-20\.\n",
        commander("seances convoquer CCAPEX instance:ccapex-93 --le 2026-12-20"),
    )
    assert trouvee is not None
    inscrite = evenement("InstanceInscrite", instance="CCAPEX", seance=trouvee[1], seance_le="2026-12-20")
    assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", inscrite)).status_code == 201

    async def lire() -> int:
        reponse = await monde.get(f"/v1/dossiers/{dossier}", "ars", "CCAPEX_INSTRUCTION", "deleguee")
        return reponse.status_code

    assert await lire() == 200
    commander("seances retirer ars CCAPEX instance:ccapex-93")
    assert await lire() == 404
    commander("seances asseoir ars CCAPEX instance:ccapex-93 --voix consultative")
    assert await lire() == 404
    commander(f"partenaires inscrire ars --siret {NEUF} --nom ARS --role CCAPEX_MEMBRE"
              f" --finalite CCAPEX_INSTRUCTION --portefeuille {BAILLEUR} --client client-ars")  # fmt: skip
    assert await lire() == 200
    commander("seances asseoir ars CCAPEX instance:ccapex-93")
    assert await lire() == 200
    commander(f"seances annuler {trouvee[1]}")
    assert await lire() == 404
    dit = commander("seances lister")
    assert f"{trouvee[1]} : CCAPEX, instance:ccapex-93, le 2026-12-20, convoquée le {AUJOURD_HUI} ; annulée le" in dit
    assert "ars : siège en CCAPEX, instance:ccapex-93, voix deliberative\n" in dit


async def test_un_client_retire_ne_vaut_plus_rien(monde: Monde, commander: Commander) -> None:
    assert (await monde.get("/v1/moi", "caf", "COORDINATION_CONTACTS")).status_code == 200
    commander("partenaires retirer-client client-caf")
    assert (await monde.get("/v1/moi", "caf", "COORDINATION_CONTACTS")).status_code == 401


async def test_le_changement_d_un_autre_ne_change_rien_a_qui_demande(monde: Monde, commander: Commander) -> None:
    """What was prepared for a subject goes on being served to it: an equal subject, until its own rights change."""

    async def sujet() -> Demandeur:
        acces = await admettre(
            monde.gate, monde.jeton("caf"), Declaration("COORDINATION_CONTACTS", "conseiller"), Action.LIRE, Trace("")
        )
        return acces.sujet

    avant = await sujet()
    commander("habilitations accorder dpo une-autre --finalite CONTROLE")
    commander("habilitations accorder caf une-collegue --finalite COORDINATION_CONTACTS")
    commander("partenaires suspendre bailleur")
    assert await sujet() == avant
    assert (await sujet()).partenaire is avant.partenaire
    commander("habilitations accorder caf conseiller --finalite COORDINATION_CONTACTS --secret mission --du 2026-02-01")
    apres = await sujet()
    assert apres != avant
    assert (avant.secret, apres.secret) == ("aucun", "mission")


def test_le_registre_d_un_jour_passe_se_liste(bases: Bases, commander: Commander) -> None:
    peupler(bases)
    for commande in ("partenaires", "habilitations", "instances", "seances"):
        assert len(commander(f"{commande} lister").splitlines()) > 1
        assert commander(f"{commande} lister --au 2999-12-31") == commander(f"{commande} lister")
        assert commander(f"{commande} lister --au 2020-01-01") == ""


def test_la_demonstration_peuplee_deux_fois_ne_dit_rien_de_plus(bases: Bases) -> None:
    lus = []
    for _ in range(2):
        peupler_registre(bases.registre_url, SCHEMA, aujourd_hui())
        with administrer(bases.registre_url, peuplement.PAR, SCHEMA) as registre:
            lus.append(consulter(registre))
    assert len(lus[0].partenaires) > 10
    assert lus[0] == lus[1]


INSCRIRE: Final = f"partenaires inscrire x --siret {NEUF} --nom X"
ACCORDER: Final = "habilitations accorder caf nouvelle --finalite AIDE_INSTRUCTION"
REFUSES: Final = (
    (f"{INSCRIRE} --role CAFE", "« role » : aucun rôle ne porte ce nom ; il y a : ACTION_LOGEMENT"),
    (
        f"partenaires inscrire 1.84.12.2A.033.007 --siret {NEUF} --nom X --role DPO --finalite CONTROLE",
        "« code » ressemble à un numéro de sécurité sociale",
    ),
    (f"partenaires inscrire Majuscule --siret {NEUF} --nom X --role DPO", "« code » : donnez des minuscules"),
    (f"{INSCRIRE} --role DPO --finalite ACCOMPAGNEMENT", "il peut déclarer : CONTROLE, DROITS_PERSONNE"),
    ("partenaires inscrire x --siret 123 --nom X --role DPO", "« siret » : donnez les quatorze chiffres"),
    ("partenaires inscrire x --siret 93667127000268 --nom X --role DPO", "« siret » : donnez les quatorze chiffres"),
    ("partenaires inscrire x --siret 00000000000000 --nom X --role DPO", "« siret » : donnez les quatorze chiffres"),
    ("partenaires inscrire x --nom X --role DPO", "« siret » : donnez les quatorze chiffres"),
    (f"{INSCRIRE} --role DPO --territoire communes", "nomme ses communes"),
    (f"{INSCRIRE} --role DPO --territoire departement --commune 93066", "nomme ses communes"),
    (f"{INSCRIRE} --role DPO --territoire communes --commune 99999", "« commune » : ce code"),
    (f"{INSCRIRE} --role BAILLEUR_SOCIAL --portefeuille 93667127000268", "« portefeuille » : donnez des SIRET"),
    (f"{INSCRIRE} --role USAGER", "« siret » : le compte d'une personne concernée"),
    ("partenaires inscrire x --nom X --role USAGER --territoire departement", "un mandat le lie à son dossier"),
    (f"partenaires inscrire x --nom X --role USAGER --portefeuille {BAILLEUR}", "un mandat le lie à son dossier"),
    ("partenaires retirer-client personne", "Rien de ce nom"),
    ("habilitations accorder personne a --finalite CONTROLE", "« partenaire » : aucun partenaire de ce code"),
    ("habilitations accorder caf deux,mots --finalite AIDE_INSTRUCTION", "« agent » : donnez un pseudonyme"),
    ("habilitations accorder caf a --finalite CFP_INSTRUCTION", "« finalite » : le rôle CAF ne déclare pas"),
    (f"{ACCORDER} --au 2126-12-31", "« au » : donnez un jour"),
    (f"{ACCORDER} --du 2026-11-01 --au 2026-10-31", "« au » : donnez un jour"),
    (f"{ACCORDER} --du 2126-01-01 --au 2126-12-31", "« du » : donnez un jour"),
    (f"{ACCORDER} --du 0001-01-01 --au 0001-02-01", "« du » : donnez un jour"),
    (f"mandats confirmer etude {UUID(int=9)} --confirme-par instructrice", "« dossier » : aucun dossier"),
    ("mandats revoquer etude 0199f1e2-7b1a-7000-8000-0000000000aa", "Rien de ce nom"),
    ("seances convoquer CCAPEX ici --le 2026-12-20", "« lieu » : le lieu d'une CCAPEX est"),
    ("seances convoquer CCAPEX commune:93066 --le 2026-12-20", "« lieu » : le lieu d'une CCAPEX est"),
    ("seances convoquer CLIL departement --le 2026-12-20", "« lieu » : le lieu d'une CLIL est arrondissement:INSEE ou"),
    ("seances convoquer CLIL commune:99999 --le 2026-12-20", "« lieu » : le code 99999 ne nomme rien"),
    ("seances convoquer CLIL commune:93059 --le 2026-12-20", "« lieu » : le code 93059 ne nomme rien"),
    ("seances convoquer COMEX arrondissement:93066 --le 2026-12-20", "« lieu » : le code 93066 ne nomme rien"),
    ("seances convoquer CCAPEX departement --le 2026-10-01", "« le » : une séance se tient après sa convocation"),
    ("seances convoquer CCAPEX departement --le 2126-12-20", "« seance_le » : donnez un jour"),
    ("seances convoquer CCAPEX departement --le 1926-12-20 --convoquee-le 1926-12-01", "_le » : donnez un jour"),
    ("seances annuler 0199f1e2-7b1a-7000-8000-0000000000ab", "Rien de ce nom"),
    ("seances asseoir personne CCAPEX departement", "« partenaire » : aucun partenaire de ce code"),
    ("seances asseoir caf CLIL departement", "« lieu » : le lieu d'une CLIL est"),
    ("seances asseoir caf CLIL commune:99999", "« lieu » : le code 99999 ne nomme rien"),
    ("seances retirer etude CCAPEX departement", "Rien de ce nom"),
)


@pytest.fixture(scope="module")
def garnies(modele: str) -> Iterator[Bases]:
    """The registry of the tests, which no test of this module changes: each change is refused."""
    with bases_neuves(modele) as bases:
        peupler(bases)
        yield bases


@pytest.mark.parametrize(("ligne", "dit"), REFUSES)
def test_ce_que_le_registre_refuse_est_dit(garnies: Bases, ligne: str, dit: str) -> None:
    """In French, with the field and the remedy; nothing is stored, nor journaled as done."""
    with pytest.raises(ChangementRefuse, match=re.escape(dit)) as refus:
        commander_de(garnies)(ligne)
    assert "_check" not in str(refus.value)


def test_chaque_geste_de_la_ligne_de_commande_a_sa_fonction() -> None:
    [commandes] = [a.choices for a in analyseur()._actions if isinstance(a.choices, dict)]
    gestes = {
        (nom, geste)
        for nom in ("partenaires", "habilitations", "mandats", "instances", "seances", "administrateurs")
        for action in commandes[nom]._actions
        if isinstance(action.choices, dict)
        for geste in action.choices
    }
    assert len(gestes) == 21
    assert gestes == set(commandes_registre.GESTES)


async def test_regle_18_le_compte_d_une_personne_est_lie_a_une_personne_du_dossier(
    monde: Monde, commander: Commander
) -> None:
    """No mandate of a data subject without a person; none of another's case; and no other account has one."""
    dossier, autre = await monde.ouvrir(), await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    elle, etrangere = await titulaire(monde, dossier), await titulaire(monde, autre)
    commander("partenaires inscrire elle --nom Elle --role USAGER"
              " --finalite DROITS_PERSONNE --client client-elle")  # fmt: skip
    commander("habilitations accorder elle elle-meme --finalite DROITS_PERSONNE")
    for refuse in (
        f"elle {dossier} --confirme-par instructrice",
        f"etude {dossier} --confirme-par instructrice --personne {elle}",
    ):
        with pytest.raises(ChangementRefuse, match="lié à une personne du dossier"):
            commander(f"mandats confirmer {refuse}")

    async def lire() -> int:
        return (await monde.get(f"/v1/dossiers/{dossier}", "elle", "DROITS_PERSONNE", "elle-meme")).status_code

    with pytest.raises(ChangementRefuse, match="n'a pas déclaré cette personne"):
        commander(f"mandats confirmer elle {dossier} --confirme-par instructrice --personne {etrangere}")
    assert await lire() == 404
    commander(f"mandats confirmer elle {dossier} --confirme-par instructrice --personne {elle}")
    assert await lire() == 200
    assert f"elle : dossier {dossier}, personne {elle}" in commander("mandats lister")


QUI: Final = (
    "essai",
    "",
    "deux mots",
    "caf",
    "caf/",
    "/conseiller",
    "caf/jamais-vue",
    "inconnu/conseiller",
    "ccapex/conseiller",
    "caf/partie",
    "caf/future",
    "voisin/voisine",
    "1.84.12.2A.033.007.12/a",
)
"""Free text, a partner alone, nobody, another's agent; an agent whose habilitation has ended, or begins later; one of a
partner who is suspended; a NIR."""


@pytest.mark.parametrize("qui", QUI)
def test_regle_38_qui_change_le_registre_est_un_agent_habilite(garnies: Bases, qui: str) -> None:
    le = aujourd_hui()
    with administrer(garnies.registre_url, PAR, SCHEMA) as registre:
        for agent, du in (("partie", le - timedelta(days=60)), ("future", le + timedelta(days=30))):
            breve = Habilitation(uuid5(NAMESPACE_URL, agent), "caf", agent, ["CLIL_EXAMEN"], "aucun", du, du, PAR)
            habiliter(registre, breve)
        suspendre_partenaire(registre, "voisin", le)
    for ligne in ("seances convoquer CCAPEX departement --le 2026-12-20", "mandats lister"):
        with pytest.raises(ChangementRefuse, match="--par") as refus:
            commander_de(garnies)(ligne, qui)
        assert not qui or qui not in str(refus.value).replace("PARTENAIRE/AGENT", "")


async def test_chaque_liste_du_registre_laisse_sa_ligne(monde: Monde, commander: Commander) -> None:
    for commande in ("partenaires", "habilitations", "mandats", "seances", "administrateurs"):
        commander(f"{commande} lister")
        [ligne] = await monde.journal(1)
        assert (ligne["action"], ligne["motif"], ligne["issue"]) == ("administrer", f"{commande} lister", "autorise")
        assert f"{ligne['organisation']}/{ligne['agent']}" == PAR


async def test_regle_38_un_droit_elargi_puis_remis_laisse_deux_lignes_avec_avant_et_apres(
    monde: Monde, commander: Commander
) -> None:
    """By the command line; read by the DPO through the API, its export and its page."""
    caf = f"partenaires inscrire caf --siret {siret(6)} --nom Caf --role CAF --territoire departement"
    for finalites in ("--finalite CLIL_EXAMEN", "--finalite CLIL_EXAMEN --finalite AIDE_INSTRUCTION"):
        commander(f"{caf} {finalites}")
    commander(f"{caf} --finalite CLIL_EXAMEN")
    lu = await monde.get("/v1/journal?action=administrer&limite=2", "dpo", "CONTROLE")
    remise, elargie = ({"avant": x["avant"], "apres": x["apres"]} for x in lu.json()["lignes"])
    etroite, large = ["CLIL_EXAMEN"], ["AIDE_INSTRUCTION", "CLIL_EXAMEN"]
    assert elargie == {
        "avant": {"code": "caf", "finalites": etroite}, "apres": {"code": "caf", "finalites": large}
    }  # fmt: skip
    assert remise == {"avant": elargie["apres"], "apres": elargie["avant"]}
    export = (await monde.get("/v1/journal?format=csv&action=administrer", "dpo", "CONTROLE")).text
    assert '""finalites"": [""AIDE_INSTRUCTION"", ""CLIL_EXAMEN""]' in export


def test_un_registre_vide_n_est_ouvert_qu_a_qui_s_y_inscrit_soi_meme(bases: Bases, commander: Commander) -> None:
    """The first administrator inscribes its partner and habilitates itself; then it may do the rest."""
    moi, autre = "rt93/premiere", "n'est habilité au registre : inscrivez d'abord"
    inscrire = "partenaires inscrire {} --siret {} --nom X --role RESPONSABLE_TRAITEMENT --finalite DROITS_PERSONNE"
    accorder = "habilitations accorder rt93 {} --finalite DROITS_PERSONNE --du {}"
    for ligne in (inscrire.format("ailleurs", NEUF), "seances convoquer CCAPEX departement --le 2026-12-20"):
        with pytest.raises(ChangementRefuse, match=autre):
            commander(ligne, moi)
    commander(inscrire.format("rt93", NEUF) + " --client client-rt93", moi)
    with pytest.raises(ChangementRefuse, match=autre):
        commander(accorder.format("seconde", aujourd_hui()), moi)
    commander(accorder.format("premiere", aujourd_hui()), moi)
    commander(inscrire.format("ailleurs", siret(901)), moi)
    commander(accorder.format("seconde", aujourd_hui()), moi)
    with pytest.raises(ChangementRefuse, match="habilitation en vigueur"):
        commander("partenaires lister", "rt94/premiere")
    with administrer(bases.registre_url, moi, SCHEMA) as registre:  # nobody is habilitated any more: it begins again
        suspendre_partenaire(registre, "rt93", aujourd_hui())
    with pytest.raises(ChangementRefuse, match=autre):
        commander(inscrire.format("encore", siret(902)), moi)
    commander(inscrire.format("rt93", NEUF), moi)
    commander(inscrire.format("encore", siret(902)), moi)
    with psycopg.connect(bases.admin_url) as admin:
        dits = admin.execute("SELECT motif FROM d93.journal ORDER BY position").fetchall()
    assert [dit for (dit,) in dits] == [
        "partenaires insert amorce", "clients insert amorce", "habilitations insert amorce", "partenaires insert",
        "habilitations insert", "partenaires update", "partenaires update amorce", "partenaires insert",
    ]  # fmt: skip


async def test_ce_qui_ferme_n_est_jamais_refuse(monde: Monde, commander: Commander) -> None:
    """Who confirmed a mandate was revoked since: the mandate can be revoked all the same, and not confirmed again."""
    dossier = await monde.ouvrir()
    confirmer = f"mandats confirmer etude {dossier} --confirme-par instructrice-2 --du 2026-11-01 --au 2026-11-30"
    commander(confirmer)
    commander("habilitations revoquer ccapex instructrice-2")
    commander(f"mandats revoquer etude {dossier}")
    with pytest.raises(ChangementRefuse, match="« confirme_par »"):
        commander(confirmer)


async def test_un_bailleur_personne_physique_s_inscrit_sans_siret(monde: Monde, commander: Commander) -> None:
    """Two of them are two organisations; and neither is named by having none, nor is its name in the journal."""
    for code in ("dupont", "durand"):
        commander(f"partenaires inscrire {code} --nom {code.title()} --role BAILLEUR_PRIVE --finalite ACTE_EMISSION"
                  f" --client client-{code}")  # fmt: skip
        commander(f"habilitations accorder {code} soi --finalite ACTE_EMISSION")
    registre = await monde.gate.registre.courant()
    assert not registre.meme_organisation("dupont", "durand")
    assert registre.nom("") == ""
    assert not any("Dupont" in str(ligne) for ligne in await monde.journal())
    acte = evenement("CcapexSaisie", ref_acte="S-1", saisissant="BAILLEUR")
    for rang, code in enumerate(("dupont", "durand")):  # the same number, on the same day, each for its own tenant
        corps = ouverture(nom=f"NOM {code}", id_rpls="")
        del corps["logement"]["id_rpls"], corps["logement"]["bailleur_siret"]
        corps["logement"] |= {"parc": "PRIVE", "adresse": f"{rang + 1} rue des Essais"}
        entetes = monde.entetes("bailleur", "ACTE_EMISSION") | {
            "Authorization": f"Bearer {monde.jeton(code, 'soi')}",
            "Idempotency-Key": code,
        }
        ouvert = await monde.client.post("/v1/dossiers", json=corps, headers=entetes)
        assert ouvert.status_code == 201, ouvert.text
        chemin = f"/v1/dossiers/{ouvert.json()['dossier']}/interventions"
        entetes["Idempotency-Key"] = f"{code}-saisine"
        dit = await monde.client.post(chemin, json={"evenements": [acte]}, headers=entetes)
        assert dit.status_code == 201, dit.text
