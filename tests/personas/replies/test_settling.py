"""Is an agent asked once more with its mistakes, and then never believed more than it said?"""

import json
from dataclasses import dataclass

import pytest

from personas.replies.contracts import Choice, Review
from personas.replies.settling import ONCE_MORE, Unusable, plan, read, review
from tests.personas.replies.broken import NO_ANSWER
from tests.personas.replies.test_contracts import CHOICE, REVIEW, REVIEW_TRAPS

GOOD = json.dumps(REVIEW)
BROKEN = GOOD.replace("Say why", "Say\nwhy")


@dataclass(frozen=True)
class Said:
    """Hold an answer as a model gives it."""

    text: str
    stop_reason: str = "end_turn"

    @property
    def complete(self) -> bool:
        return self.stop_reason == "end_turn"


class Agent:
    """Give the listed answers in order, and remember what was added to each question."""

    def __init__(self, *answers: str | Said) -> None:
        self.answers = [one if isinstance(one, Said) else Said(one) for one in answers]
        self.added: list[str] = []

    def __call__(self, words: str) -> Said:
        self.added.append(words)
        return self.answers[len(self.added) - 1]


def test_a_good_answer_is_asked_for_once() -> None:
    agent = Agent(f"Here it is:\n```json\n{GOOD}\n```")
    settled = review(agent)
    assert settled.value == Review.model_validate(REVIEW)
    assert (settled.repaired, settled.reason, agent.added) == (False, "", [""])


def test_a_bad_answer_is_asked_for_again_with_every_mistake() -> None:
    bad = json.dumps({**REVIEW, "approved": "false", "score": 7})
    agent = Agent(bad, GOOD)
    settled = review(agent)
    assert settled.value == Review.model_validate(REVIEW)
    assert settled.texts == (bad, GOOD)
    first, second = agent.added
    assert first == ""
    assert second.startswith("Your last answer could not be used:\n- ")
    assert "approved: Input should be a valid boolean" in second
    assert "score: Input should be less than or equal to 1" in second
    assert second.endswith(ONCE_MORE)


def test_nobody_is_asked_a_third_time() -> None:
    agent = Agent("no", "still no", GOOD)
    settled = review(agent)
    assert len(agent.added) == 2
    assert settled.value == Review.refused("no JSON object in the answer")


@pytest.mark.parametrize("name", sorted(NO_ANSWER))
def test_whatever_cannot_be_read_ends_in_a_rejection(name: str) -> None:
    settled = review(Agent(NO_ANSWER[name][0], ""))
    assert settled.value is not None
    assert (settled.value.approved, settled.value.score) == (False, 0.0)
    assert settled.value.findings
    assert settled.reason


@pytest.mark.parametrize("name", sorted(REVIEW_TRAPS))
def test_a_likeness_of_an_approval_ends_in_a_rejection(name: str) -> None:
    text = json.dumps({**REVIEW, **REVIEW_TRAPS[name]})
    settled = review(Agent(text, text))
    assert settled.value is not None
    assert not settled.value.approved


def test_a_guess_at_a_review_keeps_the_remarks_and_approves_nothing() -> None:
    settled = review(Agent(BROKEN, BROKEN))
    assert settled.value is not None
    assert settled.repaired
    assert (settled.value.approved, settled.value.score) == (False, 0.0)
    assert settled.value.findings[0].message == "Say\nwhy"
    assert "cannot be read" in settled.reason


def test_a_guess_at_a_plan_is_flagged() -> None:
    text = json.dumps(CHOICE).replace('"risk"', "risk")
    settled = plan(Agent(text, text))
    assert settled.value is not None
    assert settled.value.risk == "low"
    assert settled.repaired


def test_an_honest_second_answer_comes_before_a_guess() -> None:
    settled = review(Agent(BROKEN, GOOD))
    assert settled.value is not None
    assert (settled.repaired, settled.value.approved) == (False, True)


def test_without_a_plan_there_is_none() -> None:
    settled = plan(Agent("no", "no"))
    assert settled.value is None
    assert settled.reason == "no JSON object in the answer"


@pytest.mark.parametrize("stop_reason", ["max_tokens", "tool_use", "pause_turn", "", "new"])
def test_an_answer_that_did_not_end_by_itself_is_never_read(stop_reason: str) -> None:
    cut = Said(GOOD, stop_reason)
    settled = review(Agent(cut, cut))
    assert settled.value is not None
    assert not settled.value.approved
    assert f"stop reason {stop_reason}" in settled.reason
    assert not settled.repaired


def test_who_declines_is_not_pressed() -> None:
    agent = Agent(Said(GOOD, "refusal"), GOOD)
    settled = review(agent)
    assert settled.value is not None
    assert not settled.value.approved
    assert len(agent.added) == 1


def test_a_cut_answer_is_not_guessed_at_either() -> None:
    settled = plan(Agent(Said(json.dumps(CHOICE)[:-1], "max_tokens"), "no"))
    assert settled.value is None


def minds_the_title(choice: Choice) -> list[str]:
    return ["title: it is the one that was rejected"] if choice.title == CHOICE["title"] else []


def test_what_has_the_shape_and_cannot_be_meant_is_asked_for_again() -> None:
    other = {**CHOICE, "title": "Ask the cache first"}
    agent = Agent(json.dumps(CHOICE), json.dumps(other))
    settled = plan(agent, minds_the_title)
    assert settled.value == Choice.model_validate(other)
    assert "- title: it is the one that was rejected" in agent.added[1]


@pytest.mark.parametrize(
    "second", [json.dumps(CHOICE), json.dumps(CHOICE).replace('"risk"', "risk")]
)
def test_it_is_no_answer_the_second_time_either_and_no_guess_brings_it_back(second: str) -> None:
    settled = plan(Agent(json.dumps(CHOICE), second), minds_the_title)
    assert settled.value is None
    assert settled.reason


def test_of_several_objects_the_one_that_fits_is_read() -> None:
    assert read(Review, Said(f'Not {{"a": 1}}, but {GOOD}')).approved


def test_the_mistakes_of_an_endless_answer_stay_short() -> None:
    bad = json.dumps({**REVIEW, **{f"key{n}" * 200: 1 for n in range(500)}})
    with pytest.raises(Unusable) as caught:
        read(Review, Said(bad))
    assert len(caught.value.mistakes) == 20
    assert len(str(caught.value)) < 10_000
