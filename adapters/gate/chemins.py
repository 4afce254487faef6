"""Where to look for the cases that are a reader's: the list of them and the feed go by the same ways.

The database finds by these; which of what it finds is linked, the policies say of each.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from adapters.gate.contexte import Acces, Gate
from ledger.dossier.liens import soumis_depuis
from ledger.droit.communes import historique
from policies.decision import Lien
from projections.rattachements import (
    Chemins,
    de_l_agent,
    de_l_auteur,
    de_la_clil,
    de_la_commune,
    de_la_commune_au_stade,
    de_la_demande,
    de_la_seance,
    du_bailleur,
    du_declarant,
    du_menage,
    partout,
)


def _des_seances(acces: Acces) -> Iterator[str]:
    return map(de_la_seance, acces.registre.seances_de(acces.sujet.partenaire, acces.le))


def _de_l_intervention(acces: Acces) -> Iterator[str]:
    if acces.sujet.agent_valide:
        yield de_l_agent(acces.sujet.partenaire.code, acces.sujet.agent_valide)


def _du_portefeuille(acces: Acces) -> Iterator[str]:
    return map(du_bailleur, acces.sujet.partenaire.portefeuille)


def _de_ses_clils(acces: Acces) -> Iterator[str]:
    return map(de_la_clil, _territoire(acces))


def _de_ses_communes(acces: Acces) -> Iterator[str]:
    return map(de_la_commune, _territoire(acces))


def _territoire(acces: Acces) -> Iterator[str]:
    return (c.code for c in historique() if acces.sujet.partenaire.couvre(c.code, acces.le))


def _des_apports(acces: Acces) -> Iterator[str]:
    moi = acces.soi
    yield de_l_auteur(moi.partenaire)
    if moi.siret:
        yield du_declarant(moi.siret)


_PAR_LIEN: Final[Mapping[str, Callable[[Acces], Iterator[str]]]] = MappingProxyType(
    {
        Lien.ORDRE_DU_JOUR: _des_seances,
        Lien.SIEGE_CONSULTATIF: _des_seances,
        Lien.MANDAT: lambda _: iter(()),  # the registry names its cases
        Lien.INTERVENTION: _de_l_intervention,
        Lien.PORTEFEUILLE: _du_portefeuille,
        Lien.DEVANT_LA_CLIL: _de_ses_clils,
        Lien.TERRITOIRE: _de_ses_communes,
        Lien.AUTEUR: _des_apports,
    }
)
"""What a link is looked for by, the narrowest first: of a way that takes several, one is enough."""


def chemins_des_lisibles(gate: Gate, acces: Acces, communes: Collection[str] = ()) -> Chemins:
    """Where the cases are that this reader may read now, by the same ways.

    At a purpose that opens at some stages of the procedure alone, a territory has no others: they would be looked at,
    one by one, to be refused.
    """
    chemins, tables = chemins_de(gate, acces, communes), gate.tables
    stades = tables.stades_de(acces.sujet.partenaire.role, acces.finalite)
    if len(stades) == len(tables.stades):
        return chemins
    territoire = {de_la_commune(code): code for code in _territoire(acces)}
    communs = [territoire[lien] for lien in chemins.liens if lien in territoire]
    liens = {*chemins.liens} - territoire.keys()
    liens |= {de_la_commune_au_stade(code, stade) for code in communs for stade in stades}
    return chemins._replace(liens=sorted(liens))


def chemins_de(gate: Gate, acces: Acces, communes: Collection[str] = ()) -> Chemins:
    """Where the cases of this reader are, by the ways that its role has to one at this purpose.

    ``communes``: of its territory, no more than these; all of it, where none is named.
    """
    partenaire, le = acces.sujet.partenaire, acces.le
    if gate.tables.finalite(acces.finalite)["demande"]:  # the case is that of the request which the purpose names
        nommees = () if acces.demande is None else (de_la_demande(acces.demande),)
        return Chemins(nommees, (), soumis_depuis(le))
    voies = gate.tables.voies(partenaire.role, acces.finalite)
    par = {next(lien for lien in _PAR_LIEN if lien in voie) for voie in voies}
    liens = {dit for lien in par for dit in _PAR_LIEN[lien](acces)}
    # What links to one case of a household may be shared by two of them, of a way that takes several.
    suivent = {lien for voie in voies for lien in voie} & gate.tables.liens_du_menage
    menages = {du_menage(dit) for lien in suivent for dit in _PAR_LIEN[lien](acces)}
    if communes:  # another commune than that of the case is shown to who said so itself
        territoire = set(_de_ses_communes(acces)) | set(_de_ses_clils(acces))
        voulues = {dire(code) for code in communes for dire in (de_la_commune, de_la_clil)}
        liens -= territoire - voulues
    mandats = acces.registre.mandats_de(partenaire.code, le) if Lien.MANDAT in par else ()
    chemins = Chemins(sorted(liens), mandats, soumis_depuis(le), sorted(menages), partenaire.code)
    return chemins._replace(menages=()) if partout(chemins) else chemins
