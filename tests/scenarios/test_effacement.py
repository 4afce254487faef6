"""A hundred households, thirty persons erased by the four steps: nothing of the thirty is read again by any door.

What is typed of a person who will be erased carries one marker, what is typed of the others another one: whatever
the product says afterwards is searched for the first, and must still say all of the second.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.catalogue import EFFACE, Classe
from ledger.mapper import ouvrir
from tests.bases import SCHEMA, Bases, bases_neuves, ouvrir_ledger
from tests.scenarios.service import (
    ROLES,
    Emetteur,
    Forge,
    Reponse,
    Serveur,
    Service,
    evenement,
    mandater,
    ouverture,
    peupler,
)

Compter = Callable[[str, int], None]
Combinaison = tuple[str, str]
RESTE, PERDU = "Zqjxvwk", "Hkvwxzq"
NEE_PERDUE, NEE_RESTEE = 1903, 1904
DE_L_EFFACE: Final = re.compile(rf"{PERDU}|{NEE_PERDUE}-\d\d-\d\d".encode(), re.IGNORECASE)
DES_AUTRES: Final = re.compile(rf"{RESTE}[\w-]*".encode())
DIT_EFFACE: Final = b'"efface":true'
INSTRUCTEUR: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
BAILLEUR: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
ETUDE: Final = ("COMMISSAIRE_JUSTICE", "ACTE_EMISSION")
SOCIAL: Final = ("CD_TRAVAILLEUR_SOCIAL", "ACCOMPAGNEMENT")
DPO: Final = ("DPO", "DROITS_PERSONNE")
RESPONSABLE: Final = ("RESPONSABLE_TRAITEMENT", "DROITS_PERSONNE")
MENAGES: Final = 100
TOUTES: Final = frozenset(Classe)

# How many adults each household has, and which of them are erased: thirty persons of twenty-seven households.
PLANS: Final = (
    *[(2, (0,))] * 10,
    *[(2, (1,))] * 8,
    *[(1, (0,))] * 6,
    *[(2, (0, 1))] * 3,
    *[(1 + n % 2, ()) for n in range(MENAGES - 27)],
)


@dataclass(frozen=True, slots=True)
class Personne:
    id: str
    nom: str
    prenoms: str
    date_naissance: str
    efface: bool

    @property
    def identite(self) -> dict[str, str]:
        return {"nom": self.nom, "prenoms": self.prenoms, "date_naissance": self.date_naissance}


@dataclass(frozen=True, slots=True)
class Menage:
    dossier: str
    personnes: tuple[Personne, ...]

    @property
    def effaces(self) -> tuple[Personne, ...]:
        return tuple(p for p in self.personnes if p.efface)

    @property
    def disparu(self) -> bool:
        return len(self.effaces) == len(self.personnes)


@dataclass
class Histoire:
    """What was told, what each reader saw of it, and the moment before the first erasure."""

    service: Service
    menages: list[Menage] = field(default_factory=list)
    ouvertes: set[tuple[Combinaison, str]] = field(default_factory=set)
    avant: dict[tuple[Combinaison, str], bytes] = field(default_factory=dict)
    veille: datetime = field(init=False)
    position: int = 0
    serveur: Serveur = field(init=False)

    @property
    def lecteurs(self) -> list[Combinaison]:
        return sorted({lecteur for lecteur, _ in self.ouvertes})

    @property
    def touches(self) -> list[Menage]:
        return [menage for menage in self.menages if menage.effaces]


def une_personne(n: int, rang: int, *, efface: bool) -> Personne:
    marque, annee = (PERDU, NEE_PERDUE) if efface else (RESTE, NEE_RESTEE)
    naissance = date(annee, 1, 1).replace(month=1 + n % 12, day=1 + n % 28)
    return Personne(str(uuid4()), f"{marque}-nom-{n}-{rang}", f"{marque} Prénom", naissance.isoformat(), efface)


def ouvrir_dossier(serveur: Serveur, n: int) -> Menage:
    """A household as its landlord signals it; who else lives there is told later."""
    adultes, effaces = PLANS[n]
    prevues = [une_personne(n, rang, efface=rang in effaces) for rang in range(adultes)]
    foyer = marque_du_foyer(n)
    logement = {"adresse": f"{foyer}-adresse-{n}", "id_rpls": f"352{n:07}", "bailleur_nom": f"{foyer}-oph-{n}"}
    corps = ouverture("", **logement) | {"titulaire": prevues[0].identite}
    dossier = reussir(serveur.post("/v1/dossiers", *BAILLEUR, corps))["dossier"]
    [titulaire] = occupants(serveur.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR))
    return Menage(dossier, (replace(prevues[0], id=titulaire), *prevues[1:]))


def raconter(serveur: Serveur, n: int, menage: Menage) -> None:
    """What a social worker, the landlord, an étude and the CCAPEX tell of it."""
    foyer = marque_du_foyer(n)

    def dire(qui: Combinaison, *evenements: dict[str, Any]) -> None:
        reussir(serveur.contribuer(menage.dossier, *qui, *evenements))

    dire(
        SOCIAL,
        evenement("MenageInforme", canal="COURRIER"),
        evenement("AccompagnementOuvert", intervention=str(uuid4()), mesure="SSD"),
        *[evenement("OccupantDeclare", personne=p.id, qualite="CONJOINT", **p.identite) for p in menage.personnes[1:]],
        *[
            evenement("CoordonneesDeclarees", personne=p.id, telephone=f"{p.nom}-tel", courriel=f"{p.nom}-mel")
            for p in menage.personnes
        ],
    )
    texte = f"{PERDU if menage.effaces else RESTE}-evaluation-{n}"
    personnes = [p.id for p in menage.personnes]
    dire(
        SOCIAL,
        evenement("EvaluationSociale", acte=str(uuid4()), personnes=personnes, texte=texte),
        *[evenement("MesureProtectionDeclaree", acte=str(uuid4()), personne=p, mesure="CURATELLE") for p in personnes],
    )
    reference = f"{foyer}-dette-{n}"
    dire(BAILLEUR, evenement("DetteDeclaree", montant=n, arretee_au="2026-10-01", reference_source=reference))
    dire(BAILLEUR, evenement("MenageInforme", canal="COURRIER"), evenement("DossierPropose", instance="CLIL"))
    if n % 3 == 0:  # a procedure, which is over
        acte = {"ref_acte": f"{foyer}-acte-{n}", "observations": f"{foyer}-observations-{n}"}
        dire(ETUDE, evenement("CommandementPayerSignifie", "2026-10-16", **acte))
        dire(INSTRUCTEUR, evenement("DossierClos", "2026-10-20", motif="DETTE_SOLDEE"))


def marque_du_foyer(n: int) -> str:
    """The marker of what is the household's in common: it goes with the last adult."""
    adultes, effaces = PLANS[n]
    return PERDU if len(effaces) == adultes else RESTE


def reussir(reponse: Reponse) -> Any:
    assert reponse.statut == 201, reponse.corps
    return reponse.json()


def occupants(reponse: Reponse) -> list[str]:
    return [f["champs"]["personne"] for f in reponse.json()["faits"] if f["type"] == "OccupantDeclare"]


def effacer(serveur: Serveur, menage: Menage, personne: Personne) -> int:
    """The four steps, by the persons that the law wants; the position of the last."""
    etapes, dans = "/v1/droits/effacement", {"dossier": menage.dossier}
    id_ = reussir(serveur.post(etapes, *RESPONSABLE, dans | {"personne": personne.id}))["effacement"]
    decider = f"{etapes}/{id_}/decision", dans | {"sens": "ACCORDE"}
    assert serveur.post(decider[0], *RESPONSABLE, decider[1]).json()["code"] == "avis_manquant"
    reussir(serveur.post(f"{etapes}/{id_}/avis", *DPO, dans | {"avis": "FAVORABLE"}))
    assert serveur.post(decider[0], *DPO, decider[1]).statut == 403
    decision = reussir(serveur.post(decider[0], *RESPONSABLE, decider[1]))["decision"]
    execution = f"{etapes}/{id_}/execution", dans | {"decision": decision}
    assert serveur.post(execution[0], *RESPONSABLE, execution[1]).json()["code"] == "meme_personne"
    position: int = reussir(serveur.post(execution[0], *RESPONSABLE, execution[1], agent=1))["position"]
    return position


@pytest.fixture(scope="module")
def bases(modele: str) -> Iterator[Bases]:
    with bases_neuves(modele) as bases:
        yield bases


@pytest.fixture(scope="module")
def histoire(
    bases: Bases, forge: Forge, emetteur: Emetteur, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Histoire]:
    """A hundred households told, read by everybody, then thirty persons erased."""
    peupler(bases)
    service = Service(bases, tmp_path_factory.mktemp("effacement"), forge, emetteur)
    histoire = Histoire(service)
    with service.projeter(), service.servir() as serveur:
        histoire.serveur = serveur
        histoire.menages = [ouvrir_dossier(serveur, n) for n in range(MENAGES)]
        personnes = {UUID(m.dossier): UUID(m.personnes[0].id) for m in histoire.menages}
        mandater(bases, personnes, ["COMMISSAIRE_JUSTICE"], personnes=personnes)
        mandater(bases, [UUID(m.dossier) for m in histoire.touches], personnes=personnes)
        for n, menage in enumerate(histoire.menages):
            raconter(serveur, n, menage)
        histoire.ouvertes = lectures_ouvertes(serveur, histoire.menages[0].dossier)
        for menage in histoire.menages[:32]:
            for lecteur in histoire.lecteurs:
                lu = serveur.get(f"/v1/dossiers/{menage.dossier}", *lecteur)
                histoire.avant[lecteur, menage.dossier] = lu.corps
        histoire.veille = datetime.now(UTC)
        for menage in histoire.touches:
            for personne in menage.effaces:
                histoire.position = effacer(serveur, menage, personne)
        yield histoire


def lectures_ouvertes(serveur: Serveur, dossier: str) -> set[tuple[Combinaison, str]]:
    """Who may read a case, for which purpose, in which form."""
    return {
        ((role, finalite), chemin)
        for role, finalites in ROLES.items()
        for finalite in finalites
        for chemin in CHEMINS
        if serveur.get(chemin.format(dossier), role, finalite).statut == 200
    }


CHEMINS: Final = (
    "/v1/dossiers/{}",
    "/v1/dossiers/{}/historique",
    "/v1/vues/clil/{}",
    "/v1/vues/ccapex/{}",
    "/v1/vues/comex/{}",
)


def rien_des_effaces(reponse: Reponse) -> bytes:
    """The body, in which nothing of the erased persons stands."""
    trouve = DE_L_EFFACE.search(reponse.corps)
    assert trouve is None, reponse.corps[max(0, trouve.start() - 200) : trouve.end() + 50]
    assert not DE_L_EFFACE.search(repr(reponse.entetes).encode())
    return reponse.corps


def test_avant_l_effacement_tout_se_lisait(histoire: Histoire, compter: Compter) -> None:
    """Else the tests that follow would find nothing because nothing was ever there."""
    assert len(histoire.menages) == MENAGES
    effaces = [p for m in histoire.touches for p in m.effaces]
    assert len(effaces) == 30
    assert len(histoire.lecteurs) > 25
    for menage in histoire.touches:
        lus = b"".join(histoire.avant[lecteur, menage.dossier] for lecteur in histoire.lecteurs)
        assert f"{PERDU}-evaluation-".encode() in lus
        for personne in menage.effaces:
            for dit in (personne.nom, personne.date_naissance, f"{personne.nom}-tel", f"{personne.nom}-mel"):
                assert dit.encode() in lus
    compter("personnes effacées", len(effaces))
    compter("couples rôle et finalité qui lisaient leurs dossiers", len(histoire.lecteurs))


def test_rien_des_trente_ne_se_lit_par_aucune_lecture(histoire: Histoire, compter: Compter) -> None:
    """Every form of a case for who may read it; one household of each kind for past dates and for who may not."""
    instant = histoire.veille.isoformat().replace("+00:00", "Z")
    passes = [f"{chemin}?{quand}" for chemin in CHEMINS[::3] for quand in ("au=2026-10-20", f"connu_le={instant}")]
    serveur, lues, dites = histoire.serveur, 0, 0
    temoins = {histoire.menages[n].dossier for n in (0, 10, 18, 24)}
    for menage in histoire.touches:
        for lecteur in histoire.lecteurs:
            ouvertes = [chemin for chemin in CHEMINS if (lecteur, chemin) in histoire.ouvertes]
            for chemin in (*CHEMINS, *passes) if menage.dossier in temoins else ouvertes:
                lu = serveur.get(chemin.format(menage.dossier), *lecteur)
                corps = rien_des_effaces(lu)
                assert lu.statut == 200 or (lu.statut in {403, 404} and chemin not in ouvertes)
                lues += lu.statut == 200
                dites += DIT_EFFACE in corps
                avant = histoire.avant[lecteur, menage.dossier] if chemin == CHEMINS[0] else b""
                assert DIT_EFFACE in corps or not any(p.nom.encode() in avant for p in menage.effaces)
    assert dites > 500
    compter("lectures de dossiers où une personne est effacée", lues)
    compter("dont documents qui disent « effacé »", dites)


TUS_UNE_FOIS_EFFACES: Final = {"EvaluationSociale", "MesureProtectionDeclaree", "CoordonneesDeclarees"}


def test_les_co_occupants_se_lisent_comme_avant_octet_pour_octet(histoire: Histoire, compter: Compter) -> None:
    egaux = effaces = identiques = 0
    for (lecteur, dossier), avant in histoire.avant.items():
        apres = histoire.serveur.get(f"/v1/dossiers/{dossier}", *lecteur).corps
        if not avant.startswith(b'{"position"'):
            assert apres == avant
            continue
        menage = next(m for m in histoire.menages if m.dossier == dossier)
        if not menage.effaces:
            assert apres.partition(b",")[2] == avant.partition(b",")[2]
            identiques += 1
            continue
        nouveaux = {fait["id"]: fait for fait in json.loads(apres)["faits"]}
        siens = {personne.id for personne in menage.effaces}
        for fait in json.loads(avant)["faits"]:
            ensuite = nouveaux.get(fait["id"])
            if ensuite == fait:
                egaux += 1
                continue
            # An act under secrecy tells nothing any more, not even what it was; nor do coordinates, of which nobody
            # knows any more whether they were safe. Any other says that it is erased.
            assert ensuite["efface"] if ensuite else fait["type"] in TUS_UNE_FOIS_EFFACES
            assert menage.disparu or fait["champs"].get("personne") in siens or fait["type"] == "EvaluationSociale"
            effaces += 1
    assert min(egaux, effaces, identiques) > 100
    compter("faits des co-occupants relus à l'identique", egaux)
    compter("documents de ménages non touchés, relus à l'identique", identiques)


def lister(serveur: Serveur, position: int, compter: Compter) -> bytes:
    """Every page of every worklist that anybody may read."""
    lus, pages = b"", 0
    attente = {"Prefer": "wait=10", "Position": str(position)}
    for vue in ("clil", "ccapex", "comex"):
        for role, finalites in ROLES.items():
            for finalite in finalites:
                chemin: str | None = f"/v1/vues/{vue}?limite=200"
                while chemin is not None:
                    page = serveur.get(chemin, role, finalite, **attente)
                    lus += rien_des_effaces(page)
                    suivant = page.json()["suivant"] if page.statut == 200 else None
                    pages += page.statut == 200
                    chemin = f"/v1/vues/{vue}?limite=200&apres={suivant}" if suivant else None
    compter("pages de files actives lues", pages)
    return lus


def test_ni_les_listes_ni_la_recherche_ni_le_journal_n_en_gardent_rien(histoire: Histoire, compter: Compter) -> None:
    serveur, cherches = histoire.serveur, 0
    listes = lister(serveur, histoire.position, compter)
    for menage in histoire.menages:
        for personne in menage.personnes:
            for qui in (INSTRUCTEUR, SOCIAL):
                trouve = serveur.post("/v1/dossiers/recherche", *qui, personne.identite)
                rien_des_effaces(trouve)
                trouves = [d["dossier"] for d in trouve.json()["dossiers"]]
                assert trouves == ([] if personne.efface else [menage.dossier])
                cherches += 1
        if not menage.personnes[0].efface:
            assert menage.personnes[0].nom.encode() in listes
    suite = "/v1/journal"
    lignes = 0
    while suite:
        page = serveur.get(suite, "DPO", "CONTROLE")
        rien_des_effaces(page)
        lignes += len(page.json()["lignes"])
        suivant = page.json()["suivant"]
        suite = f"/v1/journal?avant={suivant}" if suivant and lignes < 4000 else ""
    rien_des_effaces(serveur.get("/v1/journal?format=csv", "DPO", "CONTROLE"))
    assert lignes >= 4000
    compter("recherches par identité", cherches)


def test_apres_un_redemarrage_et_une_reconstruction_non_plus(histoire: Histoire, compter: Compter) -> None:
    service = histoire.service
    avant = histoire.serveur.get(
        "/v1/vues/ccapex?limite=200", *INSTRUCTEUR, Prefer="wait=10", Position=str(histoire.position)
    )
    assert service.commander("projeter", "--reconstruire") == 0
    assert "Les vues sont échangées." in (service.dossier / "projeter.out").read_text()
    with service.servir() as neuf:
        assert neuf.get("/v1/vues/ccapex?limite=200", *INSTRUCTEUR).corps == avant.corps
        lister(neuf, histoire.position, compter)
        dites = 0
        for menage in histoire.touches:
            for lecteur in histoire.lecteurs:
                dites += DIT_EFFACE in rien_des_effaces(neuf.get(f"/v1/vues/ccapex/{menage.dossier}", *lecteur))
        assert dites >= len(histoire.touches)
    sujets = [p.id for m in histoire.touches for p in m.effaces] + [m.dossier for m in histoire.touches if m.disparu]
    gardes = 0
    for vue in ("clil", "ccapex", "comex"):
        faits = f"SELECT convert_from(state, 'UTF8')::jsonb -> 'scelle' FROM vue_{vue}_faits"  # noqa: S608 - ours
        for [etat] in service.demander(faits):
            for sujet, _, octets in etat:
                assert not (octets and any(efface in sujet for efface in sujets))
                gardes += not octets
    assert gardes > 60
    compter("blocs scellés vidés dans les vues", gardes)


async def test_le_journal_des_faits_rejoue_avec_ses_cles_ne_rend_plus_rien_d_eux(
    histoire: Histoire, bases: Bases, compter: Compter
) -> None:
    rendus, clos, ouverts = b"", 0, 0
    async with ouvrir_ledger(bases) as ledger:
        for menage in histoire.menages:
            lecture = await ledger.consulter(UUID(menage.dossier))
            assert lecture is not None
            for fait in lecture.faits:
                valeurs = vars(ouvrir(fait, lecture.trousseau, TOUTES).evenement)
                clos += EFFACE in valeurs.values()
                ouverts += 1
                rendus += repr(valeurs).encode()
    assert not DE_L_EFFACE.search(rendus)
    dits = {valeur for avant in histoire.avant.values() for valeur in DES_AUTRES.findall(avant)}
    assert dits <= set(DES_AUTRES.findall(rendus))
    assert len(dits) > 100
    assert clos >= 2 * 30 + 9
    sujets = [UUID(p.id) for m in histoire.touches for p in m.effaces]
    disparus = [UUID(m.dossier) for m in histoire.touches if m.disparu]
    assert len(sujets) + len(disparus) == 30 + 9
    with psycopg.connect(bases.admin_cles_url, options=f"-c search_path={SCHEMA}") as admin:
        cles = admin.execute("SELECT count(*) FROM cles WHERE sujet = ANY (%s)", [sujets + disparus]).fetchone()
        tombes = admin.execute("SELECT count(*) FROM tombes").fetchone()
    assert (cles, tombes) == ((0,), (39,))
    index = "SELECT count(*) FROM index_aveugle WHERE sujet = ANY (%s)"
    assert histoire.service.demander(index, [sujets + disparus]) == [(0,)]
    compter("faits rejoués avec la base des clés", ouverts)
    compter("dont faits qu'aucune clé n'ouvre plus", clos)
