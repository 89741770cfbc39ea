"""Does every kind of end become a document of the published schema, with all that is known?"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from jsonschema import Draft202012Validator

from generations.models import Generation, Loop, Outcome, Result
from generations.reporting import document
from personas.models import Outcome as Asked
from tests.factories import NOW, make_target
from tests.generations.endings import (
    accepted,
    bare_target,
    called,
    compared,
    ended,
    opened,
    ran,
)

pytestmark = pytest.mark.django_db
SECRET = "sk-ant-api03-" + "Ab3" * 31 + "-AAAAAA"


def told(generation: Generation) -> dict[str, Any]:
    """Return the document as a reader of the file gets it, once the schema has let it pass."""
    fresh = Generation.objects.select_related("target").get(pk=generation.pk)
    found: dict[str, Any] = json.loads(document.encoded(fresh))
    Draft202012Validator(
        document.schema(), format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(found)
    return found


def test_the_schema_is_one_and_names_its_version() -> None:
    schema = document.schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == document.NAME
    assert schema["properties"]["version"]["const"] == document.VERSION
    assert schema["additionalProperties"] is False
    assert sorted(schema["required"]) == sorted(schema["properties"])


@pytest.mark.parametrize("outcome", [one for one in Outcome if one != Outcome.ACCEPTED])
def test_every_other_end_is_a_document_with_its_reason(outcome: Outcome) -> None:
    found = told(ended(bare_target(), outcome))
    assert found["decision"]["outcome"] == outcome
    assert found["decision"]["reason"]
    assert found["decision"]["reason_kind"]
    assert found["seconds"] == 60.0
    assert (found["plan"], found["change"], found["gates"], found["review"]) == (None,) * 4
    assert (found["benchmarks"], found["calls"], found["proposal"]) == ([], [], None)


def test_what_has_not_ended_says_so_and_claims_no_time() -> None:
    generation = opened(bare_target(), phase="plan")
    ran(generation, "plan", "", NOW)
    found = told(generation)
    assert found["decision"]["outcome"] is None
    assert (found["ended_at"], found["seconds"]) == (None, None)
    assert found["phases"][0]["result"] is None
    assert found["phases"][0]["ended_at"] is None


def test_an_accepted_one_tells_of_all_that_led_to_it(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    first = ended(target)
    loop = Loop.objects.create(
        target=target, wanted=5, writer="embedded", asked_by="ada", asked_at=NOW
    )
    generation = accepted(
        target, parent=first, loop=loop, subject="idea:12", brief="More time\n\n11 times"
    )
    found = told(generation)
    assert (found["target"], found["number"], found["parent"]) == ("gateway", 2, 1)
    assert found["loop"] == {"id": loop.pk, "wanted": 5}
    assert (found["subject"], found["brief"]) == ("idea:12", "More time\n\n11 times")
    assert found["plan"]["title"] == "Give the search more time"
    assert found["change"]["files"] == [
        {"path": "config/tools.yaml", "status": "modified", "added": 1, "removed": 1}
    ]
    assert found["change"]["diff"] == generation.diff
    assert found["gates"]["results"][0]["findings"][0]["message"] == "a larger limit"
    assert found["review"]["findings"][0]["rule"] == "style"
    assert (found["decision"]["gain"], found["decision"]["review_score"]) == (0.0312, 0.9)
    assert found["benchmarks"][0]["wins"] == ["tests/test_limits.py::test_longest"]
    assert [one["phase"] for one in found["phases"]][-1] == "propose"
    assert found["phases"][0]["seconds"] == 2.0
    assert found["proposal"] == str(generation.proposal_id)
    assert found["spent"] == {
        "calls": 0, "simulated_calls": 0, "input_tokens": 0, "output_tokens": 0,
        "cached_tokens": 0, "latency_ms": 0, "usd": None, "at_least": False,
    }  # fmt: skip


def test_a_dry_run_that_would_have_been_proposed_has_no_proposal() -> None:
    found = told(ended(bare_target(), Outcome.ACCEPTED, dry_run=True))
    assert (found["dry_run"], found["decision"]["outcome"]) == (True, "ACCEPTED")
    assert (found["proposal"], found["decision"]["reason"]) == (None, None)


def test_calls_are_those_of_its_own_purpose_with_tokens_and_cost() -> None:
    target = bare_target()
    before, generation = ended(target), ended(target, Outcome.REJECTED)
    called(before)
    called(generation, "plan")
    called(generation, "build", cost=None, outcome=Asked.FAILED)
    called(generation, "review", purpose=f"{generation.purpose}0/plan")
    found = told(generation)
    plan, build = found["calls"]
    assert (plan["purpose"], plan["usd"]) == (f"{generation.purpose}/plan", "0.012340000")
    assert (plan["input_tokens"], plan["cached_tokens"], plan["latency_ms"]) == (700, 500, 1500)
    assert (build["usd"], build["at_least"], build["outcome"]) == (None, True, "FAILED")
    assert (found["spent"]["calls"], found["spent"]["usd"]) == (2, "0.012340000")
    assert found["spent"]["at_least"] is True


def test_a_call_that_the_budget_refused_has_no_money_and_is_told() -> None:
    generation = ended(bare_target(), Outcome.REJECTED)
    called(generation, line=None, outcome=Asked.BUDGET_REACHED)
    (call,) = told(generation)["calls"]
    assert (call["outcome"], call["usd"], call["input_tokens"]) == ("BUDGET_REACHED", None, 0)


def test_errors_on_our_side_are_listed_with_their_phase() -> None:
    generation = opened(bare_target(), phase="build")
    ran(generation, "build", Result.ERRORED, NOW)
    ran(generation, "build", Result.ERRORED, NOW + timedelta(seconds=9))
    found = told(generation)["errors"]
    assert [(one["phase"], one["attempt"]) for one in found] == [("build", 1), ("build", 2)]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    generation = accepted(make_target(tmp_path))
    again = Generation.objects.get(pk=generation.pk)
    assert document.encoded(generation) == document.encoded(again)


def test_what_is_no_number_becomes_unknown_and_the_file_stays_json() -> None:
    generation = ended(bare_target(), Outcome.REJECTED, gain=float("inf"))
    compared(generation, before=float("inf"), low=float("-inf"))
    found = told(generation)
    assert found["decision"]["gain"] is None
    assert (found["benchmarks"][0]["before"], found["benchmarks"][0]["low"]) == (None, None)


def test_a_secret_in_what_an_agent_answered_is_not_published() -> None:
    generation = ended(bare_target(), plan={"title": f"Use {SECRET}"}, review={"x": [SECRET]})
    assert SECRET not in json.dumps(told(generation))


def test_half_a_sign_and_signs_of_all_scripts_survive() -> None:
    half = "" if connection.vendor == "postgresql" else "\ud83d"  # which keeps no half a sign
    generation = ended(bare_target(), plan={"title": f"{half} alone, Größe − 测试"})
    assert "Größe − 测试" in told(generation)["plan"]["title"]


def test_a_diff_that_cannot_be_read_is_no_empty_list() -> None:
    broken = "--- a/x\n+++ b/x\n@@ -1,5 +1,1 @@\n-a\n"
    generation = ended(bare_target(), Outcome.REJECTED, diff=broken, base_commit="1" * 40)
    change = told(generation)["change"]
    assert (change["files"], change["diff"]) == (None, broken)


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 1},
        {"target": ""},
        {"extra": 1},
        {"decision": {}},
        {"proposal": 7},
    ],
    ids=["version", "target", "extra", "decision", "proposal"],
)
def test_the_schema_lets_nothing_else_pass(damage: dict[str, Any]) -> None:
    found = told(ended(bare_target()))
    assert not Draft202012Validator(document.schema()).is_valid({**found, **damage})


def test_the_schema_wants_a_reason_of_whatever_was_not_accepted() -> None:
    found = told(ended(bare_target()))
    found["decision"]["reason"] = None
    assert not Draft202012Validator(document.schema()).is_valid(found)
