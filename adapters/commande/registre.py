"""The registry from the command line: partners, habilitations, mandates, commissions. Each gesture is journaled.

``unefois partenaires``, ``habilitations``, ``mandats``, ``instances``, ``seances`` and ``administrateurs`` are gestures
on one registry: each is a function of ``GESTES``. ``ChangementRefuse`` says in French why one was not made.
"""

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from adapters.commande.agent import ajouter_qui
from adapters.registre import administration, instantane
from adapters.registre.administration import Connexion
from ledger.droit.listes import codes
from ledger.droit.regimes import AUCUN

_UN_AN: Final = timedelta(days=365)
_INSTANCES: Final = codes("instance")
_LIEU: Final = "instance:CODE, ou departement, commune:INSEE, arrondissement:INSEE"
_TERRITOIRE: Final = "departement, commune:INSEE ou arrondissement:INSEE, répétable"
_JOUR: Final = "AAAA-MM-JJ, aujourd'hui par défaut"
_CODE: Final = "son code au registre, comme « ssd93 »"


def ajouter_partenaires(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois partenaires``."""
    gestes = _gestes(parser, "les partenaires, leur rôle et leurs finalités")
    inscrire = gestes.add_parser("inscrire", help="inscrire un partenaire, ou changer ses droits")
    inscrire.add_argument("code", help=_CODE)
    inscrire.add_argument(
        "--siret", default="", help="les quatorze chiffres de son établissement ; une personne n'en a pas"
    )
    inscrire.add_argument("--nom", required=True, help="son nom, tel qu'il est montré")
    inscrire.add_argument("--role", required=True, help="son rôle, un seul : DPO, CAF, CCAPEX_INSTRUCTEUR…")
    inscrire.add_argument("--finalite", action="append", default=[], help="ce qu'il peut déclarer, répétable")
    inscrire.add_argument(
        "--territoire", choices=("departement", "communes", "aucun"), default="aucun", help="où il agit (aucun)"
    )
    inscrire.add_argument("--commune", action="append", default=[], help="code INSEE, répétable")
    inscrire.add_argument("--portefeuille", action="append", default=[], help="SIRET d'un bailleur, répétable")
    inscrire.add_argument("--client", help="son client chez l'émetteur des jetons")
    suspendre = gestes.add_parser("suspendre", help="ses jetons sont refusés dès la requête suivante")
    suspendre.add_argument("code", help=_CODE)
    retirer = gestes.add_parser("retirer-client", help="les jetons de ce client sont refusés dès la requête suivante")
    retirer.add_argument("client", help="son nom chez l'émetteur des jetons")


def ajouter_habilitations(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois habilitations``."""
    gestes = _gestes(parser, "les habilitations, la dernière d'abord")
    accorder = gestes.add_parser("accorder", help="habiliter un agent nommé, pour un temps")
    accorder.add_argument("partenaire", help="le code de son partenaire")
    accorder.add_argument("agent", help="son pseudonyme")
    accorder.add_argument("--finalite", action="append", required=True, help="ce qu'il peut déclarer, répétable")
    accorder.add_argument(
        "--secret",
        choices=("aucun", "profession", "mission"),
        default="aucun",
        help="le secret auquel il est tenu (aucun)",
    )
    _ajouter_duree(accorder)
    revoquer = gestes.add_parser("revoquer", help="l'agent n'ouvre plus rien dès la requête suivante")
    revoquer.add_argument("partenaire", help="le code de son partenaire")
    revoquer.add_argument("agent", help="son pseudonyme")


def ajouter_mandats(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois mandats``."""
    gestes = _gestes(parser, "les mandats, par partenaire")
    confirmer = gestes.add_parser("confirmer", help="un partenaire lit un dossier au-delà de ses propres apports")
    confirmer.add_argument("partenaire", help="le code du partenaire mandaté")
    confirmer.add_argument("dossier", type=UUID, help="l'identifiant du dossier")
    confirmer.add_argument("--confirme-par", required=True, help="l'agent du service instructeur qui le confirme")
    confirmer.add_argument("--personne", type=UUID, help="celle du dossier dont c'est le compte, et de nul autre")
    _ajouter_duree(confirmer)
    revoquer = gestes.add_parser("revoquer", help="le mandat n'ouvre plus rien dès la requête suivante")
    revoquer.add_argument("partenaire", help="le code du partenaire mandaté")
    revoquer.add_argument("dossier", type=UUID, help="l'identifiant du dossier")


def ajouter_instances(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois instances``."""
    gestes = _gestes(parser, "les commissions, par code")
    instituer = gestes.add_parser("instituer", help="instituer une commission, ou changer son territoire")
    instituer.add_argument("code", help="son code au registre, comme « clil-bobigny »")
    instituer.add_argument("genre", choices=_INSTANCES, help="de quel genre elle est")
    instituer.add_argument("--libelle", required=True, help="son nom, tel qu'il est montré")
    instituer.add_argument(
        "--regime", default=AUCUN, help=f"le régime que la loi lui donne, comme ARTICLE_7_2 ({AUCUN})"
    )
    instituer.add_argument("--lieu", action="append", required=True, help=_TERRITOIRE)
    instituer.add_argument("--secretariat", required=True, help="le code du partenaire qui en tient le secrétariat")
    instituer.add_argument("--du", type=date.fromisoformat, help=_JOUR)
    instituer.add_argument("--texte", required=True, help="le texte qui l'institue")
    instituer.add_argument(
        "--tag",
        choices=("STATED", "2nd-HAND", "INFERRED"),
        default="INFERRED",
        help="comment on le sait : le texte le dit (STATED), on le rapporte (2nd-HAND), on le déduit (INFERRED)",
    )
    clore = gestes.add_parser("clore", help="elle ne tient plus de séance après ce jour")
    clore.add_argument("code", help="son code au registre")
    clore.add_argument("--le", type=date.fromisoformat, help=_JOUR)


def ajouter_seances(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois seances``."""
    gestes = _gestes(parser, "les séances, la dernière d'abord, puis les sièges")
    convoquer = gestes.add_parser("convoquer", help="convoquer une séance ; son identifiant est rendu")
    convoquer.add_argument("instance", choices=_INSTANCES, help="la commission")
    convoquer.add_argument("lieu", help=_LIEU)
    convoquer.add_argument("--le", type=date.fromisoformat, required=True, help="le jour de la séance, AAAA-MM-JJ")
    convoquer.add_argument("--convoquee-le", type=date.fromisoformat, help=_JOUR)
    convoquer.add_argument("--heure", help="HH:MM, en Île-de-France")
    convoquer.add_argument("--salle", help="où l'on se réunit")
    annuler = gestes.add_parser("annuler", help="son ordre du jour n'ouvre plus rien dès la requête suivante")
    annuler.add_argument("seance", type=UUID, help="l'identifiant de la séance")
    asseoir = gestes.add_parser("asseoir", help="donner à un partenaire un siège dans une commission")
    asseoir.add_argument(
        "--voix",
        choices=("deliberative", "consultative"),
        default="deliberative",
        help="consultative : ses propres locataires seulement (deliberative)",
    )
    retirer = gestes.add_parser("retirer", help="retirer ce siège")
    for siege in (asseoir, retirer):
        siege.add_argument("partenaire", help="le code du partenaire")
        siege.add_argument("instance", choices=_INSTANCES, help="la commission")
        siege.add_argument("lieu", help=_LIEU)


def ajouter_administrateurs(parser: argparse.ArgumentParser) -> None:
    """The options of ``unefois administrateurs``."""
    gestes = _gestes(parser, "qui administre le registre dans un navigateur")
    nommer = gestes.add_parser(
        "nommer", help="un agent administre le registre, pour un temps ; nul ne se nomme soi-même"
    )
    retirer = gestes.add_parser("retirer", help="il n'administre plus rien dès la requête suivante")
    for geste in (nommer, retirer):
        geste.add_argument("partenaire", help="le code de son partenaire")
        geste.add_argument("agent", help="son pseudonyme")
    _ajouter_duree(nommer)


def run(options: argparse.Namespace, url: str, schema: str, le: date) -> int:
    """Do what the options say, and say so once it is done; ``ChangementRefuse`` says in French why not."""
    with administration.administrer(url, options.par, schema) as connexion:
        if options.geste == "lister":
            administration.journaliser_lecture(connexion, options.commande)
        dites = list(GESTES[options.commande, options.geste](Geste(connexion, options, le)))
    sys.stdout.writelines(f"{ligne}\n" for ligne in dites)
    return 0


@dataclass(frozen=True, slots=True)
class Geste:
    """One run of a command: the registry opened under a name, the options, today."""

    connexion: Connexion
    options: argparse.Namespace
    le: date

    def registre(self) -> instantane.Instantane:
        """The registry as it stands, or as it was known on the day that was asked."""
        return administration.consulter(self.connexion, self.options.au)

    @property
    def duree(self) -> tuple[date, date]:
        """From when until when: today, and for a year, where nothing else was said."""
        du = self.options.du or self.le
        return du, self.options.au or du + _UN_AN


def _lister_partenaires(g: Geste) -> Iterator[str]:
    for p in sorted(g.registre().partenaires.values(), key=lambda p: p.code):
        fin = f" ; suspendu le {p.suspendu_le}" if p.suspendu_le else ""
        yield f"{p.code} : {p.nom}, {p.role}, {', '.join(sorted(p.finalites))}{fin}"


def _inscrire(g: Geste) -> Iterator[str]:
    o = g.options
    administration.inscrire_partenaire(
        g.connexion,
        instantane.Partenaire(o.code, o.siret, o.nom, o.role, o.finalite, o.territoire, o.commune, o.portefeuille),
    )
    if o.client:
        administration.rattacher_client(g.connexion, o.client, o.code)
    yield f"{o.code} est inscrit."


def _suspendre(g: Geste) -> Iterator[str]:
    administration.suspendre_partenaire(g.connexion, g.options.code, g.le)
    yield f"{g.options.code} est suspendu."


def _retirer_client(g: Geste) -> Iterator[str]:
    administration.retirer_client(g.connexion, g.options.client, g.le)
    yield "Ce client est retiré."


def _lister_habilitations(g: Geste) -> Iterator[str]:
    habilitations = itertools.chain.from_iterable(g.registre().habilitations.values())
    for h in sorted(habilitations, key=lambda h: (-h.du.toordinal(), h.id)):
        fin = f" ; révoquée le {h.revoquee_le}" if h.revoquee_le else ""
        yield f"{h.partenaire}/{h.agent} : {', '.join(sorted(h.finalites))}, du {h.du} au {h.au}{fin}"


def _accorder(g: Geste) -> Iterator[str]:
    o = g.options
    habilitation = instantane.Habilitation(uuid4(), o.partenaire, o.agent, o.finalite, o.secret, *g.duree, o.par)
    administration.habiliter(g.connexion, habilitation)
    yield f"{o.agent} est habilité jusqu'au {habilitation.au}."


def _revoquer(g: Geste) -> Iterator[str]:
    nombre = administration.revoquer(g.connexion, g.options.partenaire, g.options.agent, g.le)
    yield f"{nombre} habilitation(s) révoquée(s)."


def _lister_mandats(g: Geste) -> Iterator[str]:
    mandats = itertools.chain.from_iterable(siens.values() for siens in g.registre().mandats.values())
    for m in sorted(mandats, key=lambda m: (m.partenaire, m.du, m.dossier)):
        fin = f" ; révoqué le {m.revoque_le}" if m.revoque_le else ""
        qui = f", personne {m.personne}" if m.personne else ""
        yield f"{m.partenaire} : dossier {m.dossier}{qui}, du {m.du} au {m.au}, confirmé par {m.confirme_par}{fin}"


def _confirmer(g: Geste) -> Iterator[str]:
    o = g.options
    mandat = instantane.Mandat(o.partenaire, o.dossier, o.confirme_par, *g.duree, personne=o.personne)
    administration.confirmer_mandat(g.connexion, mandat)
    yield f"{o.partenaire} est mandaté jusqu'au {mandat.au}."


def _revoquer_mandat(g: Geste) -> Iterator[str]:
    administration.revoquer_mandat(g.connexion, g.options.partenaire, g.options.dossier, g.le)
    yield "Le mandat est révoqué."


def _lister_instances(g: Geste) -> Iterator[str]:
    for i in sorted(g.registre().instances.values(), key=lambda i: i.code):
        fin = f" au {i.valid_to}" if i.valid_to else ""
        lieux = ", ".join(sorted(i.lieux))
        yield (
            f"{i.code} : {i.libelle}, {i.genre}, régime {i.regime}, {lieux}, secrétariat {i.secretariat},"
            f" du {i.valid_from}{fin} ({i.legal_ref}, {i.tag})"
        )


def _instituer(g: Geste) -> Iterator[str]:
    o = g.options
    administration.instituer(
        g.connexion,
        instantane.Instance(o.code, o.libelle, o.genre, o.regime, o.lieu, o.secretariat, o.du or g.le, o.texte, o.tag),
    )
    yield f"{o.code} est instituée."


def _clore(g: Geste) -> Iterator[str]:
    le = g.options.le or g.le
    administration.clore_instance(g.connexion, g.options.code, le)
    yield f"{g.options.code} est close le {le}."


def _lister_seances(g: Geste) -> Iterator[str]:
    registre = g.registre()
    for s in sorted(registre.seances.values(), key=lambda s: (-s.seance_le.toordinal(), s.id)):
        fin = f" ; annulée le {s.annulee_le}" if s.annulee_le else ""
        heure = f" à {s.heure}" if s.heure else ""
        yield f"{s.id} : {s.instance}, {s.lieu}, le {s.seance_le}{heure}, convoquée le {s.convoquee_le}{fin}"
    for m in sorted(registre.membres.values(), key=lambda m: (m.instance, m.lieu, m.partenaire)):
        fin = f" ; sorti le {m.sorti_le}" if m.sorti_le else ""
        yield f"{m.partenaire} : siège en {m.instance}, {m.lieu}, voix {m.voix}{fin}"


def _convoquer(g: Geste) -> Iterator[str]:
    o = g.options
    seance = instantane.Seance(uuid4(), o.instance, o.lieu, o.convoquee_le or g.le, o.le, heure=o.heure, salle=o.salle)
    administration.convoquer(g.connexion, seance)
    yield f"Séance {seance.id} convoquée pour le {seance.seance_le}."


def _annuler(g: Geste) -> Iterator[str]:
    administration.annuler_seance(g.connexion, g.options.seance, g.le)
    yield "La séance est annulée."


def _asseoir(g: Geste) -> Iterator[str]:
    o = g.options
    administration.asseoir(g.connexion, instantane.Membre(o.instance, o.lieu, o.partenaire, o.voix))
    yield f"{o.partenaire} siège en {o.instance}, voix {o.voix}."


def _retirer(g: Geste) -> Iterator[str]:
    o = g.options
    administration.retirer_siege(g.connexion, instantane.Membre(o.instance, o.lieu, o.partenaire, ""), g.le)
    yield f"{o.partenaire} ne siège plus en {o.instance}."


def _lister_administrateurs(g: Geste) -> Iterator[str]:
    for a in sorted(g.registre().administrateurs.values(), key=lambda a: (a.partenaire, a.agent)):
        fin = f" ; retiré le {a.retire_le}" if a.retire_le else ""
        yield f"{a.partenaire}/{a.agent} : du {a.du} au {a.au}, nommé par {a.par}{fin}"


def _nommer(g: Geste) -> Iterator[str]:
    o = g.options
    nomme = instantane.Administrateur(o.partenaire, o.agent, *g.duree, o.par)
    administration.nommer_administrateur(g.connexion, nomme)
    yield f"{o.agent} administre le registre jusqu'au {nomme.au}."


def _retirer_administrateur(g: Geste) -> Iterator[str]:
    administration.retirer_administrateur(g.connexion, g.options.partenaire, g.options.agent, g.le)
    yield f"{g.options.agent} n'administre plus le registre."


GESTES: Final[Mapping[tuple[str, str], Callable[[Geste], Iterator[str]]]] = {
    ("partenaires", "lister"): _lister_partenaires,
    ("partenaires", "inscrire"): _inscrire,
    ("partenaires", "suspendre"): _suspendre,
    ("partenaires", "retirer-client"): _retirer_client,
    ("habilitations", "lister"): _lister_habilitations,
    ("habilitations", "accorder"): _accorder,
    ("habilitations", "revoquer"): _revoquer,
    ("mandats", "lister"): _lister_mandats,
    ("mandats", "confirmer"): _confirmer,
    ("mandats", "revoquer"): _revoquer_mandat,
    ("instances", "lister"): _lister_instances,
    ("instances", "instituer"): _instituer,
    ("instances", "clore"): _clore,
    ("seances", "lister"): _lister_seances,
    ("seances", "convoquer"): _convoquer,
    ("seances", "annuler"): _annuler,
    ("seances", "asseoir"): _asseoir,
    ("seances", "retirer"): _retirer,
    ("administrateurs", "lister"): _lister_administrateurs,
    ("administrateurs", "nommer"): _nommer,
    ("administrateurs", "retirer"): _retirer_administrateur,
}


def _gestes(parser: argparse.ArgumentParser, liste: str) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """The gestures of a command; the first lists what the registry says, which ``liste`` names."""
    ajouter_qui(parser)
    gestes = parser.add_subparsers(dest="geste", required=True, metavar="GESTE")
    lister = gestes.add_parser("lister", help=liste)
    lister.add_argument("--au", type=date.fromisoformat, help="tel qu'on le savait à la fin de ce jour, AAAA-MM-JJ")
    return gestes


def _ajouter_duree(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--du", type=date.fromisoformat, help=_JOUR)
    parser.add_argument("--au", type=date.fromisoformat, help="AAAA-MM-JJ, un an après par défaut")
