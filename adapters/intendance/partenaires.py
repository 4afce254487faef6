"""The formalities of a partner: who it is, its clients, its agents, its mandates, its administrators."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from adapters.intendance.formalite import (
    Demarche,
    Formalite,
    Saisies,
    SansObjet,
    choix,
    cochees,
    coches,
    d_un_an,
    de,
    finalites_de,
    periode,
    roles,
    texte,
    zone,
)
from adapters.mots import libelles
from adapters.registre.instantane import (
    Administrateur,
    Changement,
    Client,
    Habilitation,
    Mandat,
    Partenaire,
)
from adapters.web.actes import Controle
from ledger.droit.communes import communes

_TERRITOIRES: Final = (
    ("aucun", "aucun : il agit là où il a un mandat, un portefeuille, ses propres apports"),
    ("communes", "des communes, cochées ci-dessous"),
    ("departement", "tout le département"),
)
SECRETS: Final = (
    ("aucun", "aucun"),
    ("profession", "par profession (assistant de service social, avocat…)"),
    ("mission", "par mission"),
)
_PSEUDONYME: Final = "Son pseudonyme, comme il se connecte : jamais son nom ni son adresse."


def _role(d: Demarche) -> str:
    """The role of who is inscribed or changed."""
    role = d.partenaire.role if d.nomme("partenaire") else d.nomme("role")
    de(roles().get(role))
    return role


def _du_partenaire(d: Demarche) -> Iterator[Controle]:
    role = _role(d)
    elle_meme = roles()[role]["personne_elle_meme"]
    if not d.nomme("partenaire"):
        yield texte(
            "code", "Code", "Minuscules sans accent, chiffres et tirets, comme « ssd-saint-denis ». Il ne change plus."
        )
    yield texte("nom", "Nom", "Tel qu'il est montré.")
    if not elle_meme:
        physique = roles()[role]["personne_physique"]
        aide = "Les quatorze chiffres de son établissement" + (
            " ; une personne physique n'en a pas." if physique else "."
        )
        yield texte("siret", "SIRET", aide, requis=not physique)
    yield coches(
        "finalites",
        "Ce qu'il peut déclarer",
        finalites_de(role),
        "Un agent n'en a que ce que son habilitation en reprend.",
    )
    if not elle_meme:
        yield choix("territoire", "Territoire", _TERRITOIRES)
        yield coches("communes", "Communes", _communes(d))
        yield zone("portefeuille", "Portefeuille", "Les SIRET des bailleurs dont il suit les locataires, un par ligne.")


def _communes(d: Demarche) -> list[tuple[str, str]]:
    siennes = d.partenaire.communes if d.nomme("partenaire") else ()
    presentes = {c.code: c.nom for c in communes(d.le)}
    anciennes = {code: libelles.commune(code, d.le) for code in siennes if code not in presentes}
    return libelles.par_mot((presentes | anciennes).items())


def _dit_du_partenaire(p: Partenaire) -> dict[str, str]:
    return {
        "nom": p.nom,
        "siret": p.siret,
        "territoire": p.territoire,
        "portefeuille": "\n".join(sorted(p.portefeuille)),
        **cochees("finalites", p.finalites),
        **cochees("communes", p.communes),
    }


def _inscrit(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    connu = d.partenaire if d.nomme("partenaire") else None
    code = connu.code if connu else saisies.texte("code")
    nom = saisies.texte("nom")
    elle_meme = roles()[_role(d)]["personne_elle_meme"]
    siret = "" if elle_meme else saisies.texte("siret", requis=False).replace(" ", "")
    territoire = "aucun" if elle_meme else saisies.texte("territoire")
    portefeuille = saisies.lignes("portefeuille")
    if connu is None and code in d.registre.partenaires:
        saisies.refuser("code", "Un partenaire porte déjà ce code : choisissez-en un autre.")
    saisies.finir()
    dit = Partenaire(
        code, siret, nom, _role(d), saisies.coches("finalites"), territoire, saisies.coches("communes"), portefeuille,
        connu.suspendu_le if connu else None,
    )  # fmt: skip
    return [dit]


def _en_activite(d: Demarche) -> Partenaire:
    """The partner that is named, unless it was suspended: there is nothing left to suspend."""
    if d.partenaire.suspendu_le is not None:
        raise SansObjet
    return d.partenaire


def _suspendu(d: Demarche) -> Partenaire:
    if d.partenaire.suspendu_le is None:
        raise SansObjet
    return d.partenaire


def _client(d: Demarche) -> Client:
    """The client that is named, while it is the partner's."""
    client = de(d.registre.clients.get(d.nomme("client")))
    if client.partenaire != d.partenaire.code or client.retire_le is not None:
        raise SansObjet
    return client


def _rattache(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    client = saisies.texte("client_id")
    connu = d.registre.clients.get(client)
    if connu is not None and connu.partenaire != d.partenaire.code and connu.retire_le is None:
        saisies.refuser("client_id", "Ce client est celui d'un autre partenaire : retirez-le-lui d'abord.")
    saisies.finir()
    return [Client(client, d.partenaire.code)]


def _d_un_agent(d: Demarche) -> Iterator[Controle]:
    if not d.nomme("agent"):
        yield texte("agent", "Agent", _PSEUDONYME)
    siennes = [f for f in finalites_de(d.partenaire.role) if f[0] in d.partenaire.finalites]
    yield coches("finalites", "Ce qu'il peut déclarer", siennes, requis=True)
    yield choix("secret", "Le secret professionnel auquel il est tenu", SECRETS)
    yield from periode("habilitation_jours", d.le)


def _derniere(d: Demarche) -> Mapping[str, str]:
    """What the agent's last habilitation says, from today: a renewal; for a new agent, nothing but the days."""
    siennes = d.registre.habilitations.get((d.partenaire.code, d.nomme("agent")), ())
    dite = (
        {"secret": siennes[0].secret, **cochees("finalites", siennes[0].finalites)} if siennes else {"secret": "aucun"}
    )
    return {**dite, **d_un_an(d)}


def _habilite(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    agent = d.nomme("agent") or saisies.texte("agent")
    secret = saisies.texte("secret")
    du, au = saisies.periode()
    return [Habilitation(d.cle, d.partenaire.code, agent, saisies.coches("finalites"), secret, du, au, d.qui)]


def _revoque(d: Demarche, _: Saisies) -> Sequence[Changement]:
    siennes = d.registre.habilitations.get((d.partenaire.code, d.nomme("agent")), ())
    tenues = [replace(h, revoquee_le=d.le) for h in siennes if h.revoquee_le is None]
    if not tenues:
        raise SansObjet
    return tenues


def _du_mandat(d: Demarche) -> Iterator[Controle]:
    yield texte("dossier", "Dossier", "Son identifiant, entier. Aucun dossier ne se lit d'ici.")
    confirment = {code for code, ligne in roles().items() if ligne["confirme_mandats"]}
    instruisent = {p.code for p in d.registre.partenaires.values() if p.role in confirment}
    agents = sorted(
        agent for (code, agent), siennes in d.registre.habilitations.items()
        if code in instruisent and any(h.en_vigueur(d.le) for h in siennes)
    )  # fmt: skip
    aide = "Un agent du service instructeur de la CCAPEX, habilité le premier jour du mandat."
    yield choix("confirme_par", "Confirmé par", [(agent, agent) for agent in agents], aide)
    if roles()[d.partenaire.role]["personne_elle_meme"]:
        yield texte("personne", "Personne du dossier", "L'identifiant de celle dont c'est le compte.")
    yield from periode("mandat_jours", d.le)


def _confirme(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    dossier, par = saisies.uuid("dossier"), saisies.texte("confirme_par")
    elle_meme = roles()[d.partenaire.role]["personne_elle_meme"]
    personne = saisies.uuid("personne") if elle_meme else None
    du, au = saisies.periode()
    return [Mandat(d.partenaire.code, de(dossier), par, du, au, personne=personne)]


def _mandat(d: Demarche) -> Mandat:
    """The mandate that is named, while it is not revoked."""
    siens = d.registre.mandats.get(d.partenaire.code)
    trouves = [] if siens is None else [m for m in siens.values() if str(m.dossier) == d.nomme("dossier")]
    if not trouves or trouves[0].revoque_le is not None:
        raise SansObjet
    return trouves[0]


def _de_l_administrateur(d: Demarche) -> Iterator[Controle]:
    if not d.nomme("agent"):
        yield texte("agent", "Agent", _PSEUDONYME)
    yield from periode("habilitation_jours", d.le)


def _nomme(d: Demarche, saisies: Saisies) -> Sequence[Changement]:
    agent = d.nomme("agent") or saisies.texte("agent")
    du, au = saisies.periode()
    return [Administrateur(d.partenaire.code, agent, du, au, d.qui)]


def _administrateur(d: Demarche) -> Administrateur:
    trouve = de(d.registre.administrateurs.get((d.partenaire.code, d.nomme("agent"))))
    if trouve.retire_le is not None:
        raise SansObjet
    return trouve


def _seul(d: Demarche) -> bool:
    """Whether who is named is the last who administers the registry."""
    tenants = [
        a for (code, agent), a in d.registre.administrateurs.items() if d.registre.administrateur(code, agent, d.le)
    ]
    return tenants == [_administrateur(d)]


def _page(d: Demarche) -> str:
    return d.page_du_partenaire


def _nom(d: Demarche) -> str:
    return d.partenaire.nom


FORMALITES: Final[Mapping[str, Formalite]] = MappingProxyType(
    {
        "inscrire-partenaire": Formalite(
            titre="Inscrire un partenaire",
            nature="partenaires",
            fait="partenaire-inscrit",
            dit=lambda d: (
                f"Un chapeau d'une organisation : {libelles.role(_role(d))}. Un autre rôle se donne à un autre code."
            ),
            controles=lambda d: [*_du_partenaire(d)],
            initiales=lambda _: {"territoire": "aucun"},
            lire=_inscrit,
            retour=lambda _: "/partenaires",
        ),
        "changer-partenaire": Formalite(
            titre="Changer un partenaire",
            nature="partenaires",
            fait="partenaire-change",
            dit=lambda d: (
                f"{_nom(d)}, {libelles.role(_role(d))}. Ce qui est retiré l'est à ses agents dès leur requête suivante."
            ),
            controles=lambda d: [*_du_partenaire(d)],
            initiales=lambda d: _dit_du_partenaire(d.partenaire),
            lire=_inscrit,
            retour=_page,
        ),
        "suspendre-partenaire": Formalite(
            titre="Suspendre un partenaire",
            nature="partenaires",
            fait="partenaire-suspendu",
            dit=lambda d: (
                f"{_en_activite(d).nom} : ses jetons sont refusés dès la requête suivante, ceux de tous ses agents."
            ),
            lire=lambda d, _: [replace(_en_activite(d), suspendu_le=d.le)],
            retour=_page,
        ),
        "retablir-partenaire": Formalite(
            titre="Rétablir un partenaire",
            nature="partenaires",
            fait="partenaire-retabli",
            dit=lambda d: (
                f"{_suspendu(d).nom} : ses jetons sont de nouveau admis, avec les habilitations qui courent encore."
            ),
            lire=lambda d, _: [replace(_suspendu(d), suspendu_le=None)],
            retour=_page,
        ),
        "rattacher-client": Formalite(
            titre="Rattacher un client",
            nature="partenaires",
            fait="client-rattache",
            dit=lambda d: f"Le logiciel de {_nom(d)}, tel que l'émetteur des jetons le nomme : il parle pour lui seul.",
            controles=lambda _: [texte("client_id", "Client", "Son identifiant chez l'émetteur des jetons.")],
            lire=_rattache,
            retour=_page,
        ),
        "retirer-client": Formalite(
            titre="Retirer un client",
            nature="partenaires",
            fait="client-retire",
            dit=lambda d: (
                f"« {_client(d).client_id} », de {_nom(d)} : ses jetons sont refusés dès la requête suivante."
            ),
            lire=lambda d, _: [replace(_client(d), retire_le=d.le)],
            retour=_page,
        ),
        "habiliter-agent": Formalite(
            titre="Habiliter un agent",
            nature="habilitations",
            fait="agent-habilite",
            dit=lambda d: f"{_nom(d)}, {libelles.role(_role(d))}. La dernière habilitation accordée vaut.",
            controles=lambda d: [*_d_un_agent(d)],
            initiales=_derniere,
            lire=_habilite,
            retour=_page,
        ),
        "revoquer-agent": Formalite(
            titre="Révoquer un agent",
            nature="habilitations",
            fait="agent-revoque",
            dit=lambda d: f"{d.nomme('agent')}, de {_nom(d)} : il n'ouvre plus rien dès la requête suivante.",
            lire=_revoque,
            retour=_page,
        ),
        "confirmer-mandat": Formalite(
            titre="Confirmer un mandat",
            nature="mandats",
            fait="mandat-confirme",
            dit=lambda d: f"{_nom(d)} lira ce dossier au-delà de ses propres apports, autant que son rôle le permet.",
            controles=lambda d: [*_du_mandat(d)],
            initiales=d_un_an,
            lire=_confirme,
            retour=_page,
        ),
        "revoquer-mandat": Formalite(
            titre="Révoquer un mandat",
            nature="mandats",
            fait="mandat-revoque",
            dit=lambda d: (
                f"{_nom(d)}, dossier {_mandat(d).dossier} : le mandat n'ouvre plus rien dès la requête suivante."
            ),
            lire=lambda d, _: [replace(_mandat(d), revoque_le=d.le)],
            retour=_page,
        ),
        "nommer-administrateur": Formalite(
            titre="Nommer un administrateur du registre",
            nature="administrateurs",
            fait="administrateur-nomme",
            dit=lambda d: (
                f"Un agent de {_nom(d)} tiendra ce registre. Cela n'ouvre aucun dossier, et nul ne se nomme lui-même."
            ),
            controles=lambda d: [*_de_l_administrateur(d)],
            initiales=d_un_an,
            lire=_nomme,
            retour=lambda _: "/administrateurs",
        ),
        "retirer-administrateur": Formalite(
            titre="Retirer un administrateur du registre",
            nature="administrateurs",
            fait="administrateur-retire",
            dit=lambda d: (
                f"{_administrateur(d).agent}, de {_nom(d)} : il n'administre plus rien dès la requête suivante."
                + (" C'est le dernier : l'exploitant seul pourra en nommer un autre." if _seul(d) else "")
            ),
            lire=lambda d, _: [replace(_administrateur(d), retire_le=d.le)],
            retour=lambda _: "/administrateurs",
        ),
    }
)
"""What is done of a partner, by its address."""
