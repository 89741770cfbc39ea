"""Does every checkpoint reach the branch once, and is what others do there left alone?"""

import base64
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from audit import notes
from audit.anchors import judging, publishing
from audit.events import Event
from audit.models import Anchor, Checkpoint, Entry, Outlet, OutletState
from audit.notes import Signer
from audit.verifications.recording import verify_and_record
from targets import log_branch
from targets.log_branch import BRANCH, OURS, REF, LogBranch
from targets.log_commits import TRAILER
from targets.models import State, Target
from targets.repository import Repository
from tests.audit.entries import PERSON, as_the_owner_of_the_database, write
from tests.factories import NOW, commit_to_origin, git, make_target

pytestmark = pytest.mark.django_db

# Triggers can be dropped and put back only outside a transaction.
OWNER = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def target(tmp_path: Path, db: None) -> Target:
    return make_target(tmp_path)


def publish(target: Target, entries: int = 1, at: timedelta = timedelta()) -> publishing.Outcome:
    write(entries)
    found = publishing.publish(NOW + at, force=True)
    return next(one for one in found if one.title == LogBranch(target).title)


def at_origin(target: Target, *arguments: str) -> str:
    return git(Path(target.origin), *arguments)


def commits(target: Target) -> int:
    return int(at_origin(target, "rev-list", "--count", BRANCH))


def rows() -> list[int]:
    return list(Anchor.objects.filter(kind="git").order_by("size").values_list("size", flat=True))


def test_a_checkpoint_becomes_a_commit_at_the_origin_that_names_it(target: Target) -> None:
    before = at_origin(target, "rev-parse", "main")
    assert publish(target, 3).ok
    checkpoint = Checkpoint.objects.get()
    assert at_origin(target, "show", f"{BRANCH}:checkpoint") == checkpoint.note.rstrip("\n")
    root = base64.b64encode(bytes.fromhex(checkpoint.root)).decode()
    origin = checkpoint.note.split("\n")[0]
    message = at_origin(target, "log", "-1", "--format=%B", BRANCH)
    assert message == f"Checkpoint 3\n\n{TRAILER}{origin} 3 {root}"
    trailer = "--format=%(trailers:key=Audit-Checkpoint,valueonly,separator=)"
    assert at_origin(target, "log", trailer, BRANCH) == f"{origin} 3 {root}"
    assert "written by selfimprove and by nobody else" in at_origin(
        target, "show", f"{BRANCH}:README.md"
    )
    assert at_origin(target, "rev-parse", "main") == before
    anchor = Anchor.objects.get(kind="git")
    assert (anchor.size, anchor.root, anchor.place) == (3, checkpoint.root, target.slug)
    assert anchor.reference == at_origin(target, "rev-parse", BRANCH)
    assert anchor.note == checkpoint.note


def test_each_publication_is_on_top_of_the_last_and_a_repeat_adds_nothing(target: Target) -> None:
    publish(target)
    publish(target)
    assert commits(target) == 2
    publishing.publish(LATER, force=True)
    publishing.publish(LATER, force=True)
    assert commits(target) == 2
    assert rows() == [1, 2]


@OWNER
def test_a_worker_that_died_between_push_and_row_is_completed(target: Target) -> None:
    publish(target)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_anchor")
    assert publishing.publish(LATER, force=True)[1].ok
    assert (commits(target), rows()) == (1, [1])


@OWNER
def test_so_is_one_that_died_before_it_remembered_its_own_commit(target: Target) -> None:
    publish(target)
    repository = Repository.of(target)
    first = repository.ref(OURS)
    publish(target)
    last = repository.ref(OURS)
    assert first
    assert last
    repository.update_ref(OURS, first, last)
    with as_the_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM audit_anchor WHERE size > 1")
    assert publish(target).ok
    assert (commits(target), rows()) == (3, [1, 2, 3])


def test_a_lost_clone_takes_the_branch_over_once_every_commit_is_known(target: Target) -> None:
    publish(target)
    publish(target)
    repository = Repository.of(target)
    repository.delete_ref(OURS, repository.ref(OURS) or "")
    assert publish(target).ok
    assert commits(target) == 3
    assert not Entry.objects.filter(event=Event.LOG_ANCHOR_CONFLICT).exists()


def test_a_foreign_commit_is_named_once_and_never_overwritten(target: Target) -> None:
    publish(target)
    theirs = commit_to_origin(target, {"README.md": "Hello\n", "x": "y"}, branch=BRANCH)
    for _ in range(3):
        done = publish(target)
        assert done.state == OutletState.CONFLICT
        assert f"commit {theirs[:12]} by Ada: it names no checkpoint" in done.words
    assert at_origin(target, "rev-parse", BRANCH) == theirs
    entry = Entry.objects.get(event=Event.LOG_ANCHOR_CONFLICT)
    assert entry.target == target.slug
    assert theirs[:12] in entry.reason
    assert rows() == [1]


def test_once_a_person_has_set_the_branch_right_it_goes_on_and_says_so(target: Target) -> None:
    publish(target)
    ours = at_origin(target, "rev-parse", BRANCH)
    commit_to_origin(target, {"x": "y"}, branch=BRANCH)
    assert not publish(target).ok
    at_origin(target, "update-ref", REF, ours)
    done = publish(target)
    assert (done.ok, done.put_back) == (True, "")
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_RESUMED).count() == 1
    assert commits(target) == 2


def test_a_refresh_of_the_target_takes_no_foreign_commit_for_ours(target: Target) -> None:
    publish(target)
    commit_to_origin(target, {"x": "y"}, branch=BRANCH)
    Repository.of(target).fetch()
    assert publish(target).state == OutletState.CONFLICT


def test_a_commit_that_copies_our_trailer_and_adds_files_is_foreign(target: Target) -> None:
    publish(target)
    message = at_origin(target, "log", "-1", "--format=%B", BRANCH)
    commit_to_origin(target, {"x": "y"}, branch=BRANCH, message=message)
    assert "it holds files that are not written here" in publish(target).words


def test_a_commit_that_states_one_thing_and_holds_another_is_foreign(target: Target) -> None:
    publish(target)
    first = at_origin(target, "log", "-1", "--format=%B", BRANCH)
    publish(target)
    commit_to_origin(target, {"README.md": "Hello\n"}, branch=BRANCH, message=first)
    assert "its message states another checkpoint than its file" in publish(target).words


@pytest.mark.parametrize("note", ["", "hello", "a\n1\nb\n", "a\n-1\nAAAA\n"])
def test_a_commit_whose_checkpoint_is_none_is_foreign(target: Target, note: str) -> None:
    publish(target)
    message = at_origin(target, "log", "-1", "--format=%B", BRANCH)
    commit_to_origin(target, {"checkpoint": note}, branch=BRANCH, message=message)
    assert "something that is no checkpoint" in publish(target).words


def test_a_branch_that_was_set_back_is_brought_forward_and_told(target: Target) -> None:
    publish(target)
    first = at_origin(target, "rev-parse", BRANCH)
    publish(target)
    second = at_origin(target, "rev-parse", BRANCH)
    at_origin(target, "update-ref", REF, first)
    done = publishing.publish(LATER, force=True)[1]
    assert done.ok
    assert f"set back to {first[:12]}" in done.put_back
    assert "branch had been set back" in Entry.objects.get(event=Event.LOG_ANCHOR_CONFLICT).reason
    assert at_origin(target, "merge-base", BRANCH, second) == second
    assert Outlet.objects.get(kind="git").put_back


def test_a_branch_that_was_removed_is_pushed_again_and_told(target: Target) -> None:
    publish(target)
    publish(target)
    at_origin(target, "update-ref", "-d", REF)
    done = publishing.publish(LATER, force=True)[1]
    assert "was gone from the origin, although 2 leaves" in done.put_back
    assert commits(target) >= 2
    assert publishing.publish(LATER, force=True)[1].put_back == ""


def test_a_branch_that_was_replaced_is_left_as_it_is(target: Target) -> None:
    publish(target)
    other = at_origin(target, "commit-tree", f"{BRANCH}^{{tree}}", "-m", "Mine now")
    at_origin(target, "update-ref", REF, other)
    done = publish(target)
    assert done.state == OutletState.CONFLICT
    assert "the branch was replaced at the origin" in done.words
    assert at_origin(target, "rev-parse", BRANCH) == other


def test_an_origin_that_is_away_is_a_failure_that_is_told_once_and_mended(target: Target) -> None:
    away = Path(f"{target.origin}-away")
    Path(target.origin).rename(away)
    for _ in range(3):
        done = publish(target)
        assert done.state == OutletState.FAILED
        assert "the origin does not answer" in done.words
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_FAILED).count() == 1
    away.rename(target.origin)
    assert publish(target).ok
    assert Entry.objects.filter(event=Event.LOG_PUBLISH_RESUMED).count() == 1


def test_an_origin_that_refuses_is_a_failure_and_nothing_of_ours_moves(target: Target) -> None:
    hook = Path(target.origin) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no checkpoints here' >&2\nexit 1\n")
    hook.chmod(0o755)
    done = publish(target)
    assert done.state == OutletState.FAILED
    assert "the origin did not take it" in done.words
    assert Repository.of(target).ref(OURS) is None
    hook.unlink()
    assert publish(target).ok
    assert commits(target) == 1


def test_the_branch_of_another_log_is_left_alone(target: Target) -> None:
    other = Signer.make("selfimprove/elsewhere")
    text = notes.checkpoint(origin=other.name, size=1, root=bytes(32))
    theirs = judging.readable(notes.sign(text, other), reference="")
    LogBranch(target).publish(theirs, None, NOW)
    tip = at_origin(target, "rev-parse", BRANCH)
    repository = Repository.of(target)
    for ref in (OURS, None):  # seen from another installation, and from this one's own clone
        if ref:
            repository.delete_ref(ref, tip)
        done = publish(target)
        assert done.state == OutletState.CONFLICT
        assert "it holds the checkpoint of another log, selfimprove/elsewhere" in done.words
    assert at_origin(target, "rev-parse", BRANCH) == tip


def test_targets_without_a_history_get_no_branch(target: Target) -> None:
    assert [branch.name for branch in log_branch.branches()] == [target.slug]
    for state in (State.NEW, State.EMPTY):
        Target.objects.update(state=state)
        assert log_branch.branches() == []
    Target.objects.update(state=State.UNREACHABLE, head_commit="")
    assert log_branch.branches() == []


def test_everything_on_the_branch_is_read_with_since_when(target: Target) -> None:
    publish(target)
    publish(target, at=timedelta(hours=1))
    held = LogBranch(target).held()
    assert (held.foreign, held.doubts) == ((), ())
    assert {(claim.size, claim.at) for claim in held.claims} == {
        (1, NOW),
        (2, NOW + timedelta(hours=1)),
    }
    assert {c.root for c in held.claims} == set(Checkpoint.objects.values_list("root", flat=True))


def test_what_is_foreign_or_away_is_a_doubt_when_it_is_read(target: Target) -> None:
    publish(target)
    theirs = commit_to_origin(target, {"x": "y"}, branch=BRANCH)
    held = LogBranch(target).held()
    assert len(held.claims) == 1
    assert [theirs[:12] in words for words in held.foreign] == [True]
    Path(target.origin).rename(f"{target.origin}-away")
    held = LogBranch(target).held()
    assert len(held.claims) == 1
    assert "the origin does not answer" in held.doubts[0]


def test_a_clone_that_cannot_be_worked_with_is_a_failure(target: Target) -> None:
    publish(target)
    clone = Repository.of(target).git_dir
    (clone / "HEAD").write_text("nonsense")
    newest = Checkpoint.objects.get()
    done = publish(target)
    assert done.state == OutletState.FAILED
    assert LogBranch(target).held().doubts
    assert Anchor.objects.get(kind="git").root == newest.root


def test_a_name_that_would_paint_a_terminal_or_break_the_log_is_made_plain(target: Target) -> None:
    publish(target)
    tip = at_origin(target, "rev-parse", BRANCH)
    raw = at_origin(target, "cat-file", "commit", tip).replace("Audit-", "x-")
    raw = raw.replace("\nauthor selfimprove", f"\nparent {tip}\nauthor \x1b[2J")
    other = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=target.origin,
        input=raw.encode() + b"\xff\xfe",
        capture_output=True,
        check=True,
    ).stdout.decode()
    at_origin(target, "update-ref", REF, other.strip())
    done = publish(target)
    assert done.state == OutletState.CONFLICT
    assert "[2J" in done.words
    assert done.words.isprintable()
    verdict = verify_and_record(actor=PERSON, at=NOW)
    assert all(doubt.isprintable() for doubt in verdict.doubts)
