"""The catalogue of a sandbox: a household for each situation, and what each partner reads of it.

It is made by asking the gate as each of them would, once, when the département is told: a reset brings it back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from adapters.demo import recits
from adapters.demo.conteur import Conteur
from adapters.demo.departement import BAILLEURS_SOCIAUX, TEMOIN, Foyer
from adapters.demo.personnages import PERSONNAGES, Personnage
from adapters.demo.regards import regarder

_JOUR: Final = recits.SEANCE_CCAPEX
_PERSONNE: Final = recits.Sujets(UUID(int=0), UUID(int=0), lambda _, __: (UUID(int=0), _JOUR), _JOUR)
"""What a story names does not change which events it tells."""


@dataclass(frozen=True, slots=True)
class Raconte:
    """A household as a situation is looked for: ``rang`` among those that partners tell of, None if they do not."""

    foyer: Foyer
    rang: int | None

    @property
    def temoin(self) -> bool:
        """Whether it is the one that is written by hand."""
        return self.foyer.menage == TEMOIN

    def dit(self, type_: str, **champs: object) -> bool:
        """Whether its partners tell such an event."""
        if self.rang is None or self.temoin:
            return False
        return any(
            dite == type_ and champs.items() <= donnees.items()
            for propos in recits.autre(self.foyer, _PERSONNE, self.rang)
            for dite, _, donnees in propos.evenements
        )


@dataclass(frozen=True, slots=True)
class Illustration:
    """What a partner's software is to meet, what may be tried of it, and which household is so: the first one."""

    code: str
    titre: str
    essai: str
    convient: Callable[[Raconte], bool]


SITUATIONS: Final = (
    Illustration(
        "dossier-complet",
        "Un dossier complet, dont chacun voit une part",
        "Lisez-le sous plusieurs clients : chacun obtient un autre document, et le motif de ce qu'il n'a pas.",
        lambda r: r.temoin,
    ),
    Illustration(
        "declarants-contradictoires",
        "Deux déclarants qui se contredisent sur la dette",
        "Lisez les « DetteDeclaree » : le bailleur et le service social disent deux montants, et les deux restent.",
        lambda r: r.temoin,
    ),
    Illustration(
        "rapprochement",
        "Deux dossiers qui sont peut-être le même ménage",
        "Sous l'instructrice de la CCAPEX, demandez les rapprochements du dossier, et tranchez.",
        lambda r: r.temoin,
    ),
    Illustration(
        "premier-impaye",
        "Un commandement de payer, et rien après",
        "Demandez ce qui est déjà connu avant de le demander au ménage.",
        lambda r: r.rang is not None and r.foyer.types == ("CDP",),
    ),
    Illustration(
        "plan-signe",
        "Un plan d'apurement signé",
        "Dites-le rompu, et relisez les échéances.",
        lambda r: r.rang != recits.PARTI and r.dit("PlanApurementConclu", etape="SIGNE"),
    ),
    Illustration(
        "expulsion-accordee",
        "Le concours de la force publique accordé",
        "Lisez-le sous la sous-préfecture, puis sous le bailleur et sous la CLIL.",
        lambda r: "CFP_ACCORDE" in r.foyer.types and "EXPULSION" not in r.foyer.types,
    ),
    Illustration(
        "menage-efface",
        "Une personne du ménage effacée",
        "Lisez-le : ce qui ne concernait qu'elle ne se lit plus, et l'historique reste.",
        lambda r: r.rang == recits.PARTI,
    ),
    Illustration(
        "opposition",
        "Une personne qui s'oppose au traitement",
        "Lisez-le sous plusieurs clients, et comparez ce que chacun obtient encore.",
        lambda r: r.rang == recits.OPPOSE,
    ),
    Illustration(
        "secret-professionnel",
        "Une évaluation sous secret professionnel",
        "Lisez-le sous l'assistante sociale (jeton lié à la personne), puis sous tout autre client.",
        lambda r: r.rang not in {recits.PARTI, recits.OPPOSE} and r.dit("EvaluationSociale"),
    ),
    Illustration(
        "hors-portee",
        "Un dossier hors de portée du premier bailleur",
        "Lisez-le sous OPH FICTIF 1 : c'est la même réponse que pour un numéro qui n'existe pas.",
        lambda r: bool(r.foyer.actes) and r.foyer.menage.bailleur != BAILLEURS_SOCIAUX[0],
    ),
)


async def cataloguer(conteur: Conteur) -> list[dict[str, Any]]:
    """Each situation with its household, and what each person of the demonstration is answered."""
    rangs = {foyer.menage.reference: rang for rang, foyer in enumerate(conteur.racontes())}
    candidats = [Raconte(foyer, rangs.get(foyer.menage.reference)) for foyer in conteur.foyers()]
    candidats.sort(key=lambda r: (r.rang is None, r.rang))
    vus: dict[UUID, list[dict[str, Any]]] = {}
    entrees = []
    for situation in SITUATIONS:
        menage = next(r.foyer.menage for r in candidats if situation.convient(r))
        # Who objects is found by who answers persons that exercise their rights.
        dossier = await conteur.chercher(menage, recits.DPO, "DROITS_PERSONNE")
        if dossier is None:
            raise LookupError(situation.code)
        if dossier not in vus:
            vus[dossier] = [await _vu(conteur, dossier, p) for p in PERSONNAGES]
        entrees.append(
            {
                "situation": situation.code,
                "titre": situation.titre,
                "essai": situation.essai,
                "dossier": str(dossier),
                "reference": menage.reference,
                "menage": {
                    "nom": menage.nom,
                    "prenoms": menage.prenom,
                    "date_naissance": menage.naissance.isoformat(),
                    "commune": menage.commune,
                },
                "vus": vus[dossier],
            }
        )
    return entrees


async def _vu(conteur: Conteur, dossier: UUID, p: Personnage) -> dict[str, Any]:
    """What that person is answered, for the first of its purposes."""
    lu = await regarder(conteur.gate, conteur.emetteur, p, p.finalites[0], dossier)
    return {
        "partenaire": p.partenaire,
        "role": p.role,
        "agent": p.agent,
        "finalite": lu.finalite,
        "adresse": p.lecture.format(dossier=dossier),
        "statut": lu.statut,
        "communique": [*lu.mesures],
        "non_communique": [*lu.motifs],
    }
