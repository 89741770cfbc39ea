"""Is what was tried before counted rightly, and left alone where another try is in vain?"""

from pathlib import Path

import pytest
from django.conf import LazySettings

from generations.choosing import archive, lineage
from generations.choosing.archive import Past
from generations.choosing.focus import Focus
from generations.models import Loop, Outcome, Reason, Writer
from proposals.models import Status
from targets.models import Target
from tests.factories import NOW, make_proposal, make_target
from tests.generations.embedded.walking import ended, opened, run_of
from tests.generations.scene import configure

F401 = "lint_score:F401"
pytestmark = pytest.mark.django_db


@pytest.fixture
def on(tmp_path: Path) -> Target:
    return make_target(tmp_path)


def focus(fingerprint: str = F401, *, paths: tuple[str, ...] = (), often: float = 1.0) -> Focus:
    return Focus(fingerprint, "words", 1.0, often, paths=paths)


def left(on: Target, *focuses: Focus, **columns: object) -> list[str]:
    generation = opened(on, **columns)
    return [one.fingerprint for one in archive.worth_trying(focuses, generation)]


@pytest.mark.parametrize(
    ("outcome", "kind", "expected"),
    [
        (Outcome.REJECTED, Reason.NO_GAIN, Past(1, 1)),
        (Outcome.REJECTED, Reason.GATES, Past(1, 1)),
        (Outcome.REJECTED, Reason.KNOWN, Past(1, 1)),
        (Outcome.REJECTED, Reason.BUDGET, Past(1, 0)),
        (Outcome.REJECTED, Reason.MODEL, Past(1, 0)),
        (Outcome.FAILED, Reason.OURS, Past(1, 0)),
        (Outcome.TIMED_OUT, Reason.STOPPED, Past(1, 0)),
        (Outcome.CANCELLED, Reason.STOPPED, Past(0, 0)),
    ],
)
def test_only_what_speaks_against_the_idea_is_a_rejection(
    on: Target, outcome: Outcome, kind: Reason, expected: Past
) -> None:
    ended(on, F401, outcome, kind)
    assert archive.of(on)[F401] == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.PENDING, Past(1, 1, is_open=True)),
        (Status.APPROVED, Past(1, 1, is_open=True)),
        (Status.PR_OPEN, Past(1, 1, is_open=True)),
        (Status.IMPLEMENTED, Past()),  # what worked once counts from there on
        (Status.REJECTED, Past(2, 2)),
        (Status.REVERTED, Past(2, 2)),
        (Status.FAILED, Past(2, 2)),
        (Status.SUPERSEDED, Past(1, 1)),
    ],
)
def test_what_people_did_with_the_proposal_has_the_last_word(
    on: Target, status: Status, expected: Past
) -> None:
    ended(on, F401)
    ended(on, F401, Outcome.ACCEPTED, proposal=make_proposal(on, status=status))
    assert archive.of(on)[F401] == expected


def test_after_so_many_rejections_a_thing_is_left_alone(
    on: Target, settings: LazySettings
) -> None:
    configure(settings, "generations", rejections=2)
    other = focus("lint_score:F841")
    ended(on, F401)
    ended(on, F401, kind=Reason.BUDGET)
    generation = opened(on)
    found = archive.worth_trying([focus(), other], generation)
    assert [(one.fingerprint, one.attempts) for one in found] == [
        ("lint_score:F841", 0),
        (F401, 2),
    ]
    generation.delete()
    ended(on, F401)
    assert left(on, focus(), other) == ["lint_score:F841"]


def test_the_past_of_another_target_is_its_own(on: Target, tmp_path: Path) -> None:
    elsewhere = make_target(tmp_path, slug="elsewhere")
    for _ in range(3):
        ended(elsewhere, F401)
    assert left(on, focus()) == [F401]


def test_what_an_open_proposal_answers_or_touches_waits(on: Target) -> None:
    accepted = ended(on, F401, Outcome.ACCEPTED, proposal=make_proposal(on))
    assert archive.busy(on) == {"config/tools.yaml"}
    touching = focus("lint_score:F541", paths=("config/tools.yaml",))
    partly = focus("lint_score:F632", paths=("config/tools.yaml", "gateway/limits.py"))
    nowhere = focus("score:shown")
    generation = opened(on)
    found = archive.worth_trying([focus(), touching, partly, nowhere], generation)
    assert {one.fingerprint: one.paths for one in found} == {
        "lint_score:F632": ("gateway/limits.py",),
        "score:shown": (),
    }
    assert accepted.proposal is not None


def test_the_order_is_by_worth_and_then_by_name_however_they_come(on: Target) -> None:
    rare, often, same = focus("a:1"), focus("z:1", often=9.0), focus("b:1")
    ended(on, "z:2")
    tried = focus("z:2", often=1.9)
    order = ["z:1", "a:1", "b:1", "z:2"]
    generation = opened(on)
    for given in ([rare, often, same, tried], [tried, same, often, rare]):
        found = archive.worth_trying(given, generation)
        assert [one.fingerprint for one in found] == order


def test_a_rehearsal_is_an_answer_within_its_own_row_alone(on: Target) -> None:
    row = Loop.objects.create(
        target=on, wanted=3, writer=Writer.EMBEDDED, dry_run=True, asked_by="ada", asked_at=NOW
    )
    ended(on, F401, Outcome.ACCEPTED, dry_run=True, loop=row)
    generation = opened(on, loop=row)
    assert archive.worth_trying([focus()], generation) == []
    generation.delete()
    assert left(on, focus()) == [F401]


def test_code_fixers_are_not_asked_twice_about_the_same_commit(on: Target) -> None:
    ended(on, F401)
    ended(on, "a:model", writer=Writer.MODEL)
    ended(on, "a:other-base", base_commit="0" * 40)
    ended(on, "a:no-money", kind=Reason.BUDGET)
    ended(on, "a:broken", Outcome.FAILED, Reason.OURS)
    ended(on, "a:rejected-dry", dry_run=True)
    ended(on, "a:accepted-dry", Outcome.ACCEPTED, dry_run=True)  # which is to be had for good now
    assert archive.settled(opened(on, base_commit=on.head_commit)) == {F401, "a:rejected-dry"}


def test_the_latest_ideas_that_were_turned_down_come_with_their_reasons(on: Target) -> None:
    for number in range(7):
        ended(on, f"a:{number}", plan={"title": f"Idea {number}"}, reason=f"Because {number}.")
    ended(on, "a:money", kind=Reason.BUDGET)
    ended(on, "a:fine", Outcome.ACCEPTED, dry_run=True)
    ended(on, "a:unplanned")
    found = archive.turned_down(on)
    assert [one.focus for one in found] == ["a:unplanned", "a:6", "a:5", "a:4", "a:3"]
    assert (found[0].title, found[1].title, found[1].reason) == (
        "About a:unplanned",
        "Idea 6",
        "Because 6.",
    )


def test_the_words_of_the_last_failure_are_given_and_no_more_than_is_read(on: Target) -> None:
    assert archive.last_failure(opened(on), F401) == ""
    on.generations.all().delete()
    run_of(ended(on, F401, reason="Old."), "measure", output="old")
    failed = ended(on, F401, reason="The tests fail.")
    run_of(failed, "measure", output="x" * 5000 + "AssertionError: 49 != 50")
    said = archive.last_failure(opened(on), F401)
    assert said.startswith("The tests fail.")
    assert said.endswith("AssertionError: 49 != 50")
    assert len(said) <= archive.LONGEST + 1


def test_one_descends_from_the_newest_change_that_is_in_force(on: Target) -> None:
    first = ended(on, "a:1", Outcome.ACCEPTED, proposal=make_proposal(on, status="IMPLEMENTED"))
    ended(on, "a:2", Outcome.ACCEPTED, proposal=make_proposal(on, status="REVERTED"))
    ended(on, "a:3", Outcome.ACCEPTED, proposal=make_proposal(on, status="APPROVED"))
    assert lineage.parent_of(opened(on)) == first


def test_a_past_of_thousands_is_no_burden(on: Target) -> None:
    model = type(ended(on, "a:0"))
    sample = on.generations.get()
    rows = []
    for number in range(2, 5002):
        sample.pk, sample.number, sample.focus = None, number, f"a:{number % 500}"
        rows.append(model(**{f.attname: getattr(sample, f.attname) for f in model._meta.fields}))
    model.objects.bulk_create(rows)
    generation = opened(on)
    found = archive.worth_trying([focus(f"a:{number}") for number in range(1000)], generation)
    assert len(found) == 500
