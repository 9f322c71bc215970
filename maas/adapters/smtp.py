"""Mail over SMTP."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from urllib.parse import unquote, urlsplit

from maas.core.mail import Mail, MailRefused

TIMEOUT_S: Final = 20.0
_REFUSALS: Final = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
)
"""The server answered, and its answer was no."""
DEFAULT_PORT: Final = {"smtp": 587, "smtps": 465}


class SmtpOutbox:
    """
    Sends each mail through a server named as `smtp://user:password@host:port`.

    `smtps` speaks TLS from the start. `smtp` turns to TLS where the server offers it, and never
    sends a password without.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORT or not parts.hostname:
            raise ValueError("A mail server is named as smtp://host:port or smtps://host:port.")
        self._host = parts.hostname
        self._port = parts.port or DEFAULT_PORT[parts.scheme]
        self._is_tls = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """
        Send one message.

        Raises:
            MailRefused: The server refused it or cannot be reached.
            OSError: The line broke after the message was given (`SMTPException` is one too).
        """
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        if mail.id:
            # The same name at every attempt: who gets it twice sees it once.
            message["Message-ID"] = f"<{mail.id}@{self._sender.rpartition('@')[2].strip('<> ')}>"
        message.set_content(mail.body)
        try:
            server = self._connected()
        except OSError as error:
            raise MailRefused(str(error)) from error
        with server:
            try:
                server.send_message(message)
            except _REFUSALS as error:
                raise MailRefused(str(error)) from error

    def forget(self, address: str) -> None:
        """Do nothing: what was sent is not kept here."""

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        try:
            server.ehlo()
            if not self._is_tls and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self._user:
                if not self._is_tls and not isinstance(server.sock, ssl.SSLSocket):
                    raise smtplib.SMTPException("A password is not sent without TLS.")
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server
