"""The running API against its own contract: generated requests, right and wrong, from several roles.

Nothing that it answers is a 5xx, nothing leaves its OpenAPI document (every event described), and what the document
forbids is not accepted. In CI at least 5,000 requests; elsewhere a sample.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import anyio
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Err

from adapters.exploc.routes import CHEMIN
from adapters.rest.contrat import contrat
from adapters.service.routes import ROUTES
from ledger.catalogue import catalogue
from tests.monde import AGENTS, FINALITE_USUELLE, Monde, evenement
from tests.web.site_fige import servir

Operation = APIOperation[Any, Any, Any, Any]
Cas = Case[Any]
CAS: Final = 5_000 if os.environ.get("CI") == "true" else 500
LOURDES: Final = {CHEMIN: 10}
"""Routes where each request starts a process: a few are enough."""
VERIFIEES: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
DE_LIGNES: Final = frozenset({"/v1/interventions/lot"})
APPELANTS: Final = (
    *((qui, finalite, AGENTS[qui]) for qui, finalite in FINALITE_USUELLE.items()),
    ("ccapex", "CCAPEX_INSTRUCTION", AGENTS["ccapex"]),
    ("comex", "CFP_INSTRUCTION", "bureau-2"),
    ("ssd", "ACCOMPAGNEMENT", None),
)


@schemathesis.serializer("text/csv", "application/gzip")
def _texte(_: Any, valeur: Any) -> bytes:
    """A body that is no JSON document: text as it was generated."""
    return str(valeur).encode("utf-8", "surrogatepass")


@schemathesis.serializer("application/x-ndjson")
def _lignes(_: Any, valeur: Any) -> bytes:
    """One JSON document per line."""
    return b"\n".join(json.dumps(ligne).encode() for ligne in (valeur if isinstance(valeur, list) else [valeur]))


@pytest.mark.long
async def test_l_api_ne_sort_jamais_de_son_contrat(monde: Monde, compter: Callable[[str, int], None]) -> None:
    dossier = await monde.ouvrir()
    dette = evenement("DetteDeclaree", montant=224770, arretee_au="2026-10-31")
    assert (await monde.contribuer(dossier, "bailleur", "ACTE_EMISSION", dette)).status_code == 201
    async with servir(monde.app) as adresse:
        essai = Essai(monde, adresse, dossier)
        statuts = await anyio.to_thread.run_sync(essai.mener)
    assert essai.fautes == {}
    total = statuts.total()
    assert total >= CAS
    # An API that refuses everything would conform too.
    assert statuts[200] + statuts[201] > total // 25
    compter("requêtes de Schemathesis, aucune réponse hors du contrat", total)
    for statut, nombre in sorted(statuts.items()):
        compter(f"  dont réponses {statut}", nombre)


class Essai:
    """One run of generated requests, from a thread of its own, over real HTTP."""

    def __init__(self, monde: Monde, adresse: str, dossier: str) -> None:
        self._monde = monde
        self._adresse = adresse
        self._dossier = dossier
        self._cles = count()
        self._session = requests.Session()
        self.fautes: dict[str, str] = {}

    def mener(self) -> Counter[int]:
        """The statuses that were answered, by number."""
        entier = json.loads(contrat(self._monde.gate.tables, ROUTES, tuple(catalogue())))
        document = schemathesis.openapi.from_dict(entier)
        operations = [lue.ok() for lue in document.get_all_operations() if not isinstance(lue, Err)]
        assert len(operations) >= 17
        contribuer = document["/v1/dossiers/{dossier}/interventions"]["POST"]
        statuts: Counter[int] = Counter()
        parts = CAS // len(operations) // len(GenerationMode) + 1
        with self._session:
            for operation in operations:
                for mode in GenerationMode:
                    if operation.path not in LOURDES or mode is GenerationMode.POSITIVE:
                        cas = self._cas(operation, mode)
                        statuts += self._essayer(cas, LOURDES.get(operation.path, parts))
            # A route that has few different requests leaves room for the one that has most.
            while (reste := CAS - statuts.total()) > 0:
                statuts += self._essayer(contribuer.as_strategy(), reste)
        return statuts

    def _cas(self, operation: Operation, mode: GenerationMode) -> st.SearchStrategy[Cas]:
        """Requests for one operation. The lines of a batch are right and wrong together; text is always text."""
        if operation.path not in DE_LIGNES:
            return operation.as_strategy(generation_mode=mode)
        return st.builds(
            self._lot,
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            st.lists(operation.as_strategy(generation_mode=mode), max_size=3),
        )

    def _lot(self, cas: Cas, lignes: list[Cas]) -> Cas:
        corps: list[Any] = [ligne.body for ligne in (cas, *lignes)]
        cas.body = [
            c | {"dossier": self._dossier, "cle": f"ligne-{next(self._cles)}"} if isinstance(c, dict) else c
            for c in corps
        ]
        return cas

    def _essayer(self, strategie: st.SearchStrategy[Cas], nombre: int) -> Counter[int]:
        statuts: Counter[int] = Counter()

        @settings(
            max_examples=nombre,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
            database=None,
            derandomize=True,
        )
        @given(cas=strategie, qui=st.sampled_from(APPELANTS), connu=st.booleans())
        def essai(cas: Cas, qui: tuple[str, str, str | None], connu: bool) -> None:
            self._habiller(cas, qui, connu)
            reponse = cas.call(base_url=self._adresse, session=self._session, allow_redirects=False, timeout=30)
            statuts[reponse.status_code] += 1
            try:
                # A bad line of a batch is refused in its own answer, under the 200 of the batch.
                sauf = [REJET] if cas.path in DE_LIGNES else []
                cas.validate_response(reponse, checks=VERIFICATIONS, excluded_checks=sauf)
            except FailureGroup as fautes:
                for faute in fautes.exceptions:
                    self.fautes[f"{cas.operation.label} : {faute.title}"] = str(fautes)

        essai()
        return statuts

    def _habiller(self, cas: Cas, qui: tuple[str, str, str | None], connu: bool) -> None:
        """Give a request what lets it go further than the door, but where it is meant to stumble."""
        partenaire, finalite, agent = qui
        faux = cas.meta.components if cas.meta else {}
        bons = self._monde.entetes(partenaire, finalite, agent) | {"Idempotency-Key": f"cas-{next(self._cles)}"}
        a_faux = {lieu for lieu, info in faux.items() if info.mode.is_negative}
        cas.headers.update(bons if ParameterLocation.HEADER not in a_faux else {"Authorization": bons["Authorization"]})
        if not connu:
            return
        if "dossier" in cas.path_parameters and ParameterLocation.PATH not in a_faux:
            cas.path_parameters["dossier"] = self._dossier
        if isinstance(cas.body, dict) and "dossier" in cas.body and ParameterLocation.BODY not in a_faux:
            cas.body["dossier"] = self._dossier


def _verifications() -> list[Any]:
    schemathesis.checks.load_all_checks()
    return [schemathesis.checks.CHECKS.get_one(nom) for nom in VERIFIEES]


VERIFICATIONS: Final = _verifications()
REJET: Final = VERIFICATIONS[-1]
