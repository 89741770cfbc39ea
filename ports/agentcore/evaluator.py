"""What does one of AgentCore's evaluators say of a conversation, and when is its answer whole?"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ports.agentcore import Failed, Judged, Opinion, State
from ports.agentcore.failures import broken, judging, plain
from ports.agentcore.options import AgentCore
from ports.agentcore.wire import DATA, Wire
from ports.stopping import awaited

LARGEST = 300_000  # characters of all spans together, as JSON
MOST_RESULTS = 30
LONGEST_EXPLANATION = 2_048  # characters, as the service has it
LARGEST_NUMBER = 1e12  # what is beyond it is on no scale, and no count of tokens
NO_ID = "agentcore.evaluator_id names none"


class HostedEvaluator:
    """Hand over a conversation once; a part of an answer is none."""

    def __init__(self, options: AgentCore) -> None:
        self._options = options
        self._wire = Wire(options)

    @property
    def id(self) -> str:
        """Name the evaluator."""
        return self._options.evaluator_id

    def evaluate(self, spans: Sequence[Mapping[str, Any]], *, session: str) -> Judged:
        """Have the spans of one session judged; whoever is called off does not wait for it."""
        if not self.id:
            raise Failed(State.NOT_CONFIGURED, "no_id", NO_ID)
        size = len(json.dumps(spans))
        if size > LARGEST:
            words = (
                f"the conversation has {size:,} characters, {LARGEST:,} are handed over at most"
            )
            raise broken("too_large", f"{words}; nothing was sent")
        return awaited(lambda: self._evaluate(spans, session))

    def _evaluate(self, spans: Sequence[Mapping[str, Any]], session: str) -> Judged:
        with self._wire.asking(DATA, self._options.call_seconds) as ask:
            answer = ask(
                "evaluate",
                evaluatorId=self.id,
                evaluationInput={"sessionSpans": list(spans)},
            )
        with judging("evaluate"):
            return _judged(answer["evaluationResults"], session)


def _judged(results: Sequence[Mapping[str, Any]], session: str) -> Judged:
    if not results:
        raise broken("no_results", "evaluate answered without any result")
    if len(results) > MOST_RESULTS:
        raise broken("too_many_results", f"evaluate answered with {len(results)} results")
    return Judged([_opinion(one, session) for one in results], _tokens(results))


def _opinion(result: Mapping[str, Any], session: str) -> Opinion:
    """Read one result; raise Failed where it is an error, half of one, or about something else."""
    if result.get("errorCode") or result.get("errorMessage"):
        words = plain(result.get("errorMessage")) or plain(result.get("errorCode"))
        raise broken("evaluation_failed", f"the evaluator failed: {words}")
    about = result["context"]["spanContext"]
    if about["sessionId"] != session:
        raise broken("another_session", "evaluate answered about another conversation")
    value, label = result.get("value"), _text(result, "label")
    if value is not None and not abs(value) <= LARGEST_NUMBER:  # which no NaN is
        raise broken("bad_body", "evaluate answered with a value that is no number")
    if value is None and not label.strip():
        raise broken("half_an_answer", "evaluate answered without a value and without a label")
    return Opinion(
        trace=_text(about, "traceId"),
        dimension=_text(result, "evaluationDimensionName"),
        value=value,
        label=label,
        explanation=_text(result, "explanation"),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    found = fields.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise broken("bad_body", f"evaluate answered with a {name} that is no text")
    return found[:LONGEST_EXPLANATION]


def _tokens(results: Sequence[Mapping[str, Any]]) -> int | None:
    """Add up what was used; what one result does not tell, nobody knows of all."""
    counts = [(one.get("tokenUsage") or {}).get("totalTokens") for one in results]
    known = [one for one in counts if type(one) is int and 0 <= one <= LARGEST_NUMBER]
    return sum(known) if len(known) == len(counts) else None
