"""Acts in the études' envelope: recorded once, acknowledged, followed by who sent them and nobody else."""

from datetime import date
from typing import Any, Final
from uuid import uuid4

import httpx2 as httpx
import orjson
import psycopg
import pytest

from adapters.exploc.guichet import ACTES, RECHERCHE, SAISINES
from adapters.exploc.lot import RangeeRefusee, lire_seule
from ledger.nir import contient_nir
from tests.bases import Bases
from tests.exploc.test_lot import rangee
from tests.monde import AGENTS, Monde, mandater, rpls
from tests.rest.test_actes_connus import MENAGE, evenements, importer

ETUDES: Final = ("etude", "ACTE_EMISSION")
CCAPEX: Final = ("ccapex", "CCAPEX_ADMINISTRATIVE")
ACTE: Final = MENAGE | {
    "type_acte": "CQL", "ref_acte": "CQL-2026-1", "date_acte": "12/10/2026", "adresse": "118 avenue Jean-Jaurès",
    "code_postal": "93000", "dette": "2 247,70", "loyer": "800,61", "nb_adultes": "1",
    "observations": "occupant absent",
}  # fmt: skip
SAISINE: Final = {
    nom: dit for nom, dit in ACTE.items() if nom not in {"type_acte", "etude_siret", "nom", "id_rpls"}
} | {"nom": "SAISI", "id_rpls": rpls(77), "ref_acte": "S-2026-1", "loyer": "800,61", "charges": "86,08"}  # fmt: skip
PROCEDURES: Final = "/exploc/v1/procedures/{dossier}"


def enveloppe(message: str = "", **plus: Any) -> dict[str, Any]:
    colonnes = {nom: valeur for nom, valeur in plus.items() if nom not in {"dossier", "fichier"}}
    autres = {nom: plus[nom] for nom in plus.keys() - colonnes.keys()}
    return {"message": message or str(uuid4()), "acte": ACTE | colonnes} | autres


async def envoyer(monde: Monde, corps: object, qui: tuple[str, str] = ETUDES, **plus: Any) -> httpx.Response:
    return await monde.post(ACTES, *qui, corps, **plus)


async def suivre(monde: Monde, message: str, qui: tuple[str, str] = ETUDES, **plus: Any) -> httpx.Response:
    return await monde.get(f"{ACTES}/{message}", *qui, **plus)


async def test_un_acte_est_recu_une_fois_et_accuse_au_nom_du_prefet(monde: Monde, bases: Bases) -> None:
    corps = enveloppe(fichier={"nom": "acte.pdf", "type": "application/pdf", "sha256": "0" * 64}, date_naissance="hier")
    recu = await envoyer(monde, corps, agent=None)  # a machine alone tells the acts of its own étude
    assert recu.status_code == 201, recu.text
    lu = recu.json()
    assert (lu["message"], lu["etat"]) == (corps["message"], "A_QUALIFIER")
    assert lu["accuse"]["au_nom_de"] == "préfet de la Seine-Saint-Denis"
    assert lu["accuse"]["numero"].startswith(f"AR-{lu['accuse']['date'][:4]}-")
    assert lu["ecartes"] == ["date_naissance"]
    assert "hier" not in recu.text
    avant = evenements(bases)
    encore = await envoyer(monde, corps, agent=None)
    assert (encore.status_code, encore.json()) == (201, lu)
    assert evenements(bases) == avant
    autre = await envoyer(monde, {**corps, "acte": corps["acte"] | {"dette": "1,00"}})
    assert (autre.status_code, autre.json()["code"]) == (409, "cle_reutilisee")
    memes = await envoyer(monde, enveloppe())  # the same act, in another message
    assert (memes.status_code, memes.json()["code"]) == (409, "acte_connu")
    assert evenements(bases) == avant


async def test_l_acte_est_dit_par_l_etude_et_recu_du_jour(monde: Monde) -> None:
    recu = (await envoyer(monde, enveloppe())).json()
    lu = (await monde.get(f"/v1/dossiers/{recu['dossier']}", *CCAPEX)).json()
    [acte] = [fait for fait in lu["faits"] if fait["type"] == "CommandementQuitterSignifie"]
    assert acte["id"] == recu["acte"]
    assert (acte["auteur"]["organisation"], acte["auteur"]["systeme"]) == ("Organisation etude", "PARTENAIRE")
    assert acte["survenu_le"] == "2026-10-12"
    attendus = {"date_reception": "2026-11-02", "dette": 224770, "loyer": 80061, "ref_acte": "CQL-2026-1"}
    assert acte["champs"].items() >= attendus.items()
    # The étude sees its own act, and a lot that brings it adds nothing.
    sien = (await monde.get(f"/v1/dossiers/{recu['dossier']}", *ETUDES)).json()
    assert recu["acte"] in {fait["id"] for fait in sien["faits"]}
    assert (await importer(monde, rangee(**ACTE)))["doublons"] == 1


async def test_la_suite_d_une_procedure_va_au_dossier_de_l_accuse(monde: Monde) -> None:
    prive = {"parc": "PRIVE", "id_rpls": ""}  # nothing joins a household of the parc privé by itself
    premier = (await envoyer(monde, enveloppe(**prive))).json()["dossier"]
    suite = await envoyer(monde, enveloppe(dossier=premier, type_acte="EXPULSION", ref_acte="EXP-1", **prive))
    assert (suite.status_code, suite.json()["dossier"]) == (201, premier), suite.text
    seul = (await envoyer(monde, enveloppe(ref_acte="CQL-9", **prive))).json()["dossier"]
    assert seul != premier
    social = [(await envoyer(monde, enveloppe(ref_acte=f"S-{n}"))).json()["dossier"] for n in range(2)]
    assert social[0] == social[1] != premier
    inconnu = await envoyer(monde, enveloppe(dossier=str(uuid4()), ref_acte="CQL-10"))
    etranger = await envoyer(monde, enveloppe(dossier=await monde.ouvrir(nom="AUTRE"), ref_acte="CQL-10"))
    assert (inconnu.status_code, etranger.status_code) == (404, 404)
    assert inconnu.content == etranger.content


async def test_un_acte_venu_d_exploc_seul_est_dit_par_l_etude_dans_le_dossier_qu_elle_nomme(monde: Monde) -> None:
    await importer(monde, rangee(**ACTE))
    dossier = (await envoyer(monde, enveloppe(type_acte="CDP", ref_acte="CDP-1"))).json()["dossier"]
    ailleurs = await envoyer(monde, enveloppe())  # which case it opens is not its to say
    assert (ailleurs.status_code, ailleurs.json()["code"]) == (409, "acte_connu")
    assert (await envoyer(monde, enveloppe(dossier=dossier))).status_code == 201
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    dits = [fait["auteur"]["systeme"] for fait in lu["faits"] if fait["type"] == "CommandementQuitterSignifie"]
    assert sorted(dits) == ["EXPLOC", "PARTENAIRE"]


async def test_l_accuse_n_apprend_pas_si_le_menage_etait_connu(monde: Monde) -> None:
    """Known of a landlord, known of EXPLOC, or of nobody: the same answer, and the same after it."""
    await monde.ouvrir("bailleur")  # LEROY, as in the envelope
    d_exploc, de_personne = {"nom": "DURAND", "id_rpls": rpls(1)}, {"nom": "NEUF", "id_rpls": rpls(2)}
    await importer(monde, rangee(**MENAGE | d_exploc))
    formes = []
    for rang, menage in enumerate(({}, d_exploc, de_personne)):
        corps = enveloppe(ref_acte=f"CQL-{rang}", **menage)
        recu, suivi = await envoyer(monde, corps), await suivre(monde, corps["message"])
        assert (recu.status_code, suivi.status_code) == (201, 200)
        vu = await monde.get(f"/v1/dossiers/{recu.json()['dossier']}", *ETUDES)
        formes.append([tue(recu), tue(suivi), len(vu.json()["faits"]), vu.json()["synthese"]])
    assert formes[0] == formes[1] == formes[2]


def tue(reponse: httpx.Response) -> dict[str, Any]:
    """An answer, without what names this message alone; and its headers by name and length."""
    lu: dict[str, Any] = orjson.loads(reponse.content)
    assert len(lu.pop("message")) == len(lu.pop("dossier")) == len(lu.pop("acte")) == 36
    assert len(lu["accuse"].pop("numero")) == 20
    assert len(lu["accuse"].pop("recu_le")) == 32
    return lu | {"entetes": {nom: len(dit) for nom, dit in reponse.headers.items()}}


async def test_son_etat_est_a_qualifier_puis_qualifie_ou_retire(monde: Monde, bases: Bases) -> None:
    corps = enveloppe()
    recu = (await envoyer(monde, corps)).json()
    suivi = await suivre(monde, corps["message"])
    assert suivi.json() == {nom: dit for nom, dit in recu.items() if nom != "ecartes"}
    mandater(bases, "etude", recu["dossier"])
    assert (await suivre(monde, corps["message"])).json()["etat"] == "QUALIFIE"
    retrait = {"type": "FaitCorrige", "survenu_le": "2026-11-01", "donnees": {"corrige": recu["acte"]}}
    assert (await monde.contribuer(recu["dossier"], *ETUDES, retrait)).status_code == 201
    assert (await suivre(monde, corps["message"])).json()["etat"] == "RETIRE"
    # Sent again, the message has the answer that it had.
    assert (await envoyer(monde, corps)).json() == recu


async def test_nul_autre_ne_le_suit(monde: Monde) -> None:
    message = (await envoyer(monde, enveloppe())).json()["message"]
    vus = [
        await suivre(monde, texte, qui)
        for texte, qui in (
            (str(uuid4()), ETUDES),
            (message, CCAPEX),
            (message, ("bailleur", "ACTE_EMISSION")),
            ("aucun", ETUDES),
        )
    ]
    assert [vu.status_code for vu in vus] == [404] * 4
    assert len({vu.content for vu in vus}) == 1
    machine = await suivre(monde, message, agent=None)
    assert (machine.status_code, machine.json()["code"]) == (403, "AGENT_REQUIS")


@pytest.mark.parametrize(
    ("colonnes", "champ"),
    [
        ({"type_acte": "AUTRE"}, "acte.type_acte"),
        ({"ref_acte": "NC"}, "acte.ref_acte"),
        ({"etude_siret": "123"}, "acte.etude_siret"),
        ({"date_acte": "31/02/2026"}, "acte.date_acte"),
        ({"date_acte": "03/11/2026"}, "acte.date_acte"),
        ({"nom": "INCONNU"}, "acte.nom"),
        ({"commune_insee": "75056"}, "acte.commune_insee"),
        ({"dette": "-1"}, "acte.dette"),
    ],
)
def test_une_rangee_seule_est_refusee_comme_dans_un_lot(colonnes: dict[str, str], champ: str) -> None:
    refus = lire_seule(ACTE | colonnes, date(2026, 11, 2))
    assert isinstance(refus, RangeeRefusee)
    assert f"acte.{refus.colonne}" == champ


async def test_ce_qui_est_refuse_nomme_la_colonne_et_ne_repete_rien(monde: Monde, bases: Bases) -> None:
    avant = evenements(bases)
    for corps, champs in (
        (enveloppe(date_acte="31/02/2026"), {"acte.date_acte"}),
        (enveloppe(etude_siret="10000000000008"), {"acte.etude_siret"}),
        (enveloppe(nom="290079303510782"), {"acte.nom"}),
        (enveloppe(observations=" voir 2 90 07 93 035 107 82"), {"acte.observations"}),
        (enveloppe(date_reception="12/10/2026"), {"acte"}),
        (enveloppe(dette=1), {"acte.dette"}),
        (enveloppe(fichier={"nom": "290079303510782.pdf"}), {"fichier.nom"}),
        ({"acte": ACTE}, {"message"}),
        (enveloppe("x"), {"message"}),
        (enveloppe() | {"secret": "LEROY"}, {""}),
        ({"message": str(uuid4())}, {"acte"}),
        ([], {""}),
    ):
        refus = await envoyer(monde, corps)
        assert refus.status_code == 422, corps
        assert {f["champ"] for f in refus.json()["champs"]} == champs
        assert not any(dit in refus.text for dit in ("LEROY", "29007", "31/02", "secret", "10000000000008"))
    assert (await envoyer(monde, b"{")).status_code == 400
    for qui in (("bailleur", "ACTE_EMISSION"), CCAPEX):  # who is no étude transmits no étude's act
        assert (await envoyer(monde, enveloppe(), qui)).status_code == 422
    assert (await envoyer(monde, enveloppe(), ("etude", "ACTE_RECEPTION"))).status_code == 403
    # What an étude does not tell is the policies' to refuse.
    accorde = await envoyer(monde, enveloppe(type_acte="CFP_ACCORDE"))
    assert accorde.status_code == 403, accorde.text
    assert evenements(bases) == avant
    assert AGENTS["etude"] in {ligne["agent"] for ligne in await monde.journal() if ligne["issue"] == "refuse"}


async def test_un_message_dont_le_hasard_ressemble_a_un_nir_n_en_est_pas_un(monde: Monde) -> None:
    """One id of two hundred has thirteen digits that look so."""
    hasard = "24137785-9305-4f85-9a62-5639cdb0ba05"
    assert contient_nir(hasard.replace("-", " "))
    recu = await envoyer(monde, enveloppe(hasard))
    assert recu.status_code == 201, recu.text


async def test_un_bailleur_saisit_la_ccapex_de_son_locataire(monde: Monde, bases: Bases) -> None:
    bailleur = ("bailleur", "ACTE_EMISSION")
    corps = {"message": str(uuid4()), "acte": SAISINE}
    recu = await monde.post(SAISINES, *bailleur, corps)
    assert recu.status_code == 201, recu.text
    avant = evenements(bases)
    assert (await monde.post(SAISINES, *bailleur, corps)).json() == recu.json()
    assert evenements(bases) == avant
    lu = (await monde.get(f"/v1/dossiers/{recu.json()['dossier']}", *CCAPEX)).json()
    [saisine] = [fait for fait in lu["faits"] if fait["type"] == "CcapexSaisie"]
    assert saisine["id"] == recu.json()["acte"]
    assert (
        saisine["champs"].items() >= {"saisissant": "BAILLEUR", "loyer": 80061, "date_reception": "2026-11-02"}.items()
    )
    assert "etude_siret" not in saisine["champs"]
    assert lu["synthese"]["saisine_ouverte"] is True
    chemin = f"{ACTES}/{corps['message']}"
    assert (await monde.get(chemin, *bailleur)).json()["etat"] == "A_QUALIFIER"
    assert (await monde.get(chemin, "voisin", "ACTE_EMISSION")).status_code == 404
    for qui, acte in ((("voisin", "ACTE_EMISSION"), SAISINE), (bailleur, SAISINE | {"bailleur_siret": ""})):
        refus = await monde.post(SAISINES, *qui, {"message": str(uuid4()), "acte": acte})
        assert (refus.status_code, [f["champ"] for f in refus.json()["champs"]]) == (422, ["acte.bailleur_siret"])
    for fixe in ("type_acte", "etude_siret"):
        refus = await monde.post(SAISINES, *bailleur, {"message": str(uuid4()), "acte": SAISINE | {fixe: "CQL"}})
        assert [(f["champ"], f["code"]) for f in refus.json()["champs"]] == [("acte", "champ_en_trop")]
    # An act of the étude names the same landlord: its link rests on more than its word.
    menage = {nom: SAISINE[nom] for nom in ("nom", "id_rpls")}
    assert (await envoyer(monde, enveloppe(**menage))).json()["dossier"] == recu.json()["dossier"]
    assert (await monde.get(chemin, *bailleur)).json()["etat"] == "QUALIFIE"
    assert evenements(bases) > avant


async def test_l_etat_d_une_procedure_est_ce_que_chacun_en_lit(monde: Monde) -> None:
    dossier = (await envoyer(monde, enveloppe())).json()["dossier"]
    await envoyer(monde, enveloppe(type_acte="CDP", ref_acte="CDP-1", date_acte="01/09/2026"))

    async def situer(*qui: str) -> httpx.Response:
        return await monde.get(PROCEDURES.format(dossier=dossier), *qui)

    vu = (await situer(*CCAPEX)).json()
    lu = (await monde.get(f"/v1/dossiers/{dossier}", *CCAPEX)).json()
    echeances = (await monde.get(f"/v1/dossiers/{dossier}/echeances", *CCAPEX)).json()["echeances"]
    assert vu["stade"] == lu["synthese"]["stade"] == "COMMANDEMENT_QUITTER"
    assert vu["dernier_acte"] == {"type_acte": "CQL", "date_acte": "2026-10-12"}
    [prochaine] = sorted((e for e in echeances if (e["dernier_jour"] or "") >= "2026-11-02"), key=jour)[:1]
    assert vu["prochaines_echeances"] == [prochaine]
    assert (await situer("voisin", "ACTE_EMISSION")).status_code == 404
    assert (await situer("etude", "STATISTIQUE")).status_code == 403
    retrait = {"type": "FaitCorrige", "survenu_le": "2026-11-01", "donnees": {"corrige": lu["faits"][2]["id"]}}
    assert (await monde.contribuer(dossier, *ETUDES, retrait)).status_code == 201
    assert (await situer(*CCAPEX)).json()["dernier_acte"] == {"type_acte": "CDP", "date_acte": "2026-09-01"}
    # Who reads no act is told of none.
    ferme = await situer("comex", "RELOGEMENT")
    assert ferme.status_code in {403, 404}


def jour(echeance: dict[str, Any]) -> tuple[str, str]:
    return echeance["dernier_jour"], echeance["regle"]


async def chercher(monde: Monde, qui: tuple[str, str], **numero: str) -> Any:
    rendu = await monde.post(RECHERCHE, *qui, numero)
    assert rendu.status_code == 200, rendu.text
    return rendu.json()["dossiers"]


async def test_un_numero_retrouve_les_dossiers_ou_il_est_communique(monde: Monde, bases: Bases) -> None:
    assignation = {"type_acte": "ASSIGNATION", "ref_acte": "ASS-1", "date_acte": "01/10/2026", "num_rg": "26/01234"}
    dossier = (await envoyer(monde, enveloppe(**assignation))).json()["dossier"]
    d_exploc = MENAGE | {"nom": "DURAND", "id_rpls": rpls(5)}
    await importer(monde, rangee(**d_exploc, ref_dossier="093-26-42", ref_acte="A-42", num_rg="26/09999"))
    acte = {"etude_siret": ACTE["etude_siret"], "type_acte": "ASSIGNATION", "ref_acte": "ASS-1"}
    acte["date_acte"] = "2026-10-01"
    bailleur, voisin = ("bailleur", "ACTE_EMISSION"), ("voisin", "ACTE_EMISSION")
    for qui in (ETUDES, CCAPEX):
        assert await chercher(monde, qui, **acte) == [dossier]
        assert await chercher(monde, qui, num_rg="26/01234") == [dossier]
    [autre] = await chercher(monde, CCAPEX, ref_dossier="093-26-42")
    assert autre != dossier
    # Nowhere, in a case of others, of another number: the same answer.
    for qui, numero in (
        (CCAPEX, acte | {"ref_acte": "ASS-2"}),
        (voisin, acte),
        (voisin, {"num_rg": "26/01234"}),
        (voisin, {"ref_dossier": "093-26-42"}),
        (CCAPEX, {"num_rg": "093-26-42"}),
    ):
        assert await chercher(monde, qui, **numero) == []
    # The landlord has the case, and is not shown what the court's number stands in.
    vu = await monde.get(f"/v1/dossiers/{dossier}", *bailleur)
    assert vu.status_code == 200
    communique = any(fait["champs"].get("num_rg") for fait in vu.json()["faits"])
    assert await chercher(monde, bailleur, num_rg="26/01234") == ([dossier] if communique else [])
    with psycopg.connect(bases.admin_url, options="-c search_path=d93") as admin:
        rows = admin.execute("SELECT issue, recherche IS NULL FROM journal WHERE action = 'rechercher'").fetchall()
        journal = admin.execute("SELECT string_agg(journal::text, ' ') FROM journal").fetchall()
    assert {seul for _, seul in rows} == {False}
    assert {issue for issue, _ in rows} == {"autorise", "vide"}
    assert not any(numero in str(journal) for numero in ("26/01234", "093-26-42", "ASS-1"))


async def test_une_recherche_prend_un_numero_et_un_seul(monde: Monde) -> None:
    acte = {"etude_siret": ACTE["etude_siret"], "type_acte": "CQL", "ref_acte": "A", "date_acte": "2026-10-01"}
    corps: Any
    for corps in (
        {}, [], {"num_rg": "1", "ref_dossier": "2"}, acte | {"num_rg": "1"}, {"num_rg": 1}, {"num_rg": ""},
        {"num_rg": "x" * 201}, acte | {"date_acte": "hier"}, {"nom": "LEROY"}, {"num_rg": "290079303510782"},
    ):  # fmt: skip
        refus = await monde.post(RECHERCHE, *ETUDES, corps)
        assert refus.status_code == 422, corps
        assert not any(dit in refus.text for dit in ("LEROY", "29007", "hier"))
    assert (await monde.post(RECHERCHE, *ETUDES, acte, agent=None)).status_code == 403
