"""A CLIL reads what was put before it, and nothing else of its commune: rule 28, attacked through the API."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from adapters.demo.departement import siret
from adapters.registre.administration import administrer, asseoir, convoquer, inscrire_partenaire
from adapters.registre.instantane import Membre, Partenaire, Seance
from tests.bases import SCHEMA
from tests.monde import COMMUNE, PAR, Monde, evenement, ouverture, rpls
from tests.rest.mondes import Jeu, Lecteur, deux_mondes, jouer
from tests.rest.test_attaques_etranger import octets
from tests.rest.test_regles import inscrire

IDENTITE: Final = {"nom": "LEROY", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
INFORME: Final = evenement("MenageInforme", canal="COURRIER")
MEME_ORGANISATION: Final = "90000000400029"
"""Another establishment of the secretariat's commune: one SIREN, which is what makes an organisation."""
EN_CLIL: Final = ("clil", "CLIL_EXAMEN")
TENUE: Final = Seance(UUID(int=0xC0), "CLIL", f"commune:{COMMUNE}", date(2025, 9, 1), date(2025, 10, 1))
A_VENIR: Final = Seance(UUID(int=0xC1), "CLIL", f"commune:{COMMUNE}", date(2026, 10, 20), date(2026, 12, 10))
TENUE_AILLEURS: Final = replace(TENUE, id=UUID(int=0xC2), lieu="commune:93001")
A_VENIR_AILLEURS: Final = replace(A_VENIR, id=UUID(int=0xC3), lieu="commune:93001")
LECTURES: Final = (
    "/v1/dossiers/{}",
    "/v1/dossiers/{}/historique",
    "/v1/dossiers/{}/situation",
    "/v1/dossiers/{}/emissions",
    "/v1/vues/clil/{}",
)


def sieger(monde: Monde) -> None:
    """The CLIL of the commune holds sessions, and its secretariat sits there; so does another's."""
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        for seance in (TENUE, A_VENIR, TENUE_AILLEURS, A_VENIR_AILLEURS):
            convoquer(registre, seance)
        asseoir(registre, Membre("CLIL", A_VENIR.lieu, "clil", "deliberative"))


def inscription(seance: Seance = A_VENIR) -> dict[str, Any]:
    donnees = {"instance": "CLIL", "seance": str(seance.id), "seance_le": seance.seance_le.isoformat()}
    return evenement("InstanceInscrite", min(seance.seance_le.isoformat(), "2026-10-21"), **donnees)


async def statut(monde: Monde, dossier: str, qui: str = "clil") -> int:
    return (await monde.get(f"/v1/dossiers/{dossier}", qui, "CLIL_EXAMEN")).status_code


async def dire(monde: Monde, dossier: str, qui: str, finalite: str, *faits: dict[str, Any], agent: str = "") -> None:
    recu = await monde.contribuer(dossier, qui, finalite, *faits, agent=agent)
    assert recu.status_code == 201, recu.text


async def test_regle_28_le_territoire_seul_ne_donne_rien(monde: Monde) -> None:
    """Of a case of its own commune that nobody proposed, a secretariat learns what it learns of one that is nowhere."""
    dossier, inconnu = await monde.ouvrir("ssd"), str(UUID(int=9))
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", INFORME)
    await monde.projeter()
    for chemin in LECTURES:
        lus = [await monde.get(chemin.format(x), *EN_CLIL) for x in (dossier, inconnu)]
        assert octets(lus[0]) == octets(lus[1])
        assert lus[0].status_code == 404, chemin
    for finalite in ("COORDINATION_CONTACTS", "ACCOMPAGNEMENT"):  # nor by typing another of its purposes
        lus = [await monde.get(f"/v1/dossiers/{x}", "clil", finalite) for x in (dossier, inconnu)]
        assert octets(lus[0]) == octets(lus[1])
        assert (lus[0].status_code, lus[0].json()["code"]) == (404, "introuvable"), finalite
    for dits in ([inscription()], [INFORME], []):
        ecrits = [await monde.contribuer(x, *EN_CLIL, *dits) for x in (dossier, inconnu)]
        assert octets(ecrits[0]) == octets(ecrits[1])
        assert ecrits[0].status_code == 404, dits
    for params in ({}, {"commune": COMMUNE}, {"arrondissement": "93001"}, {"stade": "OUVERT"}, {"parc": "SOCIAL"}):
        assert (await monde.get("/v1/vues/clil", *EN_CLIL, params=params)).json()["dossiers"] == [], params
    for qui, nom in (("clil", "LEROY"), ("ailleurs", "LEROY"), ("clil", "PERSONNE")):
        trouve = await monde.post("/v1/dossiers/recherche", qui, "CLIL_EXAMEN", IDENTITE | {"nom": nom})
        assert trouve.json() == {"dossiers": []}


PROPOSENT: Final = {"ssd": "", "bailleur": "", "caf": "", "ccas": "agent-1", "service-social": "agent-1"}


async def test_regle_28_elle_lit_ce_qu_un_autre_organisme_propose(monde: Monde) -> None:
    inscrire(monde, "ccas", "CCAS", siret=siret(50), territoire="departement")
    inscrire(monde, "service-social", "BAILLEUR_SOCIAL_SERVICE_SOCIAL", siret=siret(51))
    contact = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    dossiers = []
    for rang, (qui, agent) in enumerate(PROPOSENT.items()):
        corps = {"nom": f"NOM {'ABCDE'[rang]}", "id_rpls": rpls(rang)}
        dossiers.append(await monde.ouvrir(**corps))
        if qui == "caf":
            await dire(monde, dossiers[-1], qui, "COORDINATION_CONTACTS", contact)
        if qui == "service-social":
            rejoint = await monde.post("/v1/dossiers", qui, "ACCOMPAGNEMENT", ouverture(**corps), agent)
            assert rejoint.json()["dossier"] == dossiers[-1]
        assert await statut(monde, dossiers[-1]) == 404
        await monde.proposer(dossiers[-1], qui, agent=agent)
        assert (await statut(monde, dossiers[-1]), await statut(monde, dossiers[-1], "ailleurs")) == (200, 404), qui
        lu = (await monde.get(f"/v1/vues/clil/{dossiers[-1]}", *EN_CLIL)).json()
        assert "DossierPropose" in {f["type"] for f in lu["faits"]}
        trouve = await monde.post("/v1/dossiers/recherche", *EN_CLIL, IDENTITE | {"nom": corps["nom"]})
        assert [x["dossier"] for x in trouve.json()["dossiers"]] == dossiers[-1:]
    await monde.projeter()
    for params in ({}, {"commune": COMMUNE}):
        lignes = (await monde.get("/v1/vues/clil", *EN_CLIL, params=params)).json()["dossiers"]
        assert [ligne["dossier"] for ligne in lignes] == dossiers
        assert all(ligne["intitule"].startswith("Fatou NOM") for ligne in lignes)


async def test_regle_28_une_proposition_retiree_ne_donne_plus_rien(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    lu = (await monde.get(f"/v1/dossiers/{dossier}", "ssd", "ACCOMPAGNEMENT")).json()
    [propose] = [f["id"] for f in lu["faits"] if f["type"] == "DossierPropose"]
    assert await statut(monde, dossier) == 200
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("FaitCorrige", corrige=propose))
    assert await statut(monde, dossier) == 404


async def test_regle_28_une_clil_qui_en_a_fini_ne_le_lit_plus_avant_qu_on_le_lui_propose_de_nouveau(
    monde: Monde,
) -> None:
    """For its own part: the procedure is not closed, and who only told of the case closes nothing of it."""
    dossier = await monde.ouvrir()
    await monde.proposer(dossier, le="2026-10-10")
    fini = evenement("SuiviClos", "2026-10-12", instance="CLIL", motif="DETTE_SOLDEE")
    await dire(monde, dossier, *EN_CLIL, evenement("ContactTente", canal="APPEL", resultat="ABSENT"), fini)
    assert await statut(monde, dossier) == 404
    await monde.projeter()
    assert (await monde.get("/v1/vues/clil", *EN_CLIL)).json()["dossiers"] == []
    refus = await monde.contribuer(dossier, *EN_CLIL, fini)
    assert (refus.status_code, refus.json()["code"]) == (403, "AUTRE_LIEN_REQUIS")
    await monde.proposer(dossier, le="2026-10-11")  # told late, of before
    assert await statut(monde, dossier) == 404
    await monde.proposer(dossier, le="2026-10-13")
    assert await statut(monde, dossier) == 200
    assert (await monde.get(f"/v1/dossiers/{dossier}", "ccapex", "CCAPEX_ADMINISTRATIVE")).status_code == 200


async def test_regle_39_proposer_sous_un_autre_chapeau_ne_donne_rien(monde: Monde) -> None:
    """A commune's social action centre and its CLIL are one organisation: its word opens to another, not to itself."""
    dossier = await monde.ouvrir()
    inscrire(monde, "ccas", "CCAS", siret=MEME_ORGANISATION, territoire="departement")
    inscrire(monde, "voisine", "CLIL_SECRETARIAT", siret=siret(50), territoire="departement")
    await monde.proposer(dossier, "ccas", agent="agent-1")
    await monde.projeter()
    assert await statut(monde, dossier) == 404
    assert (await monde.get("/v1/vues/clil", *EN_CLIL)).json()["dossiers"] == []
    assert (await monde.get(f"/v1/dossiers/{dossier}", "voisine", "CLIL_EXAMEN", "agent-1")).status_code == 200
    lignes = (await monde.get("/v1/vues/clil", "voisine", "CLIL_EXAMEN", "agent-1")).json()["dossiers"]
    assert [ligne["dossier"] for ligne in lignes] == [dossier]


async def test_regle_28_ce_qui_fut_propose_se_lit_douze_mois(monde: Monde) -> None:
    """On 2 November 2026."""
    dossier = await monde.ouvrir()
    for le, attendu in (("2025-10-01", 404), ("2025-11-01", 404), ("2025-11-02", 200)):
        await monde.proposer(dossier, le=le)
        await monde.projeter()
        lignes = (await monde.get("/v1/vues/clil", *EN_CLIL)).json()["dossiers"]
        assert (await statut(monde, dossier), len(lignes)) == (attendu, int(attendu == 200)), le


async def test_regle_28_l_ordre_du_jour_puis_douze_mois_d_examen(monde: Monde) -> None:
    sieger(monde)
    inscrit, jadis = await monde.ouvrir(), await monde.ouvrir(nom="JADIS", id_rpls=rpls(2))
    for dossier in (inscrit, jadis):
        await monde.proposer(dossier, "ccapex", le="2025-11-20")
    await dire(monde, inscrit, *EN_CLIL, inscription())
    await dire(monde, jadis, *EN_CLIL, inscription(TENUE))
    await dire(monde, jadis, *EN_CLIL, evenement("DossierExamine", "2025-10-01", instance="CLIL"))

    def passer_au(le: date) -> None:
        monde.gate.aujourd_hui = monde.gate.ledger._aujourd_hui = lambda: le

    passer_au(date(2026, 11, 25))
    assert (await statut(monde, inscrit), await statut(monde, jadis)) == (200, 404)
    passer_au(date(2026, 12, 15))
    assert await statut(monde, inscrit) == 404
    passer_au(date(2026, 12, 10))
    await dire(monde, inscrit, *EN_CLIL, evenement("DossierExamine", "2026-12-10", instance="CLIL"))
    passer_au(date(2026, 12, 15))
    assert await statut(monde, inscrit) == 200


async def test_regle_28_nul_ne_saisit_sa_commission_par_ses_seuls_apports(monde: Monde) -> None:
    """Neither when it opens the case, nor afterwards, nor in a lot: whether or not others know the household."""
    sieger(monde)
    connu = await monde.ouvrir(nom="CONNU", id_rpls=rpls(3))
    refus = []
    for numero, (qui, nom) in enumerate((("ailleurs", "CONNU"), ("ailleurs", "NOUVEAU"), ("clil", "PROCHE")), 3):
        en_clil, seance = (qui, "CLIL_EXAMEN"), A_VENIR if qui == "clil" else A_VENIR_AILLEURS
        corps = ouverture(nom=nom, id_rpls=rpls(numero))
        refus.append(await monde.post("/v1/dossiers", *en_clil, corps | {"evenements": [INFORME, inscription(seance)]}))
        recu = await monde.post("/v1/dossiers", *en_clil, corps | {"evenements": [INFORME]})
        dossier = recu.json()["dossier"]
        assert (dossier == connu) is (nom == "CONNU")
        assert await statut(monde, dossier, qui) == 200
        examen = evenement("DossierExamine", "2025-10-01", instance="CLIL")
        refus += [await monde.contribuer(dossier, *en_clil, dit) for dit in (inscription(seance), examen)]
        emet = (await monde.get(f"/v1/dossiers/{dossier}/emissions", *en_clil)).text
        assert "MenageInforme" in emet
        assert not {"InstanceInscrite", "DossierExamine"} & set(emet.split('"'))
        lot = {"dossier": dossier, "cle": f"lot-{numero}", "evenements": [inscription(seance)]}
        ligne = (await monde.post("/v1/interventions/lot", *en_clil, lot)).text
        assert "AUTRE_LIEN_REQUIS" in ligne
    assert {(r.status_code, r.json()["code"]) for r in refus} == {(403, "AUTRE_LIEN_REQUIS")}
    assert [octets(r) for r in refus[:3]] == [octets(r) for r in refus[3:6]]
    await monde.proposer(dossier, "ssd")
    await dire(monde, dossier, *EN_CLIL, inscription())
    assert await statut(monde, dossier) == 200


async def test_regle_28_la_file_a_ce_qui_se_lit_par_son_numero(monde: Monde) -> None:
    """In pages of one too, and of each reader that has this view."""
    sieger(monde)
    dossiers = [await monde.ouvrir(nom=f"NOM {'ABCDEF'[n]}", id_rpls=rpls(10 + n)) for n in range(6)]
    dossiers.append(await monde.ouvrir("clil", nom="SIENNE", id_rpls=rpls(20)))
    inscrire(monde, "ccas", "CCAS", siret=MEME_ORGANISATION, territoire="departement")
    propose, jadis, sans, inscrit, sien, oppose, ouvert = dossiers
    await monde.proposer(propose)
    await monde.proposer(jadis, le="2025-10-01")
    await dire(monde, sans, "ssd", "ACCOMPAGNEMENT", INFORME)
    await monde.proposer(inscrit, "ccapex")
    await dire(monde, inscrit, *EN_CLIL, inscription())
    await monde.proposer(sien, "ccas", agent="agent-1")
    await monde.proposer(oppose)
    opposition = evenement("OppositionEnregistree", portee="OPPOSITION")
    await dire(monde, oppose, "ccapex", "CCAPEX_ADMINISTRATIVE", opposition)
    await dire(monde, ouvert, *EN_CLIL, INFORME)
    await monde.projeter()
    for qui, finalite, agent in ((*EN_CLIL, ""), ("ssd", "CLIL_EXAMEN", ""), ("ccas", "CLIL_EXAMEN", "agent-1")):
        lisibles = [
            d for d in dossiers if (await monde.get(f"/v1/vues/clil/{d}", qui, finalite, agent)).status_code == 200
        ]
        assert lisibles == ([propose, inscrit, ouvert] if qui == "clil" else []), qui
        for filtre in ({}, {"commune": COMMUNE}, {"arrondissement": "93001"}, {"parc": "SOCIAL"}):
            listes: list[str] = []
            suite: int | None = 0
            while suite is not None:
                params = filtre | {"limite": 1, "apres": suite}
                page = (await monde.get("/v1/vues/clil", qui, finalite, agent, params=params)).json()
                listes += [ligne["dossier"] for ligne in page["dossiers"]]
                suite = page["suivant"]
            assert listes == lisibles, (qui, filtre)
    par_seance = await monde.get("/v1/vues/clil", *EN_CLIL, params={"seance": str(A_VENIR.id)})
    assert [ligne["dossier"] for ligne in par_seance.json()["dossiers"]] == [inscrit]


@dataclass(frozen=True)
class Secretariat(Lecteur):
    """One that has no other purpose: what nobody proposed is hidden from it in its own commune too."""

    role: str = "CLIL_SECRETARIAT"

    @property
    def partenaire(self) -> Partenaire:
        return replace(super().partenaire, finalites=("CLIL_EXAMEN",))

    def finalites(self, action: str) -> list[str]:
        return [finalite for finalite in super().finalites(action) if finalite == "CLIL_EXAMEN"]

    @property
    def hors_de_portee(self) -> str:
        return self.commune


SUITES: Final = 20


async def test_regle_40_ce_que_nul_ne_propose_n_est_pas_de_son_monde(
    modele: str, compter: Callable[[str, int], None]
) -> None:
    lecteur, appels = Secretariat(), 0
    async with deux_mondes(modele) as (sans, avec, prendre):
        for monde in (sans, avec):
            with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
                inscrire_partenaire(registre, lecteur.partenaire)
        jeux = tuple(Jeu(monde, lecteur, prendre, su=su) for monde, su in ((sans, False), (avec, True)))
        for graine in range(SUITES):
            appels += await jouer(jeux, graine, menage=graine + 1)
    assert jeux[0].ecrits
    compter("appels d'un secrétariat de CLIL, comparés dans deux mondes", appels)


async def test_une_commission_n_examine_que_le_jour_d_une_seance(monde: Monde) -> None:
    sieger(monde)
    dossier = await monde.ouvrir()
    await monde.proposer(dossier)
    await dire(monde, dossier, *EN_CLIL, inscription())
    refus = await monde.contribuer(dossier, *EN_CLIL, evenement("DossierExamine", "2026-10-21", instance="CLIL"))
    assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, "evenements.0.survenu_le"), refus.text


async def test_on_ne_propose_pas_a_une_commission_que_l_on_saisit(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", INFORME)
    for instance in ("CCAPEX", "COMEX"):
        propose = evenement("DossierPropose", instance=instance)
        refus = await monde.contribuer(dossier, "ssd", "ACCOMPAGNEMENT", propose)
        assert (refus.status_code, refus.json()["champs"][0]["champ"]) == (422, "evenements.0.donnees.instance")
