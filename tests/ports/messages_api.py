"""What does a provider of the Messages API send in tests? The stand-in plays it over loopback."""

from contextlib import AbstractContextManager

from ports.llm.standin.messages import encoded, message
from ports.llm.standin.server import StandIn, serving
from ports.llm.standin.steps import Step, event, failure

__all__ = ["Provider", "Step", "answer", "cut", "event", "failure", "provider"]

Provider = StandIn
ASKED = {"model": "claude-sonnet-5-5"}
USAGE = {"input_tokens": 11, "output_tokens": 5, "cache_read_input_tokens": 7}
REQUEST_ID = {"request-id": "req_1"}


def answer(text: str, *, stop_reason: str = "end_turn", end: bool = True) -> Step:
    """Describe an answer as the real service streams it; without `end` it breaks off."""
    whole = message(Step(text=text, stop_reason=stop_reason, usage=USAGE), ASKED, 1)
    whole["model"] = ASKED["model"]  # what the real service says, so that nothing is simulated
    events = encoded(whole)
    return Step(events=events if end else events[:-3], headers=REQUEST_ID)


def cut(text: str, keep: int, **fields: object) -> Step:
    """Describe the first events of an answer."""
    return Step(events=answer(text).events[:keep], headers=REQUEST_ID, **fields)  # type: ignore[arg-type]


def provider(*steps: Step) -> AbstractContextManager[Provider]:
    """Serve the steps on a free loopback port until the block ends."""
    return serving(steps)
