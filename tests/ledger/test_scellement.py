"""Seals, keys and the mapper, without a database."""

import dataclasses
import hmac
import pickle
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import msgspec
import orjson
import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from eventsourcing.persistence import StoredEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.catalogue import (
    EFFACE,
    SCELLE,
    ActeProtege,
    Classe,
    CoordonneesDeclarees,
    DetteDeclaree,
    DroitBloqueSignale,
    Enveloppe,
    EvaluationSociale,
    Evenement,
    Fait,
    MesureProtectionDeclaree,
    Nature,
    OccupantDeclare,
    catalogue,
    champs,
)
from ledger.errors import Discordance, ScelleInvalide, TexteRefuse
from ledger.index import IndexAveugle
from ledger.mapper import cles_requises, ouvrir, to_fait, to_stored
from ledger.noms import plier
from ledger.sealing import Cle, Hacheur, Kek, Trousseau, aad
from ledger.writer import Ecriture

TOUTES: Final = frozenset(Classe)
KEK: Final = Kek(b"k" * 32)
TENANT: Final = "d93"

lettres = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def valeurs(annotation: object) -> st.SearchStrategy[Any]:
    """Any value that an annotation of the catalogue allows."""
    origine = get_origin(annotation)
    if origine is Annotated:
        base, *bornes = get_args(annotation)
        return _bornees(base, bornes)
    if origine in {Union, UnionType}:
        return st.one_of([valeurs(arg) for arg in get_args(annotation)])
    if annotation is date:
        return st.dates(date(1900, 1, 1), date(2100, 1, 1))
    if annotation is UUID:
        return st.uuids()
    return st.none() if annotation is NoneType else st.booleans()


def _bornees(base: object, bornes: list[object]) -> st.SearchStrategy[Any]:
    if Nature.CODE in bornes:
        return st.sampled_from(["UN_CODE", "AUTRE"])  # what is stored is stored, whatever the lists say today
    moins = next((b.min_length for b in bornes if isinstance(b, MinLen)), 0)
    plus = next((b.max_length for b in bornes if isinstance(b, MaxLen)), 0)
    if get_origin(base) is tuple:
        return st.lists(valeurs(get_args(base)[0]), min_size=moins, max_size=min(plus, 5)).map(tuple)
    if base is str:
        return st.text(lettres, min_size=moins or 1, max_size=min(plus, max(moins, 40)))
    if base is int:
        [bas] = [b.ge for b in bornes if isinstance(b, Ge)]
        [haut] = [b.le for b in bornes if isinstance(b, Le)]
        return st.integers(int(str(bas)), int(str(haut)))
    return valeurs(base)


def evenements(cls: type[Evenement]) -> st.SearchStrategy[Evenement]:
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{f.name: valeurs(hints[f.name]) for f in dataclasses.fields(cls)})


def un_fait(evenement: Evenement, version: int = 1, dossier: UUID | None = None) -> Fait:
    enveloppe = Enveloppe(
        id=uuid4(),
        contribution=uuid4(),
        survenu_le=date(2026, 10, 1),
        partenaire="oph-synthese-12",
        role="BAILLEUR_CONTENTIEUX",
        agent="agent-1",
        finalite="ACTE_EMISSION",
        information_menage=date(2026, 9, 1),
    )
    return Fait(dossier or uuid4(), version, enveloppe, evenement)


def un_trousseau(*faits: Fait, dossier: UUID | None = None) -> Trousseau:
    vide = Trousseau(TENANT, dossier or faits[0].dossier, {}, KEK)
    return vide.avec(vide.nouvelles({cle for fait in faits for cle in cles_requises(fait)}))


def _secrets(valeur: object) -> Iterator[str]:
    """How a sealed value would look if it were printed or stored in clear."""
    if isinstance(valeur, tuple):
        for element in valeur:
            yield from _secrets(element)
    elif isinstance(valeur, str) and len(valeur) > 8:
        yield valeur


@pytest.mark.parametrize("cls", catalogue().values(), ids=catalogue())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_tout_evenement_se_scelle_se_lit_ferme_et_se_rouvre(cls: type[Evenement], data: st.DataObject) -> None:
    fait = un_fait(data.draw(evenements(cls)))
    trousseau = un_trousseau(fait)
    stored = to_stored(fait, trousseau)
    ferme = to_fait(stored)

    assert stored.topic == cls.TOPIC
    assert ouvrir(ferme, trousseau, TOUTES) == replace(fait, scelles=())
    assert ferme.enveloppe == fait.enveloppe

    scelles = {nom for nom, champ in champs(type(ferme.evenement)).items() if champ.classe is not Classe.S0}
    assert all(vars(ferme.evenement)[nom] is SCELLE for nom in scelles)
    effaces = {sujet for scelle in ferme.scelles for sujet in scelle.sujet.split("+")}
    detruit = ouvrir(ferme, Trousseau(TENANT, fait.dossier, {}, KEK, effaces), TOUTES)
    if effaces:
        with pytest.raises(Discordance):  # absent, and nobody says that they were destroyed
            ouvrir(ferme, Trousseau(TENANT, fait.dossier, {}, KEK), TOUTES)
    portees = {scelle.classe for scelle in ferme.scelles}
    for nom, champ in champs(type(detruit.evenement)).items():
        assert champ.classe not in portees or vars(detruit.evenement)[nom] is EFFACE

    clairs = [str(vars(fait.evenement)[n]) for n, c in champs(cls).items() if c.classe is Classe.S0]
    prives = [s for n, c in champs(cls).items() if c.classe is not Classe.S0 for s in _secrets(vars(fait.evenement)[n])]
    visible = stored.state.decode() + repr(ferme) + repr(detruit) + repr(trousseau)
    # A text drawn at random can be one of our own words: those name fields and classes, and tell nothing of anybody.
    dates = str(msgspec.to_builtins(fait.enveloppe))
    mots = " ".join((repr(un_fait(Evenement())), dates, stored.topic, *champs(cls)))
    assert not [s for s in prives if s in visible and s not in mots and not any(s in clair for clair in clairs)]


def test_le_catalogue_a_ete_parcouru() -> None:
    assert len(catalogue()) >= 45


def test_un_acte_protege_ne_dit_pas_ce_qu_il_est() -> None:
    personnes = (uuid4(), uuid4())
    fait = un_fait(EvaluationSociale(acte=uuid4(), personnes=personnes, texte="reprise de lien"))
    trousseau = un_trousseau(fait)
    stored = to_stored(fait, trousseau)
    etat = orjson.loads(stored.state)

    assert stored.topic == "unefois:ActeProtege"
    assert etat["clair"] == {"acte": str(vars(fait.evenement)["acte"])}
    assert type(to_fait(stored).evenement) is ActeProtege
    assert type(ouvrir(to_fait(stored), trousseau, {Classe.S2}).evenement) is ActeProtege
    assert ouvrir(to_fait(stored), trousseau, TOUTES).evenement == fait.evenement


@pytest.mark.parametrize("effacee", [0, 1, 2])
def test_un_texte_sur_plusieurs_personnes_s_efface_avec_l_une_d_elles(effacee: int) -> None:
    personnes = (uuid4(), uuid4(), uuid4())
    fait = un_fait(EvaluationSociale(acte=uuid4(), personnes=personnes, texte="reprise de lien"))
    cles = un_trousseau(fait)
    ferme = to_fait(to_stored(fait, cles))
    gardees = {(str(p), Classe.S3): cles._scellees[str(p), Classe.S3] for p in personnes if p != personnes[effacee]}
    apres = ouvrir(ferme, Trousseau(TENANT, fait.dossier, gardees, KEK, {str(personnes[effacee])}), TOUTES)
    assert type(apres.evenement) is ActeProtege
    with pytest.raises(Discordance, match="cle_absente"):
        ouvrir(ferme, Trousseau(TENANT, fait.dossier, gardees, KEK), TOUTES)


def test_chaque_classe_a_sa_cle_et_s_ouvre_seule() -> None:
    fait = un_fait(DroitBloqueSignale(depuis=date(2026, 6, 1), effet="AGGRAVANT", droit="AAH"))
    trousseau = un_trousseau(fait)
    ferme = to_fait(to_stored(fait, trousseau))
    trousseau.refermer()  # what it has wrapped opens again
    s2 = ouvrir(ferme, trousseau, {Classe.S2})
    assert (vars(s2.evenement)["effet"], vars(s2.evenement)["droit"]) == ("AGGRAVANT", SCELLE)
    assert [scelle.classe for scelle in s2.scelles] == [Classe.S3]
    assert ouvrir(s2, trousseau, {Classe.S3}).evenement == fait.evenement


AUTRE: Final = uuid4()
Deplacement = Callable[[Fait, Trousseau], tuple[Fait, Trousseau]]
DEPLACEMENTS: Final[dict[str, Deplacement]] = {
    "tenant": lambda f, t: (f, Trousseau("d75", t.dossier, t._scellees, KEK)),
    "dossier": lambda f, t: (replace(f, dossier=uuid4()), t),
    "version": lambda f, t: (replace(f, version=2), t),
    "type": lambda f, t: (replace(f, evenement=_ferme_comme(f, CoordonneesDeclarees(personne=AUTRE))), t),
    "classe": lambda f, t: (replace(f, scelles=tuple(replace(s, classe=Classe.S2) for s in f.scelles)), _double(t)),
    "sujet": lambda f, t: (replace(f, scelles=tuple(replace(s, sujet=str(AUTRE)) for s in f.scelles)), _double(t)),
}


def _ferme_comme(fait: Fait, autre: Evenement) -> Evenement:
    """Another event, closed, that a forger would put where this one stood."""
    sien = replace(fait, evenement=autre)
    return to_fait(to_stored(sien, un_trousseau(sien))).evenement


def _double(t: Trousseau) -> Trousseau:
    """The very same data key under every class and for another subject: only the binding differs."""
    cles = {}
    for (sujet, classe), scellee in t._scellees.items():
        cle = KEK.unwrap(scellee, sujet, classe)
        for autre_sujet in (sujet, str(AUTRE)):
            for autre_classe in (Classe.S1, Classe.S2, Classe.S3):
                cles[autre_sujet, autre_classe] = KEK.wrap(cle, autre_sujet, autre_classe)
    return Trousseau(t.tenant, t.dossier, cles, KEK)


@pytest.mark.parametrize("quoi", DEPLACEMENTS)
def test_un_scelle_deplace_ne_s_ouvre_pas(quoi: str) -> None:
    fait = un_fait(OccupantDeclare(personne=uuid4(), nom="LEROY"))
    trousseau = un_trousseau(fait)
    ferme = to_fait(to_stored(fait, trousseau))
    deplace, cles = DEPLACEMENTS[quoi](ferme, trousseau)
    with pytest.raises(ScelleInvalide):
        ouvrir(deplace, cles, TOUTES)


def test_deux_cles_echangees_ne_s_ouvrent_pas() -> None:
    a, b = str(uuid4()), str(uuid4())
    cles = {(p, Classe.S1): KEK.nouvelle(p, Classe.S1) for p in (a, b)}
    echangees = {(a, Classe.S1): cles[b, Classe.S1], (b, Classe.S1): cles[a, Classe.S1]}
    with pytest.raises(ScelleInvalide):
        Trousseau(TENANT, uuid4(), echangees, KEK).get(a, Classe.S1)
    entre_classes = {(a, Classe.S2): cles[a, Classe.S1]}
    with pytest.raises(ScelleInvalide):
        Trousseau(TENANT, uuid4(), entre_classes, KEK).get(a, Classe.S2)


@pytest.mark.parametrize("octet", [0, 11, 12, -1])
def test_un_octet_change_et_rien_ne_s_ouvre(octet: int) -> None:
    cle = Cle(b"c" * 32)
    scelle = bytearray(cle.seal(b"clair", b"ici"))
    assert cle.unseal(bytes(scelle), b"ici") == b"clair"
    scelle[octet] ^= 1
    with pytest.raises(ScelleInvalide):
        cle.unseal(bytes(scelle), b"ici")


@pytest.mark.parametrize("texte", ["avec \x00 nul", "demi \ud800 paire", "\udfff"])
def test_ni_nul_ni_demi_paire(texte: str) -> None:
    fait = un_fait(OccupantDeclare(personne=uuid4(), nom="LEROY", prenoms=texte))
    with pytest.raises(TexteRefuse) as refus:
        to_stored(fait, un_trousseau(fait))
    assert refus.value.champ == "prenoms"
    assert texte not in str(refus.value)


def test_un_antislash_u0000_ecrit_en_toutes_lettres_passe() -> None:
    fait = un_fait(OccupantDeclare(personne=uuid4(), nom="LE\\u0000ROY"))
    trousseau = un_trousseau(fait)
    assert ouvrir(to_fait(to_stored(fait, trousseau)), trousseau, TOUTES).evenement == fait.evenement


def test_sans_cle_rien_ne_se_scelle() -> None:
    fait = un_fait(DetteDeclaree(montant=1, arretee_au=date(2026, 1, 1)))
    with pytest.raises(Discordance):
        to_stored(fait, Trousseau(TENANT, fait.dossier, {}, KEK))
    with pytest.raises(KeyError):
        to_stored(fait, Trousseau(TENANT, fait.dossier, {}, KEK, {str(fait.dossier)}))


def test_rien_ne_s_imprime() -> None:
    kek, index = Kek(b"secret-de-trente-deux-octets-1234"[:32]), IndexAveugle(b"autre-secret")
    fait = un_fait(MesureProtectionDeclaree(acte=uuid4(), personne=uuid4(), mesure="CURATELLE"))
    trousseau = un_trousseau(fait)
    ferme = to_fait(to_stored(fait, trousseau))
    for chose in (kek, index, trousseau, ferme, fait, ouvrir(ferme, trousseau, TOUTES)):
        assert "secret" not in repr(chose)
        assert "CURATELLE" not in repr(chose)


def test_ce_qu_un_import_confie_a_son_processus_fils_se_transmet() -> None:
    fait = un_fait(DetteDeclaree(montant=1, arretee_au=date(2026, 1, 1)))
    trousseau = un_trousseau(fait)
    ecriture = Ecriture(
        dossier=fait.dossier,
        version_attendue=0,
        evenements=(to_stored(fait, trousseau),),
        partenaire="p",
        cle=None,
        empreinte=None,
        contribution=uuid4(),
        lignes=(),
    )
    index = IndexAveugle(b"s" * 32)
    rendus = pickle.loads(pickle.dumps((trousseau, ecriture, index)))  # noqa: S301 - our own bytes
    assert rendus[1] == ecriture
    assert ouvrir(to_fait(rendus[1].evenements[0]), rendus[0], TOUTES).evenement == fait.evenement
    assert rendus[2].reference("x") == index.reference("x")


def test_une_ecriture_mal_numerotee_est_refusee() -> None:
    dossier = uuid4()
    for evenements_ in ((), (StoredEvent(dossier, 2, "t", b""),), (StoredEvent(uuid4(), 1, "t", b""),)):
        with pytest.raises(ValueError, match="aux versions suivantes"):
            Ecriture(
                dossier=dossier,
                version_attendue=0,
                evenements=evenements_,
                partenaire="p",
                cle=None,
                empreinte=None,
                contribution=uuid4(),
                lignes=(),
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _DetteV2(DetteDeclaree):
    """A later version of an event, for the upcasting convention."""

    LIBELLE = "Dette locative déclarée"
    class_version = 2

    @staticmethod
    def upcast_v1_v2(partie: dict[str, Any]) -> None:
        if "montant" in partie:
            partie["montant"] *= 100


def test_un_evenement_ancien_est_releve(monkeypatch: pytest.MonkeyPatch) -> None:
    fait = un_fait(DetteDeclaree(montant=12, arretee_au=date(2026, 1, 1)))
    trousseau = un_trousseau(fait)
    ancien = to_stored(fait, trousseau)
    monkeypatch.setattr("ledger.mapper._classes_par_topic", lambda: {DetteDeclaree.TOPIC: _DetteV2})
    assert vars(ouvrir(to_fait(ancien), trousseau, TOUTES).evenement)["montant"] == 1200
    nouveau = to_stored(replace(fait, evenement=_DetteV2(montant=12, arretee_au=date(2026, 1, 1))), trousseau)
    assert vars(ouvrir(to_fait(nouveau), trousseau, TOUTES).evenement)["montant"] == 12


def test_le_chiffre_ne_se_repete_pas() -> None:
    fait = un_fait(DetteDeclaree(montant=1, arretee_au=date(2026, 1, 1)))
    trousseau = un_trousseau(fait)
    octets = {b64decode(orjson.loads(to_stored(fait, trousseau).state)["scelle"][0][2]) for _ in range(20)}
    assert len({o[:12] for o in octets}) == 20


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("Élodie", "ELODIE"),
        ("N'Guyen", "Nguyen"),
        ("Jean-Pierre", "jean pierre"),
        ("D’ALMEIDA", "d'almeida"),
        ("Cœur", "COEUR"),
    ],
)
def test_un_nom_se_plie(un: str, autre: str) -> None:
    assert plier(un) == plier(autre)


def test_deux_noms_restent_deux_noms() -> None:
    assert plier("Martin") != plier("Martine")
    index = IndexAveugle(b"s" * 32)
    assert index.identite("AB", "C", date(2000, 1, 1)) != index.identite("A", "BC", date(2000, 1, 1))
    assert index.reference("1") != index.rg("1")
    assert index.reference("1") != IndexAveugle(b"t" * 32).reference("1")
    assert Hacheur(b"s")("a", "b") != Hacheur(b"s")("ab")
    # What is stored is found as long as the hash is this one.
    assert Hacheur(b"s")("a", "b") == pickle.loads(pickle.dumps(Hacheur(b"s")))("a", "b")  # noqa: S301 - our own
    assert Hacheur(b"s")("a", 8) == hmac.digest(b"s", b"a\x1f8", "sha256")
    assert aad("a", "b") == b"a\x1fb"


def test_les_cles_de_deux_dossiers_lues_ensemble_ne_changent_pas_celles_d_un_seul() -> None:
    effaces = {"a"}  # the set that everybody is given who asks for that case at once
    un, voisin = (Trousseau(TENANT, uuid4(), {}, KEK, effaces) for _ in range(2))
    autre = Trousseau(TENANT, uuid4(), {}, KEK, {"b"})
    autre.sans_tombe = {"c"}
    ensemble = un.avec_ceux([autre])
    assert (ensemble.effaces, ensemble.sans_tombe) == ({"a", "b"}, {"c"})
    assert (un.effaces, un.sans_tombe, voisin.effaces) == ({"a"}, set(), {"a"})
