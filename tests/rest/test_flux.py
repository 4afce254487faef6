"""The feed: for every reader, what it was told is what it may see, in order, and tells nothing of what others do."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from adapters.gate import flux
from adapters.registre.administration import (
    administrer,
    revoquer,
    revoquer_mandat,
    suspendre_partenaire,
)
from ledger.application import Ledger
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.monde import (
    AGENTS,
    AUTRE_BAILLEUR,
    ETUDE,
    FINALITES,
    INFORME,
    PAR,
    PARTENAIRES,
    Monde,
    evenement,
    mandater,
    ouverture,
    ouvrir_monde,
    rpls,
)
from tests.rest.recit import raconter, titulaire
from tests.rest.test_comex import requis
from tests.rest.test_regles import inscrire
from tests.rest.test_reunion import rapprocher
from tests.revisions import lecture, revision

DETTE: Final[dict[str, Any]] = {"montant": 224770, "arretee_au": "2026-10-15"}


class Abonne:
    """Who follows the feed: what it was told so far, and where it takes up again."""

    def __init__(self, monde: Monde, qui: str, finalite: str, limite: int = flux.PAGE) -> None:
        self.monde, self.qui, self.finalite, self.limite = monde, qui, finalite, limite
        self.suivant: str | None = None
        self.recus: list[dict[str, Any]] = []

    async def demander(self, depuis: str | None = None, statut: int = 200) -> dict[str, Any]:
        params: dict[str, Any] = {"limite": self.limite} | ({"depuis": depuis} if depuis else {})
        agent = "" if self.qui in AGENTS else "agent-1"
        recu = await self.monde.get("/v1/flux", self.qui, self.finalite, agent, params=params)
        assert recu.status_code == statut, recu.text
        assert "position" not in recu.headers
        page: dict[str, Any] = recu.json()
        return page

    async def suivre(self) -> list[dict[str, Any]]:
        """What is new, page after page."""
        nouveaux: list[dict[str, Any]] = []
        while True:
            page = await self.demander(self.suivant)
            self.suivant = page["suivant"]
            nouveaux += page["evenements"]
            if not page["encore"]:
                self.recus += nouveaux
                return nouveaux


async def abonner(monde: Monde, qui: str, finalite: str, limite: int = flux.PAGE) -> Abonne:
    await monde.projeter()
    abonne = Abonne(monde, qui, finalite, limite)
    assert await abonne.suivre() == []
    return abonne


def dits(evenements: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(e["type"].removeprefix("fr.unefois."), e["data"]["evenement"]) for e in evenements]


async def dire(monde: Monde, dossier: str, qui: str, finalite: str, *faits: dict[str, Any]) -> list[str]:
    recu = await monde.contribuer(dossier, qui, finalite, *faits)
    assert recu.status_code == 201, recu.text
    await monde.projeter()
    return [str(id_) for id_ in recu.json().get("evenements", [])]


async def historique(monde: Monde, dossier: str, qui: str, finalite: str) -> list[str]:
    agent = "" if qui in AGENTS else "agent-1"
    recu = await monde.get(f"/v1/dossiers/{dossier}/historique", qui, finalite, agent)
    return [f["id"] for f in recu.json()["evenements"]] if recu.status_code == 200 else []


async def test_un_fait_nouveau_se_dit_une_fois_a_qui_le_lit(monde: Monde) -> None:
    lecteurs = [
        await abonner(monde, qui, finalite)
        for qui, finalite in (("bailleur", "ACTE_EMISSION"), ("ssd", "ACCOMPAGNEMENT"), ("voisin", "ACTE_EMISSION"))
    ]
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    bailleur, ssd, voisin = [await lecteur.suivre() for lecteur in lecteurs]
    assert dits(bailleur)[-1] == ("fait", "DetteDeclaree")
    assert [e["data"]["fait"] for e in bailleur] == await historique(monde, dossier, "bailleur", "ACTE_EMISSION")
    assert [e["data"]["fait"] for e in ssd] == await historique(monde, dossier, "ssd", "ACCOMPAGNEMENT")
    assert voisin == []
    assert {e["id"] for e in bailleur}.isdisjoint(e["id"] for e in ssd)
    assert UUID(bailleur[-1]["subject"]) == UUID(dossier)
    assert bailleur[-1]["data"] == {
        "dossier": dossier,
        "fait": bailleur[-1]["data"]["fait"],
        "evenement": "DetteDeclaree",
        "groupe": "F05",
        "corrige": None,
    }
    assert "224770" not in str(bailleur)
    assert [await lecteur.suivre() for lecteur in lecteurs] == [[], [], []]


LECTEURS: Final = [
    (qui, finalite) for qui, role, *_ in PARTENAIRES for finalite in FINALITES[role] if "demande" not in finalite
]
"""Every partner of the tests, at each purpose of its role."""


async def test_chacun_recoit_ce_que_son_historique_lui_montre_dans_l_ordre_et_rien_d_autre(
    monde: Monde, compter: Callable[[str, int], None]
) -> None:
    """A household that all told of, one that others know: page by page of three, for each partner at each purpose."""
    await monde.projeter()
    abonnes = []
    for qui, finalite in LECTEURS:
        abonne = Abonne(monde, qui, finalite, limite=3)
        recu = await monde.get("/v1/flux", qui, finalite)
        if recu.status_code == 200:
            abonne.suivant = recu.json()["suivant"]
            abonnes.append(abonne)
    dossier = await raconter(monde)
    autre = await monde.ouvrir("voisin", nom="AILLEURS", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(5), commune="93001")
    await monde.projeter()
    dits_en_tout = 0
    for abonne in abonnes:
        await abonne.suivre()
        de = [e for e in abonne.recus if e["type"] in {flux.FAIT, flux.CORRIGE}]
        par_dossier = {d: [e["data"]["fait"] for e in de if e["data"]["dossier"] == d] for d in (dossier, autre)}
        for d, faits in par_dossier.items():
            assert faits == await historique(monde, d, abonne.qui, abonne.finalite), (abonne.qui, abonne.finalite)
        assert len(de) == sum(map(len, par_dossier.values()))
        assert len({e["id"] for e in abonne.recus}) == len(abonne.recus)
        dits_en_tout += len(de)
    assert len(abonnes) > 20
    assert dits_en_tout > 200
    compter("abonnés dont le flux est l'historique qu'ils lisent", len(abonnes))
    compter("faits dits par le flux", dits_en_tout)


async def test_ce_qui_est_cache_n_est_ni_dit_ni_compte(monde: Monde) -> None:
    """What a social service told under secrecy: nothing of it to the landlord, whose pages are those of a silence."""
    dossier = await monde.ouvrir()
    suivi = evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", suivi)
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION", limite=1)
    ssd = await abonner(monde, "ssd", "ACCOMPAGNEMENT")
    rien = await bailleur.demander(bailleur.suivant)
    besoins = [
        evenement("BesoinSignale", acte=str(uuid4()), besoin="INTERPRETE", fondement="RGPD_6_1_E", avec_accord=False)
        for _ in range(5)
    ]
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", *besoins)
    apres = await bailleur.demander(bailleur.suivant)
    assert (rien["evenements"], rien["encore"]) == (apres["evenements"], apres["encore"]) == ([], False)
    assert len(rien["suivant"]) == len(apres["suivant"])
    assert dits(await ssd.suivre()) == [("fait", "BesoinSignale")] * 5
    lue = evenement("DetteDeclaree", **DETTE)
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", lue)
    page = await bailleur.demander(bailleur.suivant)
    assert (dits(page["evenements"]), page["encore"]) == ([("fait", "DetteDeclaree")], False)


async def test_un_fait_retire_se_dit_a_qui_le_lisait(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    [*_, dette] = await historique(monde, dossier, "bailleur", "ACTE_EMISSION")
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    voisin = await abonner(monde, "voisin", "ACTE_EMISSION")
    juste = evenement("DetteDeclaree", **(DETTE | {"montant": 1000})) | {"corrige": dette}
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", juste)
    [remplace] = await bailleur.suivre()
    assert (remplace["type"], remplace["data"]["corrige"]) == (flux.CORRIGE, dette)
    retrait = evenement("FaitCorrige", corrige=remplace["data"]["fait"])
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", retrait)
    [retire] = await bailleur.suivre()
    assert (retire["type"], retire["data"]["corrige"]) == (flux.CORRIGE, remplace["data"]["fait"])
    assert await voisin.suivre() == []


async def test_un_dossier_auquel_on_vient_a_etre_lie_se_dit_a_relire(monde: Monde) -> None:
    """The CAF's first contact links it: what was there before is told by one pointer, what is new fact by fact."""
    dossier = await monde.ouvrir()
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    caf = await abonner(monde, "caf", "COORDINATION_CONTACTS")
    etude = await abonner(monde, "etude", "ACTE_EMISSION")
    contact = evenement("ContactTente", canal="APPEL", resultat="ABSENT")
    await dire(monde, dossier, "caf", "COORDINATION_CONTACTS", contact)
    lus = await historique(monde, dossier, "caf", "COORDINATION_CONTACTS")
    recus = await caf.suivre()
    assert dits(recus)[-1] == ("fait", "ContactTente")
    assert [e["data"]["fait"] for e in recus if e["type"] == flux.FAIT] == lus[-1:]
    assert await etude.suivre() == []
    await monde.ouvrir("etude")
    acte = evenement("CommandementPayerSignifie", etude_siret=ETUDE, ref_acte="CDP-1", dette=224770, nb_adultes=1)
    await dire(monde, dossier, "etude", "ACTE_EMISSION", acte)
    recus = await etude.suivre()
    lus = await historique(monde, dossier, "etude", "ACTE_EMISSION")
    assert [e["data"]["fait"] for e in recus if e["type"] != flux.DOSSIER] == lus


async def test_ce_qu_un_lien_confirme_ouvre_se_dit_a_relire(monde: Monde) -> None:
    """A second service says that it follows the household: it reads more once the instructeur confirms it."""
    dossier = await monde.ouvrir()
    inscrire(monde, "ccas", "CCAS", territoire="aucun")
    lien = str(uuid4())
    ouvert = {"evenements": [evenement("AccompagnementOuvert", intervention=lien, mesure="SSD")]}
    await monde.post("/v1/dossiers", "ccas", "ACCOMPAGNEMENT", ouverture(), "agent-1")
    corps = ouvert | {"information_menage": INFORME}
    recu = await monde.post(f"/v1/dossiers/{dossier}/interventions", "ccas", "ACCOMPAGNEMENT", corps, "agent-1")
    assert recu.status_code == 201, recu.text
    ccas = await abonner(monde, "ccas", "ACCOMPAGNEMENT")
    avant = await historique(monde, dossier, "ccas", "ACCOMPAGNEMENT")
    await dire(monde, dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    assert await ccas.suivre() == [], "what others told, it does not read yet"
    await dire(monde, dossier, "ccapex", "CCAPEX_INSTRUCTION", evenement("LienConfirme", lien=lien))
    assert len(await historique(monde, dossier, "ccas", "ACCOMPAGNEMENT")) > len(avant)
    recus = await ccas.suivre()
    assert (recus[0]["type"], recus[0]["data"]["dossier"]) == (flux.DOSSIER, dossier)


async def test_ce_qu_un_accord_ouvre_se_dit_a_relire(monde: Monde) -> None:
    """A need under secrecy, that the COMEX reads once the person agrees: told to be read then, and not before."""
    dossier = await requis(monde)
    personne = await titulaire(monde, dossier)
    comex = await abonner(monde, "comex", "CFP_INSTRUCTION")
    dits_: dict[str, Any] = {"besoin": "INTERPRETE", "fondement": "RGPD_6_1_E", "avec_accord": False}
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("BesoinSignale", acte=str(uuid4()), **dits_))
    assert await comex.suivre() == []
    accord: dict[str, Any] = {"groupes": ["F13"], "jusqu_au": "2026-12-31", "personne": personne}
    accord |= {"accord": str(uuid4()), "destinataire": "comex"}
    avant = await historique(monde, dossier, "comex", "CFP_INSTRUCTION")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("AccordRecueilli", **accord))
    assert len(await historique(monde, dossier, "comex", "CFP_INSTRUCTION")) > len(avant)
    page = await comex.demander(comex.suivant)
    assert (page["evenements"][0]["type"], page["evenements"][0]["data"]["dossier"]) == (flux.DOSSIER, dossier)
    tu = evenement("EvaluationSociale", acte=str(uuid4()), personnes=[personne], texte="lien repris")
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", tu)
    encore = await comex.demander(comex.suivant)
    assert encore["evenements"] == page["evenements"], "asked again, the same is told under the same id"
    await comex.suivre()
    assert await comex.suivre() == []
    await dire(monde, dossier, "ssd", "ACCOMPAGNEMENT", evenement("AccordRetire", accord=accord["accord"]))
    assert flux.DOSSIER in {e["type"] for e in await comex.suivre()}, "what is closed again is told as well"


async def test_un_mandat_et_sa_fin_se_disent_comme_des_droits_changes(monde: Monde) -> None:
    dossier = await monde.ouvrir()
    etude, voisin = await abonner(monde, "etude", "ACTE_EMISSION"), await abonner(monde, "voisin", "ACTE_EMISSION")
    mandater(monde.bases, "etude", UUID(dossier))
    [change] = await etude.suivre()
    assert (change["type"], set(change["data"].values())) == (flux.ACCES, {None})
    assert await etude.suivre() == []
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    attendus = await historique(monde, dossier, "etude", "ACTE_EMISSION")
    assert [e["data"]["fait"] for e in await etude.suivre()] == attendus[-1:]
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        revoquer_mandat(registre, "etude", UUID(dossier), AUJOURD_HUI)
    assert [e["type"] for e in await etude.suivre()] == [flux.ACCES], "what was to be told is not any more"
    assert await voisin.suivre() == [], "what the registry says of others is not told"


async def test_ce_qui_n_est_lie_que_par_ce_qu_on_y_a_dit_se_suit_comme_il_se_liste(monde: Monde) -> None:
    """A mandate ended, of a case that others opened: what its reader told of it is all that still links it."""
    asll, finalite = "asll", "ACCOMPAGNEMENT"
    inscrire(monde, asll, "ASSOCIATION_ASLL", territoire="aucun")
    dossier = await monde.ouvrir()
    mandater(monde.bases, asll, UUID(dossier))
    dit = {"evenements": [evenement("ContactTente", canal="APPEL", resultat="ABSENT")]}
    adresse = f"/v1/dossiers/{dossier}"
    recu = await monde.post(f"{adresse}/interventions", asll, finalite, dit, "agent-1")
    assert recu.status_code == 201, recu.text
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        revoquer_mandat(registre, asll, UUID(dossier), AUJOURD_HUI)
    abonne = await abonner(monde, asll, finalite)
    avant = await historique(monde, dossier, asll, finalite)
    assert (await monde.get(adresse, asll, finalite, "agent-1")).status_code == 200
    listes = (await monde.get("/v1/dossiers", asll, finalite, "agent-1")).json()["dossiers"]
    assert [ligne["dossier"] for ligne in listes] == [dossier]
    recu = await monde.post(f"{adresse}/interventions", asll, finalite, dit, "agent-1")
    assert recu.status_code == 201, recu.text
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    [nouveau] = set(await historique(monde, dossier, asll, finalite)) - set(avant)
    assert [e["data"]["fait"] for e in await abonne.suivre()] == [nouveau]


async def test_un_abonne_suspendu_ou_dont_l_agent_n_est_plus_habilite_ne_recoit_plus_rien(monde: Monde) -> None:
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    ssd = await abonner(monde, "ssd", "ACCOMPAGNEMENT")
    await monde.ouvrir()
    await monde.projeter()
    with administrer(monde.bases.registre_url, PAR, SCHEMA) as registre:
        suspendre_partenaire(registre, "bailleur", AUJOURD_HUI)
        revoquer(registre, "ssd", AGENTS["ssd"], AUJOURD_HUI)
    for abonne in (bailleur, ssd):
        recu = await monde.get("/v1/flux", abonne.qui, abonne.finalite, params={"depuis": abonne.suivant})
        assert recu.status_code in {401, 403}, recu.text


async def test_d_autres_regles_se_disent_comme_des_droits_changes(monde: Monde, bases: Bases, ledger: Ledger) -> None:
    """The service is started with rules that close debts to landlords: what is told since then is decided by them."""
    dossier = await monde.ouvrir()
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    ssd = await abonner(monde, "ssd", "ACCOMPAGNEMENT")
    await dire(monde, dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    async with ouvrir_monde(bases, ledger, regles=revision(lecture("CD_TRAVAILLEUR_SOCIAL", "F05", "-"))) as autre:
        bailleur.monde = ssd.monde = autre
        assert dits(await bailleur.suivre()) == [("acces", None), ("fait", "DetteDeclaree")]
        assert dits(await ssd.suivre()) == [("acces", None)]
        assert (await bailleur.suivre(), await ssd.suivre()) == ([], [])


async def test_un_menage_efface_se_dit_a_qui_le_lisait_et_a_lui_seul(monde: Monde) -> None:
    dossier = await monde.ouvrir(nom="SEUL", id_rpls=rpls(999))
    personne = await titulaire(monde, dossier)
    ssd, voisin = await abonner(monde, "ssd", "ACCOMPAGNEMENT"), await abonner(monde, "voisin", "ACTE_EMISSION")
    await monde.effacer(dossier, personne)
    await monde.projeter()
    recus = await ssd.suivre()
    assert flux.DOSSIER in {e["type"] for e in recus}
    assert "SEUL" not in str(recus)
    assert await voisin.suivre() == []
    lus = await historique(monde, dossier, "ssd", "ACCOMPAGNEMENT")
    assert {e["data"]["fait"] for e in recus if e["type"] == flux.FAIT} <= set(lus)


async def test_un_effacement_ne_se_dit_que_de_qui_l_on_avait_parle(monde: Monde) -> None:
    """Of two occupants that are erased one after the other, a landlord that joined the case had told of the first."""
    dossier = await monde.ouvrir("ccapex", nom="SEUL", id_rpls=rpls(999))
    recu = await monde.post("/v1/dossiers", "voisin", "ACTE_EMISSION", ouverture("SEUL", AUTRE_BAILLEUR, rpls(999)))
    assert recu.json()["dossier"] == dossier
    siens, autres = str(uuid4()), str(uuid4())
    for qui, finalite, personne in (
        ("voisin", "ACTE_EMISSION", siens),
        ("ccapex", "CCAPEX_ADMINISTRATIVE", autres),
    ):
        identite = {"nom": f"DE {qui}", "prenoms": "Awa", "date_naissance": "1990-05-05"}
        await dire(
            monde,
            dossier,
            qui,
            finalite,
            evenement("OccupantDeclare", personne=personne, qualite="CONJOINT", **identite),
        )
    voisin = await abonner(monde, "voisin", "ACTE_EMISSION")
    await monde.effacer(dossier, siens)
    await monde.projeter()
    assert flux.DOSSIER in {e["type"] for e in await voisin.suivre()}
    await monde.effacer(dossier, autres)
    await monde.projeter()
    assert await voisin.suivre() == []


async def test_deux_dossiers_reunis_se_suivent_ensemble(monde: Monde) -> None:
    a = await monde.ouvrir()
    b = await monde.ouvrir("ssd", nom="LE ROY", id_rpls=rpls(7))
    ccapex = await abonner(monde, "ccapex", "CCAPEX_ADMINISTRATIVE")
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    assert (await rapprocher(monde, a, b)).status_code == 201
    await dire(monde, a, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    recus = await ccapex.suivre()
    assert {e["data"]["dossier"] for e in recus} == {a, b}
    assert {e["type"] for e in recus} == {flux.DOSSIER, flux.FAIT}
    lus = await historique(monde, a, "ccapex", "CCAPEX_ADMINISTRATIVE")
    assert {e["data"]["fait"] for e in recus} - {None} <= set(lus)
    assert dits(await bailleur.suivre()) == [("fait", "DetteDeclaree")]
    await dire(monde, a, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    assert dits(await ccapex.suivre()) == [("fait", "DetteDeclaree")]


async def test_le_dossier_que_l_on_ne_lit_qu_avec_un_autre_se_suit_tant_qu_ils_sont_un(monde: Monde) -> None:
    """A service of 93008 has a case there; the household has another one in 93001, that it reads once looked at."""
    a = await monde.ouvrir()
    b = await monde.ouvrir("voisin", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(7), commune="93001")
    ssd, bailleur = await abonner(monde, "ssd", "ACCOMPAGNEMENT"), await abonner(monde, "bailleur", "ACTE_EMISSION")
    assert (await rapprocher(monde, a, b)).status_code == 201
    await dire(monde, b, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    assert flux.DOSSIER not in {e["type"] for e in await ssd.suivre()}, "of the two, it still reads one"
    assert (await rapprocher(monde, a, b, "RELU")).status_code == 201
    await monde.projeter()
    relus = await ssd.suivre()
    assert {e["data"]["dossier"] for e in relus if e["type"] == flux.DOSSIER} == {a, b}
    await dire(monde, b, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    [dette] = await ssd.suivre()
    assert (dette["type"], dette["data"]["dossier"], dette["data"]["evenement"]) == (flux.FAIT, b, "DetteDeclaree")
    assert dette["data"]["fait"] in await historique(monde, a, "ssd", "ACCOMPAGNEMENT")
    assert (await rapprocher(monde, a, b, "DISTINCT")).status_code == 201
    await dire(monde, b, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    separes = await ssd.suivre()
    assert {e["data"]["dossier"] for e in separes if e["type"] == flux.DOSSIER} == {a}
    assert {e["data"]["dossier"] for e in separes} == {a}
    assert await ssd.suivre() == []
    assert await bailleur.suivre() == [], "it says itself that it is the landlord: nothing of this is told to it"


async def test_le_lien_qui_ouvre_un_menage_de_deux_dossiers_se_dit_a_relire(monde: Monde) -> None:
    """A second service says of one of them that it follows the household: once it is confirmed, it reads both."""
    a = await monde.ouvrir()
    b = await monde.ouvrir("voisin", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(7), commune="93001")
    for decision in ("MEME_MENAGE", "RELU"):
        assert (await rapprocher(monde, a, b, decision)).status_code == 201
    inscrire(monde, "ccas", "CCAS", territoire="aucun")
    await monde.post("/v1/dossiers", "ccas", "ACCOMPAGNEMENT", ouverture(), "agent-1")
    lien = str(uuid4())
    ouvert = {"evenements": [evenement("AccompagnementOuvert", intervention=lien, mesure="SSD")]}
    corps = ouvert | {"information_menage": INFORME}
    recu = await monde.post(f"/v1/dossiers/{a}/interventions", "ccas", "ACCOMPAGNEMENT", corps, "agent-1")
    assert recu.status_code == 201, recu.text
    ccas = await abonner(monde, "ccas", "ACCOMPAGNEMENT")
    await dire(monde, b, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    await dire(monde, a, "ccapex", "CCAPEX_ADMINISTRATIVE", evenement("CcapexSaisie", "2026-10-12"))
    assert await ccas.suivre() == []
    await dire(monde, a, "ccapex", "CCAPEX_INSTRUCTION", evenement("LienConfirme", lien=lien))
    [premier, *_] = await ccas.suivre()
    assert (premier["type"], premier["data"]["dossier"]) == (flux.DOSSIER, a)
    await dire(monde, b, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    [dette] = await ccas.suivre()
    assert (dette["type"], dette["data"]["dossier"]) == (flux.FAIT, b)


async def test_une_reprise_est_a_son_lecteur_a_sa_finalite_et_vaut_90_jours(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    sienne = (await abonner(monde, "bailleur", "ACTE_EMISSION")).suivant
    assert sienne is not None
    altere = sienne[:-2] + ("A" if sienne[-2] != "A" else "B") + sienne[-1]
    tentees = [
        ("voisin", "ACTE_EMISSION", "", sienne),
        ("bailleur", "RELOGEMENT", "", sienne),
        ("bailleur", "ACTE_EMISSION", "contentieux-2", sienne),
        ("bailleur", "ACTE_EMISSION", "", altere),
        ("bailleur", "ACTE_EMISSION", "", "0"),
        ("bailleur", "ACTE_EMISSION", "", "é"),
        ("bailleur", "ACTE_EMISSION", "", "A" * 1000),
    ]
    dites = set()
    for qui, finalite, agent, jeton in tentees:
        recu = await monde.get("/v1/flux", qui, finalite, agent, params={"depuis": jeton})
        assert (recu.status_code, recu.json()["code"]) == (400, "requete"), (qui, finalite, agent)
        dites.add(recu.json()["detail"])
    assert len(dites) == 1, "one sentence for all: which part was wrong is not told"
    assert [ligne["issue"] for ligne in await monde.journal(len(tentees))] == ["refuse"] * len(tentees)
    for jours, statut in ((90, 200), (91, 400)):
        monkeypatch.setattr(monde.gate, "aujourd_hui", lambda j=jours: AUJOURD_HUI + timedelta(j))
        recu = await monde.get("/v1/flux", "bailleur", "ACTE_EMISSION", params={"depuis": sienne})
        if recu.status_code != 403:  # the habilitations of the tests end with the year
            assert recu.status_code == statut, recu.text


async def test_les_vues_en_retard_retardent_et_ne_perdent_rien(monde: Monde) -> None:
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    dossier = await monde.ouvrir()
    recu = await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    assert recu.status_code == 201
    assert await bailleur.suivre() == [], "the projector has stopped"
    await monde.projeter()
    recus = [e["data"]["fait"] for e in await bailleur.suivre()]
    assert recus == await historique(monde, dossier, "bailleur", "ACTE_EMISSION")


async def test_chaque_demande_laisse_sa_ligne_et_une_par_dossier_dit(monde: Monde) -> None:
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    dossiers = [await monde.ouvrir(nom=f"NOM{n}", id_rpls=rpls(20 + n)) for n in range(3)]
    await monde.ouvrir("voisin", nom="AILLEURS", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(5))
    await monde.projeter()
    avant = len(await monde.journal())
    await bailleur.suivre()
    lignes = (await monde.journal())[: len(await monde.journal()) - avant]
    assert [(ligne["action"], ligne["issue"]) for ligne in lignes] == [("lire", "autorise")] * 4
    assert sorted(str(ligne["dossier"]) for ligne in lignes if ligne["dossier"]) == sorted(dossiers)
    assert all(ligne["groupes_montres"] for ligne in lignes if ligne["dossier"])
    await bailleur.suivre()
    [derniere] = await monde.journal(1)
    assert (derniere["issue"], derniere["dossier"]) == ("vide", None)


async def test_ce_que_font_les_autres_ne_change_ni_le_contenu_ni_le_travail(
    monde: Monde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed of a landlord of two cases, before and after others opened twenty: same bytes, same reads, same rows."""
    siens = [await monde.ouvrir(nom=f"NOM{n}", id_rpls=rpls(20 + n)) for n in range(2)]
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    depart = bailleur.suivant
    lus: list[UUID] = []
    consulter = monde.gate.ledger.consulter_tous

    async def compter_les_lectures(dossiers: Collection[UUID]) -> Any:
        lus.extend(dossiers)
        return await consulter(dossiers)

    monkeypatch.setattr(monde.gate.ledger, "consulter_tous", compter_les_lectures)
    pages, lignes = [], []
    for tour in range(2):
        if tour:
            for n in range(20):
                autre = await monde.ouvrir("voisin", nom=f"V{n}", bailleur=AUTRE_BAILLEUR, id_rpls=rpls(50 + n))
                await monde.contribuer(autre, "voisin", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
            await monde.projeter()
            lus.clear()
        avant = len(await monde.journal(1000))
        page = await bailleur.demander(depart)
        pages.append((page["evenements"], page["encore"], len(page["suivant"])))
        lignes.append(len(await monde.journal(1000)) - avant)
        assert lus == []
    assert pages[0] == pages[1]
    assert lignes == [1, 1]
    await dire(monde, siens[0], "bailleur", "ACTE_EMISSION", evenement("DetteDeclaree", **DETTE))
    lus.clear()
    await bailleur.demander(depart)
    assert lus == [UUID(siens[0])]


async def test_le_jeton_change_toujours_et_n_a_qu_une_longueur(monde: Monde) -> None:
    bailleur = await abonner(monde, "bailleur", "ACTE_EMISSION")
    jetons = [(await bailleur.demander(bailleur.suivant))["suivant"] for _ in range(20)]
    assert len(set(jetons)) == 20
    assert {len(jeton) for jeton in jetons} == {66}
    octets = [urlsafe_b64decode(jeton + "==") for jeton in jetons]
    assert len({o[12:] for o in octets}) == 20, "no part of it stays from an answer to the next"
