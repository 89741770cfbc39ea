"""Is an archive taken back as a whole, on the record, and never while something is at work?"""

import io
from pathlib import Path

import pytest
from django.db import DatabaseError

from audit.models import Entry
from audit.sentences import sentence
from generations import resetting
from generations.models import Delta, Generation, Loop, Outcome, PhaseRun
from generations.reporting import files
from generations.running import opening
from generations.running.opening import Wish
from generations.running.recording import OURSELVES
from proposals.models import Proposal
from targets.models import Target
from tests.factories import NOW, make_target
from tests.generations.endings import accepted, bare_target, ended, opened
from tests.generations.foreground.typed import typed
from validation.models import Report

pytestmark = pytest.mark.django_db
RESET = ("reset", "--target", "gateway")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Return a target with an archive: an accepted generation, one after it, and a loop."""
    target = make_target(tmp_path)
    loop = Loop.objects.create(
        target=target, wanted=2, writer="embedded", asked_by="ada", asked_at=NOW, ended_at=NOW
    )
    first = accepted(target, loop=loop)
    ended(target, Outcome.REJECTED, parent=first, loop=loop)
    files.write_missing()
    return target


def test_rows_and_files_go_and_log_and_proposals_stay(target: Target) -> None:
    other = ended(bare_target("mailer"))
    files.write(other)
    before = set(Entry.objects.values_list("uid", flat=True))
    reports = Report.objects.count()
    said = typed(*RESET, "--confirm", "gateway")
    assert said.code == 0
    assert "Taken back: 2 generations and 1 loop. The log and all proposals stay." in said.out
    assert list(Generation.objects.all()) == [other]
    assert not Loop.objects.exists()
    assert PhaseRun.objects.exclude(generation=other).count() == 0
    assert not Delta.objects.exists()
    assert list(files.folder_of(target).iterdir()) == []
    assert files.path_of(other).exists()
    assert (Proposal.objects.count(), Report.objects.count()) == (1, reports)
    assert before < set(Entry.objects.values_list("uid", flat=True))
    entry = Entry.objects.get(event="generations.reset")
    assert entry.facts == {"generations": 2, "loops": 1, "reports": 2}
    assert "took back the generations of" in sentence(entry)


def test_numbers_begin_anew_and_so_do_files(target: Target) -> None:
    resetting.reset(target, actor=OURSELVES, at=NOW)
    generation = opening.begin(Wish(target, OURSELVES), at=NOW)
    assert generation.number == 1
    assert files.write_missing() == []


@pytest.mark.parametrize("typed_name", ["", "mailer", "Gateway", "yes"])
def test_only_its_own_name_confirms_it(
    typed_name: str, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed_name))
    said = typed(*RESET)
    assert said.code == 1
    assert "nothing was taken back" in said.err
    assert Generation.objects.count() == 2
    assert len(list(files.folder_of(target).iterdir())) == 2


def test_its_name_typed_confirms_it(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("gateway\n"))
    said = typed(*RESET)
    assert said.code == 0
    assert "This removes 2 generations and 1 loop of gateway" in said.err


def test_what_is_at_work_is_not_taken_back(target: Target) -> None:
    generation = opened(target)
    said = typed(*RESET, "--confirm", "gateway")
    assert said.code == 2
    assert "gateway #3 is at work" in said.err
    generation.delete()
    Loop.objects.update(ended_at=None)
    assert "A loop of gateway is at work" in typed(*RESET, "--confirm", "gateway").err
    assert Generation.objects.count() == 2
    assert len(list(files.folder_of(target).iterdir())) == 2


def test_what_could_not_be_recorded_is_not_taken_back(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DatabaseError("disk is full")

    monkeypatch.setattr(resetting, "record", full)
    with pytest.raises(DatabaseError):
        resetting.reset(target, actor=OURSELVES, at=NOW)
    assert Generation.objects.count() == 2
    assert len(files.write_missing()) == 2  # the files went first, and are written again


def test_an_unknown_target_is_exit_code_2() -> None:
    said = typed("reset", "--target", "gone", "--confirm", "gone")
    assert said.code == 2
    assert "there is no target 'gone'" in said.err
