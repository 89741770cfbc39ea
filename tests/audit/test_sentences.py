"""Does every kind of entry read as a sentence, with the way to its subject?"""

import pytest

from audit import sentences
from audit.browsing.places import subject_url
from audit.events import Event
from audit.log import Actor
from tests.audit.entries import write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_a_sentence_of_its_own(event: Event) -> None:
    [entry] = write(1, subject="proposal:x")
    entry.event = event
    text = sentences.sentence(entry)
    assert text.startswith("ada ") or text[0].isupper()
    assert "recorded" not in text
    assert "{" not in text


def test_a_sentence_names_actor_subject_and_the_telling_fact() -> None:
    [entry] = write(
        1,
        event=Event.DELIVERY_STAGE_PASSED,
        actor=Actor.system("delivery"),
        subject="delivery:7",
        facts={"stage": "merge"},
    )
    assert sentences.sentence(entry) == "Delivery 7 passed a stage (stage: merge)"
    [entry] = write(1, event=Event.LOOP_PAUSED, actor=Actor.system("delivery"), subject="loop")
    assert sentences.sentence(entry) == "selfimprove paused the loop"


def test_a_generation_is_named_by_its_number_and_a_row_by_how_many_it_wants() -> None:
    facts = {"number": 12, "phase": "build", "result": "ERRORED"}
    [entry] = write(1, event=Event.GENERATION_PHASE_ENDED, subject="generation:40", facts=facts)
    told = sentences.sentence(entry)
    assert told == f"A phase of generation 12 of {entry.target} ended (build: errored)"
    [entry] = write(1, event=Event.GENERATIONS_ASKED, subject="loop:3", facts={"wanted": 5})
    told = sentences.sentence(entry)
    assert told == f"ada asked for the 5 generations in a row of {entry.target}"
    assert subject_url("generation:40") == "/generations/find/generation/40/"
    assert subject_url("loop:3") == "/generations/find/loop/3/"
    assert subject_url("loop:main") == ""  # the switch of the whole loop


@pytest.mark.parametrize("number", [None, "12", True], ids=repr)
def test_a_number_that_is_none_leaves_the_key(number: object) -> None:
    [entry] = write(
        1, event=Event.GENERATION_ENDED, subject="generation:40", facts={"number": number}
    )
    assert sentences.sentence(entry) == "Generation 40 ended"


def test_a_long_identifier_is_shortened() -> None:
    [entry] = write(1, subject="proposal:0d4f3d1e-0000-4000-8000-000000000000")
    assert sentences.sentence(entry) == "ada reviewed proposal 0d4f3d1e"


def test_a_verification_that_failed_is_bad_news() -> None:
    [good] = write(1, event=Event.LOG_VERIFIED, facts={"ok": True})
    [bad] = write(1, event=Event.LOG_VERIFIED, facts={"ok": False})
    assert (sentences.tone(good), sentences.tone(bad)) == ("good", "bad")


@pytest.mark.parametrize("subject", ["", "log", "nowhere:1", "pattern:", "target:<b>", "user:x"])
def test_a_subject_without_a_page_has_no_link(subject: str) -> None:
    assert subject_url(subject) == ""


@pytest.mark.parametrize(("proposed", "words"), [(2, "2 proposed"), (0, "nothing new to propose")])
def test_an_evaluation_says_what_came_of_it(proposed: int, words: str) -> None:
    facts = {"outcomes": {"proposed": proposed, "duplicate": 1}}
    [entry] = write(1, event=Event.EVALUATION_ENDED, subject="evaluation:8", facts=facts)
    assert sentences.sentence(entry) == f"An evaluation ended ({words})"


def test_a_pattern_is_named_by_what_fails() -> None:
    facts = {"component": "web_search", "count": 7}
    [entry] = write(1, event=Event.PATTERN_FOUND, subject="pattern:1", facts=facts)
    assert sentences.sentence(entry) == "The pattern “web_search” was found in the events"


def test_a_title_that_the_caller_knows_names_the_subject() -> None:
    [entry] = write(1, event=Event.DELIVERY_REVERTED, subject="delivery:7")
    words = sentences.sentence(entry, title="Let it keep up")
    assert words == "The delivery of “Let it keep up” was taken back"


def test_a_constant_is_shown_as_a_word() -> None:
    [entry] = write(
        1, event=Event.PROPOSAL_CHECKED, subject="proposal:x", facts={"outcome": "NOT_RUN"}
    )
    assert sentences.sentence(entry) == "Proposal x was checked (not run)"


def test_a_pattern_without_a_component_is_named_by_its_message() -> None:
    facts = {"component": "", "template": "gave up after <*> s"}
    [entry] = write(1, event=Event.PATTERN_FOUND, subject="pattern:2", facts=facts)
    assert sentences.sentence(entry).startswith("The pattern “gave up after <*> s” was found")
