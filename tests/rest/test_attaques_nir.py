"""A NIR typed anywhere is refused by the name of its field, is not sent back, and is in no row of any table afterwards.

The places are read from the OpenAPI document: a new field, parameter or header is attacked without a word here.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any, Final
from uuid import UUID

import httpx2 as httpx
import orjson
import psycopg
import pytest
from psycopg import sql

from adapters.gate.textes import REFERENCES, cle_valable
from adapters.rest.contrat import contrat
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue
from ledger.catalogue import champs as champs_de
from ledger.dossier.decision import EVENEMENTS_PAR_CONTRIBUTION
from ledger.echeances.vocabulaire import au_catalogue
from ledger.nir import contient_nir
from policies import tables
from tests.bases import Bases
from tests.monde import FINALITE_USUELLE, SEANCE, Monde, mandater, ouverture
from tests.rest.recit import raconter
from tests.rest.test_regles import inscrire

CONTRAT: Final[dict[str, Any]] = orjson.loads(contrat(tables.lire(), ROUTES, tuple(catalogue())))
NIRS: Final = (
    "2550814168025",
    "255081416802538",
    "2 55 08 14 168 025 38",
    "1 84 12 2A 033 007",
    "18412 2B-033.007 72",
    "cf. 2550814168025, vu ce jour",
)
"""13 characters, 15 with the key, spaced, Corsica (twice), within a sentence."""
AVEC_CLE: Final = tuple(nir for nir in NIRS if contient_nir(nir, cle_exigee=True))
"""Those that a key or a reference is refused for: a machine's number of 13 digits is none."""

_SIGNES: Final = (
    "", " ", "   ", "/", "_", ",", ":", "|", "·", "•", "'", "+", "—", "−", "\u00ad", "\u200b", ".", "-", "\u00a0", "\n",
    "\u2060", " - ", "~", "°", "\u202f",
)  # fmt: skip
_BLOCS: Final = (("2", "55", "08", "14", "168", "025", "38"), ("1", "84", "12", "2A", "033", "007", "45"))
GRAPHIES: Final = tuple(signe.join(blocs[:nombre]) for blocs in _BLOCS for nombre in (6, 7) for signe in _SIGNES)
"""A hundred spellings: what is neither letter nor digit may stand between any two characters."""
TOURS: Final = 5
"""Fields between which the spellings are shared out."""

APPELANTS: Final = (
    *((qui, finalite, "") for qui, finalite in FINALITE_USUELLE.items()),
    ("caf", "ACTE_EMISSION", ""),
    ("ccapex", "CCAPEX_INSTRUCTION", ""),
    ("dpo", "DROITS_PERSONNE", ""),
    ("adil", "CONSEIL_DROIT", "agent-1"),
)
EN_TETES: Final = {
    "Finalite": (403, "FINALITE_INCONNUE"),
    "Agent": (403, "AGENT_INVALIDE"),
    "Idempotency-Key": (400, "cle_idempotence"),
    "If-Match": (412, "precondition"),
    "If-None-Match": (200, None),
    "Position": (200, None),
    "Prefer": (200, None),
}
"""What each header answers to a NIR; those that are only compared or counted are not kept, and answer as usual."""

CONTRIBUER: Final = "/v1/dossiers/{dossier}/interventions"
Chemin = tuple[str | int, ...]


def resoudre(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        *_, genre, nom = schema["$ref"].split("/")
        schema = CONTRAT["components"][genre][nom]
    return schema


def places(schema: dict[str, Any], chemin: Chemin = ()) -> Iterator[Chemin]:
    """Every place of a body where one value stands, whatever its type: text can be typed there."""
    schema = resoudre(schema)
    if "properties" in schema:
        for nom, propriete in schema["properties"].items():
            if (chemin, nom) != ((), "evenements"):
                yield from places(propriete, (*chemin, nom))
    elif schema.get("type") == "array":
        yield from places(schema["items"], (*chemin, 0))
    elif autres := schema.get("anyOf", schema.get("oneOf", ())):
        autres = [s for s in map(resoudre, autres) if s.get("type") != "null"]
        yield from dict.fromkeys(lieu for s in autres for lieu in places(s, chemin))
    elif schema.get("additionalProperties") is True:
        yield from ((*chemin, champ) for champ in sorted(set().union(*au_catalogue().values())))
    else:
        yield chemin


def poser(corps: dict[str, Any], chemin: Chemin, valeur: object) -> dict[str, Any]:
    """The same body, with that value in that place; the lists on the way hold nothing else."""
    corps = copy.deepcopy(corps)
    ici: Any = corps
    for rang, nom in enumerate(chemin[:-1]):
        if isinstance(chemin[rang + 1], int):
            ici[nom] = [{} if chemin[rang + 2 :] else None]
        elif isinstance(ici, dict) and not isinstance(ici.get(nom), dict | list):
            ici[nom] = {}
        ici = ici[nom]
    ici[chemin[-1]] = valeur
    return corps


def corps_de(modele: str) -> dict[str, Any]:
    """The schema of what a route receives."""
    [contenu] = CONTRAT["paths"][modele]["post"]["requestBody"]["content"].values()
    return resoudre(contenu["schema"])


class Attaque:
    """Sends, and holds each answer to the rule."""

    def __init__(self, monde: Monde, dossier: str) -> None:
        self.monde = monde
        self.dossier = dossier
        self.abonnement = ""
        self.envois = 0
        self._formes = cycle(NIRS)

    def chiffres(self) -> str:
        return next(self._formes)

    def refuse(self, reponse: httpx.Response, statut: int, champs: Sequence[str] = ()) -> None:
        self.envois += 1
        assert reponse.status_code == statut, (champs, reponse.status_code, reponse.text)
        renvoye = f"{reponse.text} {reponse.headers}"
        assert not [n for n in NIRS if n in renvoye], renvoye
        if champs:
            nommes = {f["champ"] for f in reponse.json()["champs"] if f["code"] == "nir"}
            assert set(champs) <= nommes, set(champs) - nommes

    async def envoyer(self, modele: str, corps: Any, statut: int, champs: Sequence[str] = ()) -> httpx.Response:
        """As the first partner who has the right to write there: rights are looked at before what was typed."""
        noms = {"effacement": UUID(int=3), "seance": SEANCE, "abonnement": await self.abonner()}
        adresse = modele.format(dossier=self.dossier, **noms)
        for qui, finalite, agent in APPELANTS:
            for _ in range(3):  # on a machine that does much else, a body of every event is put off: it is sent again
                reponse = await self.monde.post(adresse, qui, finalite, corps, agent)
                if reponse.status_code != 503:
                    break
            if reponse.status_code not in {403, 404}:
                break
        self.refuse(reponse, statut, champs)
        return reponse

    async def abonner(self) -> str:
        """The subscription of one partner, made once."""
        if not self.abonnement:
            corps = {"url": "http://127.0.0.1:8094/"}
            fait = await self.monde.post("/v1/abonnements", "ccapex", "CCAPEX_ADMINISTRATIVE", corps)
            self.abonnement = fait.json()["abonnement"]
        return self.abonnement

    async def ouverts(self, exemple: dict[str, Any], lieux: list[Chemin]) -> list[Chemin]:
        """The fields that somebody may write here: what no purpose opens is refused before it is read."""
        adresse = CONTRIBUER.format(dossier=self.dossier)
        libres = []
        for groupe in (lieux, *([lieu] for lieu in lieux)):
            corps = {"evenements": [poser(exemple, lieu, 2550814168025) for lieu in groupe]}
            for qui, finalite, agent in APPELANTS:
                if (await self.monde.post(adresse, qui, finalite, corps, agent)).status_code not in {403, 404}:
                    libres += groupe
                    break
            if len(libres) == len(lieux):
                break
        return libres


def evenements() -> Iterator[tuple[str, dict[str, Any], list[Chemin]]]:
    for nom in catalogue():
        schema = resoudre(CONTRAT["components"]["schemas"][nom])
        requis = resoudre(schema["properties"]["donnees"]).get("required", ())
        donnees = {champ: decrit.exemple for champ, decrit in champs_de(catalogue()[nom]).items() if champ in requis}
        yield nom, {"type": nom, "survenu_le": "2026-10-15", "donnees": donnees}, list(places(schema))


def nommer(chemin: Chemin) -> str:
    return ".".join(map(str, chemin))


@pytest.fixture
async def attaque(monde: Monde, bases: Bases, caplog: pytest.LogCaptureFixture) -> Any:
    """The world of the attack; afterwards, no table and no log holds any of what was typed."""
    ouverte = Attaque(monde, await raconter(monde))
    await monde.proposer(ouverte.dossier)
    inscrire(monde, "adil", "ADIL", territoire="departement")
    mandater(bases, "adil", UUID(ouverte.dossier))
    yield ouverte
    assert ouverte.envois
    ecrits = (*NIRS, *GRAPHIES)
    assert not [n for n in ecrits if n in caplog.text]
    lues = 0
    for url in (bases.admin_url, bases.admin_cles_url):
        for cellule in cellules(url):
            lues += 1
            assert not [n for n in ecrits if n in cellule], cellule[:200]
    assert lues > 1_000


def cellules(url: str) -> Iterator[str]:
    """Every value of every table, as text; what is stored as bytes as the characters that it may be."""
    with psycopg.connect(url) as admin:
        noms = admin.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(noms) >= 2
        for nom in noms:
            for ligne in admin.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*nom))):
                for valeur in ligne:
                    yield valeur.decode("latin-1") if isinstance(valeur, bytes) else str(valeur)


async def test_dans_chaque_champ_de_chaque_evenement(attaque: Attaque, compter: Callable[[str, int], None]) -> None:
    champs, fermes = 0, list[tuple[str | int, ...]]()
    assert len(GRAPHIES) == 100
    tour = cycle(range(TOURS))
    for nom, exemple, lieux in evenements():
        ouverts = await attaque.ouverts(exemple, lieux)
        fermes += [(nom, *lieu) for lieu in lieux if lieu not in ouverts]
        champs += len(ouverts)
        essais = [(lieu, forme) for lieu in ouverts for forme in _graphies(lieu, next(tour))]
        for debut in range(0, len(essais), EVENEMENTS_PAR_CONTRIBUTION):
            groupe = essais[debut : debut + EVENEMENTS_PAR_CONTRIBUTION]
            corps = {"evenements": [poser(exemple, lieu, forme) for lieu, forme in groupe]}
            nommes = [nommer(("evenements", rang, *lieu)) for rang, (lieu, _) in enumerate(groupe)]
            await attaque.envoyer(CONTRIBUER, corps, 422, nommes)
    assert champs >= 200
    assert len(fermes) <= 12, fermes
    compter("champs d'événement que nul ne peut écrire à ce stade, refusés avant d'être lus", len(fermes))
    compter("champs d'événement où un NIR est refusé, nommé et jamais gardé, de vingt façons sur cent", champs)


def _graphies(lieu: Chemin, tour: int) -> Sequence[str]:
    """A part of the spellings, another one for each field: each spelling is tried in a fifth of them."""
    formes = [g for g in GRAPHIES if lieu[-1] not in REFERENCES or contient_nir(g, cle_exigee=True)]
    return formes[tour::TOURS]


async def test_dans_un_lot_ligne_a_ligne(attaque: Attaque) -> None:
    tous = [lieu for lieu in places(corps_de("/v1/interventions/lot")) if lieu != ("source",)]
    d_ouverture = [lieu for lieu in tous if lieu[0] in {"logement", "titulaire", "survenu_le"}]
    enveloppes = [lieu for lieu in tous if lieu not in d_ouverture]
    assert {("dossier",), ("cle",)} <= set(enveloppes)
    assert len(d_ouverture) > 10
    _, exemple, lieux = next(e for e in evenements() if e[0] == "DetteDeclaree")
    bonne = {"dossier": attaque.dossier, "cle": "une", "evenements": [exemple]}
    avec_cle = AVEC_CLE[0]
    lignes = [poser(bonne, lieu, avec_cle) for lieu in enveloppes]
    lignes += [poser({"cle": "une", **ouverture()}, lieu, avec_cle) for lieu in (("cle",), *d_ouverture)]
    lignes += [{**bonne, "evenements": [poser(exemple, lieu, avec_cle)]} for lieu in lieux]
    envoi = b"\n".join(map(orjson.dumps, lignes))
    reponse = await attaque.monde.post("/v1/interventions/lot", "bailleur", "ACTE_EMISSION", envoi)
    attaque.refuse(reponse, 200)
    rendues = [orjson.loads(ligne) for ligne in reponse.content.splitlines()]
    assert [r["statut"] for r in rendues] == [422] * len(lignes)


async def test_dans_chaque_corps_des_autres_routes(attaque: Attaque, compter: Callable[[str, int], None]) -> None:
    modeles = [
        modele
        for modele, operations in CONTRAT["paths"].items()
        if "application/json" in operations.get("post", {}).get("requestBody", {}).get("content", {})
    ]
    assert len(modeles) >= 8
    dette = next(exemple for nom, exemple, _ in evenements() if nom == "DetteDeclaree")
    exemples = {"/v1/dossiers": ouverture(), CONTRIBUER: {"evenements": [dette]}}
    exemples["/v1/seances"] = {"instance": "ccapex-93", "le": "2026-12-15"}
    champs = 0
    for modele in modeles:
        exemple = exemples.get(modele, {"dossier": attaque.dossier} if "/droits/" in modele else {})
        for lieu in places(corps_de(modele)):
            if lieu == ("dossier",) and "/droits/" in modele:
                continue  # what names no case is a 404 before anything is read of it
            if lieu == ("instance",):  # what names no commission of one's own is a 403, likewise
                await attaque.envoyer(modele, poser(exemple, lieu, NIRS[0]), 403)
                continue
            champs += 1
            for forme in AVEC_CLE if lieu[-1] in REFERENCES else NIRS:
                await attaque.envoyer(modele, poser(exemple, lieu, forme), 422, [nommer(lieu)])
        for forme in NIRS:  # in the place of a name
            await attaque.envoyer(modele, exemple | {forme: "x"}, 422)
    compter("champs des autres corps où un NIR est refusé, nommé et jamais gardé", champs)


async def test_comme_nombre(attaque: Attaque) -> None:
    for _, exemple, lieux in evenements():
        ouverts = await attaque.ouverts(exemple, lieux)
        corps = {"evenements": [poser(exemple, lieu, 2550814168025) for lieu in ouverts]}
        reponse = await attaque.envoyer(CONTRIBUER, corps, 422)
        refuses = {f["champ"].split(".")[1] for f in reponse.json()["champs"]}
        assert refuses == {str(rang) for rang in range(len(ouverts))}


async def test_mis_en_forme_d_identifiant_dans_une_adresse(attaque: Attaque, bases: Bases) -> None:
    fait = "25508141-6802-5380-0000-000000000000"
    modeles = [modele for modele in CONTRAT["paths"] if "{dossier}" in modele]
    assert len(modeles) > 3
    for modele in modeles:
        for methode in CONTRAT["paths"][modele]:
            adresse = modele.format(dossier=fait, vue="ccapex", seance=SEANCE, piece=fait, document="synthese")
            entetes = attaque.monde.entetes("ccapex", "CCAPEX_ADMINISTRATIVE")
            reponse = await attaque.monde.client.request(methode, adresse, headers=entetes, content=b"{}")
            assert reponse.status_code in {400, 403, 404}, (modele, methode, reponse.text)
            attaque.envois += 1
    assert not [cellule for cellule in cellules(bases.admin_url) if fait in cellule]


async def test_une_place_dans_une_liste_n_est_pas_prise_pour_un_nir(attaque: Attaque) -> None:
    """One id of 200 has thirteen digits that look so: the page after it could never be read."""
    place = "abcdefab-cdef-a184-1293-054293abcdef"
    pages = {
        "/v1/seances/calendrier": {"du": "2026-12-01", "au": "2026-12-31", "apres": f"2026-12-14_evaluations_{place}"},
        "/v1/attentes": {"apres": f"2026-12-14_2026-10-20_{place}"},
        f"/v1/dossiers/{attaque.dossier}": {"apres": place},
    }
    for adresse, demandes in pages.items():
        entetes = attaque.monde.entetes("ccapex", "CCAPEX_ADMINISTRATIVE")
        reponse = await attaque.monde.client.get(adresse, params=demandes, headers=entetes)
        attaque.envois += 1
        assert "nir" not in reponse.text, reponse.text
        assert (reponse.status_code == 200) is ("dossiers" not in adresse), reponse.text  # no fact has that id
    contribution = {"evenements": [next(e[1] for e in evenements() if e[0] == "MenageInforme")]}
    entetes = attaque.monde.entetes("ccapex", "CCAPEX_ADMINISTRATIVE") | {"Idempotency-Key": f"lot-93:{place}"}
    reponse = await attaque.monde.client.post(
        CONTRIBUER.format(dossier=attaque.dossier), json=contribution, headers=entetes
    )
    assert reponse.status_code == 201, reponse.text


async def test_dans_chaque_parametre_et_chaque_entete(attaque: Attaque, compter: Callable[[str, int], None]) -> None:
    vus: set[tuple[str, str]] = set()
    for modele, operations in CONTRAT["paths"].items():
        for methode, operation in operations.items():
            for ecrit in operation["parameters"]:
                parametre = resoudre(ecrit)
                nom, ou = parametre["name"], parametre["in"]
                vus.add((ou, nom))
                for forme in NIRS:
                    await _en_parametre(attaque, methode, modele, nom, ou, forme)
    assert {nom for ou, nom in vus if ou == "header"} == set(EN_TETES)
    compter("paramètres et en-têtes où un NIR est refusé ou jamais gardé", len(vus))


async def _en_parametre(a: Attaque, methode: str, modele: str, nom: str, ou: str, forme: str) -> None:
    chemin = {"dossier": a.dossier, "vue": "ccapex", "effacement": str(UUID(int=3)), "seance": str(SEANCE)}
    chemin["abonnement"] = await a.abonner()
    chemin["piece"] = chemin["message"] = str(UUID(int=4))
    chemin["document"] = "synthese"
    qui, finalite = ("dpo", "CONTROLE") if "journal" in modele else ("ccapex", "CCAPEX_ADMINISTRATIVE")
    agent = None if nom == "Agent" else ""  # a machine names it
    entetes = a.monde.entetes(qui, finalite, agent) | {"Idempotency-Key": "une-cle"}
    if ou == "path":
        reponse = await a.monde.client.request(methode, modele.format(**chemin | {nom: forme}), headers=entetes)
        return a.refuse(reponse, 404)
    if ou == "query":
        adresse = modele.format(**chemin)
        reponse = await a.monde.client.request(methode, adresse, params={nom: forme}, headers=entetes)
        a.refuse(reponse, 400, [nom])
        return a.refuse(await a.monde.client.request(methode, adresse, params={forme: "1"}, headers=entetes), 400)
    statut, code = EN_TETES[nom]
    if statut == 200 and modele.endswith(("dossiers-de-seance/{seance}", "pieces/{piece}", "actes/{message}")):
        statut, code = 404, "introuvable"  # nothing was fixed for that session, joined, or sent
    if nom == "Idempotency-Key" and cle_valable(forme):
        statut, code = 201, None  # a number of 13 digits may be a time stamp; it is hashed
    if nom in {"Idempotency-Key", "If-Match"} and modele != CONTRIBUER:
        return None
    avis = {"evenements": [next(e[1] for e in evenements() if e[0] == "MenageInforme")]}
    contenu = orjson.dumps(avis) if methode == "post" else None
    reponse = await a.monde.client.request(
        methode, modele.format(**chemin), content=contenu, headers=entetes | {nom: forme}
    )
    a.refuse(reponse, statut)
    assert code is None or reponse.json()["code"] == code
    return None
