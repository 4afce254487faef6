"""One letter handed to the server of mail, and what came of it: of its answers, the code alone is kept."""

import asyncio
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiosmtplib

from adapters.livraison.compte import CompteDeCourrier
from adapters.livraison.postier import Remise

EN_TOUT: Final = 30.0
"""Seconds for all of it: a server that answers by drops has no more."""
PATIENCE_DU_COURRIER: Final = 10.0
"""Seconds for each of its answers."""
PERMANENT: Final = 500
INJOIGNABLE: Final = "serveur de courrier injoignable"
MUET: Final = "serveur de courrier muet"
ENVOI: Final = "envoi refusé au service par le serveur de courrier,"
DEFINITIF: Final = "définitivement"
PASSAGER: Final = "pour l'instant"
_REFUSES: Final = (
    (aiosmtplib.SMTPRecipientRefused, "adresse refusée par le serveur de courrier,"),
    (aiosmtplib.SMTPDataError, "courriel refusé par le serveur de courrier,"),
)
INADAPTE: Final = "serveur de courrier sans le chiffrement ou l'authentification voulus"


class Courrier(NamedTuple):
    """A letter: to which mailbox, under which name, the same if it is sent twice, and what it says."""

    a: str
    nom: str
    objet: str
    texte: str


class Messagerie:
    """Sends. Each letter has a connection of its own; encrypted, and to the very name, unless the account says not."""

    def __init__(self, compte: CompteDeCourrier, tls: ssl.SSLContext | None = None, en_tout: float = EN_TOUT) -> None:
        self._compte = compte
        self._tls = tls or ssl.create_default_context()
        self._en_tout = en_tout

    @property
    def accueil(self) -> str:
        """The address of the service's pages."""
        return self._compte.accueil

    async def envoyer(self, courrier: Courrier, le: datetime) -> Remise:
        """Hand it over, once."""
        try:
            async with asyncio.timeout(self._en_tout):
                await self._remettre(self._ecrire(courrier, le))
        except (TimeoutError, OSError, aiosmtplib.SMTPException) as echec:
            return _lire(echec)
        return Remise()

    async def _remettre(self, message: EmailMessage) -> None:
        compte = self._compte
        await aiosmtplib.send(
            message,
            hostname=compte.hote,
            port=compte.port,
            username=compte.utilisateur,
            password=compte.passe,
            use_tls=compte.chiffrement == "implicite",
            start_tls=compte.chiffrement == "starttls",
            tls_context=None if compte.chiffrement == "aucun" else self._tls,
            local_hostname=urlsplit(compte.accueil).hostname,
            timeout=min(PATIENCE_DU_COURRIER, self._en_tout),
        )

    def _ecrire(self, courrier: Courrier, le: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._compte.expediteur
        message["To"] = courrier.a
        message["Subject"] = courrier.objet
        message["Date"] = format_datetime(le)
        message["Message-ID"] = f"<{courrier.nom}@{self._compte.expediteur.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(courrier.texte, cte="quoted-printable")
        return message


def _lire(echec: Exception) -> Remise:
    """What a failure comes to. What the server said of it is not kept: it may name the mailbox."""
    if isinstance(echec, aiosmtplib.SMTPRecipientsRefused):
        return _lire(echec.recipients[0])
    match echec:
        case aiosmtplib.SMTPResponseException(code=code):
            # Any other answer is of us, or of who we say that we are: it says nothing of this mailbox.
            de_quoi = next((phrase for genre, phrase in _REFUSES if isinstance(echec, genre)), "")
            quand = DEFINITIF if code >= PERMANENT else PASSAGER
            return Remise(f"{de_quoi or ENVOI} {quand} (SMTP {code})", refusee=bool(de_quoi) and code >= PERMANENT)
        case aiosmtplib.SMTPConnectError():
            return Remise(INJOIGNABLE)
        case TimeoutError() | aiosmtplib.SMTPServerDisconnected():
            return Remise(MUET, incertaine=True)
        case OSError():
            return Remise(INJOIGNABLE)
        case _:
            return Remise(INADAPTE)
