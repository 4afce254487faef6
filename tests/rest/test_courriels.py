"""Subscriptions by mail: a count and a link, to a mailbox that said yes, once a day at most, under today's rights."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.abonnements.boites import Boites, domaine_valable, lire
from adapters.abonnements.depot import BAIL, Abonnements, Livraison
from adapters.abonnements.destination import Destination
from adapters.abonnements.joignables import AdresseRefusee, Joignables
from adapters.livraison import facteur as module
from adapters.livraison import livreur as module_du_livreur
from adapters.livraison.compte import Chiffrement, CompteDeCourrier
from adapters.livraison.facteur import COMPTES, ESSAIS_DU_COURRIEL, matin
from adapters.livraison.livreur import Livreur
from adapters.livraison.messagerie import Courrier, Messagerie
from adapters.livraison.postier import Postier, Remise
from adapters.registre.administration import administrer, retirer_client, revoquer, suspendre_partenaire
from ledger.application import Ledger
from tests.bases import AUJOURD_HUI, SCHEMA, Bases
from tests.monde import PAR, Monde, ouvrir_monde, peupler
from tests.rest.test_abonnements import Horloge, certifier
from tests.rest.test_attentes import SSD, inscrit, recommander, suite
from tests.rest.test_regles import dire

RACINE: Final = "/v1/abonnements"
BOITE: Final = "assistante@ssd.exemple.fr"
DOMAINES: Final = frozenset({"ssd.exemple.fr", "exemple.org"})
ACCUEIL: Final = "https://unefois.exemple.fr/"
TLS: Final = ssl.create_default_context()
CODE: Final = re.compile(r"^[A-Z2-9]{10}$", re.MULTILINE)


@dataclass
class Boite:
    """A real server of mail on loopback: keeps what it is given, answers as it is told."""

    port: int = 0
    au_rcpt: str = "250 OK"
    au_data: str = "250 OK"
    attente: float = 0.0
    recus: list[EmailMessage] = field(default_factory=list)
    enveloppes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_RCPT(self, _: SMTP, __: Session, enveloppe: Envelope, adresse: str, options: list[str]) -> str:  # noqa: N802 - aiosmtpd's own name
        if self.au_rcpt.startswith("2"):
            enveloppe.rcpt_tos.append(adresse)
            enveloppe.rcpt_options.extend(options)
        return self.au_rcpt

    async def handle_DATA(self, _: SMTP, __: Session, enveloppe: Envelope) -> str:  # noqa: N802 - aiosmtpd's own name
        assert isinstance(enveloppe.content, bytes)
        lu = message_from_bytes(enveloppe.content, policy=policy.default)
        assert isinstance(lu, EmailMessage)
        self.recus.append(lu)
        self.enveloppes.append((enveloppe.mail_from or "", list(enveloppe.rcpt_tos)))
        await asyncio.sleep(self.attente)
        return self.au_data

    @property
    def textes(self) -> list[str]:
        return [recu.get_content().replace("\r\n", "\n") for recu in self.recus]

    @property
    def objets(self) -> list[str]:
        return [recu["Subject"] for recu in self.recus]

    def code(self) -> str:
        """The one of the last letter. Not a property: aiosmtpd reads all that its handler has."""
        [lu] = CODE.findall(self.textes[-1])
        return str(lu)


@asynccontextmanager
async def recevoir(**tls: Any) -> AsyncIterator[Boite]:
    boite = Boite()
    serveur = await asyncio.get_running_loop().create_server(
        lambda: SMTP(boite, hostname="courrier.test", enable_SMTPUTF8=False, **tls), "127.0.0.1", 0
    )
    boite.port = serveur.sockets[0].getsockname()[1]
    try:
        yield boite
    finally:
        serveur.close()


def messagerie(
    boite: Boite, chiffrement: Chiffrement = "aucun", tls: ssl.SSLContext | None = None, **plus: Any
) -> Messagerie:
    compte = CompteDeCourrier("127.0.0.1", boite.port, chiffrement, "ne-pas-repondre@unefois.exemple.fr", ACCUEIL)
    return Messagerie(compte, tls or TLS, **{"en_tout": 2.0, **plus})


@dataclass
class Bureau:
    """A world whose subscriptions by mail have a clock of their own, a server of mail, and what brings."""

    monde: Monde
    horloge: Horloge
    boite: Boite

    def livreur(self, **plus: Any) -> Livreur:
        postier = Postier(self.monde.gate.abonnements.joignables, self.horloge)
        return Livreur(self.monde.gate, postier, messagerie(self.boite, **plus), palier=timedelta())

    async def abonner(self, courriel: str = BOITE, statut: int = 201, **plus: Any) -> dict[str, Any]:
        recu = await self.monde.post(RACINE, *SSD, {"courriel": courriel}, **plus)
        assert recu.status_code == statut, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def changer(self, abonnement: str, geste: str, statut: int = 201, **plus: Any) -> dict[str, Any]:
        recu = await self.monde.post(f"{RACINE}/{abonnement}/changement", *SSD, {"geste": geste, **plus})
        assert recu.status_code == statut, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def lire(self, abonnement: str) -> dict[str, Any]:
        recu = await self.monde.get(f"{RACINE}/{abonnement}", *SSD)
        assert recu.status_code == 200, recu.text
        lu: dict[str, Any] = recu.json()
        return lu

    async def tourner(self, livreur: Livreur | None = None, **duree: float) -> None:
        """One look, so much later."""
        self.horloge.avancer(**duree)
        livreur = livreur or self.livreur()
        await livreur.commencer()
        await livreur.finir()

    async def confirme(self) -> str:
        """A subscription whose mailbox said yes, before anything waits; what it was sent is forgotten."""
        fait = str((await self.abonner())["abonnement"])
        await self.tourner(seconds=1)
        await self.changer(fait, "CONFIRMATION", code=self.boite.code())
        await self.tourner(seconds=1)
        self.boite.recus.clear()
        return fait

    async def demander(self, nombre: int = 1) -> list[tuple[str, str]]:
        """So many cases in which something is expected of this service: of each, the case and what."""
        faits = []
        for rang in range(nombre):
            dossier = await inscrit(self.monde, nom=f"LEROY{'ABCDEFGH'[rang]}")
            faits.append((dossier, await recommander(self.monde, dossier, "ssd")))
        await self.monde.projeter()
        return faits


@pytest.fixture
async def bureau(bases: Bases, ledger: Ledger) -> AsyncIterator[Bureau]:
    peupler(bases)
    horloge = Horloge()
    abonnements = Abonnements(
        bases.api_url, SCHEMA, joignables=Joignables(boucle=True), boites=Boites(DOMAINES), maintenant=horloge
    )
    async with recevoir() as boite, ouvrir_monde(bases, ledger, abonnements=abonnements) as monde:
        yield Bureau(monde, horloge, boite)


async def test_le_compte_est_dit_chaque_jour_tant_que_quelque_chose_attend_et_rien_d_autre(bureau: Bureau) -> None:
    fait = await bureau.confirme()
    await bureau.tourner(days=1)
    assert bureau.boite.recus == [], "rien n'attend : rien ne part"
    demandes = await bureau.demander(2)
    await recommander(bureau.monde, demandes[0][0], "ssd")  # twice in one case
    await bureau.monde.projeter()
    for _ in range(16):
        await bureau.tourner(hours=3)
    assert bureau.boite.objets == ["unefois : 2 dossiers attendent votre réponse"] * 2
    await dire(bureau.monde, demandes[1][0], *SSD, suite(demandes[1][1], "REALISEE"))
    await bureau.monde.projeter()
    await bureau.tourner(days=1)
    assert bureau.boite.objets[2:] == ["unefois : 1 dossier attend votre réponse"]
    recu = bureau.boite.recus[-1]
    assert ACCUEIL in recu.get_content()
    assert (recu["To"], recu["Auto-Submitted"]) == (BOITE, "auto-generated")
    assert bureau.boite.enveloppes[-1] == ("ne-pas-repondre@unefois.exemple.fr", [BOITE])
    brut = recu.as_string() + recu.get_content()
    for su in ("LEROY", "Fatou", "118 avenue", "RECOMMANDATION", "recommandation", fait, *demandes[0], *demandes[1]):
        assert su not in brut, su
    assert (await bureau.lire(fait))["etat"] == "actif"
    lignes = [ligne for ligne in await bureau.monde.journal() if ligne["motif"] == "courriel"]
    assert [ligne["issue"] for ligne in lignes] == [*["autorise"] * 3, "vide", "vide"]
    assert {(ligne["organisation"], ligne["action"]) for ligne in lignes} == {("ssd", "lister")}


async def test_le_compte_est_celui_de_la_liste(bureau: Bureau) -> None:
    await bureau.confirme()
    await bureau.demander(3)
    lues = (await bureau.monde.get("/v1/attentes", *SSD)).json()["attentes"]
    nombre = len({attente["dossier"] for attente in lues})
    await bureau.tourner(days=1)
    assert nombre == 3
    assert bureau.boite.objets == [f"unefois : {nombre} dossiers attendent votre réponse"]


async def test_au_dela_de_ce_qui_se_compte_il_est_dit_ou_plus(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    assert COMPTES == 200
    monkeypatch.setattr(module, "COMPTES", 2)
    await bureau.confirme()
    await bureau.demander(3)
    await bureau.tourner(days=1)
    assert bureau.boite.objets == ["unefois : 2 dossiers ou plus attendent votre réponse"]


# the mailbox -------------------------------------------------------------------------------------------------------


async def test_rien_d_autre_qu_un_code_ne_part_avant_qu_il_soit_rendu(bureau: Bureau, bases: Bases) -> None:
    await bureau.demander()
    fait = await bureau.abonner()
    assert fait["secret"] is None
    await bureau.tourner(seconds=1)
    for _ in range(7):
        await bureau.tourner(hours=3)
    assert bureau.boite.objets == ["unefois : confirmez cette adresse"]
    assert "dossier attend" not in bureau.boite.textes[0]
    lu = await bureau.lire(fait["abonnement"])
    assert (lu["etat"], lu["courriel"], lu["url"]) == ("a_confirmer", BOITE, None)
    code = bureau.boite.code()
    with psycopg.connect(bases.admin_url) as admin:
        [(tout,)] = admin.execute("SELECT string_agg(a::text || scelle::text, '') FROM d93.abonnements AS a").fetchall()
    for su in (BOITE, code, BOITE.encode().hex(), code.encode().hex()):
        assert su not in tout, "scellé"
    await bureau.changer(fait["abonnement"], "CONFIRMATION", code=f" {code.lower()} ")
    await bureau.tourner(seconds=1)
    assert bureau.boite.objets[1:] == ["unefois : 1 dossier attend votre réponse"]
    await bureau.changer(fait["abonnement"], "CONFIRMATION", code="encore")


async def test_sans_reponse_en_un_jour_l_abonnement_prend_fin(bureau: Bureau) -> None:
    await bureau.demander()
    fait = (await bureau.abonner())["abonnement"]
    await bureau.tourner(seconds=1)
    code = bureau.boite.code()
    bureau.horloge.avancer(hours=24)
    await bureau.changer(fait, "CONFIRMATION", 409, code=code)
    for _ in range(3):
        await bureau.tourner(days=1)
    assert len(bureau.boite.recus) == 1
    lu = await bureau.lire(fait)
    assert (lu["etat"], lu["fin"], lu["courriel"]) == ("fini", "non_confirmee", None)


async def test_cinq_codes_faux_y_mettent_fin_meme_ensemble(bureau: Bureau) -> None:
    fait = (await bureau.abonner())["abonnement"]
    await bureau.tourner(seconds=1)
    juste = bureau.boite.code()
    await bureau.changer(fait, "CONFIRMATION", 422)
    await bureau.changer(fait, "CONFIRMATION", 422, code="AAAAAAAAAA")
    chemin = f"{RACINE}/{fait}/changement"
    faux = {"geste": "CONFIRMATION", "code": "BBBBBBBBBB"}
    recus = await asyncio.gather(*(bureau.monde.post(chemin, *SSD, faux) for _ in range(4)))
    assert {recu.status_code for recu in recus} <= {409, 422}
    for _ in range(5):
        if (await bureau.lire(fait))["etat"] != "fini":
            await bureau.changer(fait, "CONFIRMATION", 422, code="CCCCCCCCCC")
    await bureau.changer(fait, "CONFIRMATION", 409, code=juste)
    assert (await bureau.lire(fait))["fin"] == "non_confirmee"
    refus = [ligne for ligne in await bureau.monde.journal() if ligne["motif"] == "code_errone"]
    assert len(refus) == 5
    assert juste not in repr(refus)


INJECTIONS: Final = (
    f"{BOITE}\r\nBcc: autre@exemple.org",
    f"{BOITE}\nSubject: x",
    f"{BOITE}, autre@exemple.org",
    f"Nom <{BOITE}>",
    f"<{BOITE}>",
    f"{BOITE} ",
    "a@b@ssd.exemple.fr",
    '"a b"@ssd.exemple.fr',
    "a%exemple.com@ssd.exemple.fr",
    "a!b@ssd.exemple.fr",
    ".a@ssd.exemple.fr",
    "a.@ssd.exemple.fr",
    "a..b@ssd.exemple.fr",
    "é@ssd.exemple.fr",
    f"{'a' * 65}@ssd.exemple.fr",
    "@ssd.exemple.fr",
    "a@",
    "a",
)
ETRANGERES: Final = (
    "quelqu-un@boite.exemple.com",
    "a@ssd.exemple.fr.exemple.com",
    "a@faux-ssd.exemple.fr",
    "a@sous.ssd.exemple.fr",
    "a@exemple.fr",
    "a@[127.0.0.1]",
)


def test_une_adresse_mal_faite_ou_d_un_autre_domaine_n_est_pas_admise() -> None:
    boites = Boites(DOMAINES)
    for adresse in (*INJECTIONS, *ETRANGERES):
        with pytest.raises(AdresseRefusee) as refus:
            boites.admettre(adresse)
        assert str(refus.value).endswith("domaines : exemple.org, ssd.exemple.fr."), adresse
    assert boites.admettre("Jeanne.d-Arc+x@SSD.Exemple.fr") == "Jeanne.d-Arc+x@ssd.exemple.fr"
    with pytest.raises(AdresseRefusee, match="n'envoie pas de courriel"):
        Boites().admettre(BOITE)
    assert lire("a@" + "b." * 130 + "fr") is None
    assert [n for n in ("exemple.fr", "fr", "*.fr", "a..fr", "@a.fr", "") if domaine_valable(n)] == ["exemple.fr"]


async def test_ce_qui_n_est_pas_admis_est_refuse_sans_etre_repete(bureau: Bureau) -> None:
    for adresse in (INJECTIONS[0], INJECTIONS[2], ETRANGERES[0]):
        refus = await bureau.abonner(adresse, 422)
        assert adresse not in str(refus)
        assert "autre@exemple.org" not in str(refus)
    for corps in ({}, {"courriel": BOITE, "url": "https://si.exemple.fr/"}):
        assert (await bureau.monde.post(RACINE, *SSD, corps)).status_code == 422
    assert (await bureau.monde.post(RACINE, "ssd", "STATISTIQUE", {"courriel": BOITE})).status_code == 403
    await bureau.tourner(seconds=1)
    assert bureau.boite.recus == []


async def test_chaque_geste_a_son_genre_et_dix_abonnements_au_plus_en_tout(bureau: Bureau) -> None:
    meme: dict[str, Any] = {"headers": {"Idempotency-Key": "une"}}
    fait = (await bureau.abonner(**meme))["abonnement"]
    assert (await bureau.abonner(**meme))["abonnement"] == fait
    await bureau.abonner("autre@exemple.org", 409, **meme)
    assert (await bureau.changer(fait, "SECRET", 422))["champs"][0]["champ"] == "geste"
    for rang in range(9):
        await bureau.abonner(f"agent{rang}@exemple.org")
    await bureau.abonner("dixieme@exemple.org", 409)
    await bureau.changer(fait, "FIN")
    await bureau.abonner("dixieme@exemple.org")
    await bureau.tourner(seconds=1)
    assert BOITE not in [recu["To"] for recu in bureau.boite.recus], "fini : plus rien n'y part"
    assert repr(Destination("", (), BOITE, "K7QDM2XW9R")) == "<scellé>"


async def test_un_domaine_qui_n_est_plus_admis_ne_recoit_plus_rien(bureau: Bureau) -> None:
    fait = await bureau.confirme()
    await bureau.demander()
    bureau.monde.gate.abonnements.boites = Boites(frozenset({"exemple.org"}))
    await bureau.tourner(days=1)
    sans = Livreur(bureau.monde.gate, Postier(bureau.monde.gate.abonnements.joignables, bureau.horloge))
    assert (await bureau.lire(fait))["dernier_echec"] == module.HORS_DOMAINES
    bureau.monde.gate.abonnements.boites = Boites(DOMAINES)
    await bureau.tourner(sans, days=1)
    assert (await bureau.lire(fait))["dernier_echec"] == module.SANS_MESSAGERIE
    assert bureau.boite.recus == []
    await bureau.tourner(days=1)
    assert len(bureau.boite.recus) == 1


# rights ------------------------------------------------------------------------------------------------------------


PERTES: Final[dict[str, Callable[[Any], object]]] = {
    "habilitation révoquée": lambda registre: revoquer(registre, "ssd", "assistante", AUJOURD_HUI),
    "client retiré": lambda registre: retirer_client(registre, "client-ssd", AUJOURD_HUI),
    "partenaire suspendu": lambda registre: suspendre_partenaire(registre, "ssd", AUJOURD_HUI),
}


@pytest.mark.parametrize("perte", PERTES)
async def test_qui_n_a_plus_ses_droits_ne_recoit_plus_rien_des_l_envoi_suivant(
    bureau: Bureau, bases: Bases, perte: str
) -> None:
    await bureau.confirme()
    en_attente = (await bureau.abonner("autre@exemple.org"))["abonnement"]
    await bureau.demander()
    bureau.boite.au_rcpt = "451 plus tard"
    await bureau.tourner(days=1)
    bureau.boite.au_rcpt = "250 OK"
    with administrer(bases.registre_url, PAR, SCHEMA) as registre:
        PERTES[perte](registre)
    for _ in range(5):
        await bureau.tourner(days=1)
    assert bureau.boite.recus == []
    refus = [ligne for ligne in await bureau.monde.journal() if ligne["issue"] == "refuse"]
    assert 0 < len(refus) <= 6, "une ligne par jour, pas plus"
    assert en_attente


# the server of mail ------------------------------------------------------------------------------------------------


async def test_un_refus_passager_est_essaye_de_nouveau_de_plus_en_plus_tard_puis_le_lendemain(bureau: Bureau) -> None:
    fait = await bureau.confirme()
    await bureau.demander()
    bureau.boite.au_data = "451 plus tard"
    bureau.horloge.le = matin(UUID(fait), bureau.horloge.le)
    instants = [bureau.horloge.le]
    for rang in range(5):
        await bureau.tourner()
        assert len(bureau.boite.recus) == rang + 1
        instants.append(datetime.fromisoformat((await bureau.lire(fait))["prochain_essai_le"]))
        bureau.horloge.le = instants[-1] - timedelta(seconds=1)
        await bureau.tourner()
        assert len(bureau.boite.recus) == rang + 1, "pas avant son heure"
        bureau.horloge.avancer(seconds=2)
    ecarts = [(b - a) // timedelta(minutes=1) for a, b in pairwise(instants)]
    assert ecarts[:4] == [1, 10, 60, 180]
    assert ecarts[4] in range(19 * 60, 20 * 60), "le lendemain matin"
    await bureau.tourner()
    lu = await bureau.lire(fait)
    assert (lu["etat"], lu["echecs"], lu["dernier_echec"]) == (
        "en_echec",
        6,
        "courriel refusé par le serveur de courrier, pour l'instant (SMTP 451)",
    )
    bureau.boite.au_data = "250 OK"
    await bureau.tourner(days=1)
    assert (await bureau.lire(fait))["etat"] == "actif"


@pytest.mark.parametrize(("ou", "quoi"), [("au_rcpt", "adresse refusée"), ("au_data", "courriel refusé")])
async def test_un_refus_definitif_suspend_le_dit_et_se_reprend(
    bureau: Bureau, caplog: pytest.LogCaptureFixture, ou: str, quoi: str
) -> None:
    """Whom it is of reads it in the list, who runs the service in its log; nobody is told what the server said."""
    fait = await bureau.confirme()
    await bureau.demander()
    setattr(bureau.boite, ou, f"550 5.1.1 <{BOITE}> n'existe pas")
    await bureau.tourner(days=1)
    lu = await bureau.lire(fait)
    phrase = f"{quoi} par le serveur de courrier, définitivement (SMTP 550)"
    assert (lu["etat"], lu["dernier_echec"], lu["prochain_essai_le"]) == ("suspendu", phrase, None)
    assert f"abonnement {fait} suspendu jusqu'à un rejeu : {phrase}" in caplog.messages
    assert not [dit for dit in caplog.messages if BOITE in dit or "n'existe pas" in dit]
    setattr(bureau.boite, ou, "250 OK")
    bureau.boite.recus.clear()
    for _ in range(3):
        await bureau.tourner(days=1)
    assert bureau.boite.recus == []
    assert (await bureau.changer(fait, "REJEU"))["rejouees"] == 1
    await bureau.tourner(seconds=1)
    assert len(bureau.boite.recus) == 1
    assert (await bureau.lire(fait))["etat"] == "actif"
    assert (await bureau.changer(fait, "REJEU"))["rejouees"] == 0


async def test_une_boite_qui_refuse_le_code_n_en_recoit_pas_d_autre(bureau: Bureau) -> None:
    bureau.boite.au_rcpt = "550 inconnue"
    fait = (await bureau.abonner())["abonnement"]
    await bureau.tourner(seconds=1)
    lu = await bureau.lire(fait)
    phrase = "adresse refusée par le serveur de courrier, définitivement (SMTP 550)"
    assert (lu["etat"], lu["dernier_echec"], lu["prochain_essai_le"]) == ("a_confirmer", phrase, None)
    bureau.boite.au_rcpt = "250 OK"
    for _ in range(10):
        await bureau.tourner(hours=3)
    assert bureau.boite.recus == []
    assert (await bureau.lire(fait))["fin"] == "non_confirmee"


async def test_apres_un_mois_de_refus_passagers_elle_est_suspendue(bureau: Bureau) -> None:
    fait = await bureau.confirme()
    await bureau.demander()
    bureau.boite.au_rcpt = "452 pleine"
    for _ in range(ESSAIS_DU_COURRIEL):
        assert (await bureau.lire(fait))["etat"] != "suspendu"
        await bureau.tourner(days=1)
    assert (await bureau.lire(fait))["etat"] == "suspendu"


async def test_un_serveur_qui_tarde_ne_recoit_pas_plus_de_deux_lettres_d_un_jour(bureau: Bureau) -> None:
    """It took the letter, and never says so: nobody knows whether it was sent on."""
    fait = await bureau.confirme()
    await bureau.demander()
    bureau.boite.attente = 0.5
    bureau.horloge.le = matin(UUID(fait), bureau.horloge.le)
    livreur = bureau.livreur(en_tout=0.1)
    for _ in range(40):
        await bureau.tourner(livreur, minutes=20)
    assert len(bureau.boite.recus) == 2
    assert bureau.boite.recus[0]["Message-ID"] == bureau.boite.recus[1]["Message-ID"]
    assert (await bureau.lire(fait))["dernier_echec"] == "serveur de courrier muet"
    bureau.boite.attente = 0.0
    await bureau.tourner(hours=24)
    assert len(bureau.boite.recus) == 3
    assert bureau.boite.recus[2]["Message-ID"] != bureau.boite.recus[0]["Message-ID"]


async def test_tue_entre_l_envoi_et_sa_trace_il_n_en_part_pas_plus_de_deux(bureau: Bureau) -> None:
    fait = await bureau.confirme()
    await bureau.demander()
    bureau.horloge.le = matin(UUID(fait), bureau.horloge.le)

    envoye = asyncio.Event()

    async def tuer(*_: object) -> None:
        envoye.set()
        await asyncio.sleep(3600)

    for _ in range(4):
        livreur = bureau.livreur()
        envoye.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(livreur._facteur, "_conclure", tuer)
            await livreur.commencer()
            await envoye.wait()
            for tache in tuple(livreur._taches):
                tache.cancel()
            await livreur.finir()
        avant = len(bureau.boite.recus)
        await bureau.tourner(seconds=1)
        assert len(bureau.boite.recus) == avant, "le bail court encore"
        bureau.horloge.avancer(seconds=BAIL.total_seconds())
    assert len(bureau.boite.recus) == 2
    assert bureau.boite.recus[0]["Message-ID"] == bureau.boite.recus[1]["Message-ID"]
    await bureau.tourner(seconds=1)
    assert (await bureau.lire(fait))["dernier_echec"] == module.SANS_NOUVELLES
    await bureau.tourner(days=1)
    assert len(bureau.boite.recus) == 3


async def test_deux_livreurs_n_ecrivent_pas_deux_fois(bureau: Bureau) -> None:
    await bureau.confirme()
    await bureau.demander()
    bureau.horloge.avancer(days=1)
    livreurs = [bureau.livreur() for _ in range(4)]
    await asyncio.gather(*(livreur.commencer() for livreur in livreurs))
    await asyncio.gather(*(livreur.finir() for livreur in livreurs))
    assert len(bureau.boite.recus) == 1


async def test_qui_a_perdu_son_bail_n_ecrit_plus(bureau: Bureau) -> None:
    """It counted for so long that somebody else took it up."""
    await bureau.confirme()
    await bureau.demander()
    bureau.horloge.avancer(days=1)
    depot = bureau.monde.gate.abonnements
    [ancienne] = await depot.prendre(bureau.horloge.le, 10, "courriel")
    bureau.horloge.avancer(seconds=BAIL.total_seconds())
    [neuve] = await depot.prendre(bureau.horloge.le, 10, "courriel")
    for livraison in (ancienne, neuve, ancienne):
        await bureau.livreur()._facteur.apporter(livraison)
    assert len(bureau.boite.recus) == 1


async def test_un_serveur_de_courrier_qui_tarde_ne_retarde_que_le_courrier(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module_du_livreur.EN_COURS, "courriel", 1)
    for rang in range(3):
        await bureau.abonner(f"agent{rang}@exemple.org")
    livreur, faits = bureau.livreur(), []

    async def noter(livraison: Livraison) -> None:
        faits.append(livraison.genre)
        await asyncio.sleep(3600 if livraison.genre == "courriel" else 0)

    monkeypatch.setattr(livreur, "_livrer", noter)
    recu = await bureau.monde.post(RACINE, *SSD, {"url": "http://127.0.0.1:8094/"})
    assert recu.status_code == 201, recu.text
    for _ in range(3):
        bureau.horloge.avancer(seconds=BAIL.total_seconds())
        await livreur.commencer()
        await asyncio.sleep(0)
    assert sorted(faits) == ["courriel", "url", "url", "url"]
    for tache in tuple(livreur._taches):
        tache.cancel()
    await livreur.finir()


async def test_une_erreur_imprevue_compte_pour_une_lettre_et_se_dit_sans_son_message(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    async def echouer(*_: object) -> Remise:
        raise ValueError(BOITE)

    fait = await bureau.confirme()
    await bureau.demander()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Messagerie, "envoyer", echouer)
        await bureau.tourner(days=1)
    assert "ValueError" in caplog.text
    assert BOITE not in caplog.text
    assert (await bureau.lire(fait))["echecs"] == 1
    await bureau.tourner(minutes=1)
    assert len(bureau.boite.recus) == 1


def test_le_matin_est_celui_de_chacun_et_deux_lettres_sont_de_deux_jours() -> None:
    for graine in range(0, 3600, 7):
        for minute in range(0, 24 * 60, 11):
            le = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=minute)
            suivant = matin(UUID(int=graine), le + module.ECART)
            assert suivant.hour == 6
            assert suivant.date() > le.date()
            assert suivant - le <= timedelta(hours=31)


# encryption --------------------------------------------------------------------------------------------------------

COURRIER: Final = Courrier(BOITE, "nom", "objet", "texte accentué : été\n")
LE: Final = datetime(2026, 11, 2, 8, tzinfo=UTC)


async def test_sans_starttls_rien_ne_part(tmp_path: Path) -> None:
    """A server, or whoever stands in the way, that takes the offer away gets neither letter nor password."""
    _, client = certifier("courrier.test", tmp_path)
    async with recevoir() as boite:
        remise = await messagerie(boite, "starttls", client).envoyer(COURRIER, LE)
        assert remise == Remise("serveur de courrier sans le chiffrement ou l'authentification voulus")
        assert boite.recus == []


async def test_le_nom_du_certificat_est_verifie(tmp_path: Path) -> None:
    serveur, client = certifier("localhost", tmp_path)
    async with recevoir(tls_context=serveur, require_starttls=True) as boite:
        compte = CompteDeCourrier("localhost", boite.port, "starttls", "unefois@exemple.fr", ACCUEIL)
        assert await Messagerie(compte, client).envoyer(COURRIER, LE) == Remise()
        assert boite.textes == [COURRIER.texte]
        for faux in (Messagerie(compte._replace(hote="127.0.0.1"), client), Messagerie(compte)):
            assert (await faux.envoyer(COURRIER, LE)).echec
        assert len(boite.recus) == 1


async def test_un_serveur_absent_ou_qui_coupe_se_distingue() -> None:
    async with recevoir() as boite:
        port = boite.port
    compte = CompteDeCourrier("127.0.0.1", port, "aucun", "unefois@exemple.fr", ACCUEIL)
    assert await Messagerie(compte).envoyer(COURRIER, LE) == Remise("serveur de courrier injoignable")
    assert "secret" not in repr(compte._replace(passe="secret"))

    async def couper(_: asyncio.StreamReader, sortie: asyncio.StreamWriter) -> None:
        sortie.close()

    serveur = await asyncio.start_server(couper, "127.0.0.1", 0)
    coupe = compte._replace(port=serveur.sockets[0].getsockname()[1])
    remise = await Messagerie(coupe).envoyer(COURRIER, LE)
    serveur.close()
    assert remise.echec
    assert not remise.refusee
