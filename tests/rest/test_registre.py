"""The registry's commands, by what they open and close at the API from the next request on."""

import re
from collections.abc import Callable

import pytest

from adapters.commande import registre as commandes_registre
from adapters.commande.unefois import analyseur
from adapters.demo.peuplement import peupler_registre
from adapters.gate.acces import admettre
from adapters.identite.sujet import Demandeur
from adapters.registre.administration import ChangementRefuse, administrer, consulter
from policies.decision import Action
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.monde import BAILLEUR, Monde, evenement, peupler
from tests.rest.recit import raconter, titulaire

Commander = Callable[[str], str]


@pytest.fixture
def commander(bases: Bases, capsys: pytest.CaptureFixture[str]) -> Commander:
    """Run ``unefois COMMANDE --par essai GESTE …`` on the registry; what it says."""

    def lancer(ligne: str) -> str:
        commande, reste = ligne.split(maxsplit=1)
        options = analyseur().parse_args([commande, "--par", "essai", *reste.split()])
        assert commandes_registre.run(options, bases.registre_url, SCHEMA, AUJOURD_HUI) == 0
        return capsys.readouterr().out

    return lancer


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
    assert (ligne["agent"], str(ligne["dossier"])) == ("essai", dossier)


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
    commander("partenaires inscrire ars --siret 12345678901234 --nom ARS --role CCAPEX_MEMBRE"
              " --finalite CCAPEX_INSTRUCTION --client client-ars")  # fmt: skip
    commander("habilitations accorder ars deleguee --finalite CCAPEX_INSTRUCTION")
    commander("seances asseoir ars COMEX departement")
    trouvee = re.fullmatch(
        r"Séance (\S+) convoquée pour le 2026-12-20\.\n",
        commander("seances convoquer COMEX departement --le 2026-12-20"),
    )
    assert trouvee is not None
    inscrite = evenement("InstanceInscrite", instance="COMEX", seance=trouvee[1], seance_le="2026-12-20")
    assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", inscrite)).status_code == 201

    async def lire() -> int:
        reponse = await monde.get(f"/v1/dossiers/{dossier}", "ars", "CCAPEX_INSTRUCTION", "deleguee")
        return reponse.status_code

    assert await lire() == 200
    commander("seances retirer ars COMEX departement")
    assert await lire() == 404
    commander("seances asseoir ars COMEX departement --voix consultative")
    assert await lire() == 404
    commander("partenaires inscrire ars --siret 12345678901234 --nom ARS --role CCAPEX_MEMBRE"
              f" --finalite CCAPEX_INSTRUCTION --portefeuille {BAILLEUR} --client client-ars")  # fmt: skip
    assert await lire() == 200
    commander("seances asseoir ars COMEX departement")
    assert await lire() == 200
    commander(f"seances annuler {trouvee[1]}")
    assert await lire() == 404
    dit = commander("seances lister")
    assert f"{trouvee[1]} : COMEX, departement, le 2026-12-20, convoquée le {AUJOURD_HUI} ; annulée le" in dit
    assert "ars : siège en COMEX, departement, voix deliberative\n" in dit


async def test_un_client_retire_ne_vaut_plus_rien(monde: Monde, commander: Commander) -> None:
    assert (await monde.get("/v1/moi", "caf", "COORDINATION_CONTACTS")).status_code == 200
    commander("partenaires retirer-client client-caf")
    assert (await monde.get("/v1/moi", "caf", "COORDINATION_CONTACTS")).status_code == 401


async def test_le_changement_d_un_autre_ne_change_rien_a_qui_demande(monde: Monde, commander: Commander) -> None:
    """What was prepared for a subject goes on being served to it: an equal subject, until its own rights change."""

    async def sujet() -> Demandeur:
        acces = await admettre(monde.gate, monde.jeton("caf"), "COORDINATION_CONTACTS", "conseiller", Action.LIRE, "")
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
    for commande in ("partenaires", "habilitations", "seances"):
        assert len(commander(f"{commande} lister").splitlines()) > 1
        assert commander(f"{commande} lister --au 2999-12-31") == commander(f"{commande} lister")
        assert commander(f"{commande} lister --au 2020-01-01") == ""


def test_la_demonstration_peuplee_deux_fois_ne_dit_rien_de_plus(bases: Bases) -> None:
    lus = []
    for _ in range(2):
        peupler_registre(bases.registre_url, SCHEMA, AUJOURD_HUI)
        with administrer(bases.registre_url, "essai", SCHEMA) as registre:
            lus.append(consulter(registre))
    assert len(lus[0].partenaires) > 10
    assert lus[0] == lus[1]


@pytest.mark.parametrize(
    ("ligne", "dit"),
    [
        ("partenaires inscrire x --siret 12345678901234 --nom X --role CAFE", "Aucun rôle ne porte ce nom"),
        (
            "partenaires inscrire 1.84.12.2A.033.007 --siret 12345678901234 --nom X --role DPO --finalite CONTROLE",
            "« code » ressemble à un numéro de sécurité sociale",
        ),
        (
            "partenaires inscrire x --siret 12345678901234 --nom X --role DPO --finalite ACCOMPAGNEMENT",
            "il peut déclarer : CONTROLE, DROITS_PERSONNE",
        ),
        ("partenaires inscrire x --siret 123 --nom X --role DPO", "partenaires_siret_check"),
        ("partenaires retirer-client personne", "Rien de ce nom"),
        ("mandats revoquer etude 0199f1e2-7b1a-7000-8000-0000000000aa", "Rien de ce nom"),
        ("seances convoquer CCAPEX ici --le 2026-12-20", "seances_lieu_check"),
        ("seances convoquer CCAPEX departement --le 2026-10-01", "seances_check"),
        ("seances annuler 0199f1e2-7b1a-7000-8000-0000000000ab", "Rien de ce nom"),
        ("seances asseoir personne CCAPEX departement", "n'est pas dans le registre"),
        ("seances retirer etude CCAPEX departement", "Rien de ce nom"),
    ],
)
def test_ce_que_le_registre_refuse_est_dit(bases: Bases, commander: Commander, ligne: str, dit: str) -> None:
    peupler(bases)
    with pytest.raises(ChangementRefuse, match=re.escape(dit)):
        commander(ligne)


def test_chaque_geste_de_la_ligne_de_commande_a_sa_fonction() -> None:
    [commandes] = [a.choices for a in analyseur()._actions if isinstance(a.choices, dict)]
    gestes = {
        (nom, geste)
        for nom in ("partenaires", "habilitations", "mandats", "seances")
        for action in commandes[nom]._actions
        if isinstance(action.choices, dict)
        for geste in action.choices
    }
    assert len(gestes) == 15
    assert gestes == set(commandes_registre.GESTES)


async def test_regle_18_le_compte_d_une_personne_est_lie_a_une_personne_du_dossier(
    monde: Monde, commander: Commander
) -> None:
    """No mandate of a data subject without a person; none of another's case; and no other account has one."""
    dossier, autre = await monde.ouvrir(), await monde.ouvrir(nom="DIALLO", id_rpls="3523902548")
    elle, etrangere = await titulaire(monde, dossier), await titulaire(monde, autre)
    commander("partenaires inscrire elle --siret 12345678901234 --nom Elle --role USAGER"
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

    commander(f"mandats confirmer elle {dossier} --confirme-par instructrice --personne {etrangere}")
    assert await lire() == 404
    commander(f"mandats confirmer elle {dossier} --confirme-par instructrice --personne {elle}")
    assert await lire() == 200
    assert f"elle : dossier {dossier}, personne {elle}" in commander("mandats lister")
