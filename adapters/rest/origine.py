"""Where a request comes from, as far as it is kept: the network, never the machine."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

_GARDES: Final = {4: 24, 6: 48}
"""Bits of an address that are kept, by its version: some hundreds of households' connections look the same."""

Reseau = ipaddress.IPv4Network | ipaddress.IPv6Network


def origine(scope: Scope, mandataires: Sequence[Reseau] = ()) -> str:
    """The network of who asks. A proxy of ours is asked whom it speaks for; what anybody else says is not read."""
    adresse = _adresse((scope.get("client") or ("",))[0])
    if adresse is not None and du_mandataire(scope, mandataires):
        dits = [valeur for nom, valeur in scope["headers"] if nom == b"x-forwarded-for"]
        dite = dits[-1].decode("latin-1").rpartition(",")[2].strip() if dits else ""
        adresse = _adresse(dite) or adresse
    if adresse is None:
        return ""
    return str(ipaddress.ip_network((adresse, _GARDES[adresse.version]), strict=False))


def du_mandataire(scope: Scope, mandataires: Sequence[Reseau]) -> bool:
    """Whether a request was handed over by a proxy of ours."""
    adresse = _adresse((scope.get("client") or ("",))[0])
    return adresse is not None and any(adresse in reseau for reseau in mandataires)


def _adresse(texte: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        adresse = ipaddress.ip_address(texte)
    except ValueError:
        return None
    return getattr(adresse, "ipv4_mapped", None) or adresse
