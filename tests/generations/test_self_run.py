"""Do three generations in a row leave nothing behind, and the same when each phase breaks once?"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from generations.models import Loop, Outcome, Result
from generations.phases import NAMES
from generations.running import recording
from targets.models import State, Target
from targets.repository import Repository
from tests.generations import self_run
from tests.generations.embedded.walking import SHOP, target
from tests.generations.scene import configure

BRIEFLY = '[benchmarks]\nenabled = ["lint_score", "file_organization"]\n'
THREE = {
    **SHOP,
    "shop/plain.py": "NAME = f'plain'\n",
    "shop/same.py": "def same(one: object) -> bool:\n    return one is 'one'\n",
}
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def passing_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep temporary files where nobody else has any."""
    place = tmp_path / "passing"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def walked(on: Target) -> tuple[Loop, list[str]]:
    refs = Repository.of(on).refs("refs")
    asked = self_run.in_a_row(on)
    return asked, self_run.complaints(asked, refs)


@pytest.mark.skipif(not (self_run.ROOT / ".git").exists(), reason="it is no clone")
def test_this_project_improves_a_clone_of_itself(
    tmp_path: Path, passing_room: Path, settings: LazySettings
) -> None:
    configure(settings, "benchmarks", enabled=("lint_score", "file_organization"))
    faults = {**self_run.FAULTS, ".selfimprove.toml": BRIEFLY}
    origin = self_run.clone_of(self_run.ROOT, tmp_path / "itself", faults)
    on = Target.objects.create(
        slug="itself",
        name="Itself",
        origin=str(origin),
        state=State.READY,
        created_at=datetime.now(UTC),
    )
    Repository.of(on).fetch()
    asked, wrong = walked(on)
    assert wrong == []
    made = list(asked.generations.order_by("number"))
    assert [(one.focus, one.outcome) for one in made] == [
        ("lint_score:F401", Outcome.ACCEPTED),
        ("lint_score:F541", Outcome.ACCEPTED),
        ("file_organization:no-init", Outcome.ACCEPTED),
    ]
    assert all(one.diff.count("diff --git") == 1 for one in made)
    assert list(passing_room.iterdir()) == []


def test_each_phase_may_break_once(
    tmp_path: Path,
    passing_room: Path,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "FIRST_PAUSE_SECONDS", 0)
    on = target(tmp_path, settings, THREE)
    with self_run.failing_once(NAMES) as failed:
        asked, wrong = walked(on)
    assert wrong == []
    assert failed == set(NAMES)
    made = list(asked.generations.order_by("number"))
    assert [one.outcome for one in made] == [Outcome.ACCEPTED] * 3
    assert made[0].runs.filter(result=Result.ERRORED).count() == len(NAMES)
    assert "was told to fail once" in made[0].runs.filter(result=Result.ERRORED)[0].message
    assert list(passing_room.iterdir()) == []
