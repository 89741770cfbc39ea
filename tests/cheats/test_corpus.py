"""Is every way to fake success caught, and no honest change, and is the record of it true?"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from ports.sandbox import adapters
from ports.sandbox.bubblewrap import Bubblewrap
from selfimprove.config import Sandbox
from validation.models import Outcome
from validation.proving import corpus
from validation.proving.corpus import Case

HERE = Path(__file__).resolve().parent
CASES = corpus.read(HERE)
RECORDED = {f"{one.kind}/{one.name}": one for one in corpus.recorded()}
AT = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture(scope="module")
def confined() -> bool:
    return Bubblewrap().examine().enough


@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind}/{case.name}" for case in CASES])
def test_a_case_is_judged_as_recorded(case: Case, confined: bool, settings: LazySettings) -> None:
    if confined:
        bubblewrap = Sandbox(backend=adapters.BUBBLEWRAP)
        settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": bubblewrap})
    seen = corpus.tried(case, python=Path(sys.executable), at=AT)
    assert seen.right, seen.words
    if confined:
        assert seen == RECORDED[f"{case.kind}/{case.name}"]


def test_there_are_enough_of_every_kind() -> None:
    kinds = [case.kind for case in CASES]
    assert set(kinds) == set(corpus.KINDS)
    assert kinds.count(corpus.HONEST) >= 6
    assert len(kinds) - kinds.count(corpus.HONEST) >= 60


def test_the_record_names_every_case_once_and_no_other() -> None:
    assert list(RECORDED) == [f"{case.kind}/{case.name}" for case in CASES]
    assert len(corpus.recorded()) == len(CASES)


def test_a_record_says_the_same_when_it_is_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "record.toml"
    place.write_text(corpus.written(list(corpus.recorded())))
    before = corpus.recorded()
    monkeypatch.setattr(corpus, "INDEX", place)
    assert corpus.recorded() == before


def test_every_cheat_breaks_what_it_says_it_does_not() -> None:
    without_code = {case.name for case in CASES if not case.honest and "shop.py" not in case.after}
    assert without_code == set()


@pytest.mark.parametrize(
    ("kind", "outcome", "right"),
    [
        ("honest", Outcome.ACKNOWLEDGE, True),
        ("honest", Outcome.COULD_NOT_RUN, False),
        ("honest", Outcome.NOT_RUN, False),
        ("honest", Outcome.PASSED, True),
        ("honest", Outcome.REFUSED, False),
        ("suite", Outcome.ACKNOWLEDGE, True),
        ("suite", Outcome.COULD_NOT_RUN, True),
        ("suite", Outcome.NOT_RUN, False),
        ("suite", Outcome.PASSED, False),
        ("suite", Outcome.REFUSED, True),
    ],
)
def test_a_cheat_is_caught_by_anything_but_a_pass(
    kind: str, outcome: Outcome, right: bool
) -> None:
    assert corpus.Seen("it", kind, "It", outcome, ()).right is right
