"""Is a deployer's report followed once, in its order, and only when it is its own?"""

import json
import time
from typing import Any

import pytest
from django.test import Client

from delivery.elsewhere import reports
from delivery.elsewhere.records import Handed, Report
from tests.delivery.elsewhere.stand import VARIABLE, Away

pytestmark = pytest.mark.django_db
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


def message(there: Away, kind: str = "progressed", **data: Any) -> dict[str, Any]:
    told = {"commit": there.handover.commit, "sequence": 1, **data}
    return {"type": f"deployment.{kind}", "data": told}


@pytest.fixture(autouse=True)
def handed(there: Away) -> None:
    there.drive()


def test_what_it_says_stands_on_the_running_stage_at_once(there: Away) -> None:
    assert there.report("progressed", lines=["pulling", "starting"]) == (
        202,
        {"followed": "noted"},
    )
    run = there.delivery.runs.get(stage="deploy")
    assert run.output == "pulling\nstarting"
    assert there.handover.heard_at is not None


def test_lines_stand_in_the_deployers_order_whatever_order_they_came_in(there: Away) -> None:
    for sequence in (3, 1, 2):
        there.report("progressed", sequence=sequence, lines=[f"line {sequence}"])
    assert reports.log_of(there.handover) == "line 1\nline 2\nline 3"


def test_lines_that_come_after_the_end_are_kept_and_change_nothing(there: Away) -> None:
    assert there.report("succeeded", sequence=5, lines=["last"])[0] == 202
    assert there.report("progressed", sequence=2, lines=["late"])[0] == 202
    assert reports.log_of(there.handover) == "late\nlast"
    assert there.handover.state == Handed.SUCCEEDED


def test_the_same_message_counts_once(there: Away) -> None:
    told = message(there, lines=["once"])
    assert there.post(told, uid="m1")[0] == 202
    assert there.post(told, uid="m1") == (200, {"followed": "it was here before"})
    assert there.post(told, uid="m1", moment=int(time.time()) - 100)[0] == 200
    assert Report.objects.count() == 1


def test_an_end_sent_again_is_known_and_one_that_contradicts_is_not_followed(
    there: Away,
) -> None:
    assert there.post(message(there, "succeeded"), uid="m1")[0] == 202
    assert there.post(message(there, "succeeded"), uid="m1")[0] == 200
    assert there.post(message(there, "succeeded"), uid="m2")[0] == 202
    status, told = there.post(message(there, "failed"), uid="m3")
    assert (status, told["error"]) == (409, "it was reported as succeeded before")
    assert there.handover.state == Handed.SUCCEEDED


def test_a_success_with_another_commit_is_none(there: Away) -> None:
    status, told = there.report("succeeded", commit="f" * 40)
    assert status == 409
    assert "another one than" in told["error"]
    assert there.handover.state == Handed.ACCEPTED
    assert there.report("succeeded", commit="")[0] == 422


def test_one_that_comes_when_the_time_is_over_is_told_so(there: Away) -> None:
    there.drive(hours=1)
    first = there.delivery.handovers.earliest("id")
    assert first.state == Handed.TIMED_OUT
    there.delivery.handovers.exclude(pk=first.pk).delete()
    status, told = there.report("succeeded")
    assert (status, told["error"]) == (409, "the deployment has ended: did not end in time")


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        ({"key": b"x" * 32}, "does not hold"),
        ({"moment": 1_600_000_000}, "compare both clocks"),
        ({"webhook-signature": ""}, "have to be there"),
        ({"webhook-id": ""}, "have to be there"),
        ({"webhook-timestamp": "soon"}, "no number of seconds"),
    ],
)
def test_what_is_not_signed_just_now_is_turned_away(
    there: Away, forged: dict[str, Any], words: str
) -> None:
    status, told = there.post(message(there, "succeeded"), **forged)
    assert status == 401
    assert words in told["error"]
    assert there.handover.state == Handed.ACCEPTED
    assert not Report.objects.exists()


def test_a_deployment_that_is_not_there_is_answered_as_a_bad_signature() -> None:
    place = "/hooks/deployments/00000000-0000-4000-8000-000000000000/"
    answer = Client().post(place, b"{}", content_type="application/json")
    assert answer.status_code == 401


def test_without_our_own_secret_nothing_is_let_in(
    there: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    place = f"/hooks/deployments/{there.handover.uid}/"
    answer = Client().post(place, b"{}", content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert there.report("succeeded")[0] == 503


def test_only_a_post_of_json_is_a_report(there: Away) -> None:
    assert Client().get(f"/hooks/deployments/{there.handover.uid}/").status_code == 405
    told = message(there)
    plain: dict[str, Any] = {"Content-Type": "text/plain"}
    assert there.post(told, **plain)[0] == 415


@pytest.mark.parametrize(
    "body",
    [
        *(b"{}", b"\xff\xfe", b"[]", b"null", b'{"type": "deployment.progressed"}', b"[" * 9000),
        *(b'{"type": "ping", "data": {}}', b'{"type": [], "data": {}}'),
        *(
            json.dumps({"type": "deployment.progressed", "data": data}).encode()
            for data in (
                *({}, {"sequence": "1"}, {"sequence": -1}, {"sequence": True}),
                *({"sequence": 2**60}, {"sequence": 1, "lines": "text"}),
                *({"sequence": 1, "lines": [1]}, {"sequence": 1, "lines": ["x"] * 1001}),
                {"sequence": 1, "deployment": 7},
            )
        ),
    ],
)
def test_garbage_is_told_what_is_wrong_and_changes_nothing(there: Away, body: bytes) -> None:
    status, told = there.post(body)
    assert status == 422
    assert told["error"]
    assert not Report.objects.exists()


def test_a_report_of_another_deployment_is_not_taken_here(there: Away) -> None:
    told = message(there, deployment="00000000-0000-4000-8000-000000000000")
    assert there.post(told)[0] == 409


def test_secrets_and_signs_that_no_database_keeps_are_taken_out(there: Away) -> None:
    assert there.report("progressed", lines=[f"token {TOKEN}", "nul \0 sign"])[0] == 202
    there.report("failed", sequence=2, reason=f"bad token {TOKEN}")
    kept = reports.log_of(there.handover) + there.handover.detail
    assert TOKEN not in kept
    assert "\0" not in kept
    assert "bad token" in kept


def test_a_flood_is_bounded_counted_and_never_hides_the_end(
    there: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "LONGEST_LOG", 1000)
    monkeypatch.setattr(reports, "MOST_REPORTS", 5)
    for sequence in range(10):
        assert there.report("progressed", sequence=sequence, lines=["x" * 300])[0] == 202
    assert Report.objects.count() == 5
    assert there.handover.dropped == 7
    assert "7 further reports were too much" in reports.log_of(there.handover)
    assert there.report("succeeded", sequence=99)[0] == 202
    assert there.handover.state == Handed.SUCCEEDED


def test_one_that_is_too_large_is_turned_away(there: Away) -> None:
    status, told = there.post(message(there, lines=["x" * 999] * 300))
    assert status == 413
    assert "several reports" in told["error"]


def test_a_long_line_and_a_long_log_are_cut_where_they_are_shown(there: Away) -> None:
    there.report("progressed", lines=["word " * 1000])
    assert len(reports.log_of(there.handover)) == reports.LONGEST_LINE
    for sequence in range(2, 22):
        there.report("progressed", sequence=sequence, lines=["line " * 300])
    shown = reports.log_of(there.handover)
    assert shown.startswith("[earlier lines left out]")
    assert len(shown) < reports.SHOWN + 100
