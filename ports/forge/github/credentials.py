"""With which right do we speak, and how is it kept out of everything that is written?"""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ports.forge import PermanentError, TemporaryError

TOKEN = "GITHUB_TOKEN"  # noqa: S105 — the name of the variable, never its content
APP = "GITHUB_APP_ID"
KEY = "GITHUB_APP_PRIVATE_KEY"
WEBHOOK = "GITHUB_WEBHOOK_SECRET"
EARLY = 120.0  # seconds before its end that an installation's token is made anew
Ask = Callable[[str, str, str], Any]  # method, path and bearer → what GitHub answered


class Credential(Protocol):
    """Gives the word that opens GitHub."""

    def bearer(self, ask: Ask, now: float) -> str:
        """Return the token to send; `ask` may be used to get one."""

    def renew(self) -> bool:
        """Forget a token that was refused; return whether another one can be had."""

    def clean(self, words: str) -> str:
        """Return the words without anything that must stay secret."""


@dataclass
class Token:
    """A personal access token, classic or fine-grained."""

    value: str = field(repr=False)

    def bearer(self, ask: Ask, now: float) -> str:
        """Return the token."""
        return self.value

    def renew(self) -> bool:
        """Say that there is no other."""
        return False

    def clean(self, words: str) -> str:
        """Take the token out."""
        return words.replace(self.value, "***")


@dataclass
class App:
    """A GitHub App: it signs who it is, and gets a token of an hour for one repository."""

    number: str
    key: rsa.RSAPrivateKey = field(repr=False)
    repository: str
    _held: str = field(default="", repr=False)
    _until: float = 0.0
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def bearer(self, ask: Ask, now: float) -> str:
        """Return the installation's token; make one when there is none or its end is near."""
        with self._lock:
            if not self._held or now > self._until - EARLY:
                self._held, self._until = self._fresh(ask, now)
            return self._held

    def renew(self) -> bool:
        """Forget the token: the next question makes another."""
        with self._lock:
            self._held = ""
        return True

    def clean(self, words: str) -> str:
        """Take the installation's token out."""
        return words.replace(self._held, "***") if self._held else words

    def _fresh(self, ask: Ask, now: float) -> tuple[str, float]:
        signed = self.signed(now)
        installation = ask("GET", f"/repos/{self.repository}/installation", signed)
        number = installation.get("id") if isinstance(installation, dict) else None
        made = ask("POST", f"/app/installations/{number}/access_tokens", signed)
        try:
            until = datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00"))
            return str(made["token"]), until.timestamp()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TemporaryError("GitHub gave no token for the App's installation") from error

    def signed(self, now: float) -> str:
        """Return the JSON Web Token that says which App we are, for nine minutes."""
        claims = {"iat": int(now) - 60, "exp": int(now) + 540, "iss": self.number}
        text = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), SHA256())
        return f"{text}.{_base64(signature)}"


def from_environment(environ: Mapping[str, str], repository: str) -> Credential:
    """Return what the environment holds; raise PermanentError when that is nothing, or two."""
    token, app = environ.get(TOKEN, "").strip(), environ.get(APP, "").strip()
    if token and app:
        raise PermanentError(f"both {TOKEN} and {APP} are set: unset the one that is not meant")
    if token:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise PermanentError(f"{TOKEN} holds something that is no token: set it anew")
        return Token(token)
    if not app:
        raise PermanentError(f"neither {TOKEN} nor {APP} is set in the environment")
    return _app(app, environ.get(KEY, ""), repository)


_apps: dict[tuple[str, str, str], App] = {}  # a token of an hour outlives the step that asked


def _app(number: str, pem: str, repository: str) -> App:
    place = (number, pem, repository)
    if place not in _apps:
        _apps[place] = App(number, _private_key(pem), repository)
    return _apps[place]


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    if not pem.strip():
        raise PermanentError(f"{APP} is set, and {KEY} is not: an App needs both")
    text = pem.replace("\\n", "\n").strip() + "\n"  # some environments hold one line only
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PermanentError(f"{KEY} is no private key in PEM form") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise PermanentError(f"{KEY} is no RSA key, as GitHub gives for an App")
    return key


def _part(claims: Mapping[str, object]) -> str:
    return _base64(json.dumps(claims, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
