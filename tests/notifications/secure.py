"""Mail and web servers on the loopback with certificates of a test's own authority."""

import contextlib
import datetime
import socketserver
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.notifications.servers import Hook, Mailing, Post, Posting, serving

DAY = datetime.timedelta(days=1)


@dataclass
class Authority:
    """Vouch for servers; `path` is what a client has to trust."""

    folder: Path
    name: str = "an authority of tests"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        now = datetime.datetime.now(datetime.UTC)
        made = _begun(self.name, self.name, self.key, now - DAY, now + DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(
            digital_signature=False, key_cert_sign=True, crl_sign=True,
            content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        made = made.add_extension(usage, critical=True)
        identity = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        made = made.add_extension(identity, critical=False)
        self.path.write_bytes(
            made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    @property
    def path(self) -> Path:
        """Return where its own certificate lies."""
        return self.folder / f"{self.name.replace(' ', '-')}.pem"

    def context(self, *names: str, ended: bool = False) -> ssl.SSLContext:
        """Return what a server of these names presents; one that ended did so yesterday."""
        now, key = datetime.datetime.now(datetime.UTC), ec.generate_private_key(ec.SECP256R1())
        ends = now - DAY if ended else now + DAY
        made = _begun(names[0], self.name, key, now - 3 * DAY, ends)
        known = [_general(name) for name in names]
        made = made.add_extension(x509.SubjectAlternativeName(known), critical=False)
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        made = made.add_extension(server, critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = made.add_extension(issuer, critical=False)
        pem = self.folder / f"server-{x509.random_serial_number()}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        signed = made.sign(self.key, hashes.SHA256())
        pem.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context


def _begun(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime.datetime,
    ends: datetime.datetime,
) -> x509.CertificateBuilder:
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    made = x509.CertificateBuilder().subject_name(named[0]).issuer_name(named[1])
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return made.not_valid_before(begins).not_valid_after(ends)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class _Encrypting(Mailing):
    """Speak as Mailing does, in cipher from the first sign on or from STARTTLS on."""

    context: ssl.SSLContext | None
    at_once: bool
    is_encrypted = False

    def setup(self) -> None:
        if self.at_once and self.context:
            self.request.settimeout(10)
            self.request = self.context.wrap_socket(self.request, server_side=True)
            self.is_encrypted = True
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # the server knows of the one before the cipher alone

    def handle(self) -> None:
        if self.post.mood == "trickles":
            _trickle(self)
            return
        super().handle()

    def _answer(self, verb: str, line: bytes) -> str:
        self.post.verbs.append((verb, self.is_encrypted))
        if verb == "EHLO" and self.context and not self.is_encrypted:
            return "250-mail.example.org\r\n250-STARTTLS\r\n250 8BITMIME"
        if verb == "STARTTLS":
            return self._begin()
        if self.post.mood == "trickles in cipher" and self.is_encrypted and verb == "MAIL":
            _trickle(self)
            return "421 bye"
        return super()._answer(verb, line)

    def _begin(self) -> str:
        if self.post.mood == "takes it back":
            return "454 4.7.0 not available just now"
        injected = "\r\n250-nothing\r\n250 AUTH PLAIN" if self.post.mood == "injects" else ""
        self._say(f"220 go ahead{injected}")
        assert self.context
        self.rfile.close()
        self.request = self.connection = self.context.wrap_socket(
            self.connection, server_side=True
        )
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.is_encrypted = True
        return ""

    def _say(self, line: str) -> None:
        if line:  # behind STARTTLS it is the client's turn
            super()._say(line)


def _trickle(spoken: Mailing) -> None:
    """Send a sign now and then: each read of the client ends in time, and the reply never."""
    with contextlib.suppress(OSError):
        for _ in range(600):
            spoken.wfile.write(b"2")
            time.sleep(0.05)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: that a client refuses a certificate is what the tests are about."""


@contextmanager
def secure_mail(
    context: ssl.SSLContext | None, *, at_once: bool = False, host: str = "localhost"
) -> Iterator[Post]:
    """Serve mail with a certificate, or without any, under a name of this machine."""
    post = Post()
    told = {"post": post, "context": context, "at_once": at_once}
    server = _Server(("127.0.0.1", 0), type("Handler", (_Encrypting,), told))
    post.address = f"{'smtps' if at_once else 'smtp'}://{host}:{server.server_address[1]}"
    with serving(server):
        yield post


class _WebServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing, as above."""


@contextmanager
def secure_webhook(context: ssl.SSLContext, host: str = "localhost") -> Iterator[Hook]:
    """Serve a webhook over HTTPS."""
    hook = Hook()
    server = _WebServer(("127.0.0.1", 0), type("Handler", (Posting,), {"hook": hook}))
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    hook.address = f"https://{host}:{server.server_port}/hook/verysecrettoken"
    with serving(server):
        try:
            yield hook
        finally:
            hook.closing.set()
