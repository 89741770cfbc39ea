"""Which services of AWS AgentCore are used, and how can each use end? The port's contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Service(StrEnum):
    """Name what AgentCore offers and we can tell of."""

    MEMORY = "memory"
    CODE_INTERPRETER = "code interpreter"
    POLICY = "policy"
    EVALUATIONS = "evaluations"
    GATEWAY = "gateway"


class State(StrEnum):
    """Say how a call ended; only the first is an answer that can be used."""

    OK = "ok"
    NOT_CONFIGURED = "not configured"  # nothing was sent
    DENIED = "denied"
    UNREACHABLE = "unreachable"
    ERROR = "error"


class Failed(Exception):
    """A call gave nothing; the state and the kind say why, the words are for a person."""

    def __init__(self, state: State, kind: str, words: str) -> None:
        super().__init__(words)
        self.state, self.kind = state, kind

    @property
    def told(self) -> str:
        """Say it in one line."""
        return f"{self.state}, {self.kind}: {self}"


@dataclass(frozen=True)
class Seen:
    """Hold what a list of AgentCore says of what we use of it."""

    id: str = ""
    status: str = ""
    others: int = 0  # what the list holds besides


@dataclass(frozen=True)
class Executed:
    """Hold what a command said there, and its exit code where one was told."""

    output: str
    code: int | None


@dataclass(frozen=True)
class Opinion:
    """Hold one result of an evaluator: a value on a scale of its own, a label, or both."""

    trace: str  # which turn of the conversation it is about; empty: all of it
    dimension: str
    value: float | None
    label: str
    explanation: str


@dataclass(frozen=True)
class Judged:
    """Hold all results of one call, and the tokens that it used where that is told."""

    opinions: Sequence[Opinion]
    tokens: int | None


class Directory(Protocol):
    """Knows what there is of each service."""

    def look(self, service: Service) -> Seen:
        """Ask for the list of one service; raise Failed."""


class Memory(Protocol):
    """Keeps texts under an actor's name and finds them again by their meaning."""

    def remember(self, text: str, *, actor: str, name: str, at: datetime) -> str:
        """Keep a text once under its name and return the event's id; raise Failed."""

    def recall(self, query: str, *, actor: str, most: int) -> Sequence[str]:
        """Return what fits a question, the best first; raise Failed."""


class Interpreter(Protocol):
    """Runs commands in a session on a machine of AWS's."""

    def start(self, seconds: int) -> str:
        """Open a session that ends by itself after so long; return its id; raise Failed."""

    def write(self, session: str, files: Mapping[str, bytes]) -> None:
        """Put files into a session's folder; raise Failed."""

    def execute(self, session: str, command: str, *, seconds: float) -> Executed:
        """Run a command to its end; raise Failed unless its answer came whole."""

    def stop(self, session: str) -> None:
        """End a session with all that runs in it; raise Failed."""


class Evaluator(Protocol):
    """Judges a conversation on a scale that its owner has chosen."""

    @property
    def id(self) -> str:
        """Name it."""

    def evaluate(self, spans: Sequence[Mapping[str, Any]], *, session: str) -> Judged:
        """Judge the spans of one session; raise Failed unless all of the answer came."""
