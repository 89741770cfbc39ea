"""Is a publication that was killed at any point completed by the next, without a second one?"""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from audit import sequencer
from audit.anchors import judging, publishing
from audit.anchors.file import CheckpointFile
from audit.anchors.places import Published
from audit.events import Event
from audit.models import Anchor, Checkpoint, Entry, Outlet, OutletState
from audit.verify import verify
from selfimprove.publishing import outlets
from targets.log_branch import BRANCH
from targets.models import Target
from tests.audit.entries import NOW, write
from tests.audit.test_processes import elsewhere, ended
from tests.factories import git, make_target

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(tmp_path: Path, transactional_db: None) -> Target:
    return make_target(tmp_path)


def commits(target: Target) -> int:
    return len(git(Path(target.origin), "rev-list", BRANCH).splitlines())


def test_killed_between_the_file_and_its_row(target: Target) -> None:
    write(3)
    assert ended(elsewhere("publish", 'INSERT INTO "audit_outlet"')) == -signal.SIGKILL
    file = CheckpointFile(outlets.checkpoint_file())
    assert file.path.read_text() == Checkpoint.objects.get().note
    assert not Anchor.objects.exists()
    assert all(one.ok for one in publishing.publish(NOW + timedelta(minutes=1)))
    assert len(file.history.read_text().splitlines()) == 1
    assert commits(target) == 1
    assert {(row.kind, row.size) for row in Anchor.objects.all()} == {("file", 3), ("git", 3)}
    assert verify().problems == ()


def test_killed_between_the_push_and_its_row(target: Target) -> None:
    write(3)
    sequencer.seal(NOW)
    file, _ = outlets.named()
    newest = judging.newest()
    assert newest
    file.publish(newest, None, NOW)
    # The file is there already, so that the first row that is written is that of the branch.
    publishing._keep(file, newest, Published(file.name, newest.note), NOW)
    publishing._note_state(file, OutletState.FINE, "", newest, NOW)
    assert ended(elsewhere("publish", 'INSERT INTO "audit_outlet"')) == -signal.SIGKILL
    assert commits(target) == 1
    assert not Anchor.objects.filter(kind="git").exists()
    done = publishing.publish(NOW + timedelta(minutes=1))
    assert [one.ok for one in done] == [True]
    assert commits(target) == 1
    assert Anchor.objects.get(kind="git").reference == git(
        Path(target.origin), "rev-parse", BRANCH
    )
    assert not Entry.objects.filter(event=Event.LOG_ANCHOR_CONFLICT).exists()
    assert verify().doubts == ()


def test_several_at_once_publish_once(target: Target) -> None:
    write(3)
    at_work = [elsewhere("publish") for _ in range(3)]
    assert [ended(process) for process in at_work] == [0, 0, 0]
    assert commits(target) == 1
    assert Anchor.objects.count() == 2
    assert {row.state for row in Outlet.objects.all()} == {"FINE"}
