"""What does a model say whose answers were written beforehand?"""

from collections.abc import Iterable

from ports.llm import ModelError, PermanentError, Reply, Request


class ScriptedModel:
    """Give the listed answers in order; its engine name marks every record as simulated."""

    engine = "scripted"

    def __init__(self, answers: Iterable[str | Reply | ModelError]) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Reply:
        """Return the next answer of the script, or raise the error that stands there."""
        self.requests.append(request)
        if len(self.requests) > len(self._answers):
            text = f"the script has {len(self._answers)} answers and was asked once more"
            raise PermanentError("script_ended", text)
        answer = self._answers[len(self.requests) - 1]
        if isinstance(answer, ModelError):
            raise answer
        return answer if isinstance(answer, Reply) else _reply(answer, len(self.requests))


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
    )
