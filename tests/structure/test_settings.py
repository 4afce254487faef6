"""A configuration is safe, or refused with every reason at once."""

import dataclasses
import os
import sys
import traceback
from pathlib import Path

import pytest

from adapters.service.settings import BESOINS, ConfigurationRefusee, Settings, variable
from adapters.service.wiring import SecretIllisible, cles_locales

NOMMES = {
    "UNEFOIS_MODE": "production",
    "UNEFOIS_CONTROLLERS": "Préfecture de la Seine-Saint-Denis ; Département",
    "UNEFOIS_REGISTER_ENTRY": "93-2026-014",
    "UNEFOIS_AIPD_REF": "AIPD-2026-03",
}


@pytest.fixture
def serveur_http(tmp_path: Path) -> dict[str, str]:
    """The environment of an API in production that lacks nothing."""
    for nom in ("kek", "index"):
        (tmp_path / nom).write_bytes(os.urandom(32))
        (tmp_path / nom).chmod(0o400)
    return NOMMES | {
        "UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:a@/unefois?host=/run/unefois/base",
        "UNEFOIS_KEYS_DATABASE_URL": "postgresql://unefois_cles:b@/unefois_cles?host=/run/unefois/cles",
        "UNEFOIS_KEK_FILE": str(tmp_path / "kek"),
        "UNEFOIS_INDEX_KEY_FILE": str(tmp_path / "index"),
        "UNEFOIS_OIDC_ISSUER": "https://connexion.exemple.fr",
        "UNEFOIS_OIDC_AUDIENCE": "unefois",
        "UNEFOIS_OIDC_CLIENT_ID": "unefois-web",
        "UNEFOIS_PUBLIC_URL": "https://unefois.exemple.fr",
    }


def refus(environ: dict[str, str], commande: str = "serve") -> str:
    with pytest.raises(ConfigurationRefusee) as erreur:
        Settings.lire(environ).pour(commande)
    assert len(erreur.value.motifs) == 1, erreur.value.motifs
    return erreur.value.motifs[0]


def test_une_machine_neuve_est_en_demonstration_sur_la_boucle_locale() -> None:
    settings = Settings.lire({"HOME": "/home/x", "PATH": "/bin"})
    assert (settings.mode, settings.host, settings.port, settings.schema) == ("demo", "127.0.0.1", 8093, "d93")
    assert settings.pour("serve") is settings


@pytest.mark.parametrize(
    ("prefixe", "environ", "attendu"),
    [
        ("/travail/clone/.venv", {"HOME": "/home/x"}, "/travail/clone/.unefois"),
        ("/usr", {"HOME": "/home/x"}, "/var/lib/unefois" if os.geteuid() == 0 else "/home/x/.local/share/unefois"),
        ("/travail/clone/.venv", {"UNEFOIS_DATA": "/ailleurs"}, "/ailleurs"),
    ],
)
def test_les_donnees_vivent_pres_de_qui_les_lit(
    monkeypatch: pytest.MonkeyPatch, prefixe: str, environ: dict[str, str], attendu: str
) -> None:
    monkeypatch.setattr(sys, "prefix", prefixe)
    assert Settings.lire(environ).data == Path(attendu)


def test_l_objet_est_gele_et_ne_montre_aucun_secret(serveur_http: dict[str, str]) -> None:
    settings = Settings.lire(serveur_http)
    assert "unefois_api" not in repr(settings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc] # the attempt is the test


A_PROPOS = ("PUBLISHER", "PUBLICATION_DIRECTOR", "HOSTING", "CONTACT", "DPO_CONTACT")


@pytest.mark.parametrize("nom", A_PROPOS)
def test_ce_que_l_exploitant_dit_de_lui_est_a_lui(serveur_http: dict[str, str], nom: str) -> None:
    """A service that has it says it, a sandbox too; one without it starts, and a demonstration has no operator."""
    variable_, champ = f"UNEFOIS_{nom}", nom.lower()
    assert getattr(Settings.lire(serveur_http | {variable_: "essai"}).pour("serve"), champ) == "essai"
    assert getattr(Settings.lire(serveur_http).pour("serve"), champ) is None
    assert getattr(Settings.lire({"HOME": "/home/x", variable_: "essai"}, ouverte=True), champ) == "essai"
    assert variable_ in refus({"HOME": "/home/x", variable_: "essai"})


def test_une_production_complete_demarre(serveur_http: dict[str, str]) -> None:
    assert Settings.lire(serveur_http).pour("serve").oidc_audience == "unefois"


def test_un_secret_peut_venir_d_un_fichier(serveur_http: dict[str, str], tmp_path: Path) -> None:
    url = serveur_http.pop("UNEFOIS_API_DATABASE_URL")
    (tmp_path / "url").write_text(url + "\n")
    serveur_http["UNEFOIS_API_DATABASE_URL_FILE"] = str(tmp_path / "url")
    assert Settings.lire(serveur_http).api_database_url == url
    assert "données toutes deux" in refus(serveur_http | {"UNEFOIS_API_DATABASE_URL": url})
    serveur_http["UNEFOIS_API_DATABASE_URL_FILE"] = str(tmp_path / "absent")
    with pytest.raises(ConfigurationRefusee, match="ne peut pas être lu"):
        Settings.lire(serveur_http)


@pytest.mark.parametrize("nom", ["UNEFOIS_CONTROLLERS", "UNEFOIS_REGISTER_ENTRY", "UNEFOIS_AIPD_REF"])
@pytest.mark.parametrize("valeur", ["", "  "])
def test_hors_demonstration_les_responsables_sont_nommes(serveur_http: dict[str, str], nom: str, valeur: str) -> None:
    assert refus(serveur_http | {nom: valeur}).startswith(f"{nom} manque")


@pytest.mark.parametrize(
    ("changement", "motif"),
    [
        ({"UNEFOIS_MODE": "prod"}, "« demo » ou « production »"),
        ({"UNEFOIS_PORT": "80a"}, "UNEFOIS_PORT"),
        ({"UNEFOIS_PORT": "65536"}, "UNEFOIS_PORT"),
        ({"UNEFOIS_PORT": "²"}, "UNEFOIS_PORT"),
        ({"UNEFOIS_SCHEMA": "d93; drop"}, "UNEFOIS_SCHEMA"),
        ({"UNEFOIS_KEK_FIEL": "/x"}, "vouliez-vous dire UNEFOIS_KEK_FILE"),
        ({"UNEFOIS_OIDC_PERSONS": "oui"}, "UNEFOIS_OIDC_PERSONS doit être « jeton » ou « userinfo »"),
        ({"UNEFOIS_OIDC_PERSONS_ISSUER": "https://a.exemple"}, "UNEFOIS_OIDC_PERSONS_ISSUER ne sert qu'avec"),
        ({"UNEFOIS_OIDC_CLAIMS": "organisation"}, "UNEFOIS_OIDC_CLAIMS doit être fait de « quoi=nom »"),
        ({"UNEFOIS_OIDC_CLAIMS": "organization=a"}, "UNEFOIS_OIDC_CLAIMS doit être fait de « quoi=nom »"),
        ({"UNEFOIS_OIDC_CLAIMS": "agent="}, "UNEFOIS_OIDC_CLAIMS doit être fait de « quoi=nom »"),
        ({"UNEFOIS_BOUND_TOKENS": "oui"}, "UNEFOIS_BOUND_TOKENS doit être « facultatifs » ou « exiges »"),
        ({"UNEFOIS_OIDC_ISSUER": "http://connexion.exemple.fr"}, "UNEFOIS_OIDC_ISSUER doit être en https"),
        ({"UNEFOIS_OIDC_ISSUER": "connexion.exemple.fr"}, "UNEFOIS_OIDC_ISSUER doit être une adresse"),
        ({"UNEFOIS_OIDC_ISSUER": "https://[::1"}, "UNEFOIS_OIDC_ISSUER doit être une adresse"),
        ({"UNEFOIS_PUBLIC_URL": "http://unefois.exemple.fr"}, "UNEFOIS_PUBLIC_URL doit être en https"),
        ({"UNEFOIS_OPA_URL": "http://opa:8181"}, "UNEFOIS_OPA_URL doit être en https"),
        ({"UNEFOIS_API_DATABASE_URL": "mysql://u:p@/b"}, "UNEFOIS_API_DATABASE_URL doit commencer"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:p@bd/unefois"}, "sslmode=verify-full"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:p@bd/unefois?sslmode=require"}, "sslmode=verify-full"),
        *(
            ({"UNEFOIS_API_DATABASE_URL": f"postgresql://unefois_api:p@{ou}"}, "sslmode=verify-full")
            for ou in (
                "/unefois?host=/run/x&hostaddr=192.0.2.1",
                "localhost/unefois?hostaddr=192.0.2.1",
                "localhost,bd/unefois",
                "/unefois?host=/run/x,bd",
                "bd:5432,localhost:5432/unefois?sslmode=prefer",
                "/unefois?host=localhost&hostaddr=127.0.0.1,192.0.2.1",
            )
        ),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:p@/unefois?service=ailleurs"}, "fichier de services"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:tres%secret@/unefois"}, "« %25 »"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:b@/unefois?host=/run/x"}, "le même mot de passe"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql:///unefois?host=/run/x"}, "doit nommer son rôle"),
        ({"UNEFOIS_API_DATABASE_URL": "postgresql://unefois_cles:p@/unefois?host=/run/x"}, "le même rôle"),
        ({"UNEFOIS_KEYS_DATABASE_URL": "postgresql://unefois_cles:b@/unefois?host=/run/unefois/base"}, "autre base"),
        ({"UNEFOIS_KEK_FILE": "/nulle/part"}, "introuvable"),
        ({"UNEFOIS_DATABASE_URL": "postgresql://admin:p@/postgres"}, "ne doit pas être donnée à « unefois serve »"),
        ({"UNEFOIS_OIDC_AUDIENCE": ""}, "UNEFOIS_OIDC_AUDIENCE manque"),
        ({"UNEFOIS_SMTP_DOMAINS": "exemple.fr,*.fr"}, "UNEFOIS_SMTP_DOMAINS doit être fait de noms"),
    ],
)
def test_une_production_dangereuse_est_refusee(
    serveur_http: dict[str, str], changement: dict[str, str], motif: str
) -> None:
    assert motif in refus(serveur_http | changement)


COURRIER_REGLE = {
    "UNEFOIS_SMTP_HOST": "courrier.exemple.fr",
    "UNEFOIS_SMTP_SENDER": "ne-pas-repondre@exemple.fr",
    "UNEFOIS_SMTP_DOMAINS": "Exemple.fr, autre.exemple,",
}


def livrer(serveur_http: dict[str, str]) -> dict[str, str]:
    """The environment of ``livrer`` that hands mail over, and lacks nothing."""
    return {nom: valeur for nom, valeur in serveur_http.items() if "OIDC" not in nom} | COURRIER_REGLE


def test_le_courrier_est_chiffre_et_les_domaines_sont_dits(serveur_http: dict[str, str]) -> None:
    settings = Settings.lire(livrer(serveur_http)).pour("livrer")
    assert settings.boites.domaines == {"exemple.fr", "autre.exemple"}
    compte = settings.compte
    assert compte is not None
    assert compte[:3] == ("courrier.exemple.fr", 587, "starttls")
    assert compte.accueil == "https://unefois.exemple.fr"
    implicite = Settings.lire(livrer(serveur_http) | {"UNEFOIS_SMTP_TLS": "implicite"}).compte
    assert implicite is not None
    assert implicite.port == 465
    assert Settings.lire(serveur_http).compte is None


@pytest.mark.parametrize(
    ("changement", "motif"),
    [
        ({"UNEFOIS_SMTP_TLS": "aucun"}, "seule la boucle locale se passe de chiffrement"),
        ({"UNEFOIS_SMTP_TLS": "tls"}, "« starttls », « implicite » ou « aucun »"),
        ({"UNEFOIS_SMTP_PORT": "smtp"}, "UNEFOIS_SMTP_PORT"),
        ({"UNEFOIS_SMTP_HOST": ""}, "UNEFOIS_SMTP_HOST manque"),
        ({"UNEFOIS_SMTP_SENDER": ""}, "UNEFOIS_SMTP_SENDER manque"),
        ({"UNEFOIS_SMTP_DOMAINS": ""}, "UNEFOIS_SMTP_DOMAINS manque"),
        ({"UNEFOIS_PUBLIC_URL": ""}, "UNEFOIS_PUBLIC_URL manque"),
        ({"UNEFOIS_SMTP_SENDER": "Le service <a@exemple.fr>"}, "une adresse seule"),
        ({"UNEFOIS_SMTP_USER": "unefois"}, "vont ensemble"),
        ({"UNEFOIS_SMTP_PASSWORD": "tressecret"}, "vont ensemble"),
    ],
)
def test_un_courrier_dangereux_est_refuse(serveur_http: dict[str, str], changement: dict[str, str], motif: str) -> None:
    dit = refus(livrer(serveur_http) | changement, "livrer")
    assert motif in dit
    assert "tressecret" not in dit


def test_qui_sert_n_ecrit_pas_et_la_demonstration_n_ecrit_qu_a_elle_meme(serveur_http: dict[str, str]) -> None:
    with pytest.raises(ConfigurationRefusee, match="ne doit pas être donnée à « unefois serve »"):
        Settings.lire(serveur_http | COURRIER_REGLE).pour("serve")
    domaines = {"UNEFOIS_SMTP_DOMAINS": "exemple.fr"}
    assert Settings.lire(serveur_http | domaines).pour("serve").boites.domaines == {"exemple.fr"}
    assert "boucle locale" in refus(COURRIER_REGLE)
    demo = Settings.lire(COURRIER_REGLE | {"UNEFOIS_SMTP_HOST": "127.0.0.1", "UNEFOIS_SMTP_TLS": "aucun"}).compte
    assert demo is not None
    assert (demo.port, demo.accueil) == (25, "http://127.0.0.1:8093")


MAGASIN_REGLE = {
    "UNEFOIS_PIECES_S3_ENDPOINT": "https://s3.exemple.fr",
    "UNEFOIS_PIECES_S3_BUCKET": "unefois-93",
    "UNEFOIS_PIECES_S3_ACCESS_KEY": "cle",
    "UNEFOIS_PIECES_S3_SECRET_KEY": "tressecret",
}


def test_le_magasin_des_pieces_se_regle_en_entier(serveur_http: dict[str, str]) -> None:
    compte = Settings.lire(serveur_http | MAGASIN_REGLE).pour("serve").magasin
    assert compte is not None
    assert compte[:3] == ("https://s3.exemple.fr", "unefois-93", "us-east-1")
    assert "tressecret" not in repr(compte)
    assert Settings.lire(serveur_http).magasin is None


@pytest.mark.parametrize(
    ("changement", "motif"),
    [
        *(({nom: ""}, f"{nom} manque") for nom in MAGASIN_REGLE),
        ({"UNEFOIS_PIECES_S3_ENDPOINT": "http://s3.exemple.fr"}, "UNEFOIS_PIECES_S3_ENDPOINT doit être en https"),
        ({"UNEFOIS_PIECES_S3_BUCKET": "../autre"}, "UNEFOIS_PIECES_S3_BUCKET doit être fait"),
        ({"AWS_ENDPOINT_URL": "https://ailleurs.exemple"}, "AWS_ENDPOINT_URL : le magasin des pièces ne se règle"),
    ],
)
def test_un_magasin_dangereux_est_refuse(serveur_http: dict[str, str], changement: dict[str, str], motif: str) -> None:
    dit = refus(serveur_http | MAGASIN_REGLE | changement)
    assert motif in dit
    assert "tressecret" not in dit


AUTORITES = "UNEFOIS_PIECES_S3_CA_FILE"


@pytest.mark.parametrize(
    ("contenu", "adresse", "motif"),
    [
        (None, "https://s3.exemple.fr", "ne se lit pas."),
        (b"", "https://s3.exemple.fr", "ne contient aucun certificat au format PEM"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "https://s3.exemple.fr",
            "aucun certificat",
        ),
        (b"", "http://127.0.0.1:7070", f"{AUTORITES} ne sert qu'avec UNEFOIS_PIECES_S3_ENDPOINT, en https."),
    ],
    ids=["absent", "vide", "illisible", "sans chiffrement"],
)
def test_des_autorites_illisibles_sont_refusees(
    serveur_http: dict[str, str], tmp_path: Path, contenu: bytes | None, adresse: str, motif: str
) -> None:
    fichier = tmp_path / "autorites.pem"
    if contenu is not None:
        fichier.write_bytes(contenu)
    dit = refus(serveur_http | MAGASIN_REGLE | {"UNEFOIS_PIECES_S3_ENDPOINT": adresse, AUTORITES: str(fichier)})
    assert motif in dit


def test_un_secret_vide_est_absent(serveur_http: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "vide").write_text("\n")
    lu = Settings.lire(livrer(serveur_http) | {"UNEFOIS_SMTP_PASSWORD_FILE": str(tmp_path / "vide")})
    assert lu.smtp_password is None


def test_une_cle_lisible_par_d_autres_est_refusee(serveur_http: dict[str, str]) -> None:
    Path(serveur_http["UNEFOIS_KEK_FILE"]).chmod(0o440)
    assert "lisible par d'autres" in refus(serveur_http)


def test_les_deux_cles_sont_deux_fichiers(serveur_http: dict[str, str]) -> None:
    assert "distincts" in refus(serveur_http | {"UNEFOIS_INDEX_KEY_FILE": serveur_http["UNEFOIS_KEK_FILE"]})


def test_les_deux_cles_ne_sont_pas_la_meme_sous_deux_noms(serveur_http: dict[str, str], tmp_path: Path) -> None:
    assert cles_locales(Settings.lire(serveur_http))[1] == (tmp_path / "index").read_bytes()
    (tmp_path / "index").chmod(0o600)
    (tmp_path / "index").write_bytes((tmp_path / "kek").read_bytes())
    with pytest.raises(SecretIllisible, match="sont la même"):
        cles_locales(Settings.lire(serveur_http))


@pytest.mark.parametrize("passe", ["tres%secret", "tressecret%", "%zztressecret", "tressecret%2"])
@pytest.mark.parametrize("mode", ["demo", "production"])
def test_un_mot_de_passe_mal_ecrit_n_est_pas_montre(mode: str, passe: str) -> None:
    environ = {"UNEFOIS_DATABASE_URL": f"postgresql://a:{passe}@bd/postgres", "UNEFOIS_MODE": mode}
    with pytest.raises(ConfigurationRefusee) as erreur:
        Settings.lire(environ)
    dit = "".join(traceback.format_exception(erreur.value))
    assert "« %25 »" in dit
    assert "secret" not in dit


def test_le_service_repond_sous_ses_noms(serveur_http: dict[str, str]) -> None:
    assert Settings.lire(serveur_http).hotes == {"unefois.exemple.fr"}
    assert Settings.lire(serveur_http | {"UNEFOIS_HOSTS": "A.fr, b.fr,"}).hotes == {
        "unefois.exemple.fr",
        "a.fr",
        "b.fr",
    }
    assert Settings.lire({}).hotes == {"localhost", "127.0.0.1", "[::1]"}


def test_le_projecteur_n_a_ni_cles_ni_role_de_l_api(serveur_http: dict[str, str]) -> None:
    seul = NOMMES | {"UNEFOIS_PROJECTOR_DATABASE_URL": "postgresql://unefois_projecteur:p@/unefois?host=/run/x"}
    assert Settings.lire(seul).pour("projeter").keys_database_url is None
    for nom in ("UNEFOIS_KEYS_DATABASE_URL", "UNEFOIS_API_DATABASE_URL", "UNEFOIS_KEK_FILE"):
        assert f"{nom} (" in refus(seul | {nom: serveur_http[nom]}, "projeter")


def test_un_role_n_est_jamais_celui_de_l_administrateur() -> None:
    environ = NOMMES | {
        "UNEFOIS_DATABASE_URL": "postgresql://unefois_registre:p@/postgres",
        "UNEFOIS_REGISTRY_DATABASE_URL": "postgresql://unefois_registre:p@/unefois",
    }
    with pytest.raises(ConfigurationRefusee, match="le rôle de l'administrateur"):
        Settings.lire(environ)


def test_la_demonstration_refuse_le_reseau_et_la_production() -> None:
    assert "boucle locale" in refus({"UNEFOIS_HOST": "192.0.2.1"})
    assert "n'ont de sens qu'en production" in refus({"UNEFOIS_OIDC_ISSUER": "https://connexion.exemple.fr"})
    assert Settings.lire({"UNEFOIS_HOST": "::1", "UNEFOIS_DATABASE_URL": "postgresql://a:b@bd/postgres"}).port == 8093


def test_un_bac_a_sable_se_demande_par_son_nom_et_refuse_ce_qu_il_effacerait() -> None:
    ouvert = Settings.lire({"UNEFOIS_HOST": "0.0.0.0", "UNEFOIS_PUBLIC_URL": "https://essai.exemple.fr"}, ouverte=True)  # noqa: S104 - what is asked for
    assert (ouvert.mode, ouvert.host) == ("ouverte", "0.0.0.0")  # noqa: S104 - as above
    assert ouvert.pour("demo") is ouvert
    assert ouvert.hotes == {"essai.exemple.fr"}
    assert "« demo » ou « production »" in refus({"UNEFOIS_MODE": "ouverte"})
    for environ, motif in (
        ({"UNEFOIS_DATABASE_URL": "postgresql://a:b@bd/postgres"}, "son propre PostgreSQL"),
        ({"UNEFOIS_OIDC_ISSUER": "https://connexion.exemple.fr"}, "n'ont de sens qu'en production"),
        ({"UNEFOIS_PUBLIC_URL": "http://essai.exemple.fr"}, "doit être en https"),
    ):
        with pytest.raises(ConfigurationRefusee, match=motif):
            Settings.lire(environ, ouverte=True)


def test_un_bac_a_sable_n_est_pas_une_production(serveur_http: dict[str, str]) -> None:
    assert Settings.lire(serveur_http, ouverte=True).mode == "production"
    with pytest.raises(ConfigurationRefusee, match="réservé à la démonstration"):
        Settings.lire(serveur_http, ouverte=True).pour("demo")
    with pytest.raises(ConfigurationRefusee, match="réservé à la démonstration"):
        Settings.lire(serveur_http, ouverte=True).pour("bac-a-sable")


def test_la_demonstration_ne_se_lance_pas_en_production(serveur_http: dict[str, str]) -> None:
    assert "réservé à la démonstration" in refus(serveur_http, "demo")


def test_tous_les_motifs_a_la_fois_et_aucun_secret() -> None:
    with pytest.raises(ConfigurationRefusee) as erreur:
        Settings.lire(
            {
                "UNEFOIS_MODE": "production",
                "UNEFOIS_API_DATABASE_URL": "postgresql://unefois_api:tressecret@bd/unefois",
            }
        )
    assert len(erreur.value.motifs) == 4
    assert "tressecret" not in str(erreur.value)


def test_chaque_besoin_nomme_un_reglage() -> None:
    champs = {champ.name for champ in dataclasses.fields(Settings)}
    assert len(BESOINS) >= 8
    for besoin in BESOINS.values():
        assert {*besoin.exige, *besoin.interdit} <= champs
        assert not {*besoin.exige} & {*besoin.interdit}


def test_la_reference_liste_chaque_variable() -> None:
    lignes = (Path(__file__).parents[2] / "deploy/environnement.md").read_text(encoding="utf-8").splitlines()
    tableau = {
        cellules[0].strip("` "): [c.strip() for c in cellules[1:]]
        for ligne in lignes
        if ligne.startswith("| `UNEFOIS_") and (cellules := ligne.strip("|").split("|"))
    }
    champs = {variable(champ.name): champ for champ in dataclasses.fields(Settings)}
    assert len(champs) >= 22
    assert set(tableau) == set(champs)
    for nom, champ in champs.items():
        defaut, secret, commandes, sens = tableau[nom]
        if champ.default is not None:
            assert defaut == f"`{champ.default}`", nom
        assert (secret == "yes") is champ.metadata["secret"], nom
        attendues = sorted(commande for commande, besoin in BESOINS.items() if champ.name in besoin.exige)
        assert sorted(commandes.replace("`", "").replace(",", " ").split()) == attendues, nom
        assert sens, nom
