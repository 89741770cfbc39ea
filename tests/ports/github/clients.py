"""Clients of the GitHub on loopback, that do not really wait."""

from dataclasses import dataclass, field

from ports.forge.github.calls import Api, Patience
from ports.forge.github.credentials import Credential, Token
from ports.forge.github.forge import GitHubForge
from ports.forge.github.wire import HttpWire
from tests.ports.github.server import TOKEN, GitHub


@dataclass
class Waits:
    """Turn a clock on instead of waiting, and note for how long that was."""

    seconds: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Note it."""
        self.seconds.append(seconds)

    def clock(self) -> float:
        """Return the time that was waited in all."""
        return sum(self.seconds)

    def patience(self, **more: float) -> Patience:
        """Return patience with this clock."""
        return Patience(clock=self.clock, sleep=self.sleep, now=lambda: 1_000_000.0, **more)  # type: ignore[arg-type]


def api_of(
    server: GitHub,
    waits: Waits | None = None,
    credential: Credential | None = None,
    seconds: float = 10,
) -> Api:
    """Return a client with the token that the server knows."""
    patience = (waits or Waits()).patience()
    return Api(server.address, credential or Token(TOKEN), HttpWire(seconds), patience)


def forge_of(
    server: GitHub,
    waits: Waits | None = None,
    *,
    credential: Credential | None = None,
    method: str = "merge",
    seconds: float = 10,
) -> GitHubForge:
    """Return the forge of the repository that the server serves."""
    return GitHubForge(api_of(server, waits, credential, seconds), server.hub.name, method)
