"""Facts as the gate shows them, in words: the lines that every paper is made of. Pure, and run by the child alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from adapters.mots import libelles
from adapters.mots.valeurs import ecrire
from ledger.catalogue import ActeProtege, Champ, Classe, Nature, catalogue, champs

INCONNU: Final = "non communiqué"
"""Stands for what is not there, whether it is unknown or withheld: the two are one to a reader (law 5)."""


@dataclass(frozen=True, slots=True)
class FaitDit:
    """One fact that stands, as a line: when, what, its fields in words, who told it."""

    id: str
    type: str
    groupe: str
    jour: str
    titre: str
    mots: tuple[tuple[str, str], ...]
    auteur: str
    role: str
    champs: Mapping[str, Any]

    @property
    def dit(self) -> str:
        """Its fields, one after the other."""
        return " ; ".join(f"{nom} : {valeur}" for nom, valeur in self.mots)

    @property
    def le(self) -> str:
        """The day that it is true of, in words."""
        return libelles.jour(self.jour)

    def mot(self, champ: str) -> str:
        """A field in words; empty where it is not shown."""
        if champ == "survenu_le":
            return self.le
        valeur = self.champs.get(champ)
        decrit = champs(catalogue()[self.type]).get(champ)
        return "" if valeur is None or decrit is None else ecrire(decrit, valeur)


@dataclass(frozen=True, slots=True)
class DossierImprime:
    """A case for a paper: the facts that stand, the latest first, how many do not, and what else the gate told."""

    id: str
    synthese: Mapping[str, Any]
    lignes: tuple[FaitDit, ...]
    tombes: int
    non_communique: Sequence[Mapping[str, str]]
    communique: Sequence[Mapping[str, str]]
    donnees: Sequence[Mapping[str, Any]]
    echeances: Sequence[Mapping[str, Any]]
    au: date

    @property
    def court(self) -> str:
        """The end of its number, by which people call it."""
        return self.id[-8:]

    @property
    def titulaires(self) -> tuple[str, ...]:
        """Who holds the lease, by name, as far as it is shown; each once."""
        noms = (
            " ".join(str(x.champs[c]) for c in ("prenoms", "nom") if x.champs.get(c))
            for x in reversed(self.lignes)
            if x.type == "OccupantDeclare" and x.champs.get("qualite") in {"TITULAIRE", "COTITULAIRE"}
        )
        return tuple(dict.fromkeys(nom for nom in noms if nom))

    @property
    def commune(self) -> str:
        """The commune of the dwelling, by name."""
        insee = self.synthese.get("commune")
        return libelles.commune(insee, self.au) if insee else ""

    @property
    def lieu(self) -> tuple[str, ...]:
        """The lines of the dwelling's address, as far as it is shown."""
        adresse, code = self.valeur("adresse"), self.valeur("code_postal")
        return tuple(ligne for ligne in (adresse, f"{code} {self.commune}".strip()) if ligne)

    def de(self, *types: str) -> tuple[FaitDit, ...]:
        """The facts of these types, the latest first."""
        return tuple(x for x in self.lignes if x.type in types)

    def mot(self, type_: str, champ: str) -> str:
        """The last telling of a field, in words; empty where there is none that is shown."""
        return next((dit for x in self.de(type_) if (dit := x.mot(champ))), "")

    def donnee(self, nom: str) -> Mapping[str, Any] | None:
        """One thing that is told, as the situation has it."""
        return next((d for d in self.donnees if d["donnee"] == nom and d["valeur"] is not None), None)

    def valeur(self, nom: str) -> str:
        """The telling of it that holds, in words."""
        dite = self.donnee(nom)
        return "" if dite is None else assertion(dite["assertions"][0])


def lire(matiere: Mapping[str, Any], *, s3: bool = True) -> DossierImprime:
    """A case as ``adapters.gate.documents`` answered it; without ``s3``, less what is under professional secrecy."""
    document: Mapping[str, Any] = matiere["document"]
    debout = [f for f in document["faits"] if not f.get("corrige_par") and not f.get("efface")]
    lignes = sorted((_ligne(f, s3=s3) for f in debout if s3 or not _secret(f["type"])), key=lambda x: x.jour)
    return DossierImprime(
        id=str(document["dossier"]),
        synthese=document.get("synthese", {}),
        lignes=tuple(reversed(lignes)),
        tombes=len(document["faits"]) - len(debout),
        non_communique=document.get("non_communique", ()),
        communique=document.get("communique", ()),
        donnees=[d for d in matiere["situation"]["donnees"] if s3 or not _dite_s3(d)],
        echeances=matiere["echeances"],
        au=date.fromisoformat(matiere["au"]),
    )


def _secret(type_: str) -> bool:
    return issubclass(catalogue()[type_], ActeProtege)


def _ligne(f: Mapping[str, Any], *, s3: bool) -> FaitDit:
    cls = catalogue()[f["type"]]
    decrits = champs(cls)
    dits = {
        c: v
        for c, v in f["champs"].items()
        if v not in (None, []) and (s3 or c not in decrits or decrits[c].classe is not Classe.S3)
    }
    auteur = f.get("auteur") or {}
    mots = tuple(
        (_intitule(decrits[c].libelle), _valeur(c, decrits[c], v, f["survenu_le"]))
        for c, v in dits.items()
        if c in decrits and decrits[c].nature is not Nature.IDENTIFIANT
    )
    return FaitDit(
        id=str(f["id"]),
        type=f["type"],
        groupe=cls.GROUPE,
        jour=f["survenu_le"],
        titre=libelles.evenement(f["type"]),
        mots=mots,
        auteur=auteur.get("organisation") or "auteur non communiqué",
        role=libelles.role(auteur.get("role") or ""),
        champs=dits,
    )


def _dite_s3(donnee: Mapping[str, Any]) -> bool:
    dites = ((a["type"], a["champ"]) for a in donnee["assertions"])
    return any(_secret(type_) or champs(catalogue()[type_])[champ].classe is Classe.S3 for type_, champ in dites)


def _valeur(nom: str, champ: Champ, valeur: Any, le: str) -> str:  # noqa: ANN401 - whatever a field holds
    return libelles.commune(str(valeur), date.fromisoformat(le)) if nom == "commune" else ecrire(champ, valeur)


def _intitule(dit: str) -> str:
    return dit.removesuffix(", en centimes").removesuffix(" (code INSEE)")


def assertion(dite: Mapping[str, Any]) -> str:
    """What one telling says, in words."""
    return _valeur(dite["champ"], champs(catalogue()[dite["type"]])[dite["champ"]], dite["valeur"], dite["vrai_au"])
