"""One server for all that looks at the kit: ours, behind a proxy, with something that is expected of who asks."""

from collections.abc import AsyncIterator

import pytest

from tests.bases import bases_neuves, ouvrir_ledger
from tests.conformite.banc import Banc, ouvrir_banc
from tests.monde import Monde, evenement, ouvrir_monde, peupler


@pytest.fixture(scope="package")
async def banc(modele: str) -> AsyncIterator[Banc]:
    with bases_neuves(modele) as bases:
        peupler(bases)
        async with ouvrir_ledger(bases) as ledger, ouvrir_monde(bases, ledger) as monde, ouvrir_banc(monde) as ouvert:
            await attendre_du_bailleur(monde)
            yield ouvert


async def attendre_du_bailleur(monde: Monde) -> None:
    """Two requests of one case, for two days."""
    dossier = await monde.ouvrir()
    saisie = evenement("CcapexSaisie", "2026-10-12")
    assert (await monde.contribuer(dossier, "ccapex", "CCAPEX_ADMINISTRATIVE", saisie)).status_code == 201
    for donnee, echeance in (("loyer", "2026-11-27"), ("dette", "2026-11-20")):
        dits = {"donnee": donnee, "destinataire": "bailleur", "echeance": echeance}
        demande = evenement("RenseignementDemande", "2026-10-20", **dits)
        recu = await monde.contribuer(dossier, "ccapex", "CCAPEX_INSTRUCTION", demande)
        assert recu.status_code == 201, recu.text
