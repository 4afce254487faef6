"""``docs/echeances.md``: the rules of the law's clocks as a lawyer reads them, written from their rows."""

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from adapters.mots.catalogue import tableau
from adapters.mots.libelles import jour
from ledger.catalogue import catalogue, champs, noms
from ledger.droit import treves
from ledger.droit.echeances import Regle, historique
from ledger.droit.listes import termes
from ledger.echeances.horloge import duree_en_francais
from ledger.echeances.vocabulaire import Vocabulaire, au_catalogue, de_la_regle

COMMANDE: Final = "python -m adapters.mots.echeances > docs/echeances.md"
_PRESENTATION: Final = """\
# Les échéances : ce que la loi fait courir

Une échéance est calculée à chaque lecture, des seuls actes et champs que son lecteur se voit communiquer. Elle n'est
jamais enregistrée : un silence de deux mois est un état, pas un acte de la préfecture. Chaque règle est une ligne de
`ledger/droit/echeances.csv` ; le programme n'en porte aucun nombre.

**Comment on compte** (CPC 640 à 642). Le jour de l'acte ne compte pas ; le dernier jour court jusqu'à minuit. Un délai
en mois expire au même quantième, ou au dernier jour du mois. Une semaine vaut sept jours ; un jour ouvré n'est ni un
samedi, ni un dimanche, ni un jour férié. À rebours, le premier jour compté est la veille et le délai expire à 0 h :
six semaines avant une audience s'achèvent quarante-trois jours avant elle.

**Prorogation.** Un dernier jour qui tombe un samedi, un dimanche ou un jour férié est reporté au premier jour ouvré là
seulement où un acte ou une formalité doit être accompli, et toujours selon le règlement n° 1182/71 : jamais pour une
attente, pour le silence d'une administration, ni à rebours.

**Le jour qui suit.** Le lendemain ; ou le premier jour où l'on peut signifier (ni dimanche, ni jour férié) ; ou le
premier où l'on peut expulser (ni dimanche, ni jour férié, ni trêve hivernale).

**Étiquette.** *STATED*, le texte le dit ; *2nd-HAND*, un commentaire le rapporte ; *INFERRED*, c'est une déduction, et
l'autre lecture est donnée avec l'échéance ; *RECALL*, à relire. Un acte en italique n'est pas encore au catalogue :
l'échéance qui l'attend se dit inconnue.
"""


def ecrire() -> str:
    """The whole page."""
    lignes = [_PRESENTATION, "## Les règles", "", *_regles(), "", "## Les états", "", *_etats()]
    lignes += ["", "## La trêve hivernale", "", *_treves()]
    return "\n".join(lignes) + "\n"


def _regles() -> Iterator[str]:
    yield from tableau(
        ("règle", "ce qu'elle dit", "délai", "des actes du", "au", "calculée de", "texte", "étiquette"),
        (
            (
                f"`{r.regle}`",
                r.libelle,
                _delai(r),
                _borne(r.valid_from),
                _borne(r.valid_to),
                _actes(de_la_regle(r.regle)),
                r.legal_ref,
                f"*{r.tag}*",
            )
            for r in historique()
        ),
    )


def _delai(regle: Regle) -> str:
    if regle.duree_de_l_acte:
        return "que dit l'acte"
    if not regle.nombre:
        return "–"
    dite = duree_en_francais(regle, regle.combien)
    return f"{dite}, prorogé" if regle.convention == "PROROGE" else dite


def _borne(le: date) -> str:
    return "–" if le in {date.min, date.max} else jour(le)


def _actes(vocabulaire: Vocabulaire) -> str:
    return " ; ".join(_acte(nom, lus) for nom, lus in vocabulaire.items())


def _acte(nom: str, lus: Iterable[str]) -> str:
    if nom not in au_catalogue():
        return f"*{nom}*"
    connus = champs(catalogue()[nom])
    dits = [connus[champ].libelle if champ in connus else f"*{champ}*" for champ in sorted(lus)]
    return f"{noms()[nom]} ({', '.join(dits)})" if dits else noms()[nom]


def _etats() -> Iterator[str]:
    yield from tableau(
        ("état", "ce qu'il dit", "texte", "étiquette"),
        ((f"`{t.code}`", t.libelle, t.legal_ref, f"*{t.tag}*") for t in termes("etat_echeance", date.max)),
    )


def _treves() -> Iterator[str]:
    yield from tableau(
        ("hivers qui commencent en", "du", "au", "texte", "étiquette"),
        (
            (
                f"{t.hiver_de} et après" if t.hiver_a is None else f"{t.hiver_de} à {t.hiver_a}",
                _mois_jour(t.debut),
                _mois_jour(t.fin),
                t.legal_ref,
                f"*{t.tag}*",
            )
            for t in treves.historique()
        ),
    )


def _mois_jour(ecrit: str) -> str:
    return jour(date.fromisoformat(f"2001-{ecrit}")).rpartition("\u00a0")[0]


if __name__ == "__main__":
    sys.stdout.write(ecrire())
