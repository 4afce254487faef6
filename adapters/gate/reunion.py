"""Several cases of one household read as one, for who is linked to each of them.

Both cases say that they are one, by a person's decision, and both stay as they were written. Who reads is decided in
each case apart, then what it is shown of each is put together: joined, nothing is shown to anybody who could not read
it apart, and who is linked to one of them alone is not told that there is another. Once the instructeur has looked at
them as one (RELU), what links to the household rather than to a case (``policies/donnees/liens.json``) links to all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
import orjson

from adapters.gate.contexte import Acces, Garde, Gate
from adapters.gate.plan import AVANT_LES_FAITS, Plan, Rang
from adapters.gate.question import liens_de, portee_de
from ledger.catalogue import RANGS, Stade
from ledger.dossier.reunion import DOSSIERS_REUNIS, relus, reunis, reunis_le
from ledger.reader import Lecture
from policies.decision import GROUPES, Request

Relecteur = Callable[[UUID], Awaitable[Lecture | None]]


class Reunion(NamedTuple):
    """The cases that are read as one by this reader, in the order of their opening."""

    lectures: tuple[Lecture, ...]

    @property
    def sceau(self) -> tuple[UUID, ...]:
        """Which cases they are."""
        return tuple(lecture.dossier for lecture in self.lectures)

    @property
    def version(self) -> int:
        """It moves whenever any of them does."""
        return sum(lecture.etat.version for lecture in self.lectures)

    def fermee(self, base: Request) -> Request:
        """The question of one of them, under what any of them opposes to reading (GDPR 18 and 21)."""
        return msgspec.structs.replace(
            base,
            opposition=any(lecture.etat.opposition for lecture in self.lectures),
            limitation=any(lecture.etat.limitation for lecture in self.lectures),
        )


async def reunir(
    gate: Gate,
    acces: Acces,
    lecture: Lecture | None,
    autres: Sequence[Lecture] = (),
    connu_le: datetime | None = None,
    lire: Relecteur | None = None,
) -> Reunion | None:
    """The cases that this one is read with, if there are any that this reader is linked to as to this one.

    ``autres``: those that were read with it already; ``lire``: what the others are, if not what they are now.
    ``connu_le``: those that were one with it at that moment; what links this reader to them is today's.
    """
    if lecture is None or not lecture.etat.rapprochements:
        return None
    lues = await _ensemble(lire or gate.ledger.consulter, lecture, autres, connu_le)
    if len(lues) == 1:
        return None
    _partager_les_liens(gate, acces, lues)
    # Who is linked to this one alone is decided on it alone: it cannot tell by the work that there is another.
    lues = {dossier: lue for dossier, lue in lues.items() if liens_de(acces, dossier, lue)}
    if len(lues) == 1 or lecture.dossier not in lues:
        return None
    portees = await asyncio.gather(*(portee_de(gate, acces, lue.dossier, lue) for lue in lues.values()))
    entieres = [lue for lue, portee in zip(lues.values(), portees, strict=True) if portee is lue]
    if lecture not in entieres or len(entieres) == 1:
        return None
    return Reunion(tuple(sorted(entieres, key=lambda lue: lue.faits[0].position)))


async def _ensemble(
    lire: Relecteur, lecture: Lecture, autres: Sequence[Lecture], connu_le: datetime | None
) -> dict[UUID, Lecture]:
    """This case, and those that are one with it, directly or through others: each pair says so in both of its cases."""
    lues = {lecture.dossier: lecture}
    deja = {autre.dossier: autre for autre in autres}
    bord = [lecture]
    while bord:
        dites = {(autre, lue.dossier) for lue in bord for autre in reunis_le(lue.faits, lue.etat, connu_le)}
        voisins = list(dict.fromkeys(autre for autre, _ in sorted(dites) if autre not in lues))
        voisins = voisins[: DOSSIERS_REUNIS - len(lues)]
        a_lire = [voisin for voisin in voisins if voisin not in deja]
        relues = await asyncio.gather(*map(lire, a_lire)) if a_lire else []
        trouvees = [deja[voisin] for voisin in voisins if voisin in deja] + relues
        bord = [
            trouvee
            for trouvee in trouvees
            if trouvee is not None
            and any((trouvee.dossier, de) in dites for de in reunis_le(trouvee.faits, trouvee.etat, connu_le))
        ]
        lues.update({trouvee.dossier: trouvee for trouvee in bord})
    return lues


def se_disent_un(une: Lecture, autre: Lecture) -> bool:
    """Whether two cases say of each other that they are one household's."""
    return autre.dossier in reunis(une.etat) and une.dossier in reunis(autre.etat)


def _partager_les_liens(gate: Gate, acces: Acces, lues: Mapping[UUID, Lecture]) -> None:
    """Give each case the links that this reader has to those with which it was looked at as one."""
    siens = {dossier: liens_de(acces, dossier, lue) for dossier, lue in lues.items()}
    for groupe in _relus(lues):
        communs = frozenset().union(*(siens[dossier] for dossier in groupe)) & gate.tables.liens_du_menage
        for dossier in groupe:
            acces.liens[dossier] = lues[dossier], siens[dossier] | communs


def _relus(lues: Mapping[UUID, Lecture]) -> list[set[UUID]]:
    """The groups of cases that were looked at as one: by a decision that stands in both cases of a pair."""
    groupes: list[set[UUID]] = []
    for dossier, lue in lues.items():
        lies = {autre for autre in relus(lue.etat) if autre in lues and dossier in relus(lues[autre].etat)}
        touches = [groupe for groupe in groupes if groupe & {dossier, *lies}]
        groupes = [groupe for groupe in groupes if groupe not in touches]
        groupes.append({dossier, *lies}.union(*touches))
    return groupes


def unir(dossier: UUID, gardes: Sequence[Garde]) -> Plan:
    """The plan of several cases read as one, asked for under the name of one of them."""
    plans = [garde.plan for garde in gardes]
    [place] = [place for place, plan in enumerate(plans) if plan.dossier == dossier]
    demande = plans[place]
    entetes = [orjson.loads(plan.entete.removesuffix(AVANT_LES_FAITS) + b"}") for plan in plans]
    communiques = _communiques(entetes)
    ouverts = {groupe["groupe"] for groupe in communiques}
    # Of what several withhold, the reason is that of the case which is asked for.
    retenus = {g["groupe"]: g for entete in (*entetes, entetes[place]) for g in entete["non_communique"]}
    synthese = reunir_syntheses([entete["synthese"] for entete in entetes])
    entete = {
        "dossier": str(dossier),
        "reunis": [str(plan.dossier) for plan in plans if plan is not demande],
        "vue": entetes[0]["vue"],
        "synthese": synthese,
        "communique": communiques,
        "non_communique": [retenus[code] for code in GROUPES if code in retenus and code not in ouverts],
        **{nom: entetes[0][nom] for nom in ("regles",) if nom in entetes[0]},
    }
    rangs = [rang if plan is demande else _d_ailleurs(rang) for plan in plans for rang in plan.rangs]
    rangs.sort(key=lambda rang: rang.fait.position)
    return Plan(
        dossier=dossier,
        rangs=tuple(rangs),
        synthese=synthese,
        entete=orjson.dumps(entete)[:-1] + AVANT_LES_FAITS,
        decisions=demande.decisions,
        lecteur=demande.lecteur,
        annee=demande.annee,
        montres=tuple(dict.fromkeys(groupe for plan in plans for groupe in plan.montres)),
        retenus=tuple(g for g in demande.retenus if g not in ouverts),
        revision=demande.revision,
        noms={code: nom for plan in plans for code, nom in plan.noms.items()},
        octets=sum(plan.octets for plan in plans),
        membres={plan.dossier: plan for plan in plans},
    )


def _d_ailleurs(rang: Rang) -> Rang:
    """A fact that is recorded in another case than the one that is asked for: it says which."""
    ou = str(rang.fait.dossier)
    avant = b'{"dossier":' + orjson.dumps(ou) + b"," + rang.avant[1:]
    return msgspec.structs.replace(rang, avant=avant, tete={"dossier": ou, **rang.tete} if rang.tete else rang.tete)


def _communiques(entetes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A group that is communicated of one of the cases is; by half, where no case has it whole."""
    dits: dict[str, dict[str, Any]] = {}
    for entete in entetes:
        for groupe in entete["communique"]:
            connu = dits.setdefault(groupe["groupe"], groupe)
            if groupe["mesure"] == "entier":
                dits[groupe["groupe"]] = groupe | {"libelle": connu["libelle"]}
    return [dits[code] for code in GROUPES if code in dits]


def reunir_syntheses(syntheses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Where a household stands, from where each of its cases does, the first opened first.

    It lives where the last of them that says it does: one that moved has left the first dwelling.
    """
    [*_, derniere] = sorted(syntheses, key=lambda s: (s["dernier_acte_le"] or "", RANGS[Stade(s["stade"])]))
    synthese = {
        "stade": derniere["stade"],
        **{nom: _au_dernier_logement(syntheses, nom) for nom in _DU_LOGEMENT},
        "ouvert_le": min((s["ouvert_le"] for s in syntheses if s["ouvert_le"]), default=None),
        "dernier_acte_le": derniere["dernier_acte_le"],
        "prochaine_audience": _dernier(syntheses, "prochaine_audience"),
        "saisine_ouverte": any(s["saisine_ouverte"] for s in syntheses),
        "information_menage": _dernier(syntheses, "information_menage"),
    }
    # Of two cases, two landlords are no contradiction: a household that moved has another lease.
    bailleurs = {siret for s in syntheses for siret in s.get("bailleurs_a_trancher", ())}
    allegues = sorted({lien for s in syntheses for lien in s.get("liens_allegues", ())})
    if allegues:
        synthese["liens_allegues"] = allegues
    if bailleurs:
        synthese["bailleurs_a_trancher"] = sorted(bailleurs)
    if any("traitement" in s for s in syntheses):
        synthese["traitement"] = "traitement limité"
    return synthese


_DU_LOGEMENT: Final = ("commune", "parc", "bailleur_siret")


def reunir_lignes(lignes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One row of a worklist, from those of a household's cases; under the first. What is closed shows as nothing."""
    derniere = max(lignes, key=lambda ligne: (ligne["dernier_acte_le"] or "", _rang(ligne["stade"])))
    unie: dict[str, Any] = {}
    for nom in lignes[0]:
        valeurs = [ligne[nom] for ligne in lignes if ligne[nom] is not None]
        if nom == "dossier":
            unie[nom] = valeurs[0]
        elif nom in _DU_LOGEMENT:
            unie[nom] = _au_dernier_logement(lignes, nom)
        elif nom == "stade":
            unie[nom] = derniere[nom]
        elif nom == "ouvert_le":
            unie[nom] = min(valeurs, default=None)
        elif any(isinstance(valeur, list) for valeur in valeurs):
            unie[nom] = [dit for valeur in valeurs for dit in valeur]
        elif any(isinstance(valeur, int) and not isinstance(valeur, bool) for valeur in valeurs):
            unie[nom] = sum(valeurs)
        else:  # a day, or whether something stands in one of them
            unie[nom] = max(valeurs, default=None)
    return {**unie, "reunis": [ligne["dossier"] for ligne in lignes[1:]]}


def _rang(stade: str | None) -> int:
    return -1 if stade is None else RANGS[Stade(stade)]


def _au_dernier_logement(dites: Sequence[Mapping[str, Any]], nom: str) -> str | None:
    return next((dite[nom] for dite in reversed(dites) if dite[nom]), None)


def _dernier(syntheses: Iterable[Mapping[str, Any]], nom: str) -> str | None:
    return max((s[nom] for s in syntheses if s[nom]), default=None)
