"""``docs/echanges.md``: the public list of exchanges, of data and of texts (CRPA L.114-8 III), from the rows."""

import sys
from collections.abc import Iterator
from datetime import date
from typing import Final

from adapters.mots.catalogue import tableau
from ledger.droit.donnees import historique
from ledger.droit.repondants import repondants
from policies import tables
from policies.decision import GROUPES

COMMANDE: Final = "python -m adapters.mots.echanges > docs/echanges.md"
_PRESENTATION: Final = """\
# Les échanges : ce qu'une administration obtient d'une autre, et par quel texte

« Dites-le nous une fois » (CRPA, L.113-12 et L.114-8) : une administration qui instruit une demande du ménage demande
ici ce qui est déjà connu, avant de le lui demander. Chaque échange laisse une trace, que la personne lit
(`GET /v1/dossiers/{dossier}/echanges`) : qui a obtenu quoi, de qui, pour quelle demande ; jamais la valeur. Elle se
garde trente-six mois (CRPA, R.114-9-7).

Cette liste est écrite d'après les règles d'accès et les lignes de droit que le service applique. *STATED*, le texte le
dit ; *INFERRED*, c'est une déduction.
"""


def ecrire() -> str:
    """The whole page."""
    lignes = [_PRESENTATION, "## Qui obtient, pour quelle demande", "", *_finalites()]
    lignes += ["", "## Quelles données", "", *_donnees()]
    return "\n".join(lignes) + "\n"


def _finalites() -> Iterator[str]:
    lues = tables.lire()
    for finalite in (f for f in lues.finalites if f["demande"]):
        yield f"### {finalite['libelle']} (`{finalite['code']}`)"
        yield ""
        yield f"Texte : {finalite['legal_ref']} *({finalite['tag']})*."
        yield ""
        roles = [r for r in lues.roles if finalite["code"] in r["finalites"]]
        yield from tableau(
            ("administration", "groupes de champs qui peuvent lui être communiqués"),
            ((f"`{r['code']}`", " ; ".join(_groupes(lues, r["code"], finalite))) for r in roles),
        )


def _groupes(lues: tables.Tables, role: str, finalite: tables.Disposition) -> Iterator[str]:
    ouverts = {ligne["groupe"] for ligne in lues.matrice[role] if ligne["lecture"] != "-"}
    return (f"{groupe} {GROUPES[groupe]}" for groupe in finalite["groupes"] if groupe in ouverts)


def _donnees() -> Iterator[str]:
    yield from tableau(
        ("donnée", "elle tient", "qui la détient", "texte", "étiquette"),
        (
            (
                f"`{d.donnee}` {d.libelle}",
                f"{d.fraicheur_jours} jours" if d.fraicheur_jours else "toujours",
                f"`{r.role}`" if r else "–",
                r.legal_ref if r else "–",
                f"*{r.tag}*" if r else "–",
            )
            for d in historique()
            for r in repondants(d.donnee, date.max) or (None,)
        ),
    )


if __name__ == "__main__":
    sys.stdout.write(ecrire())
