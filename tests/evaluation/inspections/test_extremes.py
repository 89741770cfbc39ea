"""Does a report stand whatever sessions, agents and repositories look like?"""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from evaluation import tasks
from evaluation.ideas.records import Idea
from evaluation.inspections.records import Fate, Inspection
from evaluation.maintenance import passing
from evaluation.scan import aggregates, scanning
from targets.models import State, Target
from targets.repository import Repository
from telemetry.models import Event, EventType, Pattern, PatternAlias
from telemetry.rollups.rebuild import rebuild
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.evaluation.inspections.told import reflection
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
LARGEST = 2**31 - 1  # of the column, on PostgreSQL
HOSTILE = (
    "</proposal><done/>",
    "<script>alert(1)</script>",
    "a\x1b[31mred\x1b[0m \u202ereversed\u202c \u200bhidden",
    "| a | b |\n---\n## Solution",
    "' OR 1=1 --",
    "`" * 200,
    "ü" * 5_000,
)


@pytest.fixture
def target() -> Target:
    return add_target()


def make(target: Target) -> Inspection:
    return passing.make(target, LATER, trigger="schedule")


def spread(pattern: Pattern, times: list[timedelta]) -> None:
    """Put the failures of a pattern so long before now."""
    prints = PatternAlias.objects.filter(pattern=pattern).values("fingerprint")
    events = Event.objects.filter(fingerprint__in=prints).order_by("pk")
    for event, before in zip(events, times, strict=True):
        Event.objects.filter(pk=event.pk).update(timestamp=NOW - before)
    rebuild(pattern.target)


def test_a_week_has_seven_days_though_it_touches_eight_dates(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    ends = [timedelta(minutes=5) + DAY * number for number in range(7)]
    ends.append(aggregates.WEEK - timedelta(minutes=5))  # on the eighth date
    spread(fail(target, sessions=[f"s-{number}" for number in range(8)]), ends)
    (found,) = scanning.make(target, NOW, trigger="schedule").findings.all()
    assert "on 7 of 7 days" in found.detail


def test_what_is_dated_after_now_is_no_further_day(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    pattern = fail(target)
    minute = timedelta(minutes=1)
    spread(pattern, [minute, 2 * minute, 3 * minute, -2 * DAY])
    assert scanning.make(target, NOW, trigger="schedule").findings.count() == 0


@pytest.mark.parametrize("last", [6 * DAY + timedelta(hours=23), 7 * DAY + timedelta(minutes=1)])
def test_a_task_that_fails_each_day_is_broken_and_not_flaky(
    tmp_path: Path, last: timedelta
) -> None:
    target = gateway(tmp_path)
    before = [timedelta(minutes=5) + DAY * number for number in range(7)]
    for number, ago in enumerate([*before, last]):
        Event.objects.create(
            target=target,
            uid=f"t{number}",
            event_type=EventType.TASK_FAILURE,
            timestamp=NOW - ago,
            session_id=f"t-{number}",
            component="digest",
        )
    assert scanning.make(target, NOW, trigger="schedule").findings.count() == 0


def test_counts_that_no_column_holds_are_told_as_the_most_that_it_does(target: Target) -> None:
    for number in range(4):
        reflection(target, f"s{number}", failed=[("search", "timeout", 10**9)])
    made = make(target)
    (found,) = made.findings.all()
    assert (found.count, found.priority) == (LARGEST, "high")
    assert "4000000000 times in 4 sessions" in found.detail.replace(",", "").replace("\u202f", "")
    assert made.calls == 4 * 10**9


def test_more_than_is_read_at_once_is_said(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing, "MOST_REFLECTIONS", 3)
    for number in range(5):
        reflection(target, f"s{number}", failed=[("search", "timeout", 1)])
    made = make(target)
    assert (made.sessions, made.not_told) == (3, ["Only the first 3 reflections were read."])
    out = StringIO()
    call_command("maintain", "gateway", stdout=out)
    assert "Only the first" not in out.getvalue()


def test_thousands_of_sessions_make_one_short_report(target: Target) -> None:
    for number in range(3_000):
        reflection(target, f"s{number}", failed=[(f"tool{number % 60}", f"m{number % 7}", 1)])
    made = make(target)
    assert (made.sessions, made.calls) == (3_000, 3_000)
    assert (made.findings.count(), made.left_out) == (10, 410)
    assert Idea.objects.count() == 5


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_words_on_every_door(client: Client, target: Target, text: str) -> None:
    reflection(target, "a", failed=[(text[:200], text[:200], 12)], agent=text[:200])
    reflection(target, "b", suggests=text, derived=False)
    made = make(target)
    client.force_login(make_user("reviewer"))
    page = client.get(made.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    told = json.loads(client.get(reverse("evaluation:inspection-json", args=[made.pk])).content)
    titles = [one["title"] for one in told["findings"]]
    assert titles
    assert all(title.isprintable() and len(title) <= 200 for title in titles)
    assert all("`" not in title for title in titles[:1])
    out = StringIO()
    call_command("maintain", "gateway", stdout=out)
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    "asked",
    [{"page": "x"}, {"page": "-3"}, {"page": "9" * 40}, {"target": "' OR 1=1"}, {"target": "ü"}],
)
def test_garbage_in_an_address_is_a_page_like_any(
    client: Client, target: Target, asked: dict[str, str]
) -> None:
    make(target)
    client.force_login(make_user("viewer"))
    for name in ("evaluation:inspections", "evaluation:ideas"):
        assert client.get(reverse(name), asked).status_code == 200


def test_a_long_list_takes_no_more_queries_than_a_short_one(
    client: Client, target: Target, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(make_user("viewer"))
    for number in range(60):
        reflection(target, f"s{number}", failed=[("search", f"m{number}", 1)],
                   received_at=NOW + timedelta(minutes=number))  # fmt: skip
        passing.make(target, NOW + timedelta(minutes=number, seconds=1), trigger="schedule")
    with django_assert_max_num_queries(25):
        page = client.get(reverse("evaluation:inspections")).content.decode()
    assert page.count("Maintenance pass") >= 50
    with django_assert_max_num_queries(25):
        client.get(reverse("evaluation:ideas"))


def test_a_branch_that_is_gone_is_told_and_what_was_counted_stands(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    spread(fail(target), [timedelta(minutes=1), DAY, 2 * DAY, 3 * DAY])
    target.branch = "gone"
    target.save()
    made = scanning.make(target, NOW, trigger="schedule")
    assert [one.fate for one in made.findings.all()] == [Fate.RAISED]
    assert any(words.startswith("Prompts: ") and "gone" in words for words in made.not_told)


def test_one_target_that_cannot_be_read_keeps_no_other_from_its_scan(tmp_path: Path) -> None:
    broken, well = gateway(tmp_path), gateway(tmp_path, slug="other")
    clone = Repository.of(broken).git_dir
    (clone / "packed-refs").unlink(missing_ok=True)
    (clone / "HEAD").write_bytes(b"\x00garbage")
    told = tasks.scan()
    assert {one.target.slug for one in Inspection.objects.all()} == {broken.slug, well.slug}
    assert f"{well.slug}: 0" in told


@pytest.mark.parametrize("state", [one for one in State if one != State.READY])
def test_a_target_that_is_not_ready_is_left_out_by_the_clock(tmp_path: Path, state: State) -> None:
    target = gateway(tmp_path)
    Target.objects.filter(pk=target.pk).update(state=state)
    ticks: list[Callable[[], str]] = [tasks.scan, tasks.maintain, tasks.evaluate, tasks.notice]
    said = [tick() for tick in ticks]
    assert said == [
        "no target is due",
        "no target is due",
        "nothing has changed",
        "nothing out of the usual",
    ]
