"""Files of a demonstration that are for who runs it alone."""

import os
from pathlib import Path


def ecrire_secret(fichier: Path, octets: bytes) -> None:
    """Whole, or as it was before; readable by its owner alone."""
    neuf = fichier.with_suffix(".neuf")
    descripteur = os.open(neuf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descripteur, "wb") as flux:
        flux.write(octets)
        flux.flush()
        os.fsync(flux.fileno())
    neuf.replace(fichier)
