"""Do the annotations that Phoenix's client sends become feedback, once each?"""

import json
from typing import Any

import pytest

from telemetry.models import Event
from tests.telemetry.doors.knock import Knock, issue
from tests.telemetry.doors.otel import SPAN, TRACE
from tests.telemetry.planted import ISSUED

pytestmark = pytest.mark.django_db
SPANS, TRACES = "/v1/span_annotations", "/v1/trace_annotations"
SESSIONS = "/v1/session_annotations"
KEY = ISSUED["stripe"]


@pytest.fixture
def knock() -> Knock:
    return Knock()


def said(label: str | None = None, score: float | None = None, **more: Any) -> dict[str, Any]:
    """Write an annotation as the client does: what is not said is left out."""
    result = {"label": label, "score": score, "explanation": f"since {KEY}"}
    kept = {name: value for name, value in result.items() if value is not None}
    of_what = more or {"span_id": SPAN}
    return {"name": "helpful", "annotator_kind": "HUMAN", "result": kept, **of_what}


def send(knock: Knock, *annotations: Any, path: str = SPANS) -> Any:
    return knock.post(path, json.dumps({"data": annotations}), "application/json")


def kept() -> list[tuple[str, str]]:
    rows = Event.objects.filter(event_type="feedback").order_by("pk")
    return list(rows.values_list("session_id", "rating"))


OF_WHAT = [
    (SPANS, {"span_id": SPAN}, SPAN),
    (TRACES, {"trace_id": TRACE}, TRACE),
    (SESSIONS, {"session_id": "s-1"}, "s-1"),
]


@pytest.mark.parametrize(("path", "of_what", "session"), OF_WHAT)
def test_an_annotation_is_feedback_on_what_it_names(
    knock: Knock, path: str, of_what: dict[str, str], session: str
) -> None:
    answer = send(knock, said("thumbs_up", 1, **of_what), path=path)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 1
    assert kept() == [(session, "thumbs_up")]
    assert knock.token.tallies.get(door="annotations").accepted == 1


@pytest.mark.parametrize(
    ("label", "score", "rating"),
    [
        ("good", None, "thumbs_up"),
        ("irrelevant", 1.0, "thumbs_down"),
        ("lukewarm", 0.2, "thumbs_down"),
        (None, 0.5, "thumbs_up"),
        (None, 0, "thumbs_down"),
        (None, -1, "thumbs_down"),
    ],
)
def test_the_label_says_more_than_the_score(
    knock: Knock, label: str | None, score: float | None, rating: str
) -> None:
    send(knock, said(label, score))
    assert kept() == [(SPAN, rating)]


def test_a_result_that_neither_praises_nor_blames_is_left_out_with_its_reason(
    knock: Knock,
) -> None:
    answer = send(knock, said("lukewarm"), said(score=4), {**said(), "result": None})
    assert (answer.status_code, answer.json()) == (200, {"data": []})
    tally = knock.token.tallies.get(door="annotations")
    assert (tally.accepted, tally.dropped, tally.rejected) == (0, 3, 0)


def test_an_annotation_that_is_sent_again_is_the_same_and_a_changed_one_another(
    knock: Knock,
) -> None:
    first = send(knock, said(score=1)).json()
    assert send(knock, said(score=1), path=f"{SPANS}?sync=true").json() == first
    send(knock, said(score=0), said(score=1, span_id="1" * 16), said(score=1, identifier="b"))
    assert [rating for _, rating in kept()] == ["thumbs_up", "thumbs_down", "thumbs_up"]


def test_a_wrong_one_does_not_take_a_good_one_with_it(knock: Knock) -> None:
    nameless = {**said(score=1), "name": None}
    of_nothing = {"name": "x", "annotator_kind": "LLM", "result": {"score": 1}}
    answer = send(knock, nameless, of_nothing, "words", said(score=1))
    assert (answer.status_code, len(kept())) == (200, 1)
    assert knock.token.tallies.get(door="annotations").rejected == 3
    assert send(knock, of_nothing).status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"data": 1}', b"\xff"])
def test_a_body_that_is_none_is_refused(knock: Knock, body: bytes) -> None:
    assert knock.post(SPANS, body, "application/json").status_code == 400
    assert not Event.objects.exists()


def test_neither_words_nor_secrets_are_kept(knock: Knock) -> None:
    send(knock, said(score=1, session_id=f"s {KEY}"), path=SESSIONS)
    assert KEY not in repr([vars(row) for row in Event.objects.all()])
    assert KEY not in repr([vars(row) for row in knock.token.tallies.all()])


def test_a_token_for_something_else_does_not_open_it(knock: Knock) -> None:
    other = issue(knock.target, scopes=["events"])
    body = json.dumps({"data": [said(score=1)]})
    answer = knock.post(SPANS, body, "application/json", secret=other.secret)
    assert answer.status_code == 403
    assert not Event.objects.exists()
