"""What does a model say whose answers were written beforehand?"""

from collections.abc import Callable, Iterable

from ports.llm import SIMULATED, ModelError, PermanentError, Reply, Request
from ports.llm.bodies import body
from ports.llm.standin import authored


class ScriptedModel:
    """Give the listed answers in order; its engine name marks every record as simulated."""

    engine = SIMULATED

    def __init__(
        self,
        answers: Iterable[str | Reply | ModelError],
        *,
        otherwise: Callable[[Request], str] | None = None,
    ) -> None:
        self._answers = list(answers)
        self._otherwise = otherwise
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Reply:
        """Return the next answer of the script, or raise the error that stands there."""
        self.requests.append(request)
        answer = self._next(request)
        if isinstance(answer, ModelError):
            raise answer
        return answer if isinstance(answer, Reply) else _reply(answer, len(self.requests))

    def count(self, request: Request) -> int | None:
        """Return None: nobody reads tokens here."""
        return None

    def _next(self, request: Request) -> str | Reply | ModelError:
        if len(self.requests) <= len(self._answers):
            return self._answers[len(self.requests) - 1]
        if self._otherwise:
            return self._otherwise(request)
        text = f"the script has {len(self._answers)} answers and was asked once more"
        raise PermanentError("script_ended", text)


def authored_model() -> ScriptedModel:
    """Return a model that answers each role as the stand-in does, without a server."""
    return ScriptedModel([], otherwise=lambda request: authored.answer(body(request)))


def _reply(text: str, number: int) -> Reply:
    return Reply(
        text=text,
        model="scripted",
        stop_reason="end_turn",
        request_id=f"scripted-{number}",
        input_tokens=0,
        output_tokens=0,
        cached_tokens=0,
        latency_ms=0,
        simulated=True,
    )
