"""Does each playbook propose what it should where it should, and nothing where it should not?"""

from datetime import timedelta
from pathlib import Path

import pytest

from evaluation.rules import playbooks
from evaluation.rules.conditions import CONDITIONS
from evaluation.rules.remedies import RULES
from personas.replies import proposals_in
from proposals.documents import Document, parse, render
from targets.repository import Repository
from tests.evaluation.evidence_for_tests import fail
from tests.evaluation.expected import PLAIN
from tests.evaluation.scenes import CALL, Scene, ask
from tests.factories import NOW
from validation import parameters

pytestmark = pytest.mark.django_db


def changed(scene: Scene, folder: Path) -> tuple[Document, str]:
    """Play a scene and return its one proposal, and the one line that its diff writes."""
    target, _ = scene.play(folder)
    (block,) = proposals_in(ask(target).text, nonce="abc")[0]
    document = parse(block)
    repository = Repository.of(target)
    (file,) = repository.apply(target.head_commit, document.diff).files
    assert (file.added, file.removed) == (1, 1)
    (line,) = [one for one in document.diff.splitlines() if one[:1] == "+" and one[:3] != "+++"]
    return document, line[1:].strip()


def test_every_playbook_that_moves_a_setting_is_played_here() -> None:
    moving = {playbook.name for playbook in playbooks.load() if playbook.change}
    assert moving == set(PLAIN)
    assert len(PLAIN) >= 20


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_playbook_moves_its_setting_on_the_evidence_of_its_scene(
    tmp_path: Path, name: str
) -> None:
    document, line = changed(PLAIN[name].scene, tmp_path)
    assert (document.playbook, line) == (name, PLAIN[name].line)
    for text in (document.problem, document.root_cause, document.solution, document.rollback):
        assert text.endswith(".")
        assert not {"{", "}", "\n"} & set(text)
        assert "None" not in text
    assert {"vendor", "planner"} & set(document.title.split())
    assert parse(render(document)) == document


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_playbook_stays_silent_without_its_evidence_and_says_why(
    tmp_path: Path, name: str
) -> None:
    expected = PLAIN[name]
    target, pattern = expected.scene.but(**expected.silent).play(tmp_path)
    given = ask(target)
    assert proposals_in(given.text, nonce="abc")[0] == ()
    reason = given.remarks[pattern.pk].reason
    assert f"{name}: " in reason
    assert expected.reason in reason


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_target_without_the_setting_is_told_exactly_which_one_it_lacks(
    tmp_path: Path, name: str
) -> None:
    keys = [remedy.key for book in playbooks.load() if book.name == name for remedy in book.change]
    lacking = dict.fromkeys(key.rpartition(".")[2] for key in keys)
    scene = PLAIN[name].scene
    target, pattern = scene.but(settings={**scene.settings, **lacking}).play(tmp_path)
    reason = ask(target).remarks[pattern.pk].reason
    key = keys[0].replace("{component}", "vendor").replace("{agent}", "planner")
    assert f"has a setting {key}; it would have to stand in config/" in reason or (
        "setting tools.vendor.retries;" in reason  # a pause is of no use without repeats
    )


def test_every_setting_that_a_playbook_names_is_bounded() -> None:
    permitted = parameters.load()
    for playbook in playbooks.load():
        for remedy in playbook.change:
            for key in filter(None, (remedy.key, remedy.needs)):
                named = key.replace("{component}", "x").replace("{agent}", "x")
                assert permitted.for_key(named), f"{playbook.name}: {key}"


def test_every_rule_and_every_condition_is_of_use() -> None:
    books = playbooks.load()
    rules = {remedy.rule for book in books for remedy in book.change}
    needed = {name for book in books for name in book.evidence}
    needed |= {name for book in books for one in book.remedies for name in one.evidence}
    assert rules == set(RULES)
    assert needed == set(CONDITIONS)


def test_two_playbooks_that_fit_are_asked_in_an_order_that_the_proposal_tells(
    tmp_path: Path,
) -> None:
    scene = PLAIN["retries-without-a-pause"].scene.but(code="503")
    document, line = changed(scene, tmp_path)
    assert line == "backoff_ms: 200"
    assert "1. retries-without-a-pause: proposes this" in document.evidence
    assert "2. upstream-errors: not asked" in document.evidence


def test_the_one_that_declines_is_told_with_its_reason(tmp_path: Path) -> None:
    document, _ = changed(PLAIN["breaker-closes-early"].scene, tmp_path)
    assert "1. breaker-opens-early: it needs that most calls succeed" in document.evidence
    assert "2. breaker-closes-early: proposes this" in document.evidence


def test_two_patterns_that_pull_one_value_apart_are_told_to_a_person(tmp_path: Path) -> None:
    target, _ = PLAIN["pool-exhausted"].scene.play(tmp_path)
    other = fail(target, component="vendor", code="53300", at=NOW - timedelta(hours=1))
    given = ask(target)
    (block,) = proposals_in(given.text, nonce="abc")[0]
    document = parse(block)
    assert (document.playbook, other.pk in document.patterns) == ("pool-exhausted", False)
    assert f"too-many-connections: wants 2 for pattern {other.pk}" in document.evidence
    assert "a person has to look at both" in given.remarks[other.pk].reason


def test_what_was_counted_stands_in_the_proposal(tmp_path: Path) -> None:
    document, _ = changed(PLAIN["connection-lost"].scene, tmp_path)
    assert "- 4 of 4 failures that were followed by another call" in document.evidence


def test_a_limit_that_a_message_states_is_read_from_every_wording(tmp_path: Path) -> None:
    scene = Scene(message="prompt is too long: 208,310 tokens > 200,000 maximum")
    _, line = changed(scene, tmp_path)
    assert line == "max_context_tokens: 172500"


@pytest.mark.parametrize(
    "message",
    [
        "prompt is too long: 208310 tokens > 99999999999999999999 maximum",
        "prompt is too long: 208310 tokens > 0 maximum",
        "prompt is too long: ٢٠٨ tokens > ٢٠٠ maximum",
        "prompt is too long: , tokens > , maximum",
    ],
)
def test_a_limit_that_is_no_number_moves_nothing(tmp_path: Path, message: str) -> None:
    target, pattern = Scene(code="prompt_too_long", message=message).play(tmp_path)
    given = ask(target)
    assert proposals_in(given.text, nonce="abc")[0] == ()
    assert "context-exceeded: " in given.remarks[pattern.pk].reason


def test_a_failure_that_no_playbook_knows_is_left_to_a_person(tmp_path: Path) -> None:
    target, pattern = Scene(kind=CALL, code="AccessDeniedException").play(tmp_path)
    assert ask(target).remarks[pattern.pk].reason == "no playbook explains this pattern"
