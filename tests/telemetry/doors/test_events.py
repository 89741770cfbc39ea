"""What does the door for events take, and what does it say of each item?"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from telemetry.models import Event, MinuteCount
from tests.telemetry.doors.knock import Knock, called, issue, lines
from tests.telemetry.planted import ISSUED
from tests.telemetry.scene import add_target

pytestmark = pytest.mark.django_db
PATH = "/api/events"


@pytest.fixture
def knock() -> Knock:
    return Knock()


def test_lines_are_stored_and_counted(knock: Knock) -> None:
    answer = knock.events(*(called(n) for n in range(10)))
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 10, "duplicates": 0, "rejected": 0, "problems": []}
    assert Event.objects.filter(target=knock.target).count() == 10
    assert sum(row.calls for row in MinuteCount.objects.all()) == 10
    tally = knock.token.tallies.get(door="events")
    assert (tally.requests, tally.accepted, tally.reasons) == (1, 10, {})
    assert tally.first_accepted_at is not None


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([called(1), called(2)]),
        "\ufeff" + lines(called(1), called(2)),
        "\r\n\n" + lines(called(1)) + "\n   \n" + lines(called(2)).replace("\n", "\r\n"),
        json.dumps([called(1), called(2)], indent=2),
    ],
)
def test_an_array_blank_lines_and_a_byte_order_mark_are_fine(knock: Knock, body: str) -> None:
    answer = knock.post(PATH, body, "application/json; charset=utf-8")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)


def test_the_writers_id_dedupes_within_and_across_requests(knock: Knock) -> None:
    knock.events(called(1), called(2))
    answer = knock.events(called(2), called(3), called(3))
    assert answer.json()["accepted"] == 1
    assert answer.json()["duplicates"] == 2
    assert Event.objects.count() == 3


def test_an_id_is_one_targets_and_one_types_own(knock: Knock) -> None:
    same = {"id": "a" * 32}
    other = Knock(target=add_target("other"))
    feedback = {
        "event_type": "feedback",
        "timestamp": timezone.now().isoformat(),
        "session_id": "s-1",
        "agent": "planner",
        "rating": "thumbs_down",
        **same,
    }
    assert knock.events(called(1, **same), feedback).json()["accepted"] == 2
    assert other.events(called(1, **same)).json()["accepted"] == 1


def test_without_an_id_the_same_words_are_the_same_event(knock: Knock) -> None:
    event = {name: value for name, value in called(1).items() if name != "id"}
    assert knock.events(event, {**event, "latency_ms": 9}).json()["accepted"] == 2
    assert knock.events(event).json()["duplicates"] == 1


def test_each_wrong_item_is_named_and_the_others_are_stored(knock: Knock) -> None:
    year = timedelta(days=365)
    answer = knock.events(
        called(1),
        called(2, success="no"),
        called(3, at=timezone.now() + year),
        called(4, at=timezone.now() - year),
        {"event_type": "dream"},
        called(5),
    )
    assert answer.status_code == 207
    told = answer.json()
    assert (told["accepted"], told["rejected"]) == (2, 4)
    reasons = {problem["index"]: problem["reason"] for problem in told["problems"]}
    assert reasons[1].startswith("success:")
    assert "lies in the future: set the clock" in reasons[2]
    assert "older than the 30 days" in reasons[3]
    assert "dream" in reasons[4]
    tally = knock.token.tallies.get()
    assert "lies in the future: set the clock of the writer" in tally.reasons


def test_broken_lines_do_not_take_good_ones_with_them(knock: Knock) -> None:
    body = lines(called(1)) + '{"event_type": "tool_call"\nno json\n[1]\nnull\n' + lines(called(2))
    answer = knock.post(PATH, body.encode() + b"\xff\xfe\n")
    assert (answer.status_code, answer.json()["accepted"]) == (207, 2)
    assert [problem["index"] for problem in answer.json()["problems"]] == [1, 2, 3, 4, 6]


def test_when_nothing_is_right_the_status_says_so(knock: Knock) -> None:
    assert knock.post(PATH, "no json").status_code == 400
    assert knock.post(PATH, "[" * 100_000).status_code == 400
    assert knock.post(PATH, '{"a":' * 100_000).status_code == 400
    assert not Event.objects.exists()


def test_a_refusal_does_not_repeat_a_value(knock: Knock) -> None:
    key = ISSUED["github"]
    wrong = called(2, latency_ms=key, error_message=key)
    odd = {**called(3), "event_type": key}
    answer = knock.events(wrong, odd, {"event_type": "feedback", "rating": key})
    assert answer.json()["rejected"] == 3
    assert key not in answer.content.decode()
    assert key not in json.dumps(knock.token.tallies.get().reasons)


def test_a_planted_secret_is_not_stored_in_any_field(knock: Knock) -> None:
    key = ISSUED["github"]
    names = ("session_id", "agent", "tool", "error_code", "error_message")
    knock.events(called(1, **dict.fromkeys(names, f"x {key}"), extra=key))
    assert key not in repr(vars(Event.objects.get()))


def test_too_many_items_are_refused_whole(knock: Knock) -> None:
    event = json.dumps(called(1))
    many = "\n".join([event] * 10_001)
    answer = knock.post(PATH, many)
    assert answer.status_code == 413
    assert "10001 items in one request; at most 10000" in answer.json()["error"]
    assert knock.post(PATH, f"[{','.join([event] * 10_001)}]").status_code == 413
    assert not Event.objects.exists()
    exactly = knock.post(PATH, "\n\n".join([event] * 10_000))
    assert exactly.json() | {"problems": 0} == {
        "accepted": 1, "duplicates": 9999, "rejected": 0, "problems": 0,
    }  # fmt: skip


@pytest.mark.parametrize("body", ["  \n ", "[]"])
def test_nothing_is_no_batch(knock: Knock, body: str) -> None:
    assert knock.post(PATH, body).status_code == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_taken(knock: Knock, method: str) -> None:
    answer: Any = knock.client.generic(method, PATH)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_another_form_field_or_file_is_refused(knock: Knock) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""):
        answer = knock.post(PATH, lines(called(1)), kind)
        assert answer.status_code == 415
        assert "send application/x-ndjson" in answer.json()["error"]


def test_reasons_stay_few_whatever_is_sent(knock: Knock) -> None:
    for number in range(40):
        knock.events({**called(1), "event_type": f"kind_{'x' * number}"})
    assert len(knock.token.tallies.get().reasons) <= 21
    assert knock.token.tallies.get().rejected == 40


def test_a_flood_of_refusals_is_counted_without_a_write_for_each(knock: Knock) -> None:
    only = issue(knock.target, scopes=["otlp"], name="otlp only")
    for _ in range(30):
        knock.events(called(1), secret=only.secret)
    tally = only.token.tallies.get(door="events")
    assert 1 <= tally.refused < 30
