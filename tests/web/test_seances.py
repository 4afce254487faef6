"""A secretariat holds a session with the pages, through the real gate: from the convocation to what follows it."""

import html
import re
from datetime import date, timedelta
from typing import Final
from uuid import uuid4

import httpx2 as httpx
import pytest

from adapters.demo.departement import siret
from adapters.registre.administration import (
    administrer,
    convoquer,
    habiliter,
    inscrire_partenaire,
    rattacher_client,
)
from adapters.registre.instantane import Partenaire, Seance
from tests.bases import AUJOURD_HUI, SCHEMA
from tests.monde import FINALITES, PAR, Monde, evenement, habilitation, rpls
from tests.rest.mondes import compter_le_travail
from tests.web.test_porte import INCONNU, client, entrer, traces
from tests.web.test_site import jeton

__all__ = ["client"]

CCAPEX: Final = ("ccapex", "CCAPEX_INSTRUCTION")
CLIL: Final = ("clil", "CLIL_EXAMEN")
LE: Final = AUJOURD_HUI.isoformat()
APRES: Final = (AUJOURD_HUI + timedelta(30)).isoformat()


async def saisi(monde: Monde, n: int) -> str:
    """A case of which the CCAPEX is seized."""
    dossier = await monde.ouvrir("bailleur", nom=f"NOM{n:02}", id_rpls=rpls(100 + n))
    dette = evenement("DetteDeclaree", "2026-10-06", montant=100_000 + 1000 * n, arretee_au="2026-09-30")
    saisine = evenement("CcapexSaisie", "2026-10-12", saisissant="BAILLEUR")
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette, saisine)
    assert recu.status_code == 201, recu.text
    return dossier


async def propose(monde: Monde, n: int) -> str:
    """A case that a social service proposes to the CLIL."""
    dossier = await monde.ouvrir("ssd", nom=f"NOM{n:02}", id_rpls=rpls(100 + n))
    dette = evenement("DetteDeclaree", "2026-10-06", montant=100_000 + 1000 * n, arretee_au="2026-09-30")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    await monde.proposer(dossier)
    return dossier


class Secretaire:
    """Who keeps the papers of a commission, at its pages."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client, self.csrf = client, csrf

    async def lire(self, adresse: str, statut: int = 200) -> str:
        page = await self.client.get(adresse)
        assert page.status_code == statut, page.text
        return page.text

    async def dire(self, adresse: str, attendu: int = 303, /, **valeurs: str) -> httpx.Response:
        donnees = {"csrf": self.csrf, "cle": str(uuid4())} | valeurs
        reponse = await self.client.post(adresse, data=donnees)
        assert reponse.status_code == attendu, reponse.text
        return reponse

    async def convoquer(self, instance: str = "ccapex-93", le: str = LE, **plus: str) -> str:
        reponse = await self.dire("/seances", instance=instance, le=le, **plus)
        return str(reponse.headers["location"]).partition("?")[0]


async def entrer_secretaire(client: httpx.AsyncClient, monde: Monde, qui: tuple[str, str] = CCAPEX) -> Secretaire:
    client.cookies.clear()
    return Secretaire(client, await entrer(client, monde, *qui))


async def ordre_du_jour(monde: Monde, seance: str, qui: tuple[str, str] = CCAPEX) -> dict[str, str]:
    """By case, where it stands: as the API has it."""
    lu = await monde.get(f"/v1{seance}", *qui)
    assert lu.status_code == 200, lu.text
    return {d["dossier"]: d["inscription"] for d in lu.json()["dossiers"]}


async def inscrits(s: Secretaire, monde: Monde, seance: str, *dossiers: str) -> None:
    await s.dire(f"{seance}/lot", quoi="inscrire", dossiers=" ".join(dossiers))
    await monde.projeter()


async def test_une_seance_se_convoque_se_deplace_et_s_annule(client: httpx.AsyncClient, monde: Monde) -> None:
    s = await entrer_secretaire(client, monde)
    assert "Convoquer une séance" in await s.lire("/seances")
    cle = str(uuid4())
    deux = [
        await s.dire("/seances", instance="ccapex-93", le=APRES, heure="09:30", salle="Préfecture", cle=cle)
        for _ in "ab"
    ]
    assert deux[0].headers["location"] == deux[1].headers["location"]
    seance = str(deux[0].headers["location"]).partition("?")[0]
    page = await s.lire(f"{seance}?fait=convoquee")
    assert "La séance est convoquée." in page
    assert "à 09 h 30 · Préfecture" in page
    assert page.count("09 h 30") == 1
    await s.dire(f"{seance}/changement", le=(AUJOURD_HUI + timedelta(40)).isoformat())
    assert "12\u00a0décembre\u00a02026" in await s.lire(seance)
    refus = await s.dire(f"{seance}/annulation", 422)
    assert "une séance annulée ne revient pas" in refus.text
    await s.dire(f"{seance}/annulation", confirme="oui")
    page = await s.lire(seance)
    assert "annulée" in page
    assert "Déplacer la séance" not in page
    lu = (await monde.get(f"/v1{seance}", *CCAPEX)).json()["seance"]
    assert (lu["etat"], lu["salle"]) == ("annulee", "Préfecture")


async def test_ce_qui_manque_se_dit_a_cote_du_champ_et_ce_qui_est_tape_reste(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    s = await entrer_secretaire(client, monde)
    refus = await s.dire("/seances", 422, instance="ccapex-93", le="", heure="27:99", salle="Salle rouge")
    assert 'id="convoquer-heure-erreur"' in refus.text
    assert 'value="Salle rouge"' in refus.text
    nir = await s.dire("/seances", 422, instance="ccapex-93", le=APRES, salle="2 84 03 93 008 123 45")
    assert 'id="convoquer-salle-erreur"' in nir.text
    assert "008 123" not in nir.text


async def test_les_propositions_sont_inscrites_ou_ecartees_avec_leur_motif(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await propose(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde, CLIL)
    seance = await s.convoquer("clil-bobigny", APRES)
    page = await s.lire(seance)
    assert "3 dossiers proposés" in page
    choix = "&".join(f"d={d}" for d in dossiers[:2])
    confirmation = await s.lire(f"{seance}/lot?quoi=inscrire&{choix}")
    assert "Inscrire à l&#39;ordre du jour : 2 dossiers" in confirmation or "ordre du jour : 2 dossiers" in confirmation
    assert "NOM00" in confirmation
    assert "NOM02" not in confirmation
    await inscrits(s, monde, seance, *dossiers[:2])
    assert await ordre_du_jour(monde, seance, CLIL) == dict(
        zip(dossiers, ("INSCRIT", "INSCRIT", "PROPOSE"), strict=True)
    )
    refus = await s.dire(f"{seance}/lot", 422, quoi="ecarter", dossiers=dossiers[2])
    assert 'id="lot-motif-erreur"' in refus.text
    await s.dire(f"{seance}/lot", quoi="ecarter", dossiers=dossiers[2], motif="SUIVI_EN_COURS")
    assert dossiers[2] not in await ordre_du_jour(monde, seance, CLIL)
    lu = (await monde.get(f"/v1/dossiers/{dossiers[2]}", "ssd", "ACCOMPAGNEMENT")).json()
    assert [f["champs"]["motif"] for f in lu["faits"] if f["type"] == "PropositionEcartee"] == ["SUIVI_EN_COURS"]


async def test_un_lot_dit_pour_chaque_dossier_ce_qui_est_refuse_et_ne_refait_pas_les_autres(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(2)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer(le=APRES)
    await inscrits(s, monde, seance, dossiers[0])
    refus = await s.dire(f"{seance}/lot", 422, quoi="inscrire", dossiers=" ".join((*dossiers, INCONNU)))
    assert "1 dossier inscrit." in refus.text
    assert "2 dossiers ne sont pas inscrits" in refus.text
    assert "NOM00" in refus.text
    assert "NOM01" not in refus.text
    await monde.projeter()
    assert await ordre_du_jour(monde, seance) == dict.fromkeys(dossiers, "INSCRIT")
    trop = "&".join(f"d={uuid4()}" for _ in range(61))
    reponse = await client.get(f"{seance}/lot?quoi=inscrire&de=file&{trop}")
    assert "60 dossiers au plus" in await s.lire(reponse.headers["location"])
    reponse = await client.get(f"{seance}/lot?quoi=retirer")
    assert "Cochez au moins un dossier." in await s.lire(reponse.headers["location"])


async def test_un_geste_envoye_deux_fois_se_fait_une_fois(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance, cle = await s.convoquer(le=APRES), str(uuid4())
    for _ in range(2):
        await s.dire(f"{seance}/lot", quoi="inscrire", dossiers=dossier, cle=cle)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    assert [f["type"] for f in lu["faits"]].count("InstanceInscrite") == 1


async def test_un_dossier_inscrit_se_reporte_se_retire_et_son_dossier_de_seance_se_fige(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance, suivante = await s.convoquer(le=LE), await s.convoquer(le=APRES)
    membre(monde)
    await s.dire(f"{seance}/sieges", nouveau="membre", nouvelle_voix="deliberative")
    await inscrits(s, monde, seance, *dossiers)
    confirmation = await s.lire(f"{seance}/lot?quoi=reporter&d={dossiers[0]}")
    [vers] = re.findall(rf'<option value="({suivante.rpartition("/")[2]})"', confirmation)
    await s.dire(f"{seance}/lot", quoi="reporter", dossiers=dossiers[0], reporte_a=vers, motif="DOSSIER_INCOMPLET")
    await s.dire(f"{seance}/lot", quoi="retirer", dossiers=dossiers[1], motif="SITUATION_REGLEE")
    await s.dire(f"{seance}/lot", quoi="figer", dossiers=dossiers[2])
    await monde.projeter()
    assert await ordre_du_jour(monde, seance) == dict(zip(dossiers, ("REPORTE", "RETIRE", "INSCRIT"), strict=True))
    assert (await ordre_du_jour(monde, suivante))[dossiers[0]] == "INSCRIT"
    page = await s.lire(seance)
    assert "figé pour 1 siège" in page
    assert "Organisation membre" in await s.lire(f"{seance}/dossiers/{dossiers[2]}")
    chemin = f"/v1/dossiers/{dossiers[2]}/dossiers-de-seance/{seance.rpartition('/')[2]}"
    assert (await monde.get(chemin, "membre", "CCAPEX_INSTRUCTION", "membre")).json()["conforme"] is True
    s = Secretaire(client, "")
    client.cookies.clear()
    code = monde.demo.lien("membre", "client-membre", ["CCAPEX_INSTRUCTION"], "membre")
    await client.get(f"/demo/entrer/{code}")
    csrf = jeton((await client.get("/finalite")).text)
    await client.post("/finalite", data={"csrf": csrf, "finalite": "CCAPEX_INSTRUCTION"})
    assert f"{seance}/dossiers/{dossiers[2]}/fige" in await s.lire(f"{seance}/dossiers/{dossiers[2]}")
    fige = await s.lire(f"{seance}/dossiers/{dossiers[2]}/fige")
    assert "tel qu&#39;il fut figé" in fige.replace("'", "&#39;")
    assert "NOM02" in fige
    assert (await client.get(f"{seance}/dossiers/{dossiers[0]}/fige")).status_code == 404


def membre(monde: Monde) -> None:
    """A member of the CCAPEX, who is nothing else."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        role = "CCAPEX_MEMBRE"
        inscrire_partenaire(registre, Partenaire("membre", siret(40), "Organisation membre", role, FINALITES[role]))
        rattacher_client(registre, "client-membre", "membre")
        habiliter(registre, habilitation("membre", "membre", role))


async def test_l_avis_est_du_jour_de_la_seance_et_mene_au_dossier_suivant(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, *dossiers)
    debut = await client.get(f"{seance}/suivant")
    assert debut.headers["location"] == f"{seance}/dossiers/{dossiers[0]}#contenu"
    for rang, dossier in enumerate(dossiers):
        page = await s.lire(f"{seance}/dossiers/{dossier}")
        assert 'type="date" id="avis-' not in page
        avis = await s.dire(f"{seance}/dossiers/{dossier}/avis", sens="MAINTIEN", texte="Un plan.", ensuite="suivant")
        suite = await client.get(avis.headers["location"])
        attendue = (
            f"{seance}/dossiers/{dossiers[rang + 1]}?fait=avis#contenu" if rang < 2 else f"{seance}?fait=tout-examine"
        )
        assert suite.headers["location"] == attendue
    assert "Plus aucun dossier n'est à examiner" in (await s.lire(f"{seance}?fait=tout-examine")).replace("&#39;", "'")
    assert set((await ordre_du_jour(monde, seance)).values()) == {"EXAMINE"}
    lu = (await monde.get(f"/v1/dossiers/{dossiers[0]}", *CCAPEX)).json()
    dits = {f["type"]: (f["survenu_le"], f["champs"].get("seance")) for f in lu["faits"]}
    assert (dits["DossierExamine"], dits["AvisRendu"]) == ((LE, seance.rpartition("/")[2]), (LE, None))


async def test_l_avis_d_une_seance_a_venir_ne_se_dit_pas_encore(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer(le=APRES)
    await inscrits(s, monde, seance, dossier)
    page = await s.lire(f"{seance}/dossiers/{dossier}")
    assert "jour de la séance" in page
    assert 'id="avis"' not in page
    refus = await s.dire(f"{seance}/dossiers/{dossier}/avis", 422, sens="MAINTIEN")
    assert "avenir" in refus.text


async def test_une_recommandation_s_adresse_a_qui_peut_y_repondre_la_ou_est_le_dossier(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for code, role, communes in (
            ("police", "POLICE", ["93008"]), ("tribunal", "TRIBUNAL", ["93008"]), ("personne", "USAGER", []),
            ("ccas-ici", "CCAS", ["93008"]), ("ccas-la", "CCAS", ["93001"]),
        ):  # fmt: skip
            lieu = ("communes", communes) if communes else ()
            numero = siret(50 + len(code)) if communes else ""
            inscrire_partenaire(
                registre, Partenaire(code, numero, f"Organisation {code}", role, FINALITES[role], *lieu)
            )
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossier)
    page = await s.lire(f"{seance}/dossiers/{dossier}")
    [choix] = re.findall(r'<select id="recommandation-destinataire".*?</select>', page, re.DOTALL)
    codes = re.findall(r'<option value="([^"]+)"', choix)
    assert codes[0] == "menage"
    assert {"bailleur", "ccas-ici", "ssd", "caf"} <= set(codes)
    assert {"voisin", "police", "tribunal", "personne", "ccas-la", "etude", "dpo"}.isdisjoint(codes)
    assert choix.count("<optgroup") > 2
    await s.dire(
        f"{seance}/dossiers/{dossier}/recommandation",
        categorie="PLAN_APUREMENT", destinataire="bailleur", echeance=APRES, texte="proposer un plan", ensuite="rester",
    )  # fmt: skip
    attendu = (await monde.get("/v1/attentes", "bailleur", "ACTE_EMISSION")).json()["attentes"]
    assert attendu == []  # the projections have not followed yet
    await monde.projeter()
    attendu = (await monde.get("/v1/attentes", "bailleur", "ACTE_EMISSION")).json()["attentes"]
    assert [(a["dossier"], a["categorie"]) for a in attendu] == [(dossier, "PLAN_APUREMENT")]


async def test_apres_la_seance_les_suites_se_lisent_et_se_disent(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossier)
    ici = f"{seance}/dossiers/{dossier}"
    await s.dire(f"{ici}/avis", sens="MAINTIEN")
    await s.dire(
        f"{ici}/recommandation",
        categorie="PLAN_APUREMENT", destinataire="bailleur", echeance=APRES, texte="proposer un plan",
    )  # fmt: skip
    await monde.projeter()
    page = await s.lire("/suites")
    assert "proposer un plan" not in page  # what is to be done is in the case; here, to whom and by when
    assert "Organisation bailleur" in page
    [recommandation] = re.findall(r'name="recommandation" value="([^"]+)"', page)
    [avis] = re.findall(rf"/corrections/{dossier}/([0-9a-f-]+)\?retour=/suites", page)
    refus = await s.dire(f"/suites/{dossier}/suite", 422, recommandation=recommandation, statut="")
    assert f'id="suite-{recommandation}-statut-erreur"' in refus.text
    await s.dire(f"/suites/{dossier}/suite", recommandation=recommandation, statut="REALISEE")
    await s.dire(
        f"/corrections/{dossier}/{avis}", quoi="remplacer", survenu_le=LE, sens="MAINTIEN", menage_avise_le=LE,
        motif_correction="PRECISION", retour="/suites",
    )  # fmt: skip
    await monde.projeter()
    page = await s.lire("/suites")
    assert "Aucune recommandation n" in page
    assert "Tous les ménages ont été avisés." in page


async def test_un_fait_a_soi_se_corrige_et_celui_d_un_autre_se_retire_avec_un_motif(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossier)
    ici = f"{seance}/dossiers/{dossier}"
    await s.dire(f"{ici}/avis", sens="MAINTIEN", texte="Un plan.")
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    avis, dette = (next(f["id"] for f in faits if f["type"] == nom) for nom in ("AvisRendu", "DetteDeclaree"))
    page = await s.lire(ici)
    for fait in (avis, dette):
        assert f"/corrections/{dossier}/{fait}?retour={ici}" in page
    formulaire = await s.lire(f"/corrections/{dossier}/{avis}?retour={ici}")
    assert "Le dire autrement" in formulaire
    assert ">Un plan.</textarea>" in formulaire
    autre = await s.lire(f"/corrections/{dossier}/{dette}?retour={ici}")
    assert "Le dire autrement" not in autre
    assert ("non le dire à sa place" in autre, "non le dire à sa place" in formulaire) == (True, False)
    refus = await s.dire(
        f"/corrections/{dossier}/{avis}", 422, quoi="remplacer", survenu_le=LE, sens="MAINTIEN", texte="Deux."
    )
    assert 'id="remplacer-motif_correction-erreur"' in refus.text
    assert ">Deux.</textarea>" in refus.text
    dit = {
        "quoi": "remplacer",
        "survenu_le": LE,
        "sens": "MAINTIEN",
        "texte": "Deux.",
        "motif_correction": "ERREUR_SAISIE",
    }
    fait_ = await s.dire(f"/corrections/{dossier}/{avis}", **dit, retour=ici)
    assert fait_.headers["location"] == f"{ici}?fait=fait-corrige"
    await s.dire(
        f"/corrections/{dossier}/{dette}", quoi="retirer", motif_correction="DOUBLON", retour="//ailleurs.test"
    )
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    corriges = {f["id"]: f["corrige_par"] for f in faits}
    assert corriges[avis] is not None
    assert corriges[dette] is not None
    [nouveau] = [f for f in faits if f["type"] == "AvisRendu" and f["id"] != avis]
    assert (nouveau["champs"]["texte"], nouveau["motif_correction"]) == ("Deux.", "ERREUR_SAISIE")
    assert (await client.get(f"/corrections/{dossier}/{avis}")).status_code == 404


async def test_un_fait_se_redit_a_la_finalite_ou_il_fut_dit_et_ne_perd_rien_de_ce_que_l_autre_ne_montre_pas(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """Internal reasons told at the purpose of the instruction are not lost by a correction at another purpose."""
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossier)
    await s.dire(f"{seance}/dossiers/{dossier}/avis", sens="MAINTIEN", texte="Un plan.", motifs_internes="Débat long.")
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    [avis] = [f["id"] for f in faits if f["type"] == "AvisRendu"]
    dit = {
        "quoi": "remplacer",
        "survenu_le": LE,
        "sens": "MAINTIEN",
        "texte": "Deux.",
        "motif_correction": "ERREUR_SAISIE",
    }
    s = await entrer_secretaire(client, monde, ("ccapex", "CCAPEX_ADMINISTRATIVE"))
    page = await s.lire(f"/corrections/{dossier}/{avis}")
    assert "Le dire autrement" not in page
    assert "déclarez celle-là" in page
    await s.dire(f"/corrections/{dossier}/{avis}", 422, **dit)
    s = await entrer_secretaire(client, monde)
    page = await s.lire(f"/corrections/{dossier}/{avis}")
    assert ">Débat long.</textarea>" in page
    await s.dire(f"/corrections/{dossier}/{avis}", **dit, motifs_internes="Débat long.")
    faits = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()["faits"]
    [nouveau] = [f["champs"] for f in faits if f["type"] == "AvisRendu" and f["corrige_par"] is None]
    assert (nouveau["texte"], nouveau["motifs_internes"]) == ("Deux.", "Débat long.")


async def test_les_presences_et_le_quorum_sont_consignes_et_le_releve_les_dit(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    membre(monde)
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await s.dire(
        f"{seance}/sieges", **{"nouveau": "membre", "nouvelle_voix": "deliberative", "voix-caf": "consultative"}
    )
    await inscrits(s, monde, seance, dossier)
    await s.dire(f"{seance}/dossiers/{dossier}/avis", sens="MAINTIEN", texte="Un plan.")
    refus = await s.dire(f"{seance}/tenue", 422, **{"presence-membre": "present", "presence-caf": "excuse"})
    assert 'id="tenue-quorum-erreur"' in refus.text
    await s.dire(f"{seance}/tenue", **{"presence-membre": "present", "presence-caf": "excuse", "quorum": "sans_objet"})
    releve = await s.lire(f"{seance}/releve")
    for dit in ("Organisation membre", "Organisation caf", "sans objet", "Un plan.", "NOM00"):
        assert dit in releve, dit
    assert "Changer les sièges" not in await s.lire(seance)


async def test_qui_siege_voit_ce_que_l_api_lui_montre_et_rien_de_plus(client: httpx.AsyncClient, monde: Monde) -> None:
    """Rule 7: what is listed, from the convocation to the session; no proposal, no gesture, no seat to change."""
    dossiers = [await propose(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde, CLIL)
    seance = await s.convoquer("clil-bobigny", APRES)
    await s.dire(f"{seance}/sieges", nouveau="caf", nouvelle_voix="deliberative")
    await inscrits(s, monde, seance, dossiers[0])
    caf = ("caf", "CLIL_EXAMEN")
    attendus = await ordre_du_jour(monde, seance, caf)
    assert attendus == {dossiers[0]: "INSCRIT"}
    s = await entrer_secretaire(client, monde, caf)
    page = await s.lire(seance)
    assert {d for d in dossiers if d in page} == set(attendus)
    for absent in ("NOM01", "NOM02", "Déplacer la séance", "Reporter", "proposé", "Convoquer une séance"):
        assert absent not in page + await s.lire("/seances"), absent
    lu = (await monde.get(f"/v1/vues/clil/{dossiers[0]}", *caf)).json()
    page = await s.lire(f"{seance}/dossiers/{dossiers[0]}")
    assert {f["id"] for f in lu["faits"]} >= set(re.findall(r'id="fait-([0-9a-f-]+)"', page))
    assert 'id="avis"' not in page
    for adresse in (f"{seance}/dossiers/{dossiers[1]}", f"{seance}/inscrire", "/suites"):
        assert (await client.get(adresse)).status_code in {403, 404}, adresse
    assert (await client.get(f"{seance}/lot?quoi=retirer&d={dossiers[0]}")).status_code == 403
    assert (await client.get(f"{seance}/ordre")).status_code == 403
    monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: date.fromisoformat(APRES) + timedelta(1)
    s = await entrer_secretaire(client, monde, caf)
    assert dossiers[0] not in await s.lire(seance)
    assert (await client.get(f"{seance}/dossiers/{dossiers[0]}")).status_code == 404


async def test_la_seance_des_autres_est_la_meme_page_que_celle_qui_n_existe_pas(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    s = await entrer_secretaire(client, monde, CLIL)
    seance = await s.convoquer("clil-bobigny", APRES)
    await entrer_secretaire(client, monde, ("ailleurs", "CLIL_EXAMEN"))
    for suite in (
        "",
        "/suivant",
        "/releve",
        "/ordre",
        f"/dossiers/{INCONNU}",
        f"/lot?quoi=inscrire&d={INCONNU}",
        "/inscrire",
    ):
        pages = [await client.get(f"{x}{suite}") for x in (seance, f"/seances/{INCONNU}")]
        assert {p.status_code for p in pages} == {404}, suite
        assert pages[0].content == pages[1].content, suite


async def test_chaque_page_laisse_les_lignes_de_ce_qu_elle_montre(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, dossier)
    for adresse, action in (
        (seance, "sieger"),
        (f"{seance}/dossiers/{dossier}", "lire"),
        (f"{seance}/suivant", "sieger"),
    ):
        avant = len(await traces(monde))
        await client.get(adresse)
        assert ("ccapex", action, "CCAPEX_INSTRUCTION", "autorise") in (await traces(monde))[avant:], adresse


async def test_sans_le_jeton_de_la_page_rien_ne_se_fait(client: httpx.AsyncClient, monde: Monde) -> None:
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    for adresse in (
        "/seances", *(f"{seance}/{nom}" for nom in ("changement", "annulation", "sieges", "tenue", "lot", "ordre")),
        f"{seance}/dossiers/{dossier}/avis", f"/suites/{dossier}/suite", f"/corrections/{dossier}/{INCONNU}",
    ):  # fmt: skip
        await s.dire(adresse, 403, csrf="autre")


async def test_un_an_apres_la_situation_se_dit(client: httpx.AsyncClient, monde: Monde) -> None:
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        convoquer(registre, Seance(uuid4(), "CCAPEX", "departement", date(2025, 10, 1), date(2025, 11, 2)))
    dossier = await saisi(monde, 0)
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    await inscrits(s, monde, await s.convoquer(), dossier)
    examine = evenement("DossierExamine", "2025-11-02", instance="CCAPEX")
    assert (await monde.contribuer(dossier, *CCAPEX, examine)).status_code == 201
    await monde.projeter()
    page = await s.lire("/suites")
    assert "Attendue depuis le 2\u00a0novembre\u00a02026" in page
    [examen] = re.findall(r'name="examen" value="([^"]+)"', page)
    refus = await s.dire(f"/suites/{dossier}/un-an", 422, examen=examen)
    assert f'id="un-an-{examen}-situation-erreur"' in refus.text
    await s.dire(f"/suites/{dossier}/un-an", examen=examen, situation="RELOGE")
    await monde.projeter()
    assert "Aucune situation n" in await s.lire("/suites")


@pytest.mark.parametrize(
    "adresse",
    ["/seances?apres=x", "/seances?au=hier", "/suites?apres=x", "/suites?apres_suivi_un_an=x", "/seances?apres=%00"],
)
async def test_une_adresse_qui_ne_veut_rien_dire_est_une_400(
    adresse: str, client: httpx.AsyncClient, monde: Monde
) -> None:
    await entrer_secretaire(client, monde)
    assert (await client.get(adresse)).status_code == 400


@pytest.mark.parametrize("suite", ["?page=0", "?page=x", "/lot?quoi=effacer", "/inscrire?apres=x"])
async def test_une_page_de_seance_qui_ne_veut_rien_dire_est_une_400(
    suite: str, client: httpx.AsyncClient, monde: Monde
) -> None:
    s = await entrer_secretaire(client, monde)
    assert (await client.get(await s.convoquer() + suite)).status_code == 400


async def test_l_ordre_du_jour_se_range_et_montre_ce_que_l_api_montre_de_chaque_dossier(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    """Debt, its day, who told it, next clock, its article: each as the API answers the same reader."""
    dossiers = [await saisi(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, *dossiers)
    page = await s.lire(seance)
    lignes = dict(re.findall(r'<tr id="d-([0-9a-f-]+)">(.*?)</tr>', page, re.DOTALL))
    assert list(lignes) == dossiers
    for n, dossier in enumerate(dossiers):
        echeances = (await monde.get(f"/v1/dossiers/{dossier}/echeances", *CCAPEX)).json()["echeances"]
        courent = [h for h in echeances if h["etat"] in {"EN_COURS", "EN_ATTENTE"} and h["dernier_jour"]]
        assert f"1\u202f0{n}0,00\u00a0€" in lignes[dossier]
        assert "au 30\u00a0septembre\u00a02026, Organisation bailleur" in lignes[dossier]
        prochaines = [h for h in courent if h["dernier_jour"] >= LE]
        assert prochaines
        premiere = min(prochaines, key=lambda h: (h["dernier_jour"], h["regle"]))
        assert f"{premiere['libelle']} ({premiere['texte']})" in html.unescape(lignes[dossier])
    rangees = re.findall(r'<tr id="d-([0-9a-f-]+)">', await s.lire(f"{seance}?tri=dette"))
    assert rangees == dossiers[::-1]


async def test_une_page_fait_au_plus_deux_fois_le_travail_de_l_api_et_ne_descelle_rien_avant_sa_ligne(
    client: httpx.AsyncClient, monde: Monde
) -> None:
    dossiers = [await saisi(monde, n) for n in range(3)]
    await monde.projeter()
    s = await entrer_secretaire(client, monde)
    seance = await s.convoquer()
    await inscrits(s, monde, seance, *dossiers)
    lignes = [f"/v1/{ou}" for d in dossiers for ou in (f"vues/ccapex/{d}", f"dossiers/{d}/echeances")]
    derriere = {
        seance: [f"/v1{seance}", *lignes],
        f"{seance}/dossiers/{dossiers[0]}": [
            f"/v1/vues/ccapex/{dossiers[0]}", f"/v1/dossiers/{dossiers[0]}/echeances",
            f"/v1/dossiers/{dossiers[0]}/emissions",
        ],
        "/seances": ["/v1/seances", "/v1/seances"],
        f"{seance}/suivant": [f"/v1{seance}"],
        f"{seance}/ordre": [f"/v1{seance}", *lignes],
        f"{seance}/actions": [f"/v1{seance}"],
    }  # fmt: skip
    for adresse, appels in derriere.items():
        await client.get(adresse)  # what is kept of decisions between two reads is there for both
        with compter_le_travail() as prendre:
            await client.get(adresse)
            page = prendre()
            for appel in appels:
                assert (await monde.get(appel, *CCAPEX)).status_code == 200, appel
            api = prendre()
        assert page.trop_tot == 0
        assert page.lignes > 0
        assert page.decisions <= 2 * api.decisions, adresse
        assert page.descelles <= 2 * api.descelles, adresse
        assert page.ordres.total() <= 2 * api.ordres.total(), adresse
