"""What is an agent's answer worth, and what is it asked once more?

One road for every agent that answers with an object: read strictly, ask once more with the list
of mistakes, then guess for advice alone, then settle for what leads to a rejection.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from personas.replies.contracts import Choice, Review
from personas.replies.objects import NoAnswer, extract, extracted

MOST_MISTAKES = 20
LONGEST_MISTAKE = 300
ONCE_MORE = "Answer again with the JSON object only: no words around it, no code fence."

Shape = TypeVar("Shape", bound=BaseModel)


class Said(Protocol):
    """Hold what an agent said, and whether it ended by itself."""

    @property
    def text(self) -> str: ...
    @property
    def complete(self) -> bool: ...
    @property
    def stop_reason(self) -> str: ...


# Says what is wrong with a value that has the right shape.
Against = Callable[[Shape], Sequence[str]]
# Asks the agent, with these words added to its question: none at first.
Ask = Callable[[str], Said]


@dataclass(frozen=True, kw_only=True)
class Settled(Generic[Shape]):
    """Hold what came of asking; without a value `reason` says why there is none."""

    value: Shape | None
    repaired: bool
    reason: str
    texts: tuple[str, ...]  # each answer as it came, in order


def nothing(_value: object) -> Sequence[str]:
    """Mind nothing."""
    return ()


class Unusable(Exception):
    """List what is wrong with one answer."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistake[:LONGEST_MISTAKE] for mistake in mistakes[:MOST_MISTAKES])
        super().__init__("; ".join(self.mistakes))


def plan(ask: Ask, against: Against[Choice] = nothing) -> Settled[Choice]:
    """Ask the Architect; without a plan that can be read there is none, and nothing is built."""
    return settle(Choice, ask, against)


def review(ask: Ask) -> Settled[Review]:
    """Ask the Reviewer; a guess approves nothing, and no usable answer is a rejection."""
    settled = settle(Review, ask)
    if settled.value is None:
        return replace(settled, value=Review.refused(settled.reason))
    if settled.repaired:
        return replace(settled, value=settled.value.unapproved())
    return settled


def settle(shape: type[Shape], ask: Ask, against: Against[Shape] = nothing) -> Settled[Shape]:
    """Ask at most twice, and return what was said in the shape that was asked for.

    `against` says what is wrong with a value beyond its shape; such a one is no answer either.
    """
    answers: list[Said] = []
    words, reason = "", ""
    for _ in range(2):
        answers.append(ask(words))
        try:
            value = read(shape, answers[-1])
            _refuse(against(value))
        except Unusable as refusal:
            words, reason = once_more(refusal), str(refusal)
        else:
            return _settled(answers, value)
        if answers[-1].stop_reason == "refusal":
            break  # it was asked, it declined: asking again would be pressing it
    return _settled(answers, _guess(shape, answers, against), reason)


def read(shape: type[Shape], said: Said) -> Shape:
    """Return an answer in its shape; raise Unusable with every mistake."""
    if not said.complete:
        raise Unusable([f"the answer did not end by itself (stop reason {said.stop_reason})"])
    try:
        return shape.model_validate(extract(said.text, accept=lambda one: _fits(shape, one)))
    except NoAnswer as refusal:
        raise Unusable([refusal.reason]) from None
    except ValidationError as error:
        raise Unusable(_mistakes(error)) from None


def once_more(refusal: Unusable) -> str:
    """Write what an agent is told when its answer could not be used."""
    mistakes = "\n".join(f"- {' '.join(mistake.split())}" for mistake in refusal.mistakes)
    return f"Your last answer could not be used:\n{mistakes}\n{ONCE_MORE}"


def _refuse(mistakes: Sequence[str]) -> None:
    if mistakes:
        raise Unusable(mistakes)


def _guess(shape: type[Shape], answers: Sequence[Said], against: Against[Shape]) -> Shape | None:
    """Make what can be made of a broken answer, the latest first: advice, never an approval."""
    for said in reversed(answers):
        if not said.complete:
            continue
        try:
            value = shape.model_validate(extracted(said.text, repair=True).value)
            _refuse(against(value))
        except (NoAnswer, ValidationError, Unusable):
            continue  # the reason of the last reading says it better than a failed guess
        return value
    return None


def _settled(answers: Sequence[Said], value: Shape | None, reason: str = "") -> Settled[Shape]:
    return Settled(
        value=value,
        repaired=bool(reason) and value is not None,
        reason=reason,
        texts=tuple(said.text for said in answers),
    )


def _fits(shape: type[BaseModel], value: Any) -> bool:
    try:
        shape.model_validate(value)
    except ValidationError:
        return False
    return True


def _mistakes(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in item['loc']) or 'the answer'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False)
    ]
