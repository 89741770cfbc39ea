"""Does each playbook mend what it should in a real repository, and nothing where it should not?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluation.rules import playbooks
from personas.replies import proposals_in
from proposals.documents import Document, parse, render
from targets.repository import Repository
from tests.evaluation.broken import BROKEN, Expected, ask

pytestmark = pytest.mark.django_db
WITHOUT = [
    pytest.param(name, changes, reason, id=f"{name}-{number}")
    for name, expected in BROKEN.items()
    for number, (changes, reason) in enumerate(expected.without)
]


def mended(expected: Expected, folder: Path) -> Document:
    """Play a scene, and return its one proposal, which changes the one file."""
    target, _ = expected.scene.play(folder)
    (block,) = proposals_in(ask(target).text, nonce="abc")[0]
    document = parse(block)
    change = Repository.of(target).apply(target.head_commit, document.diff)
    assert change.paths == (expected.path,)
    return document


def test_every_playbook_that_mends_code_is_played_here() -> None:
    assert {book.name for book in playbooks.load() if book.mend} == set(BROKEN)


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_playbook_mends_what_its_evidence_names_and_tells_how(tmp_path: Path, name: str) -> None:
    expected = BROKEN[name]
    document = mended(expected, tmp_path)
    changed = [line for line in document.diff.splitlines() if line[:1] in "+-"]
    assert tuple(line for line in changed if line[:3] not in ("+++", "---")) == expected.lines
    assert (document.playbook, document.parameter) == (name, "")
    fixer = expected.rule.partition(":")[0]
    assert f"- `{expected.path}` (" in document.solution
    assert f": fixer `{fixer}`, by `{expected.rule}`." in document.solution
    assert "no language model was called" in document.solution
    assert "It passes the tests: " in document.solution
    assert parse(render(document)) == document
    for text in (document.problem, document.root_cause, document.solution, document.rollback):
        assert "correct" not in text.casefold()  # nobody claims more than the tests do
        assert not {"{", "}"} & set(text)


@pytest.mark.parametrize(("name", "changes", "reason"), WITHOUT)
def test_a_playbook_stays_silent_without_the_evidence_or_the_fix(
    tmp_path: Path, name: str, changes: Mapping[str, object], reason: str
) -> None:
    target, pattern = BROKEN[name].scene.but(**changes).play(tmp_path)
    given = ask(target)
    assert proposals_in(given.text, nonce="abc")[0] == ()
    told = given.remarks[pattern.pk].reason
    assert f"{name}: " in told
    assert reason in told


def test_the_same_commit_and_telemetry_give_the_same_text(tmp_path: Path) -> None:
    target, _ = BROKEN["unquoted-words"].scene.play(tmp_path)
    assert ask(target).text == ask(target).text
