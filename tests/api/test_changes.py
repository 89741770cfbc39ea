"""Does a program learn from the gates what `validate` would say, and is nothing proposed?"""

import json
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.utils import timezone

from audit.models import Entry
from proposals.models import Proposal, RejectedInput
from selfimprove.api import changes, tasks
from selfimprove.models import ChangeCheck
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import Program, error, program, said
from tests.factories import git, make_target, make_user, tools_diff
from validation.models import Report

pytestmark = pytest.mark.django_db
FORBIDDEN = "\n".join(
    (
        "--- a/SYSTEM_CONTRACT.md",
        "+++ b/SYSTEM_CONTRACT.md",
        "@@ -1,3 +1,3 @@",
        " # Contract",
        " ",
        "-Agents answer within their limits.",
        "+Agents answer whenever they like.\n",
    )
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def asking(target: Target) -> Program:
    return program(target, Scope.CHANGES_CHECK)


def ask(asking: Program, diff: str = "", **more: str) -> dict[str, Any]:
    told: dict[str, Any] = said(
        asking.post("changes", {"diff": diff or tools_diff(), **more}), 202
    )
    return told


def ended(asking: Program, change: dict[str, Any]) -> dict[str, Any]:
    tasks.check()
    told: dict[str, Any] = said(asking.get(f"changes/{change['id']}"), 200)
    return told


def by_command(target: Target, tmp_path: Path, diff: str) -> dict[str, Any]:
    """Ask the command about the same change."""
    file, out = tmp_path / "it.diff", StringIO()
    file.write_text(diff)
    given = ("--repo", target.origin, "--base", "main", "--diff", str(file), "--json")
    with suppress(SystemExit):
        call_command("validate", *given, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs from run to run, and what the API adds as null."""
    gates = [{**gate, "seconds": 0} for gate in report["gates"]]
    rest = {name: value for name, value in report.items() if value is not None}
    return {**rest, "seconds": 0, "gates": gates}


@pytest.mark.parametrize(("diff", "code"), [(tools_diff(), 3), (FORBIDDEN, 1)])
def test_the_report_is_that_of_the_command(
    target: Target, asking: Program, tmp_path: Path, diff: str, code: int
) -> None:
    change = ask(asking, diff)
    assert (change["state"], change["report"]) == ("waiting", None)
    told = ended(asking, change)
    assert (told["state"], told["report"]["exit"]) == ("done", code), told
    command = by_command(target, tmp_path, diff)
    mine, theirs = timeless(told["report"]), timeless(command)
    assert [gate["gate"] for gate in mine["gates"]] == [gate["gate"] for gate in theirs["gates"]]
    assert [gate["outcome"] for gate in mine["gates"]] == [
        gate["outcome"] for gate in theirs["gates"]
    ]
    same = ("outcome", "exit", "base", "tree", "diff_digest")
    assert {name: mine[name] for name in same} == {name: theirs[name] for name in same}
    assert set(theirs) - {"sandbox"} <= set(mine)


def test_nothing_is_proposed_or_kept_of_it_but_the_report(asking: Program) -> None:
    ended(asking, ask(asking))
    assert not Proposal.objects.exists()
    assert not Report.objects.exists()
    assert not RejectedInput.objects.exists()
    assert ChangeCheck.objects.get().diff == ""


def test_the_log_says_who_asked_by_which_token_and_what_came_of_it(asking: Program) -> None:
    change = ask(asking)
    ended(asking, change)
    entries = Entry.objects.filter(subject=f"change:{change['id']}").order_by("id")
    assert [entry.event for entry in entries] == ["change.asked", "change.checked"]
    assert entries[0].facts["door"] == "api"
    assert entries[0].facts["token"] == asking.issued.token.pk
    assert entries[0].facts["diff"] == change["diff_digest"]
    assert entries[1].facts["outcome"] == "ACKNOWLEDGE"


def test_an_agents_change_is_judged_as_an_agents(target: Target, asking: Program) -> None:
    """A token acts for a person, but what holds it may be a program that nobody watches."""
    told = ended(asking, ask(asking, FORBIDDEN))
    gates = {gate["gate"]: gate["outcome"] for gate in told["report"]["gates"]}
    assert gates["forbidden paths"] == "REFUSED"
    assert gates["authorised"] == "REFUSED", gates


@pytest.mark.parametrize(
    ("given", "outcome", "words"),
    [
        ({"diff": "not a diff at all"}, "REFUSED", "the diff does not apply"),
        ({"diff": tools_diff().replace("400", "7")}, "REFUSED", "the diff does not apply"),
        ({"base": "0" * 40}, "COULD_NOT_RUN", "is no commit of the branch main"),
        ({"base": "--upload-pack=x"}, "COULD_NOT_RUN", "is no commit of the branch main"),
        ({"base": "elsewhere"}, "COULD_NOT_RUN", "is no commit of the branch main"),
    ],
)
def test_what_cannot_be_judged_says_why_in_the_same_form(
    asking: Program, given: dict[str, str], outcome: str, words: str
) -> None:
    told = ended(asking, ask(asking, **{"diff": tools_diff(), **given}))
    assert told["report"]["outcome"] == outcome
    assert told["report"]["exit"] == {"REFUSED": 1, "COULD_NOT_RUN": 2}[outcome]
    assert words in told["report"]["error"]
    assert told["report"]["gates"] == []


def test_a_base_of_the_branch_is_taken(target: Target, asking: Program) -> None:
    head = git(Path(target.origin), "rev-parse", "main")
    told = ended(asking, ask(asking, base=head))
    assert (told["report"]["base"], told["report"]["exit"]) == (head, 3)


def test_a_base_of_another_branch_is_not(target: Target, asking: Program) -> None:
    origin = Path(target.origin)
    aside = git(origin, "commit-tree", "-m", "Aside", "main^{tree}")
    git(origin, "update-ref", "refs/heads/aside", aside)
    told = ended(asking, ask(asking, base=aside))
    assert told["report"]["exit"] == 2


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({}, 422, "diff: Field required"),
        ({"diff": ""}, 422, "diff: it is too short; send at least 1."),
        ({"diff": 7}, 422, "diff: Input should be a valid string"),
        ({"diff": "a\x00b"}, 422, "diff: line 1 holds a NUL character"),
        ({"diff": "x", "sudo": True}, 422, "sudo: it is not known here"),
        ({"diff": "x", "target": "other"}, 403, "target: the token is for gateway"),
        ({"diff": "x" * 2000}, 413, "diff: 2000 bytes; api.max_text_bytes allows 1024"),
        (["x"], 400, "The body is no JSON object"),
    ],
)
def test_bad_input_is_told_what_is_wrong(
    asking: Program, settings: LazySettings, given: object, status: int, words: str
) -> None:
    api = settings.SELFIMPROVE.api.model_copy(update={"max_text_bytes": 1024})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"api": api})
    assert words in error(asking.post("changes", given), status)
    assert not ChangeCheck.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"diff": "x", "diff": "y"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"diff": "\\ud800"}', "application/json", 422),
        (b"diff=x", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    asking: Program, body: bytes, kind: str, status: int
) -> None:
    error(asking.send("changes", body, kind), status)
    assert not ChangeCheck.objects.exists()


def test_one_that_waits_is_stopped_at_once(asking: Program) -> None:
    change = ask(asking)
    told = said(asking.delete(f"changes/{change['id']}"), 200)
    assert (told["state"], told["stopped_by"]) == ("stopped", asking.person.username)
    assert told["report"]["exit"] == 2
    again = said(asking.delete(f"changes/{change['id']}"), 200)
    assert again["state"] == "stopped"
    assert tasks.check() == "0 checked"
    assert Entry.objects.filter(event="change.stopped").count() == 1


def test_one_that_is_at_work_is_told_to_stop(asking: Program) -> None:
    change = ask(asking)
    now = timezone.now()
    ChangeCheck.objects.update(state="running", beat_at=now, started_at=now)
    told = said(asking.delete(f"changes/{change['id']}"), 202)
    assert (told["state"], told["stopped_by"]) == ("running", asking.person.username)
    assert told["progress"]["of"] > 10


def test_one_that_has_ended_cannot_be_stopped(asking: Program) -> None:
    change = ask(asking)
    ended(asking, change)
    assert "has ended by itself" in error(asking.delete(f"changes/{change['id']}"), 409)


def test_what_was_asked_to_stop_before_its_worker_died_is_not_judged(asking: Program) -> None:
    change = ask(asking)
    long_ago = timezone.now() - timedelta(minutes=5)
    ChangeCheck.objects.update(state="running", beat_at=long_ago, stopped_by="ada", attempts=1)
    told = ended(asking, change)
    assert (told["state"], told["report"]["error"]) == ("stopped", "stopped by ada")


def test_a_check_whose_worker_died_is_begun_again_but_not_for_ever(asking: Program) -> None:
    change = ask(asking)
    long_ago = timezone.now() - timedelta(minutes=5)
    dead = {"state": "running", "beat_at": long_ago, "claim": None}
    ChangeCheck.objects.update(**dead, attempts=1)
    assert ended(asking, change)["report"]["exit"] == 3
    second = ask(asking)
    ChangeCheck.objects.filter(pk=second["id"]).update(**dead, attempts=3)
    told = ended(asking, second)
    assert "its worker never came back" in told["report"]["error"]
    assert told["report"]["exit"] == 2


def test_a_check_that_is_alive_is_not_begun_twice(asking: Program) -> None:
    ask(asking)
    ChangeCheck.objects.update(state="running", beat_at=timezone.now())
    assert tasks.check() == "0 checked"


def test_nobody_sees_or_stops_the_change_of_another(target: Target, asking: Program) -> None:
    change = ask(asking)
    other = program(target, Scope.CHANGES_CHECK)
    error(other.get(f"changes/{change['id']}"), 404)
    error(other.delete(f"changes/{change['id']}"), 404)
    error(asking.get("changes/nonsense"), 404)
    assert ChangeCheck.objects.get().state == "waiting"


def test_only_so_many_wait_at_once(asking: Program, settings: LazySettings) -> None:
    api = settings.SELFIMPROVE.api.model_copy(update={"most_waiting": 2})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"api": api})
    ask(asking)
    first = ask(asking)
    answer = asking.post("changes", {"diff": tools_diff()})
    assert "2 changes of yours wait already" in error(answer, 429)
    assert answer["Retry-After"] == "5"
    asking.delete(f"changes/{first['id']}")
    ask(asking)


def test_whoever_may_ask_for_no_check_may_not_here(target: Target) -> None:
    viewer = program(target, Scope.CHANGES_CHECK, person=make_user("viewer"))
    words = error(viewer.post("changes", {"diff": tools_diff()}), 403)
    assert "lacks the permission" in words
    reader = program(target, Scope.PROPOSALS_READ)
    assert "not for changes:check" in error(reader.post("changes", {"diff": "x"}), 403)


def test_old_reports_go(asking: Program) -> None:
    ask(asking)
    assert changes.prune(timezone.now() - timedelta(days=1)) == 0
    assert changes.prune(timezone.now() + timedelta(seconds=1)) == 1
