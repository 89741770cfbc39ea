"""Can a person bring a history in from the page, look first, and learn what came of it?"""

import gzip
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from targets.models import Target
from telemetry.imports.records import Import, State
from telemetry.models import Event, Pattern, Source
from tests.factories import make_user
from tests.telemetry.imports import samples
from tests.telemetry.imports.bring import (
    PAGE,
    hand_in,
    latest,
    left,
    lines,
    shown,
    turn,
    with_bad,
)
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    return add_target()


@pytest.fixture
def operator(client: Client, target: Target) -> Client:
    client.force_login(make_user("operator", name="olga"))
    return client


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_what_is_brought_in_becomes_events_and_patterns_in_the_name_of_the_person(
    operator: Client,
) -> None:
    answer = hand_in(operator, ("monday.jsonl", lines(20)))
    assert answer.status_code == 302
    assert answer.url == PAGE
    assert Event.objects.count() == 0  # never in the request
    waiting = shown(operator)
    assert 'hx-trigger="every 2s"' in waiting
    assert "Give it up" in waiting
    assert turn() == "1 imports ended"
    done = shown(operator)
    assert "every 2s" not in done
    assert "Events came in 20" in text(done)
    assert "20 × tool call" in text(done)
    assert latest().new_patterns == Pattern.objects.count() > 0
    assert f"New failure patterns {Pattern.objects.count()}" in text(done)
    told = Entry.objects.filter(event__startswith="events.import").order_by("pk")
    assert [entry.event for entry in told] == [
        "events.import_asked",
        "events.import_started",
        "events.imported",
    ]
    assert {(entry.actor_type, entry.who) for entry in told} == {("person", "olga")}
    assert left() == []


def test_the_links_at_the_end_lead_to_exactly_what_came_in(operator: Client) -> None:
    hand_in(operator, ("before.jsonl", lines(5, days=3)))
    turn()
    hand_in(operator, ("monday.jsonl", lines(7, first=100)))
    turn()
    page = shown(operator)
    patterns, events = re.findall(
        r'href="(/telemetry/(?:events/)?\?[^"]*target=gateway[^"]+|/telemetry/\?target=gateway)"',
        page,
    )[-2:]
    assert "web_search" in shown(operator, patterns.replace("&amp;", "&"))
    listed = shown(operator, events.replace("&amp;", "&"))
    assert len(re.findall(r"<tr\b", listed)) - 1 == 7


def test_a_look_stores_nothing_and_the_same_files_then_come_in_without_being_sent_again(
    operator: Client,
) -> None:
    hand_in(operator, ("old.jsonl", lines(4, days=400)), act="look", to_now="on")
    turn()
    looked = text(shown(operator))
    assert "Events in the files 4 Would come in 4 Refused 0" in looked
    assert "Looked through" in looked
    assert Event.objects.count() == 0
    assert len(left()) == 1
    again = f"{PAGE}{latest().pk}/again/"
    assert (
        operator.post(again, {"format": "auto", "to_now": "on", "act": "bring"}).status_code == 302
    )
    turn()
    assert Event.objects.count() == 4
    assert "399 days and 23 hours forward" in text(shown(operator))
    assert left() == []
    operator.post(again, {"format": "auto", "act": "bring"})
    assert "Its files are gone" in shown(operator)
    assert Import.objects.count() == 1


def test_bad_lines_leave_everything_as_it_is_and_are_named(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", with_bad()), ("b.jsonl", lines(1) + b"{\n"))
    turn()
    page = text(shown(operator))
    assert "3 bad lines: nothing comes in unless bad lines are skipped" in page
    assert "Events in the files 3" in page  # what the others hold is said all the same
    assert "a.jsonl 3 the JSON is broken" in page
    assert "mood" in page
    assert "b.jsonl 2 the JSON is broken" in page
    assert Event.objects.count() == 0
    operator.post(
        f"{PAGE}{latest().pk}/again/", {"format": "auto", "skip_bad": "on", "act": "bring"}
    )
    turn()
    assert Event.objects.count() == 3 - 1  # b's line is a's first
    assert "Refused 3" in text(shown(operator))


def test_a_look_at_bad_lines_tells_what_the_others_hold(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", with_bad(5)), act="look")
    turn()
    page = text(shown(operator))
    assert "Looked through" in page
    assert "2 bad lines: nothing comes in unless" in page
    assert "Events in the files 5 Refused 2" in page
    assert "5 × tool call" in page
    hand_in(operator, ("a.jsonl", with_bad(5)), act="look", skip_bad="on")
    turn()
    assert "Events in the files 5 Would come in 5 Refused 2" in text(shown(operator))


def test_what_hindered_an_import_is_proposed_and_other_files_are_a_click_away(
    operator: Client,
) -> None:
    hand_in(operator, ("a.jsonl", with_bad()))
    turn()
    page = shown(operator)
    assert re.search(r'name="skip_bad"[^>]* checked', page)
    assert not re.search(r'name="to_now"[^>]* checked', page)
    assert 'type="file"' not in page
    assert 'type="file"' in shown(operator, f"{PAGE}?new=1")
    hand_in(operator, ("b.jsonl", lines(2, days=400)))
    turn()
    assert re.search(r'name="to_now"[^>]* checked', shown(operator))


def test_what_is_too_old_is_said_with_the_way_out(operator: Client) -> None:
    hand_in(operator, ("old.jsonl", lines(3, days=400)))
    turn()
    page = text(shown(operator))
    assert "Every event is older" in page
    assert "“Move the newest event to now” brings them in" in page
    operator.post(
        f"{PAGE}{latest().pk}/again/", {"format": "auto", "to_now": "on", "act": "bring"}
    )
    turn()
    assert Event.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.txt", b"hello\n", "no record of the first 200 is of a known format"),
        ("a.jsonl.gz", gzip.compress(b"{}" * 5000)[:-9], "the compressed file is broken"),
        ("a.json", b'[{"event_type": "tool_call"', "broken"),
    ],
    ids=["text", "packed", "cut off"],
)
def test_a_file_that_is_nothing_is_refused_with_its_reason(
    operator: Client, name: str, body: bytes, words: str
) -> None:
    hand_in(operator, (name, body))
    turn()
    assert latest().state == State.REFUSED
    assert words in text(shown(operator))
    assert Event.objects.count() == 0


def test_gzip_and_formats_of_others_come_in(operator: Client) -> None:
    body = gzip.compress(json.dumps(samples.langfuse(timezone.now())).encode())
    hand_in(operator, ("export.json.gz", body), format="langfuse")
    turn()
    assert latest().found_format == "langfuse"
    assert Event.objects.exists()
    assert samples.SECRET not in shown(operator)


def test_no_secret_of_a_name_or_a_bad_line_is_kept(operator: Client) -> None:
    bad = lines(1).replace(b'"latency_ms":100.0', f'"latency_ms":"{samples.SECRET}"'.encode())
    assert samples.SECRET.encode() in bad
    hand_in(operator, (f"{samples.SECRET}.jsonl", bad))
    turn()
    assert latest().bad == 1
    kept = f"{latest().files} {latest().problems} {latest().detail}"
    assert samples.SECRET not in kept + shown(operator)


@pytest.mark.parametrize(
    ("files", "wish", "words"),
    [
        ((), {}, "Choose at least one file."),
        ((("e.jsonl", b""),), {}, "e.jsonl: empty."),
        ((("a.jsonl", b"{}"),), {"format": "excel"}, "excel is no format that is known"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_the_rest_stays_chosen(
    operator: Client, files: tuple[tuple[str, bytes], ...], wish: dict[str, str], words: str
) -> None:
    answer = hand_in(operator, *files, **{"format": "otlp", "to_now": "on", **wish})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'role="alert">{words}' in page
    assert re.search(r'name="to_now"[^>]* checked', page)
    assert ('<option value="otlp" selected>' in page) is not bool(wish)
    assert not re.search(r'name="skip_bad"[^>]* checked', page)
    assert Import.objects.count() == 0
    assert left() == []


def test_more_than_may_come_is_refused_whole_and_nothing_is_left_of_it(
    operator: Client, settings: LazySettings
) -> None:
    few = settings.SELFIMPROVE.telemetry.model_copy(update={"max_import_bytes": 200_000})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"telemetry": few})
    small = ("b.jsonl", lines(1))
    answer = hand_in(operator, ("a.jsonl", b"x" * 300_000), small, format="jsonl", skip_bad="on")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Larger than 200.0 kB in all" in page
    assert re.search(r'name="skip_bad"[^>]* checked', page)  # the fields behind it were read
    assert left() == []
    assert hand_in(operator, small).status_code == 302


def test_a_thousand_files_are_the_most(operator: Client, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    answer = hand_in(operator, *[(f"{n}.jsonl", lines(1)) for n in range(3)])
    assert answer.status_code == 422
    assert "More than 2 files" in answer.content.decode()
    assert left() == []


def test_one_at_a_time_for_each_target(operator: Client) -> None:
    hand_in(operator, ("a.jsonl", lines(2)))
    second = hand_in(operator, ("b.jsonl", lines(2)))
    assert second.status_code == 409
    assert "An import of this target waits or runs" in second.content.decode()
    assert f'hx-get="{PAGE}?shown={latest().pk}"' in second.content.decode()
    assert [file.name for file in left()] == ["a.jsonl"]
    assert Import.objects.count() == 1
    assert 'type="file"' not in shown(operator)
    add_target("other")
    other = operator.post("/telemetry/import/other/files/", {"format": "auto"})
    assert "Choose at least one file." in other.content.decode()
    turn()
    assert 'type="file"' in shown(operator)


def test_who_may_only_look_sees_the_list_and_sends_nothing(
    operator: Client, target: Target
) -> None:
    hand_in(operator, ("monday.jsonl", lines(2)))
    viewer = Client()
    viewer.force_login(make_user("viewer"))
    page = shown(viewer)
    assert "monday.jsonl" in page
    assert "ask an operator" in page
    assert "Give it up" not in page
    pk = latest().pk
    assert hand_in(viewer, ("b.jsonl", lines(2))).status_code == 403
    assert viewer.post(f"{PAGE}{pk}/give-up/").status_code == 403
    assert viewer.post(f"{PAGE}{pk}/again/", {"format": "auto"}).status_code == 403
    assert [file.name for file in left()] == ["monday.jsonl"]
    assert Client().get(PAGE).status_code == 302
    assert operator.get(f"{PAGE}files/").status_code == 405
    assert operator.post(f"/telemetry/import/nobody/{pk}/give-up/").status_code == 404


def test_an_upload_from_another_page_is_refused_and_deleted(target: Target) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("operator"))
    assert hand_in(strict, ("a.jsonl", lines(2))).status_code == 403
    assert Import.objects.count() == 0
    assert left() == []
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', shown(strict))[0]
    assert hand_in(strict, ("a.jsonl", lines(2)), csrfmiddlewaretoken=token).status_code == 302


def test_the_last_ten_are_listed_and_each_can_be_opened(operator: Client) -> None:
    for number in range(11):
        hand_in(operator, (f"day-{number}.jsonl", lines(1, first=number)))
        turn()
    page = shown(operator)
    assert "day-0.jsonl" not in page
    assert "day-1.jsonl" in page
    third = Import.objects.get(files__0__name="day-3.jsonl")
    assert '<h2 id="import-title">day-3.jsonl</h2>' in shown(operator, third.get_absolute_url())


def test_an_import_by_the_command_is_listed_too(operator: Client, tmp_path: Path) -> None:
    for name, body in (("good.jsonl", lines(3)), ("bad.jsonl", b"{")):
        (tmp_path / name).write_bytes(body)
    quiet = {"target": "gateway", "stdout": StringIO(), "stderr": StringIO()}
    call_command("import_events", str(tmp_path / "good.jsonl"), dry_run=True, **quiet)
    with pytest.raises(CommandError):
        call_command("import_events", str(tmp_path / "bad.jsonl"), **quiet)
    assert Import.objects.count() == 0  # nothing came in
    call_command("import_events", str(tmp_path / "good.jsonl"), **quiet)
    page = text(shown(operator))
    assert "good.jsonl Done" in page
    assert "Events came in 3" in page
    assert "cli" in page
    assert turn() == "0 imports ended"


def test_the_ways_to_the_page(operator: Client, target: Target) -> None:
    for address in ("/telemetry/connect/gateway/", "/targets/gateway/", "/telemetry/connect/"):
        assert f'href="{PAGE}"' in shown(operator, address), address
    for address in ("/telemetry/", "/telemetry/events/"):
        assert f'href="{PAGE}"' in shown(operator, address), address
    Source.objects.create(target=target, backend="files", location="/var/log/x.log")
    assert f'href="{PAGE}"' in shown(operator, "/telemetry/")
    add_target("other")
    assert 'href="/telemetry/connect/"' in shown(operator, "/telemetry/events/")
    assert operator.get("/telemetry/import/nobody/").status_code == 404
