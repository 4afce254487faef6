"""Identity strings searched for everywhere that anything is kept or said: none stands in clear.

Whatever is typed of a household carries one marker. A full run of the service is then followed by a search for the
marker, in several encodings, in every value of every table of every database, in every file of the cluster (tables,
indexes, write-ahead log, the server's own log), in what each process wrote, in every answer that refuses. The same
search first finds a second marker, planted in each kind of place.
"""

import base64
import csv
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.service.cluster import ouvrir_serveur
from ledger.catalogue import Classe, Evenement, Nature, catalogue, champs, listes_de
from policies import tables
from tests.bases import bases_neuves, installer_modele
from tests.monde import coherentes
from tests.scenarios.service import (
    COMMUNE,
    ROLES,
    SEANCE_LE,
    SEANCES,
    SIRET_BAILLEUR,
    SUIVANTE_LE,
    SUIVANTES,
    Emetteur,
    Forge,
    Reponse,
    Serveur,
    Service,
    evenement,
    mandater,
    ouverture,
    partenaire,
    peupler,
)

Compter = Callable[[str, int], None]
LOT: Final = Path(__file__).parents[1] / "exploc" / "lots" / "lot-extrait.csv"
MARQUE, TEMOIN = "Zqjxvwk", "Wqvxkjz"
INSTRUCTEUR: Final = ("CCAPEX_INSTRUCTEUR", "CCAPEX_ADMINISTRATIVE")
BAILLEUR: Final = ("BAILLEUR_SOCIAL", "ACTE_EMISSION")
SOCIAL: Final = ("CD_TRAVAILLEUR_SOCIAL", "ACCOMPAGNEMENT")
DPO: Final = ("DPO", "DROITS_PERSONNE")
RESPONSABLE: Final = ("RESPONSABLE_TRAITEMENT", "DROITS_PERSONNE")
EN_DERNIER: Final = (
    "AccompagnementTermine", "AccordRetire", "OppositionEnregistree", "OppositionLevee", "SaisineClose",
)  # fmt: skip
HORS_CONTRIBUTION: Final = {
    "EffacementDemande", "EffacementAvise", "EffacementDecide",  # routes of their own
    "EffacementEngage", "PersonneEffacee",  # told by the protocol of an erasure
    "DossierDeSeanceFige", "PieceJointe",  # a route of its own
    "FaitMaintenu", "FaitRecu",  # told of two cases that were read as one
    "RapprochementSuggere", "RapprochementTranche",  # told by an import
}  # fmt: skip
SUIVIS: Final = {"intervention", "accord", "recommandation", "aide", "requete"}
"""What a later event names."""
ANNEE: Final = 1903
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
UUID_SEUL: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
ORDRE: Final = sorted(
    catalogue(),
    key=lambda nom: (
        nom in EN_DERNIER,
        [*catalogue()].index("ConcoursForceRequis" if nom.startswith("Enquete") else nom),
    ),
)
LOGEMENT: Final = {"parc": "SOCIAL", "commune": COMMUNE, "bailleur_siret": SIRET_BAILLEUR}


def formes(marque: str) -> re.Pattern[bytes]:
    """The marker as bytes may hold it: ASCII letters (so UTF-8 and Latin-1), UTF-16, base64 wherever it begins, hex.

    Birth dates and amounts that nothing else has are looked for too, in the forms in which they are written.
    """
    motifs = [f"(?i:{marque})".encode(), f"(?i:{marque.encode().hex()})".encode()]
    for ecrit in (marque, marque.lower(), marque.upper()):
        motifs.append(re.escape(ecrit.encode("utf-16-le")[:-1]))
        for decalage in range(3):
            code = base64.b64encode(b"\0" * decalage + ecrit.encode()).decode()
            debut, fin = (0, 2, 3)[decalage], len(ecrit.encode() + b"\0" * decalage) // 3 * 4
            motifs.append(re.escape(code[debut:fin]).encode())
    propres = (rf"(?<!\d){ANNEE}-\d\d-\d\d", rf"\d\d/\d\d/{ANNEE}(?!\d)", r"(?<![0-9a-fA-F])9713\d{5,6}(?![0-9a-fA-F])")
    return re.compile(b"|".join([*motifs, *(motif.encode() for motif in propres)]))


@dataclass
class Recherche:
    """One search for one marker: what was looked at, and where it stands."""

    marque: str
    ou: list[str] = field(default_factory=list)
    comptes: Counter[str] = field(default_factory=Counter)
    lus: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._formes = formes(self.marque)

    def regarder(self, lieu: str, octets: bytes) -> None:
        self.comptes["octets"] += len(octets)
        if self._formes.search(octets):
            self.ou.append(lieu)

    def bases(self, *urls: str) -> None:
        """Every value of every table of these databases, as text and as the bytes that it is."""
        for url in urls:
            with psycopg.connect(url, autocommit=True) as admin:
                nom = admin.info.dbname
                self.comptes["bases"] += 1
                tables = admin.execute(
                    "SELECT relnamespace::regnamespace::text, relname FROM pg_class WHERE relkind IN ('r', 'm', 't')"
                ).fetchall()
                for schema, table in tables:
                    self.comptes["tables"] += 1
                    self._table(admin, nom, schema, table)

    def _table(self, admin: psycopg.Connection, base: str, schema: str, table: str) -> None:
        with admin.cursor() as curseur:
            curseur.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
            lignes = curseur.fetchall()
        tout = "\n".join(str(valeur) for ligne in lignes for valeur in ligne if not isinstance(valeur, bytes)).encode()
        tout += b"\n".join(valeur for ligne in lignes for valeur in ligne if isinstance(valeur, bytes))
        self.comptes["valeurs"] += sum(map(len, lignes))
        self.regarder(f"table {base}.{table}", tout)

    def fichiers(self, *dossiers: Path) -> None:
        """Every byte of every file under these directories."""
        for fichier in sorted({f.resolve() for dossier in dossiers for f in dossier.rglob("*") if f.is_file()}):
            try:
                octets = fichier.read_bytes()
            except FileNotFoundError:  # a cache that the server has just dropped, to write it anew
                continue
            self.lus.add(str(fichier))
            self.regarder(str(fichier), octets)


@dataclass
class Deroule:
    """A run of the service on a cluster of its own, so that every file of it belongs to this run."""

    racine: Path
    service: Service
    dits: set[str] = field(default_factory=set)
    vus: list[bytes] = field(default_factory=list)
    champs: set[tuple[str, str]] = field(default_factory=set)
    emetteurs: dict[str, tuple[str, str]] = field(default_factory=dict)
    refus: list[Reponse] = field(default_factory=list)
    importes: list[str] = field(default_factory=list)

    def texte(self) -> str:
        """A text that nobody else has."""
        dit = f"{MARQUE}é-{len(self.dits):04d}"
        self.dits.add(dit)
        return dit

    def noter(self, nom: str, dites: dict[str, Any]) -> None:
        """Remember that these fields of an event were recorded with a text of their own."""
        self.champs |= {(nom, champ) for champ, valeur in dites.items() if MARQUE in str(valeur) or champ == "id_rpls"}

    @property
    def cluster(self) -> Path:
        [(donnees,)] = self.service.demander("SHOW data_directory")
        return Path(donnees).parent

    def chercher(self, marque: str) -> Recherche:
        recherche = Recherche(marque)
        with psycopg.connect(self.service.bases.admin_url, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
        recherche.bases(self.service.bases.admin_url, self.service.bases.admin_cles_url)
        recherche.fichiers(self.cluster, self.racine, self.service.dossier)
        recherche.comptes["fichiers"] = len(recherche.lus)
        return recherche


def donnees(deroule: Deroule, cls: type[Evenement], connus: dict[str, Any]) -> dict[str, Any]:
    """An event with something of its own in every sealed field, and what it needs in clear."""
    dites: dict[str, Any] = {}
    obligatoires = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}
    for nom, champ in champs(cls).items():
        exemple = champ.exemple
        if champ.deduit:
            continue
        if nom in connus:
            dites[nom] = connus[nom]
        elif champ.classe is Classe.S0:
            if nom in obligatoires:
                identifiant = isinstance(exemple, str) and UUID_SEUL.fullmatch(exemple)
                dites[nom] = str(uuid4()) if identifiant else exemple
        elif nom in listes_de(cls) or isinstance(exemple, bool) or champ.nature is Nature.HEURE:
            dites[nom] = exemple
        elif nom == "id_rpls":
            dites[nom] = f"9713{len(deroule.dits):06}"
        elif isinstance(exemple, int):
            dites[nom] = 971_300_000 + len(deroule.dits) if exemple > 100 else exemple
        elif isinstance(exemple, str) and not DATE.fullmatch(exemple):
            dites[nom] = deroule.texte()
        elif champ.nature is Nature.IDENTIFIANT:
            dites[nom] = connus["personnes"] if nom in {"presents", "occupants"} else []
        elif isinstance(exemple, list) and isinstance(exemple[0], str):
            dites[nom] = [deroule.texte()]
        else:
            dites[nom] = exemple
    return dites


def raconter(deroule: Deroule, serveur: Serveur) -> str:
    """One household of which partners tell everything that the catalogue can hold; its case."""
    logement = donnees(deroule, catalogue()["DossierOuvert"], LOGEMENT)
    corps: dict[str, Any] = {"survenu_le": "2026-09-01", "logement": logement}
    titulaire = donnees(deroule, catalogue()["OccupantDeclare"], {"date_naissance": f"{ANNEE}-04-24"})
    corps["titulaire"] = {nom: v for nom, v in titulaire.items() if nom not in {"personne", "qualite"}}
    recu = serveur.post("/v1/dossiers", *BAILLEUR, corps)
    assert recu.statut == 201, recu.corps
    deroule.noter("DossierOuvert", logement)
    dossier: str = recu.json()["dossier"]
    faits = serveur.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR).json()["faits"]
    [personne] = [f["champs"]["personne"] for f in faits if f["type"] == "OccupantDeclare"]
    mandater(deroule.service.bases, [UUID(dossier)], personnes={UUID(dossier): UUID(personne)})
    connus: dict[str, Any] = {"personne": personne, "personnes": [personne], "mandataire": personne}
    connus |= {
        "seance": str(SEANCES["CCAPEX"]),
        "menage_avise_le": "2026-10-15",
        "seance_le": SEANCE_LE.isoformat(),
        "instance": "CCAPEX",
        "destinataire": partenaire(SOCIAL[0]),
    }
    # The paying body acts on a case that it has told something of.
    contact = {"evenements": [evenement("ContactTente", canal="COURRIER", resultat="SANS_SUITE")]}
    recu = serveur.post(f"/v1/dossiers/{dossier}/interventions", "CAF", "COORDINATION_CONTACTS", contact)
    assert recu.statut == 201, recu.corps
    for nom in [n for n in ORDRE if n not in HORS_CONTRIBUTION]:
        dire(deroule, serveur, dossier, nom, connus)
        if nom == "InscriptionRetiree":  # what is examined is on an agenda
            dire(deroule, serveur, dossier, "InstanceInscrite", connus)
    return dossier


def dire(deroule: Deroule, serveur: Serveur, dossier: str, nom: str, connus: dict[str, Any]) -> None:
    """Have the first of those who may tell an event tell it; the others are refused, which is also looked at."""
    if nom == "DossierOuvert":
        return
    propres = dict(connus)
    if nom == "OccupantDeclare":
        propres |= {"personne": str(uuid4()), "qualite": "OCCUPANT", "date_naissance": f"{ANNEE}-05-25"}
    if nom == "FaitCorrige":
        siens = serveur.get(f"/v1/dossiers/{dossier}", *SOCIAL).json()["faits"]
        propres["corrige"] = next(f["id"] for f in siens if f["type"] == "DetteDeclaree")
    if nom in {"DossierPropose", "PropositionEcartee", "SuiviClos"}:  # a CCAPEX is seized
        propres["instance"] = "CLIL"
    if nom == "InscriptionReportee":
        propres |= {"reporte_a": str(SUIVANTES["CCAPEX"]), "reporte_au": SUIVANTE_LE.isoformat()}
    if nom == "InscriptionRetiree":
        propres["seance"] = str(SUIVANTES["CCAPEX"])
    if nom == "LienConfirme":
        propres["lien"] = connus["intervention"]
    if nom in {"SuiviUnAnEvalue", "ValeurTranchee"}:
        siens = serveur.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR).json()["faits"]
        propres["examen"] = next((f["id"] for f in siens if f["type"] == "DossierExamine"), None)
        propres |= {"fait": next(f["id"] for f in siens if f["type"] == "DossierOuvert"), "champ": "loyer"}
    if nom == "RenseignementDemande":
        propres |= {"donnee": "loyer", "destinataire": partenaire(BAILLEUR[0]), "echeance": "2027-01-20"}
    if nom == "RenseignementRepondu":
        siens = serveur.get(f"/v1/dossiers/{dossier}", *SOCIAL).json()["faits"]
        propres["renseignement"] = next(f["id"] for f in siens if f["type"] == "RenseignementDemande")
    if nom == "RecommandationEmise":
        propres["echeance"] = "2027-01-20"
    if nom == "AccordRecueilli":  # who gathers it is not whom it benefits
        propres["destinataire"] = partenaire(BAILLEUR[0])
    dites = coherentes(nom, donnees(deroule, catalogue()[nom], propres))
    if nom == "DiagnosticTransmis":  # a frozen document: neither of its purposes opens what is noted on an act
        del dites["observations"]
    lignes = [e for e in tables.lire().emissions if e["evenement"] == nom]
    essais = [(role, finalite) for ligne in lignes for role in ligne["roles"] for finalite in ROLES[role]]
    refus = []
    for role, finalite in sorted(essais, key=lambda essai: essai[0] not in (SOCIAL[0], BAILLEUR[0], INSTRUCTEUR[0])):
        corps = {"evenements": [evenement(nom, **dites)], "information_menage": "2026-10-01"}
        recu = serveur.post(f"/v1/dossiers/{dossier}/interventions", role, finalite, corps)
        if recu.statut == 201:
            deroule.noter(nom, dites)
            deroule.emetteurs[nom] = role, finalite
            connus |= {k: v for k, v in dites.items() if k in SUIVIS}
            if nom == "Demande72":
                connus["en_reponse_a"] = dites["acte"]
            return
        refus.append((role, finalite, recu.json()["detail"], recu.json().get("champs")))
    raise AssertionError((nom, refus))


@pytest.fixture(scope="module")
def deroule(forge: Forge, emetteur: Emetteur, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deroule]:
    """The whole run: told, imported, refused, sought, read, erased, projected, rebuilt. Then everything is ended."""
    racine = Path(tempfile.mkdtemp(prefix="unefois-tests-"))
    try:
        with ouvrir_serveur(None, racine, durable=False) as admin, bases_neuves(installer_modele(admin)) as bases:
            peupler(bases)
            deroule = Deroule(racine, Service(bases, tmp_path_factory.mktemp("identites"), forge, emetteur))
            importer(deroule, tmp_path_factory.mktemp("lot") / "lot.csv")
            with deroule.service.projeter(), deroule.service.servir() as serveur:
                dossier = raconter(deroule, serveur)
                a_effacer = raconter_peu(deroule, serveur)
                egarer(deroule, serveur, dossier)
                lire_partout(deroule, serveur, dossier)
                effacer(serveur, a_effacer)
                lire_partout(deroule, serveur, a_effacer)
                auditer(deroule, serveur)
            assert deroule.service.commander("projeter", "--reconstruire") == 0
            with deroule.service.servir() as serveur:
                lire_partout(deroule, serveur, dossier)
            yield deroule
    finally:
        shutil.rmtree(racine)


def importer(deroule: Deroule, lot: Path) -> None:
    """The first acts of the extract, with names, addresses, references and remarks of their own."""
    with LOT.open(encoding="utf-8-sig", newline="") as flux:
        lecteur = csv.DictReader(flux, delimiter=";")
        rangees = [rangee for rangee, _ in zip(lecteur, range(200), strict=False)]
    with lot.open("w", encoding="cp1252", newline="") as flux:
        ecrivain = csv.DictWriter(flux, list(rangees[0]), delimiter=";")
        ecrivain.writeheader()
        for n, rangee in enumerate(rangees):
            for nom in ("nom", "prenoms", "adresse", "bailleur_nom", "observations", "ref_acte", "ref_dossier"):
                rangee[nom] = deroule.texte()
            ecrivain.writerow(rangee | {"date_naissance": f"{1 + n % 28:02}/{1 + n % 12:02}/{ANNEE}"})
    assert deroule.service.commander("exploc", "importer", str(lot), "--ecrire", "--rapport", "json") == 0
    rapport = json.loads((deroule.service.dossier / "exploc.out").read_text())
    assert rapport["accepted_distinct_acts"] > 150
    deroule.importes = [rangee["nom"] for rangee in rangees]


def raconter_peu(deroule: Deroule, serveur: Serveur) -> str:
    """A second household, which no procedure holds back from erasure; its case."""
    corps = ouverture(deroule.texte(), adresse=deroule.texte(), id_rpls="3529999998")
    corps["titulaire"] |= {"prenoms": deroule.texte(), "date_naissance": f"{ANNEE}-12-12"}
    recu = serveur.post("/v1/dossiers", *BAILLEUR, corps)
    assert recu.statut == 201
    trouve = serveur.post("/v1/dossiers/recherche", *INSTRUCTEUR, corps["titulaire"])
    assert [d["dossier"] for d in trouve.json()["dossiers"]] == [recu.json()["dossier"]]
    return str(recu.json()["dossier"])


def egarer(deroule: Deroule, serveur: Serveur, dossier: str) -> None:
    """The marker wherever somebody may type it by mistake or on purpose: all of it is refused, or finds nothing."""
    bon = {"evenements": [evenement("DetteDeclaree", montant=971_399_999, arretee_au="2026-10-01")]}
    chemin = f"/v1/dossiers/{dossier}/interventions"
    nir = f"{deroule.texte()} 2 55 08 14 168 025 38"
    mauvais: tuple[object, ...] = (
        json.dumps(bon).encode()[:-9] + deroule.texte().encode(),
        [deroule.texte()],
        {deroule.texte(): 1},
        {"evenements": [{deroule.texte(): 1}]},
        {"evenements": [evenement(deroule.texte())]},
        {"evenements": [evenement("DetteDeclaree", deroule.texte())]},
        {"evenements": [evenement("DetteDeclaree", montant=deroule.texte(), arretee_au=deroule.texte())]},
        {"evenements": [evenement("DetteDeclaree") | {"donnees": {deroule.texte(): 1}}]},
        {"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01", reference_source=nir)]},
        {"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01", reference_source=f"{nir}\0")]},
        {"evenements": [evenement("ContactTente", canal=deroule.texte(), resultat=deroule.texte())]},
        {"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")], "source": deroule.texte()},
        *(
            {
                "evenements": [
                    evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01") | {precision: deroule.texte()}
                ]
            }
            for precision in ("heure", "motif_correction", "reference_legale")
        ),
        {"evenements": [evenement("DetteDeclaree", montant=1, arretee_au="2026-10-01")], "demande": deroule.texte()},
    )
    en_clair = (
        ("AccordRecueilli", {"destinataire": deroule.texte()}),
        ("AccordRecueilli", {"groupes": [deroule.texte()]}),
        ("RecommandationEmise", {"destinataire": deroule.texte()}),
        ("CommandementPayerSignifie", {"etude_siret": f"{MARQUE}-nom-de"}),
    )
    for nom, dites in en_clair:
        tout = donnees(deroule, catalogue()[nom], {"destinataire": "menage", "groupes": ["F05"]} | dites) | dites
        refus = serveur.post(chemin, *deroule.emetteurs[nom], {"evenements": [evenement(nom, **tout)]})
        assert refus.statut == 422, refus.corps
    for corps in mauvais:
        assert serveur.post(chemin, *BAILLEUR, corps).statut in {400, 422}, corps
    dits = {nom: deroule.texte().encode().decode("latin-1") for nom in ("Finalite", "Agent", "If_Match", "Traceparent")}
    for nom, valeur in dits.items():
        reponse = serveur.get(f"/v1/dossiers/{dossier}", *BAILLEUR, **{nom: valeur})
        assert reponse.statut in {200, 400, 401, 403}
    assert serveur.post(chemin, *BAILLEUR, bon, Idempotency_Key=f"{MARQUE}-cle").statut == 201
    assert serveur.post(chemin, *BAILLEUR, bon, Idempotency_Key=MARQUE * 40).statut == 400
    for methode, adresse in (
        ("GET", f"/v1/dossiers/{MARQUE}"),
        ("GET", f"/v1/vues/{MARQUE}"),
        ("GET", f"/v1/vues/ccapex?commune={MARQUE}"),
        ("GET", f"/v1/vues/ccapex?{MARQUE}=1"),
        ("GET", f"/v1/vues/ccapex/{dossier}?au={MARQUE}"),
        ("GET", f"/v1/dossiers/{dossier}/historique?{MARQUE}"),
        ("GET", f"/v1/journal?agent={MARQUE}&organisation={MARQUE}"),
        ("POST", f"/v1/droits/effacement/{MARQUE}/avis"),
        ("PUT", f"/{MARQUE}"),
        ("GET", f"/dossiers/{MARQUE}"),
        ("GET", f"/connexion?suite=/{MARQUE}"),
    ):
        reponse = serveur.appeler(methode, adresse, {"dossier": MARQUE}, serveur.entetes(*INSTRUCTEUR))
        assert reponse.statut != 500
        deroule.refus.append(reponse)
    identite = {"nom": deroule.texte(), "prenoms": deroule.texte(), "date_naissance": f"{ANNEE}-01-01"}
    for qui in (INSTRUCTEUR, SOCIAL, BAILLEUR, DPO, ("STATISTIQUE", "STATISTIQUE")):
        for cherche in (identite, identite | {"date_naissance": deroule.texte()}, {"nom": deroule.texte()}):
            assert serveur.post("/v1/dossiers/recherche", *qui, cherche).statut in {200, 400, 403, 422}
    for nom in deroule.importes[:20]:
        assert serveur.post("/v1/dossiers/recherche", *INSTRUCTEUR, identite | {"nom": nom}).statut == 200
    etranger = serveur.entetes(*BAILLEUR) | {"Authorization": f"Bearer {MARQUE}.{MARQUE}.{MARQUE}"}
    assert serveur.appeler("GET", f"/v1/dossiers/{dossier}", None, etranger).statut == 401


def lire_partout(deroule: Deroule, serveur: Serveur, dossier: str) -> None:
    """The case and the worklists, by every role for each of its purposes."""
    for role, finalites in ROLES.items():
        for finalite in finalites:
            for chemin in (
                f"/v1/dossiers/{dossier}",
                f"/v1/dossiers/{dossier}/historique",
                f"/v1/vues/ccapex/{dossier}",
                "/v1/vues/ccapex",
                "/v1/vues/clil",
            ):
                lu = serveur.get(chemin, role, finalite)
                assert lu.statut in {200, 403, 404}
                deroule.vus += [lu.corps] if lu.statut == 200 else []


def effacer(serveur: Serveur, dossier: str) -> None:
    faits = serveur.get(f"/v1/dossiers/{dossier}", *INSTRUCTEUR).json()["faits"]
    [personne] = [f["champs"]["personne"] for f in faits if f["type"] == "OccupantDeclare"]
    etapes, dans = "/v1/droits/effacement", {"dossier": dossier}
    id_ = serveur.post(etapes, *RESPONSABLE, dans | {"personne": personne}).json()["effacement"]
    serveur.post(f"{etapes}/{id_}/avis", *DPO, dans | {"avis": "FAVORABLE"})
    decision = serveur.post(f"{etapes}/{id_}/decision", *RESPONSABLE, dans | {"sens": "ACCORDE"}).json()["decision"]
    execution = serveur.post(f"{etapes}/{id_}/execution", *RESPONSABLE, dans | {"decision": decision}, agent=1)
    assert execution.statut == 201, execution.corps


def auditer(deroule: Deroule, serveur: Serveur) -> None:
    """The journal, by page, whole, and asked whether a name was sought."""
    identite = {"nom": deroule.importes[0], "prenoms": deroule.importes[1], "date_naissance": f"{ANNEE}-01-01"}
    for reponse in (
        serveur.get("/v1/journal", "DPO", "CONTROLE"),
        serveur.get("/v1/journal?format=csv", "DPO", "CONTROLE"),
        serveur.post("/v1/journal/recherche", "DPO", "CONTROLE", identite),
    ):
        assert reponse.statut == 200, reponse.corps
        assert len(reponse.corps) > 10
        deroule.refus.append(reponse)


def test_la_recherche_trouve_ce_qui_est_la(deroule: Deroule) -> None:
    """A marker of the same kind, planted in each kind of place and in each encoding, is found in all of them."""
    code = base64.b64encode
    ecrits = [TEMOIN, TEMOIN.upper(), f"é{TEMOIN}", TEMOIN.encode().hex(), TEMOIN.encode().hex().upper()]
    ecrits += [code(debut + TEMOIN.encode() + b"suite").decode() for debut in (b"", b"a", b"ab")]
    octets = [texte.encode() for texte in ecrits]
    octets += [f"é{TEMOIN}".encode("latin-1"), TEMOIN.encode("utf-16-le"), TEMOIN.encode("utf-16-be")]
    assert all(formes(TEMOIN).search(b"\xff\x00" + ecrit + b"\xfe") for ecrit in octets)
    assert all(formes(MARQUE).search(f"-{propre}-".encode()) for propre in ("1903-04-24", "24/04/1903", "971300007"))
    lieux = {"postgresql.log", "temoin.err"}
    bases = deroule.service.bases
    (deroule.service.dossier / "temoin.err").write_text(TEMOIN)
    for url in (bases.admin_url, bases.admin_cles_url):
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("CREATE TABLE temoin_texte (x text)")
            admin.execute("CREATE INDEX temoin_index ON temoin_texte (x)")
            admin.execute("CREATE TABLE temoin_octets (x bytea)")
            admin.execute("INSERT INTO temoin_texte VALUES (%s)", [TEMOIN])
            admin.execute("INSERT INTO temoin_octets VALUES (%s)", [TEMOIN.encode()])
            admin.execute(f"DO $$ BEGIN RAISE LOG '{TEMOIN}'; END $$")
            for nom in ("temoin_texte", "temoin_index", "temoin_octets"):
                [(fichier,)] = admin.execute("SELECT pg_relation_filepath(%s)", [nom]).fetchall()
                lieux.add(fichier)
            lieux |= {f"table {admin.info.dbname}.temoin_{genre}" for genre in ("texte", "octets")}
    trouves = deroule.chercher(TEMOIN).ou
    for url in (bases.admin_url, bases.admin_cles_url):
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("DROP TABLE temoin_texte, temoin_octets")
    assert {lieu for lieu in lieux if not any(trouve.endswith(lieu) for trouve in trouves)} == set()
    assert any("/pg_wal/" in trouve for trouve in trouves)


def test_aucune_identite_ne_se_lit_en_clair_nulle_part(deroule: Deroule, compter: Compter) -> None:
    recherche = deroule.chercher(MARQUE)
    assert recherche.ou == []
    index: set[str] = set()
    for url in (deroule.service.bases.admin_url, deroule.service.bases.admin_cles_url):
        with psycopg.connect(url) as admin:
            index |= {
                fichier
                for (fichier,) in admin.execute(
                    "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind = 'i'"
                    " AND relnamespace = 'd93'::regnamespace"
                )
            }
    lus = {fichier.partition("/pgdata/")[2] for fichier in recherche.lus}
    assert len(index) > 20
    assert index <= lus
    assert {Path(lu).name for lu in recherche.lus} >= {"postgresql.log", "serve.err", "projeter.err", "exploc.err"}
    assert any(lu.startswith("pg_wal/") for lu in lus)
    assert min(recherche.comptes["octets"], 50_000_000) == 50_000_000
    for quoi, nombre in (*recherche.comptes.items(), ("index", len(index)), ("textes cherchés", len(deroule.dits))):
        compter(f"identités en clair : {quoi}", nombre)


def test_aucune_reponse_qui_refuse_ne_repete_ce_qui_fut_tape(deroule: Deroule, compter: Compter) -> None:
    cherche = formes(MARQUE)
    refus = [r for r in deroule.service.reponses if r.statut >= 400] + deroule.refus
    assert len(refus) > 500
    for reponse in refus:
        assert not cherche.search(reponse.corps), reponse.corps
        assert not cherche.search(repr(reponse.entetes).encode()), reponse.entetes
    compter("identités en clair : réponses qui refusent", len(refus))


def test_tout_a_bien_ete_dit_et_se_lit_par_qui_en_a_le_droit(deroule: Deroule, compter: Compter) -> None:
    """Else nothing would be found because nothing was there: each text of the catalogue is told, and most are read."""
    libres = {
        (nom, champ)
        for nom, cls in catalogue().items()
        for champ, dit in champs(cls).items()
        if nom not in HORS_CONTRIBUTION and dit.classe is not Classe.S0 and champ not in listes_de(cls)
        if dit.nature is Nature.TEXTE and isinstance(dit.exemple, str)
    }
    # The code of a partner must be one; what is noted on a diagnostic, no purpose opens.
    assert libres - deroule.champs == {("Demande72", "destinataire"), ("DiagnosticTransmis", "observations")}
    lus = set(re.findall(rf"{MARQUE}é-\d+", b"".join(deroule.vus).decode()))
    assert len(lus) > 100
    compter("champs du catalogue où un texte fut dit", len(libres))
    compter("textes relus en clair par qui en a le droit", len(lus))
