"""From the commandement de quitter les lieux to the day on which the State answers for having refused its help."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from ledger.droit.echeances import Regle
from ledger.droit.feries import JOUR, executable
from ledger.droit.treves import treve
from ledger.echeances.chronologie import ActeLu, Chronologie
from ledger.echeances.delais import Unite, dernier_jour, execution
from ledger.echeances.horloge import Cours, Horloge, horloge, inconnue
from ledger.echeances.ordinaires import Famille, duree, hors_borne, issue, terme

_LEVENT: Final = frozenset({"SUPPRIME", "MAUVAISE_FOI", "VOIES_DE_FAIT"})
_SANS_TREVE: Final = frozenset({"VOIES_DE_FAIT"})
_REDUIT: Final = "REDUIT"


class Quitter(NamedTuple):
    """The delay to leave after one commandement: from when, the end of the two months, its end as the judge put it off.

    No end: nothing says that the préfet received the commandement, or how far the judge reduced the delay. ``leve``:
    why there is no delay, or less of it.
    """

    cql: ActeLu
    depart: date
    deux_mois: date | None
    fin: date | None
    leve: str = ""
    decision: ActeLu | None = None


class _Poursuite:
    """The enforcement of one case, read on one day under the rows of this chapter."""

    def __init__(self, regles: Famille, chrono: Chronologie, le: date) -> None:
        self.regles: dict[str, Regle] = {regle.regle: regle for regle in regles}
        self.chrono = chrono
        self.le = le
        self.cqls = self.departs("R12")
        self.assures = chrono.actes(self.regles["R16"].arret)[-1:]
        self.violences = any(_violent(cql) for cql in self.cqls)
        self.prematures = {acte.id for acte in self.departs("R18") if acte.dits.get("prematuree") is True}
        self.graces = self._graces()
        self.engagees: dict[date, tuple[date, ActeLu | None]] = {}
        self._quittes: dict[str, Quitter] = {}
        self._requises: dict[str, Horloge] = {}

    def departs(self, regle: str) -> list[ActeLu]:
        """The acts that start a rule."""
        return self.chrono.actes(self.regles[regle].depart)

    def en_treve(self, cql: ActeLu | None = None) -> bool:
        """Whether the winter truce counts: no home is assured, nobody came in by violence (CPCE L.412-6)."""
        return not self.assures and not (self.violences if cql is None else _violent(cql))

    def apres(self, fin: date, cql: ActeLu) -> date:
        """The first day after that one on which the eviction can be done."""
        return execution(fin + JOUR, en_treve=self.en_treve(cql))

    def quitter(self, cql: ActeLu) -> Quitter:
        """The delay after a commandement: from its receipt by the préfet, if that came later (CPCE L.412-5)."""
        if cql.id not in self._quittes:
            self._quittes[cql.id] = self._quitter(cql)
        return self._quittes[cql.id]

    def _quitter(self, cql: ActeLu) -> Quitter:
        leve = str(cql.dits.get("delai") or "")
        if leve in _LEVENT:
            return Quitter(cql, cql.le, cql.le, cql.le, leve)
        recu = self._recu(cql)
        if recu is None or leve == _REDUIT:
            return Quitter(cql, cql.le, None, None, leve if leve == _REDUIT else "")
        depart = max(cql.le, recu)
        deux_mois = terme(self.regles["R12"], depart)
        proroge = self.regles["R14"]
        decision = self.chrono.depuis(proroge.depart, cql.le)
        mois = duree(proroge, decision) if decision else None
        if decision is None or mois is None or hors_borne(proroge, mois, decision.le):
            return Quitter(cql, depart, deux_mois, deux_mois)
        fin = dernier_jour(deux_mois, mois, proroge.unite)
        return Quitter(cql, depart, deux_mois, fin, decision=decision)

    def _recu(self, cql: ActeLu) -> date | None:
        """When the préfet received it, as the act itself says, or as the préfecture does."""
        recu: date | None = cql.dits.get("date_reception")
        constatee = self.chrono.depuis(self.regles["R13"].arret, cql.le)
        return min((le for le in (recu, constatee.le if constatee else None) if le is not None), default=None)

    def etat(self, fin: date) -> str:
        """Whether a period still runs."""
        return "EN_COURS" if self.le <= fin else "ECHUE"

    def delais(self) -> Iterator[Horloge]:
        """R12 and R13: two months, or none."""
        for q in map(self.quitter, self.cqls):
            regle = self.regles["R12" if q.depart == q.cql.le and q.fin else "R13"]
            if q.leve == _REDUIT:
                yield inconnue(self.regles["R12"], [q.cql], "la durée que le juge a laissée")
            elif q.fin is None or q.deux_mois is None:
                yield horloge(regle, "SUSPENDU", [q.cql], manque=regle.manque)
            elif q.leve:
                premier = execution(q.cql.le, en_treve=self.en_treve(q.cql))
                yield horloge(regle, "AUCUN_DELAI", [q.cql], Cours(premier=premier))
            else:
                actes = [q.cql, *([q.decision] if q.decision else []), *self.assures]
                jours = (q.depart, q.deux_mois, self.apres(q.fin, q.cql))
                yield self._jusqu_a(regle, actes, jours, regle.combien)

    def prorogations(self) -> Iterator[Horloge]:
        """R14: what the judge adds to the two months, for exceptional hardship."""
        regle = self.regles["R14"]
        for decision in self.departs("R14"):
            mois = duree(regle, decision)
            q = self.vise_par(decision)
            if mois is None:
                yield inconnue(regle, [decision])
            elif hors_borne(regle, mois, decision.le):
                yield horloge(regle, "INVALIDE", [decision])
            elif q is None or q.deux_mois is None:
                yield inconnue(regle, [decision], self.regles["R12"].manque)
            else:
                fin = dernier_jour(q.deux_mois, mois, regle.unite)
                jours = (q.deux_mois, fin, self.apres(fin, q.cql))
                yield self._jusqu_a(regle, [decision, q.cql, *self.assures], jours, mois)

    def _jusqu_a(self, regle: Regle, actes: list[ActeLu], jours: tuple[date, date, date], nombre: int) -> Horloge:
        depart, fin, premier = jours
        etat = self.etat(fin)
        return horloge(regle, etat, actes, Cours(depart, nombre, fin, premier))

    def treve(self) -> Iterator[Horloge]:
        """R16: whether an eviction could be done on that very day."""
        titres = self.departs("R16")
        if titres:
            en_treve = self.en_treve()
            sursis = treve(self.le) if en_treve else None
            etat = "SURSIS" if sursis else "PERMIS" if executable(self.le) else "INTERDIT_DIMANCHE_OU_FERIE"
            dernier = sursis[1] if sursis else None
            premier = execution(self.le, en_treve=en_treve)
            yield horloge(self.regles["R16"], etat, [titres[-1], *self.assures], Cours(None, None, dernier, premier))

    def requisition(self, acte: ActeLu) -> Horloge:
        """R17: the silence of the préfet, from the end of the delay to leave where the request came before it.

        A request that is expressly rejected before that end has to be made again (CE, 18 Dec. 2013, n° 363126).
        """
        if acte.id not in self._requises:
            self._requises[acte.id] = self._requisition(acte)
        return self._requises[acte.id]

    def _requisition(self, acte: ActeLu) -> Horloge:
        regle = self.regles["R17"]
        q = self.vise_par(acte)
        if q is None or q.fin is None:
            return inconnue(regle, [acte, *([q.cql] if q else [])], "" if q else "le commandement de quitter les lieux")
        depart = max(acte.le, q.fin)
        reponse = self.chrono.arret(regle.arret, acte)
        actes = [acte, q.cql, *([reponse.acte] if reponse else [])]
        if reponse is not None and reponse.acte.id in self.prematures:
            return horloge(regle, "A_RENOUVELER", actes, Cours(depart))
        dernier = terme(regle, depart)
        etat = issue(regle, dernier, self.le, reponse)
        return horloge(regle, etat, actes, Cours(depart, regle.combien, dernier))

    def vise_par(self, acte: ActeLu) -> Quitter | None:
        """The delay that an act relies on: after the last commandement before it."""
        cql = self.chrono.jusqu_a(self.regles["R12"].depart, acte.le)
        return None if cql is None else self.quitter(cql)

    def responsabilites(self) -> Iterator[Horloge]:
        """R18: from each refusal, explicit or by silence, once truce and delays that it found are over."""
        regle = self.regles["R18"]
        explicites = [acte for acte in self.departs("R18") if acte.id not in self.prematures]
        refus = {acte.id: (acte.le, [acte]) for acte in explicites}
        for requisition in self.departs("R17"):
            silence = self.requisition(requisition)
            if silence.etat == "REFUS_IMPLICITE" and silence.dernier_jour is not None:
                for id_ in silence.actes:  # what the préfet answered later is no second refusal of the same request
                    refus.pop(id_, None)
                refus[requisition.id] = silence.dernier_jour, [requisition]
        for le, actes in refus.values():
            premier, grace = self._engagee(le)
            etat = "OUVERTE" if premier <= self.le else "A_VENIR"
            yield horloge(regle, etat, [*actes, *([grace] if grace else [])], Cours(le, premier=premier))

    def _graces(self) -> list[tuple[date, date, ActeLu]]:
        """By the day on which they were granted, the delays that last longest among those granted by then."""
        longues: list[tuple[date, date, ActeLu]] = []
        for decision in self.chrono.actes(self.regles["R18"].arret):
            fin: date | None = decision.dits.get("fin")
            mois: int | None = decision.dits.get("duree_mois")
            if fin is None and mois is not None:
                fin = dernier_jour(decision.le, mois, Unite.MOIS)
            if fin is not None and (not longues or fin > longues[-1][1]):
                longues.append((decision.le, fin, decision))
        return longues

    def _engagee(self, refus: date) -> tuple[date, ActeLu | None]:
        """The first day of liability, and the last delay that put it off: granted before it, truce included.

        CE, 9 Nov. 2018, n° 412696. Each day is looked at once, however many refusals come to it.
        """
        passes, jour, grace = [], refus, None
        while jour not in self.engagees:
            passes.append(jour)
            sursis = treve(jour) if self.en_treve() else None
            rang = bisect_right(self.graces, jour, key=lambda g: g[0])
            if sursis is not None:
                jour = sursis[1] + JOUR
            elif rang and self.graces[rang - 1][1] >= jour:
                _, fin, grace = self.graces[rang - 1]
                jour = fin + JOUR
            else:
                self.engagees[jour] = jour, None
        premier, suite = self.engagees[jour]
        for passe in passes:
            self.engagees[passe] = premier, suite or grace
        return self.engagees[refus]

    def fins(self) -> Iterator[Horloge]:
        """R18-fin: the day of the grant, or that of its effect if it comes too long after it."""
        regle = self.regles["R18-fin"]
        for accord in self.departs("R18-fin"):
            effet: date = accord.dits.get("date_effet") or accord.le
            dernier = effet if effet > terme(regle, accord.le) else accord.le
            yield horloge(regle, self.etat(dernier), [accord], Cours(accord.le, dernier=dernier))

    def juges(self) -> Iterator[Horloge]:
        """R20: which judge grants delays: once the commandement is served, that of enforcement."""
        regle = self.regles["R20"]
        demandes = [(acte.le, [acte]) for acte in self.departs("R20")]
        titres = self.chrono.actes(regle.annonce)
        for le, actes in demandes or ([(self.le, titres[-1:])] if titres else []):
            cql = self.chrono.jusqu_a(self.regles["R12"].depart, le)
            yield horloge(regle, "JEX" if cql else "JUGE_QUI_ORDONNE", [*actes, *([cql] if cql else [])])


def delais_pour_quitter(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """R15: until the day that the judge fixed, or else over the months that he granted."""
    [regle] = regles
    assures = chrono.actes(regle.arret)[-1:]
    for decision in chrono.actes(regle.depart):
        mois = duree(regle, decision)
        fin: date | None = decision.dits.get("fin")
        if mois is not None and hors_borne(regle, mois, decision.le):
            yield horloge(regle, "INVALIDE", [decision], Cours(decision.le, mois))
        elif fin is None and mois is None:
            yield inconnue(regle, [decision])
        else:
            dernier = fin or terme(regle, decision.le, mois)
            premier = execution(dernier + JOUR, en_treve=not assures)
            cours = Cours(decision.le, None if fin else mois, dernier, premier)
            yield horloge(regle, issue(regle, dernier, le), [decision, *assures], cours)


def _violent(cql: ActeLu) -> bool:
    return cql.dits.get("delai") in _SANS_TREVE


def expulsion(regles: Famille, chrono: Chronologie, le: date) -> Iterator[Horloge]:
    """Every clock of the chapter."""
    poursuite = _Poursuite(regles, chrono, le)
    yield from poursuite.delais()
    yield from poursuite.prorogations()
    yield from poursuite.treve()
    yield from map(poursuite.requisition, poursuite.departs("R17"))
    yield from poursuite.responsabilites()
    yield from poursuite.fins()
    yield from poursuite.juges()
