"""How does git speak to GitHub over HTTPS with our token, and nobody else hear it?"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ports.forge import PermanentError
from ports.forge.github.calls import Api
from ports.forge.github.options import LOOPBACK, GitHub
from ports.git_access import Access, Own

USER = "x-access-token"  # GitHub takes any name beside a token; an App's has to be this one
_PORTS = {"https": 443, "http": 80}
_HINTS = (
    (
        ("Authentication failed", "could not read Username", "error: 401"),
        "GitHub does not take the token: set GITHUB_TOKEN, or the App's two variables, anew",
    ),
    (
        ("error: 403", "Write access to repository not granted", "Permission to "),
        "the token does not let us: it needs Contents, read and write",
    ),
    (
        ("error: 301", "error: 302", "error: 303", "error: 307", "error: 308"),
        "it was renamed or moved: change the target's origin, as the token goes to no other place",
    ),
    (
        ("error: 404", "not found"),
        "it does not exist, or the token may not see it",
    ),
)


@dataclass
class OverHttps:
    """The token of GitHub for git, at one address."""

    place: str  # scheme, host and port: what git may send it to
    bearer: Callable[[], str] = field(repr=False)
    forget: Callable[[], bool] = field(repr=False)
    _sent: str = field(default="", repr=False)

    def secrets(self) -> Mapping[str, str]:
        """Return the header for that address; a redirect is not followed with it."""
        self._sent = self.bearer()
        header = f"Authorization: Basic {_basic(self._sent)}"
        entries = {f"http.{self.place}/.extraHeader": header, "http.followRedirects": "false"}
        pairs = enumerate(entries.items())
        named = [(f"GIT_CONFIG_{part}_{n}", text) for n, pair in pairs for part, text in
                 zip(("KEY", "VALUE"), pair, strict=True)]  # fmt: skip
        return {"GIT_CONFIG_COUNT": str(len(entries)), **dict(named)}

    def renew(self) -> bool:
        """Forget the token that was refused; return whether another can be had."""
        return self.forget()

    def told(self, words: str) -> str:
        """Return git's words without the token, and what to do."""
        for secret in (self._sent, _basic(self._sent)):
            words = words.replace(secret, "***") if self._sent else words
        hints = [hint for marks, hint in _HINTS if any(mark in words for mark in marks)]
        return f"{words.rstrip('.')}. {hints[0][0].upper()}{hints[0][1:]}." if hints else words


def access_to(origin: str, options: GitHub, api: Callable[[], Api]) -> Access:
    """Return the right that git has at an origin: our token at GitHub, else its own.

    `api` raises PermanentError where the environment holds no token: git goes without one then,
    as everybody may who reads what is public.
    """
    place = _place(origin, options)
    if not place:
        return Own()
    try:
        asked = api()
    except PermanentError:
        return Own()
    return OverHttps(place, asked.bearer, asked.forget)


def _place(origin: str, options: GitHub) -> str:
    """Return scheme, host and port where an origin is reached with the token, or nothing."""
    ours, theirs = urlsplit(options.url), urlsplit(origin)
    try:
        port = theirs.port or _PORTS.get(theirs.scheme, 0)
        wanted = ours.port or _PORTS[ours.scheme]
    except ValueError:
        return ""
    if (theirs.hostname or "") != options.host or port != wanted:
        return ""
    if theirs.scheme != "https" and not (theirs.scheme == "http" and options.host in LOOPBACK):
        return ""
    return f"{theirs.scheme}://{theirs.netloc.rpartition('@')[2]}"


def _basic(token: str) -> str:
    return base64.b64encode(f"{USER}:{token}".encode()).decode()
