"""What others told of a case that a reader has in both worlds, and that it may not know; or that it is owed.

Each is told in the second world alone, or otherwise there, between two of the reader's calls. Then the reader reads the
case at each of its purposes, through each of its views and its feed, and seeks who it names.
"""

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.registre.administration import administrer, confirmer_mandat
from adapters.registre.instantane import Mandat
from ledger.catalogue import AvisRendu
from ledger.dossier.decision import Auteur, Contribution, Propose
from ledger.journal import Ligne
from tests.bases import SCHEMA
from tests.monde import AUTRE_BAILLEUR, ETUDE, PAR, evenement, ouverture
from tests.rest.mondes import (
    AU,
    CLIL_TENUE_LE,
    COLLEGUE,
    DU,
    EMPEX,
    PORTES,
    ROLES,
    SEANCE_CCAPEX,
    SEANCE_LE,
    SECRETARIAT,
    Compare,
    Dit,
    Geste,
    Jeu,
    Lecteur,
    comparer,
    gestes,
)
from tests.rest.recit import titulaire

Recit = Callable[[Jeu], Awaitable[None]]
Fait = dict[str, Any]

ACCOMPAGNEMENT: Final = "ACCOMPAGNEMENT"


@dataclass(frozen=True, slots=True)
class NonDit:
    """Of one reader, what is told (``pose`` in both worlds, then ``dit``), and what it does beside reading.

    ``apres`` puts back what later sequences would stumble over.

    ``du``: it is owed to it, and must tell the worlds apart. ``connu``: the case is there in both worlds.
    """

    role: str
    dit: Recit
    pose: Sequence[Recit] = ()
    siens: Callable[[Jeu], Sequence[Geste]] = lambda _: ()
    apres: Sequence[Recit] = ()
    du: bool = False
    connu: bool = True


async def jouer(jeux: tuple[Jeu, ...], non_dit: NonDit, graine: int, menage: int) -> int:
    """One sequence in both worlds; how many calls it was. ``Ecart`` where they part."""
    sans, avec = jeux
    alea = random.Random(graine)  # noqa: S311 - a sequence, not a secret
    lecteur = sans.lecteur
    for jeu in jeux:
        jeu.commencer(menage)
        for finalite in lecteur.finalites("lire"):
            await jeu.faire(("suivre", {"finalite": finalite}))
        if non_dit.connu:
            await jeu.donner()
            jeu.lui = await titulaire(jeu.monde, jeu.dossier)
        for recit in non_dit.pose:
            await recit(jeu)
        jeu.prendre()
    # Who reaches all of the departement would list the cases of the others' sequences.
    avant = [
        g for g in gestes(alea, lecteur, alea.randint(1, 2)) if non_dit.connu and g[0] not in {"lister", "retrouver"}
    ]
    rang_du_secret = alea.randint(0, len(avant))
    suite: list[Geste | None] = [*avant[:rang_du_secret], None, *avant[rang_du_secret:], *lectures(lecteur)]
    travail = Compare.OCTETS if non_dit.du or not non_dit.connu else Compare.ORDRES
    try:
        for rang, geste in enumerate(suite):
            for jeu in jeux:
                if geste is None:
                    await non_dit.dit(jeu)
                    jeu.prendre()
                for fait in non_dit.siens(jeu) if geste is None else (geste,):
                    await jeu.faire(fait)
            comparer(sans, avec, f"{lecteur.role}, graine {graine}, geste {rang} : {geste}", travail)
    finally:
        for jeu in jeux:
            for recit in non_dit.apres:
                await recit(jeu)
    return len(sans.recus)


async def rejoindre(
    jeux: tuple[Jeu, ...], finalite: str, menage: int, dits: Sequence[Dit] = (), *, efface: bool = False
) -> int:
    """A household of which others have told in the second world: the reader opens it, then reads it at each purpose.

    ``efface``: it was erased there since. How many calls it was. ``Ecart`` where the worlds part.
    """
    sans, avec = jeux
    lecteur = sans.lecteur
    suivre = [("suivre", {"finalite": siennes}) for siennes in lecteur.finalites("lire")]
    for jeu in jeux:
        jeu.commencer(menage)
        ailleurs = await jeu.autres(dits, ouvrent="ccapex")
        if ailleurs and efface:
            lui = await titulaire(jeu.monde, ailleurs, "ccapex", "CCAPEX_ADMINISTRATIVE")
            await jeu.monde.effacer(ailleurs, lui)
        jeu.tus = True  # of its other households, some have names so near that a pair may be suggested
        for geste in suivre:  # from when the household was known
            await jeu.faire(geste)
        jeu.prendre()
    ouvrir = {"finalite": finalite, "commune": lecteur.commune, "suite": [], "loyer": 70000}
    ensuite = {"finalite": finalite, "faits": [evenement("MenageInforme", canal="COURRIER")], "si": False}
    suite = [("ouvrir", ouvrir), *lectures(lecteur), *questions(lecteur), ("contribuer", ensuite), *suivre]
    for geste in suite:
        for jeu in jeux:
            await jeu.faire(geste)
        comparer(sans, avec, f"{lecteur.role}, ouvert pour {finalite} : {geste}", Compare.TOUT)
    return len(sans.recus)


def questions(lecteur: Lecteur) -> Iterator[Geste]:
    """What is asked of a case by other ways than to read it: what is known, what was exchanged, what may be told."""
    dossier = "/v1/dossiers/{dossier}"
    for finalite in lecteur.finalites("lire"):
        donnees = {"donnees": ["dette", "ressources", "BesoinSignale.besoin"]}
        yield "demander", {"finalite": finalite, "chemin": f"{dossier}/deja-connu", "corps": donnees}
        for chemin in ("echanges", "emissions", "rapprochements"):
            yield "lire", {"finalite": finalite, "chemin": f"{dossier}/{chemin}", "params": {}, "si": False}
        yield "lire", {"finalite": finalite, "chemin": dossier, "params": {}, "si": True}
        yield "lire", {"finalite": finalite, "chemin": "/v1/compteur", "params": {}, "si": False}


def lectures(lecteur: Lecteur) -> Iterator[Geste]:
    """The case and its history at each purpose, and through each view; who it is told of, and who holds the lease."""
    dossier = "/v1/dossiers/{dossier}"
    for finalite in lecteur.finalites("lire"):
        vues = [f"/v1/vues/{vue}/{{dossier}}" for vue in PORTES[lecteur.role][finalite]["vues"] if vue]
        for chemin in (dossier, f"{dossier}/historique", f"{dossier}/situation", f"{dossier}/echeances", *vues):
            yield "lire", {"finalite": finalite, "chemin": chemin, "params": {}, "si": False}
        for vue in PORTES[lecteur.role][finalite]["vues"]:
            if vue and not lecteur.partout:
                yield "lister", {"finalite": finalite, "vue": vue, "params": {}}
        yield "suivre", {"finalite": finalite}
    for finalite in () if lecteur.partout else lecteur.finalites("lister"):
        yield "attendre", {"finalite": finalite, "params": {}}
    for finalite in () if lecteur.partout else lecteur.finalites("lire"):
        yield "retrouver", {"finalite": finalite, "params": {"limite": 100}}
    for finalite in lecteur.finalites("rechercher"):
        for nom in ("", "AUTRE"):
            yield "rechercher", {"finalite": finalite, "nom": nom, "naissance": "1955-04-24"}


# what is told -----------------------------------------------------------------------------------------------------


def dit(qui: str, finalite: str, *faits: Callable[[Jeu], Fait], agent: str = "") -> Recit:
    """Somebody tells these facts, in both worlds."""

    async def recit(jeu: Jeu) -> None:
        await jeu.dire(qui, finalite, *(fait(jeu) for fait in faits), agent=agent)

    return recit


def su(recit: Recit) -> Recit:
    """The same, in the second world alone."""

    async def seulement(jeu: Jeu) -> None:
        if jeu.su:
            await recit(jeu)

    return seulement


def _autre(jeu: Jeu) -> Fait:
    """She lives there, under another name."""
    identite = {"nom": f"AUTRE{jeu.nom}", "prenoms": "Fatou", "date_naissance": "1955-04-24"}
    return evenement("OccupantDeclare", personne=jeu.elle, qualite="CONJOINT", **identite)


def _besoin(besoin: str, *, avec_accord: bool) -> Callable[[Jeu], Fait]:
    dits: dict[str, Any] = {"besoin": besoin, "fondement": "RGPD_6_1_E", "avec_accord": avec_accord}
    return lambda jeu: evenement("BesoinSignale", acte=jeu.identifiant("besoin"), **dits)


def _mesure(qui: str) -> Callable[[Jeu], Fait]:
    return lambda jeu: evenement(
        "MesureProtectionDeclaree", acte=jeu.identifiant("mesure"), personne=getattr(jeu, qui), mesure="CURATELLE"
    )


def _sante(jeu: Jeu) -> Fait:
    oriente = {"reseau": "CMP", "etape": "PROPOSEE", "fondement": "RGPD_9_2_B"}
    return evenement("OrientationSante", acte=jeu.identifiant("sante"), personne=jeu.elle, **oriente)


def _propose(jeu: Jeu) -> Fait:
    del jeu
    return evenement("AccompagnementAvance", etape="REFUSE", mesure="ASLL_MAINTIEN")


def _demande_72(jeu: Jeu) -> Fait:
    return evenement("Demande72", acte=jeu.identifiant("72"), destinataire="ssd", question="démarches en cours ?")


def _coordonnees(jeu: Jeu) -> Fait:
    return evenement("CoordonneesDeclarees", personne=jeu.elle, telephone="0611111111", canal_sur="NE_PAS_APPELER")


def _accord(jeu: Jeu) -> Fait:
    """She who holds the lease agrees that the reader be told of her needs, and of her debt."""
    dits: dict[str, Any] = {"groupes": ["F13", "F05"], "jusqu_au": "2026-12-31", "personne": jeu.lui}
    return evenement("AccordRecueilli", accord=jeu.identifiant("accord"), destinataire=jeu.lecteur.code, **dits)


def _intervention(jeu: Jeu) -> Fait:
    return evenement("AccompagnementOuvert", intervention=jeu.identifiant("suivi"), mesure="SSD")


def _dette(survenu_le: str) -> Callable[[Jeu], Fait]:
    return lambda _: evenement("DetteDeclaree", survenu_le, montant=224770, arretee_au=survenu_le)


def _fait(type_: str, survenu_le: str = "2026-10-15", **donnees: Any) -> Callable[[Jeu], Fait]:
    return lambda _: evenement(type_, survenu_le, **donnees)


SAISIE: Final = dit("ccapex", "CCAPEX_ADMINISTRATIVE", _fait("CcapexSaisie", "2026-10-12"))
INFORME: Final = dit("ccapex", "CCAPEX_ADMINISTRATIVE", _fait("MenageInforme", canal="COURRIER"))
LIMITE: Final = dit("ccapex", "CCAPEX_ADMINISTRATIVE", _fait("OppositionEnregistree", portee="LIMITATION"))
SUIVI: Final = dit("ssd", ACCOMPAGNEMENT, _intervention)
ELLE: Final = dit("ssd", ACCOMPAGNEMENT, _autre)


async def commandement(jeu: Jeu) -> None:
    """The étude joins the case, and tells that the household has to leave."""
    await jeu.donner("etude")
    await jeu.dire("etude", "ACTE_EMISSION", evenement("CommandementQuitterSignifie", "2026-10-01", etude_siret=ETUDE))


DE_PAYER: Final = dit("etude", "ACTE_EMISSION", _fait("CommandementPayerSignifie", "2026-03-02", etude_siret=ETUDE))


def inscription(instance: str) -> Recit:
    """The case is on the agenda of the CCAPEX, or of the CLIL of the reader."""

    async def recit(jeu: Jeu) -> None:
        seance = str(SEANCE_CCAPEX if instance == "CCAPEX" else jeu.lecteur.clil.id)
        inscrit = evenement("InstanceInscrite", instance=instance, seance=seance, seance_le=SEANCE_LE.isoformat())
        if instance == "CLIL":
            await jeu.dire("ccapex", "CCAPEX_ADMINISTRATIVE", evenement("DossierPropose", instance="CLIL"))
            await jeu.dire(SECRETARIAT[0], "CLIL_EXAMEN", inscrit, agent=SECRETARIAT[1])
        else:
            await jeu.dire("ccapex", "CCAPEX_ADMINISTRATIVE", inscrit)

    return recit


def mandat(qui: str = "") -> Recit:
    """A mandate on the case; of a person (``lui``, ``elle``), where it is hers."""

    async def recit(jeu: Jeu) -> None:
        personne = UUID(getattr(jeu, qui)) if qui else None
        with administrer(jeu.monde.bases.registre_url, PAR, SCHEMA) as registre:
            confirmer_mandat(
                registre, Mandat(jeu.lecteur.code, UUID(jeu.dossier), "instructrice", DU, AU, personne=personne)
            )

    return recit


async def droit_bloque(jeu: Jeu) -> None:
    """One social service or the other tells that a right is blocked."""
    qui, agent = ("ssd", "") if jeu.su else (EMPEX.code, EMPEX.agent)
    bloque = evenement("DroitBloqueSignale", depuis="2026-06-01", droit="AL")
    await jeu.dire(qui, ACCOMPAGNEMENT, bloque, agent=agent)


async def avis_d_une_clil(jeu: Jeu) -> None:
    """An avis of a CLIL, with a need in the second world: recorded when who instructs told it for the CLIL."""
    besoins = ("INTERPRETE",) if jeu.su else ()
    avis = AvisRendu(instance="CLIL", sens="MAINTIEN", besoins=besoins)
    ledger, auteur = jeu.monde.gate.ledger, Auteur("ccapex", "CCAPEX_INSTRUCTEUR", "instructrice")
    lecture = await ledger.consulter(UUID(jeu.dossier))
    assert lecture is not None
    dits = (Propose(avis, CLIL_TENUE_LE),)
    dite = Contribution(id=uuid4(), auteur=auteur, finalite="CCAPEX_INSTRUCTION", evenements=dits)
    ligne = Ligne(
        organisation=auteur.partenaire,
        agent=auteur.agent,
        role=auteur.role,
        finalite=dite.finalite,
        action="emettre",
        issue="autorise",
    )
    await ledger.contribuer(lecture, dite, ligne)
    jeu.prendre()


async def reuni(jeu: Jeu, *decisions: str) -> None:
    """The household has another case elsewhere, where this reader has none: the instructeur finds the two to be one."""
    if not jeu.su:
        return
    corps = ouverture("PAREIL" + jeu.nom, AUTRE_BAILLEUR, f"36{jeu.menage:08d}", jeu.lecteur.hors_de_portee)
    recu = await jeu.monde.post("/v1/dossiers", "voisin", "ACTE_EMISSION", corps)
    assert recu.status_code == 201, recu.text
    autre = recu.json()["dossier"]
    finalite = "CCAPEX_ADMINISTRATIVE"
    await jeu.dire("ccapex", finalite, evenement("RapprochementSuggere", autre=autre, motif="IDENTITE_PROCHE"))
    for decision in decisions or ("MEME_MENAGE",):
        await jeu.dire("ccapex", finalite, evenement("RapprochementTranche", autre=autre, decision=decision))
    jeu.forge = autre


async def relu(jeu: Jeu) -> None:
    """The same, looked at as one: a mandate is for one of the cases all the same. Others go on telling of the other."""
    await reuni(jeu, "MEME_MENAGE", "RELU")
    if jeu.su:
        dette = evenement("DetteDeclaree", "2026-10-15", montant=224770, arretee_au="2026-10-15")
        recu = await jeu.monde.contribuer(jeu.forge, "voisin", "ACTE_EMISSION", dette)
        assert recu.status_code == 201, recu.text


async def rejoindre_empex(jeu: Jeu) -> None:
    await jeu.donner(EMPEX.code, EMPEX.agent)


async def file_reecrite(jeu: Jeu) -> None:
    """A household elsewhere, of which the view says, with the projector's rights, that it is where the reader looks."""
    requis = [
        ("etude", "ACTE_EMISSION", evenement(type_, "2026-10-28", etude_siret=ETUDE))
        for type_ in ("CommandementQuitterSignifie", "ConcoursForceRequis")
    ]
    dossier = await jeu.autres(requis, ouvrent="etude")
    if dossier:
        await jeu.monde.projeter()
        await _deplacer(jeu, dossier, jeu.lecteur.commune)
        jeu.forge = dossier


async def file_remise(jeu: Jeu) -> None:
    """The row as it was: others look there too."""
    if jeu.su:
        await _deplacer(jeu, jeu.forge, jeu.lecteur.hors_de_portee)


async def _deplacer(jeu: Jeu, dossier: str, commune: str) -> None:
    url = make_conninfo(jeu.monde.bases.projecteur_url, options=f"-c search_path={SCHEMA}")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as projecteur:
        ecrites = await projecteur.execute(
            "WITH vus AS (DELETE FROM vue_comex_dossiers_a WHERE dossier = %s RETURNING *)"
            " INSERT INTO vue_comex_dossiers_a SELECT (jsonb_populate_record(NULL::vue_comex_dossiers_a,"
            " to_jsonb(vus) || jsonb_build_object('commune', %s::text))).* FROM vus",
            (dossier, commune),
        )
        assert ecrites.rowcount == 1


def _a_la_demande(jeu: Jeu) -> list[Geste]:
    """The reader names a request that it does not instruct."""
    finalite = f"AIDE_INSTRUCTION; demande={jeu.identifiant('aide')}"
    return [("lire", {"finalite": finalite, "chemin": "/v1/dossiers/{dossier}", "params": {}, "si": False})]


def _aide(jeu: Jeu) -> Fait:
    dits = {"dispositif": "FSL_MAINTIEN", "etape": "DEMANDEE", "instructeur": "caf"}
    return evenement("AideFinanciereInstruite", aide=jeu.identifiant("aide"), **dits)


def _contribuer(finalite: str, fait: Callable[[Jeu], Fait]) -> Callable[[Jeu], list[Geste]]:
    return lambda jeu: [("contribuer", {"finalite": finalite, "faits": [fait(jeu)], "si": False})]


def _la_sienne(jeu: Jeu) -> Fait:
    return evenement("AccompagnementOuvert", intervention=jeu.identifiant("sien"), mesure="SSD")


def _evaluation(jeu: Jeu) -> Fait:
    return evenement("EvaluationSociale", acte=jeu.identifiant("evaluation"), personnes=[jeu.lui], texte="un lien")


def lier(role: str) -> tuple[Recit, ...]:
    """What links a reader of this role to the case, beside its territory and its portfolio."""
    if role == "USAGER":
        return ELLE, mandat("lui")
    if role == "CCAPEX_MEMBRE":
        return ELLE, SAISIE, INFORME, inscription("CCAPEX")
    voies = (voie for porte in PORTES[role].values() for voie in porte["liens"])
    return (ELLE, mandat()) if ["mandat"] in voies else (ELLE,)


CONFIES: Final = dit("ssd", ACCOMPAGNEMENT, _evaluation, _besoin("VIOLENCE", avec_accord=True), _sante, _coordonnees)

SUJET_SSD: Final = Lecteur("CD_TRAVAILLEUR_SOCIAL").code
NON_DITS: Final = MappingProxyType(
    {
        **{
            f"ce que lit le seul service qui l'a appris, à {role}": NonDit(role, su(CONFIES), (SUIVI, *lier(role)))
            for role in ROLES
        },
        **{
            f"qu'un service suit le ménage, à {role}": NonDit(
                role, su(dit("ssd", ACCOMPAGNEMENT, _intervention, _propose)), (INFORME, *lier(role))
            )
            for role in ("BAILLEUR_SOCIAL", "BAILLEUR_PRIVE", "COMMISSAIRE_JUSTICE", "ACTION_LOGEMENT_VISALE")
        },
        **{
            f"que le ménage a un autre dossier, à {role}": NonDit(role, reuni, pose)
            for role, pose in (
                ("CD_TRAVAILLEUR_SOCIAL", (SUIVI,)),
                ("BAILLEUR_SOCIAL", lier("BAILLEUR_SOCIAL")),
                ("PREFECTURE_CFP", (commandement,)),
                ("USAGER", lier("USAGER")),
            )
        },
        **{
            f"que le ménage a un autre dossier, lu avec le sien, à {role}": NonDit(role, relu, lier(role))
            for role in ("USAGER", "COMMISSAIRE_JUSTICE", "ADIL", "AVOCAT_LOCATAIRE")
        },
        "d'une autre personne, à qui a un compte": NonDit(
            "USAGER", su(dit("ssd", ACCOMPAGNEMENT, _coordonnees, _mesure("elle"))), (ELLE, SUIVI, mandat("lui"))
        ),
        "dit après son départ, à qui a un compte": NonDit(
            "USAGER",
            su(dit("ssd", ACCOMPAGNEMENT, _fait("PlanApurementConclu", etape="SIGNE"))),
            (
                ELLE,
                dit("ssd", ACCOMPAGNEMENT, lambda jeu: evenement("OccupantParti", "2026-10-02", personne=jeu.elle)),
                mandat("elle"),
            ),
        ),
        "des violences, au service qui les a apprises": NonDit(
            "CD_TRAVAILLEUR_SOCIAL",
            su(dit(SUJET_SSD, ACCOMPAGNEMENT, _besoin("VIOLENCE", avec_accord=False), agent=COLLEGUE)),
            (dit(SUJET_SSD, ACCOMPAGNEMENT, _intervention, agent=COLLEGUE),),
            siens=_contribuer(ACCOMPAGNEMENT, _la_sienne),
            du=True,
        ),
        "des violences, à un autre service": NonDit(
            "CD_TRAVAILLEUR_SOCIAL",
            su(dit("ssd", ACCOMPAGNEMENT, _besoin("VIOLENCE", avec_accord=False))),
            (
                SUIVI,
                dit(SUJET_SSD, ACCOMPAGNEMENT, _la_sienne, agent="sujet"),
                dit(SUJET_SSD, ACCOMPAGNEMENT, lambda jeu: evenement("LienConfirme", lien=jeu.identifiant("sien")),
                    agent=COLLEGUE),
            ),
        ),
        "un besoin donné sans accord, au COMEX": NonDit(
            "PREFECTURE_CFP",
            su(dit("ssd", ACCOMPAGNEMENT, _besoin("INTERPRETE", avec_accord=False))),
            (commandement, SUIVI, dit("ssd", ACCOMPAGNEMENT, _accord)),
        ),
        "un besoin dans l'avis d'une CLIL, au COMEX": NonDit(
            "PREFECTURE_CFP", avis_d_une_clil, (commandement, SAISIE, INFORME, inscription("CLIL"))
        ),
        "des coordonnées dites au travail social, au COMEX": NonDit(
            "PREFECTURE_CFP",
            su(dit("ssd", ACCOMPAGNEMENT, lambda jeu: evenement("CoordonneesDeclarees", personne=jeu.lui,
                                                                telephone="0622222222", canal_sur="LIBRE"))),
            (commandement,),
        ),
        "une dette de plus d'un an, au COMEX": NonDit(
            "PREFECTURE_CFP", su(dit("ssd", ACCOMPAGNEMENT, _dette("2024-06-30"))), (commandement,)
        ),
        "une dette de plus d'un an, dans les échéances du COMEX": NonDit(
            "PREFECTURE_CFP", su(dit("ssd", ACCOMPAGNEMENT, _dette("2024-06-30"))), (commandement, DE_PAYER)
        ),
        "hors des actes, sous limitation": NonDit(
            "PREFECTURE_CFP",
            su(dit("ssd", ACCOMPAGNEMENT, _fait("MenageDeclare", nb_adultes=2))),
            (commandement, LIMITE),
        ),
        "besoin et mesure, au territoire de l'instructeur": NonDit(
            "CCAPEX_INSTRUCTEUR",
            su(dit("ssd", ACCOMPAGNEMENT, _besoin("INTERPRETE", avec_accord=True), _mesure("lui"))),
            (SAISIE, SUIVI),
        ),
        "dit au travail social à une autre finalité, à l'organisme payeur": NonDit(
            "CAF",
            su(dit("ssd", "COORDINATION_CONTACTS", _autre, _fait("ContactTente", canal="VAD", resultat="JOINT"))),
        ),
        "dit au travail social, à un membre en séance": NonDit(
            "CCAPEX_MEMBRE",
            su(dit("ssd", ACCOMPAGNEMENT, _autre, _fait("ContactTente", canal="VAD", resultat="JOINT"))),
            (SAISIE, INFORME, inscription("CCAPEX")),
        ),
        "quel service suit le ménage, au bailleur": NonDit(
            "BAILLEUR_SOCIAL", droit_bloque, (rejoindre_empex,)
        ),
        "un surendettement déposé, au bailleur": NonDit(
            "BAILLEUR_SOCIAL", su(dit("ssd", ACCOMPAGNEMENT, _fait("SurendettementAvance", etape="DEPOSE")))
        ),
        "l'évaluation d'un collègue, à qui ouvre son intervention": NonDit(
            "CD_TRAVAILLEUR_SOCIAL",
            su(dit(SUJET_SSD, ACCOMPAGNEMENT, _evaluation, agent=COLLEGUE)),
            (dit(SUJET_SSD, ACCOMPAGNEMENT, _intervention, agent=COLLEGUE),),
            siens=_contribuer(ACCOMPAGNEMENT, _la_sienne),
        ),
        "l'information demandée à un autre service qui suit le ménage": NonDit(
            "CD_TRAVAILLEUR_SOCIAL",
            su(dit("ccapex", "CCAPEX_INSTRUCTION", _demande_72)),
            (SAISIE, SUIVI, dit(SUJET_SSD, ACCOMPAGNEMENT, _la_sienne, agent="sujet")),
        ),
        "la demande qu'un autre instruit": NonDit(
            "CD_FSL", su(dit("ssd", ACCOMPAGNEMENT, _aide)), siens=_a_la_demande
        ),
        "ce que l'accord que l'on s'est recueilli ouvrirait": NonDit(
            "ADIL", su(dit("ssd", ACCOMPAGNEMENT, _dette("2026-09-30"))), (mandat(),),
            siens=_contribuer("CONSEIL_DROIT", _accord),
        ),
        "un ménage d'ailleurs, dans une file réécrite": NonDit(
            "POLICE", file_reecrite, apres=(file_remise,), connu=False
        ),
        "une personne qui exerce ses droits, à qui lui répond": NonDit(
            "DPO", su(dit("ssd", ACCOMPAGNEMENT, _autre)), du=True
        ),
    }
)  # fmt: skip
"""By what is unsaid, and to whom."""
