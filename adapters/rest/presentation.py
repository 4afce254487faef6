"""A token as a request presents it, and what comes with it: proofs, and the certificate that our proxy tells of."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from adapters.identite.possession import Demonstration, Presentation
from adapters.rest.hotes import nom_d_hote
from adapters.rest.origine import Reseau, du_mandataire
from adapters.rest.requete import Requete

CERTIFICAT: Final = b"x-ssl-client-cert"
"""Where our proxy writes the certificate of a connection, and takes away what anybody else wrote."""
_PORTS: Final = {"http": 80, "https": 443}


class Abord(NamedTuple):
    """How the service is reached: its public address, or that of who asks itself; and the networks of its proxies."""

    public: str | None = None
    mandataires: Sequence[Reseau] = ()


EN_DIRECT: Final = Abord()
"""Without a proxy, at whatever name is asked for."""


def presentee(request: Requete) -> Presentation:
    """The token of a request; empty, if there is none of a kind that we know."""
    schema, _, jeton = (request.entete(b"authorization") or "").partition(" ")
    schema = schema.lower()
    return Presentation(
        jeton if schema in {"bearer", "dpop"} else "", schema == "dpop", partial(_demonstration, request)
    )


def _demonstration(request: Requete) -> Demonstration:
    abord: Abord = request.app.state.abord
    entetes = request.scope["headers"]
    cru = du_mandataire(request.scope, abord.mandataires)
    return Demonstration(
        request.method,
        partial(_vise, request, abord.public),
        [valeur for nom, valeur in entetes if nom == b"dpop"],
        [valeur for nom, valeur in entetes if nom == CERTIFICAT and valeur] if cru else (),
    )


def _vise(request: Requete, public: str | None, htu: str) -> bool:
    """Whether an address is the one that was asked, query and fragment left out (RFC 9449, 4.3).

    The proxy ends TLS and may listen on another port than we: scheme and port are those of the public address, if any.
    """
    ici = urlsplit(public or "http:")
    demande = request.entete(b"host") or ""
    try:
        dite = urlsplit(htu)
        ports = {_port(urlsplit(f"{ici.scheme}://{demande}")), _port(ici)}
        return (
            dite.scheme == ici.scheme
            and "@" not in dite.netloc
            and nom_d_hote(dite.netloc) == nom_d_hote(demande)
            and _port(dite) in ports
            and unquote(dite.path or "/") == request.scope["path"]
        )
    except ValueError:
        return False


def _port(adresse: SplitResult) -> int | None:
    return adresse.port or _PORTS.get(adresse.scheme)
