"""Does a reviewer see what a revision changes, also where the ground moved?"""

import pytest

from ports.git import GitFailed
from proposals.revising import comparing
from proposals.revising.comparing import SAME
from targets.models import Target
from targets.repository import Repository
from tests.factories import TOOLS, commit_to_origin, make_proposal
from tests.words import proposal_text, tools_diff

pytestmark = pytest.mark.django_db
ELSEWHERE = {"gateway/limits.py": '"""Limits."""\n\nLONGEST = 20\n'}


def test_only_what_differs_between_the_results_is_shown(target: Target) -> None:
    old = make_proposal(target, diff=tools_diff(900))
    new = make_proposal(target, diff=tools_diff(1500))
    found = comparing.compare(old, new)
    changed = [line for line in found.diff.splitlines() if line[:1] in "+-"][2:]
    assert changed == ["-    timeout_ms: 900", "+    timeout_ms: 1500"]
    assert (found.instead, found.moved, found.parts) == ("", False, ())


def test_a_change_that_is_the_same_says_that_the_words_differ(target: Target) -> None:
    old = make_proposal(target, diff=tools_diff(900))
    new = make_proposal(target, diff=tools_diff(1500), title="Another title")
    new.diff, new.diff_digest = old.diff, old.diff_digest
    found = comparing.compare(old, new)
    assert (found.diff, found.instead) == ("", SAME)
    assert found.parts == ("Title",)


def moved(target: Target, files: dict[str, str | None]) -> None:
    commit_to_origin(target, files)
    Repository.of(target).fetch()


def test_where_others_changed_other_files_both_are_put_on_the_later_base(target: Target) -> None:
    old = make_proposal(target, diff=tools_diff(900))
    moved(target, dict(ELSEWHERE))
    new = make_proposal(target, text=proposal_text(diff=tools_diff(1500)))
    found = comparing.compare(old, new)
    assert found.moved
    assert "LONGEST" not in found.diff
    assert "+    timeout_ms: 1500" in found.diff


def test_where_the_old_change_fits_no_more_that_is_said(target: Target) -> None:
    old = make_proposal(target, diff=tools_diff(900))
    moved(target, {"config/tools.yaml": TOOLS.replace("400", "450")})
    text = proposal_text(diff=tools_diff(1500).replace("timeout_ms: 400", "timeout_ms: 450"))
    new = make_proposal(target, text=text)
    found = comparing.compare(old, new)
    assert found.diff == ""
    assert "where the earlier change does not fit any more" in found.instead


def test_a_clone_that_cannot_be_read_is_no_crash(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = make_proposal(target), make_proposal(target)

    def gone(*_: object) -> None:
        raise GitFailed("apply", 128, "the clone is gone")

    monkeypatch.setattr(Repository, "apply", gone)
    assert "cannot be compared now" in comparing.compare(old, new).instead
