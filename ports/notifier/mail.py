"""How does a message go out by e-mail?"""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from ports.addresses import is_loopback
from ports.notifier import Letter, NotSent
from ports.notifier.deadlines import Late, hanging_up

SECONDS = 20.0
MOST = 20  # receivers of one channel
READY = 220
_ONE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}", re.ASCII)
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """Name the server that takes our mail; what opens it comes from the environment."""

    address: str  # smtp://host:587, which must offer STARTTLS, or smtps://host
    sender: str
    user: str = ""
    password: str = ""


def receivers(given: str) -> tuple[str, ...]:
    """Return the addresses of a line; raise ValueError for any that is none."""
    found = tuple(part for part in re.split(r"[,;\s]+", given) if part)
    if not found or len(found) > MOST:
        raise ValueError(f"name between one and {MOST} addresses")
    if not all(_ONE.fullmatch(one) for one in found):
        raise ValueError("at least one of them is no e-mail address like ada@example.org")
    return found


def server_address(given: str) -> str:
    """Return the address of a mail server; raise ValueError for any other."""
    if given and not re.fullmatch(r"smtps?://[A-Za-z0-9.:\[\]-]+", given):
        raise ValueError("write smtp:// or smtps://, a host, and at most a port")
    if given:
        _ = urlsplit(given).port  # raises by itself
    return given


class Mail:
    """Hand a message to our mail server: in cipher, or on this machine."""

    def __init__(self, to: str, server: Server, *, seconds: float = SECONDS) -> None:
        self._to = receivers(to)
        self._server = server
        self._place = urlsplit(server_address(server.address))
        self._seconds = seconds

    def send(self, letter: Letter) -> None:
        """Hand it over; whoever of the receivers is refused makes it not sent."""
        if not self._server.address:
            raise NotSent("no mail server is set: `notifications.mail_server`")
        late, handed, smtp = Late(), False, self._client()
        try:
            with hanging_up(lambda: smtp.sock, self._seconds, late):
                self._enter(smtp)
                handed = True
                lost = smtp.send_message(self._written(letter), self._server.sender, self._to)
                _take_leave(smtp)
        except (OSError, smtplib.SMTPException) as error:
            unsure = handed and not isinstance(error, smtplib.SMTPResponseException)
            unsure = unsure and not isinstance(error, smtplib.SMTPRecipientsRefused)
            raise NotSent(self._words(error, late), unsure=unsure) from error
        finally:
            smtp.close()
        if lost:
            raise NotSent(f"{len(lost)} of {len(self._to)} receivers were refused", unsure=True)

    def _client(self) -> smtplib.SMTP:
        """Return what will speak with the server: it connects once its end is certain."""
        if self._place.scheme == "smtps":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self._seconds, context=context)
        else:
            smtp = smtplib.SMTP(timeout=self._seconds)
        smtp._host = self._place.hostname or ""  # type: ignore[attr-defined] # named by its certificate
        return smtp

    def _enter(self, smtp: smtplib.SMTP) -> None:
        port = self._place.port or _PORTS[self._place.scheme]
        code, said = smtp.connect(self._place.hostname or "", port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)
        smtp.ehlo()
        if self._place.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        elif self._place.scheme == "smtp" and not is_loopback(self._server.address):
            raise smtplib.SMTPException("it offers no STARTTLS, and nothing is sent in the clear")
        if self._server.user:
            smtp.login(self._server.user, self._server.password)

    def _written(self, letter: Letter) -> EmailMessage:
        written = EmailMessage()
        written["Subject"] = letter.title
        written["From"] = self._server.sender
        written["To"] = ", ".join(self._to)
        written["Message-ID"] = f"<{letter.uid}@{self._server.sender.rpartition('@')[2]}>"
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(letter.text)
        return written

    def _words(self, error: Exception, late: Late) -> str:
        if late or isinstance(error, TimeoutError):
            return f"the mail server did not answer within {self._seconds:g} seconds"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the mail server's certificate does not hold: {error.verify_message}"
        if isinstance(error, ssl.SSLError):
            return f"the mail server does not encrypt as agreed: {error.reason or error}"
        if isinstance(error, smtplib.SMTPResponseException):
            said = error.smtp_error
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            return f"the mail server answered {error.smtp_code}: {' '.join(text.split())[:200]}"
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return "the mail server refused every receiver"
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"the mail server did not take it: {told or type(error).__name__}"


def _take_leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye; however the server takes that, it has taken the message."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
