"""Is the Architect shown what is missing, and may what it plans be built?"""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from generations.engines.modelled import ENGINE
from generations.models import Generation, Outcome, Reason
from generations.phases.shape import NothingToDo, Planned, Refused
from personas.models import Exchange
from ports.llm.standin.steps import Step
from targets.models import Target
from tests.factories import NOW
from tests.generations.modelled.wire import (
    FILES,
    PLAN,
    SLOW,
    UNUSED,
    agents,
    begin,
    billed,
    configure,
    planned,
    shop,
    shown,
    turn,
)

pytestmark = pytest.mark.django_db
BAD = ("../etc/passwd", "shop/ledger.py", ".selfimprove.toml", "config/policies/own.cedar")


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return shop(tmp_path, settings)


def plan_of(target: Target, **columns: Any) -> Planned:
    return ENGINE.plan(turn(begin(target, **columns)), [UNUSED, SLOW])


def refused(target: Target) -> Refused:
    with pytest.raises(Refused) as caught:
        plan_of(target)
    return caught.value


def end(target: Target, number: int, **columns: Any) -> Generation:
    """Make an earlier generation that came to nothing."""
    return Generation.objects.create(
        target=target,
        number=number,
        writer="model",
        asked_by="ada",
        phase="decide",
        started_at=NOW,
        deadline_at=NOW,
        next_step_at=NOW,
        ended_at=NOW,
        **{"outcome": Outcome.REJECTED, "reason_kind": Reason.NO_GAIN, "reason": "No gain."},
        **columns,
    )


def test_it_sees_scores_findings_focuses_files_and_bounds(
    target: Target, settings: Settings
) -> None:
    with agents(settings, planned()) as played:
        made = plan_of(target)
    material = shown(played)
    (score,) = material["benchmarks"]
    assert (score["name"], score["score"], score["better"]) == ("lint_score", 1.0, "lower")
    (finding,) = material["findings"]
    assert (finding["rule"], finding["count"], finding["files"]) == ("F401", 1, 1)
    assert finding["places"][0]["path"] == "shop/prices.py"
    assert [one["number"] for one in material["focuses"]] == [1, 2]
    size = len(FILES["shop/prices.py"])
    assert material["files"][0] == {"path": "shop/prices.py", "bytes": size, "lines": 8}
    assert {one["path"] for one in material["files"]} == set(FILES)
    assert "shop/ledger.py" in material["forbidden"]
    assert material["limits"] == {"files": 10, "changed_lines": 400, "code_needs_a_test": False}
    assert set(material["left_out"].values()) == {0}
    assert (made.focus, made.written_by) == (UNUSED, "scripted")
    assert made.plan.title == PLAN["title"]


def test_it_is_asked_in_a_form_and_every_call_is_told(target: Target, settings: Settings) -> None:
    with agents(settings, Step(text="No idea."), planned()) as played:
        made = plan_of(target)
    form = billed(played)[0]["output_config"]["format"]["schema"]
    assert {"title", "focus", "new_files"} <= set(form["required"])
    assert "Your last answer could not be used" in str(billed(played)[1]["messages"])
    exchanges = list(Exchange.objects.order_by("pk"))
    calls = made.details["calls"]
    assert [call["exchange"] for call in calls] == [one.pk for one in exchanges]
    assert {one.purpose.partition(":")[2].partition("/")[2] for one in exchanges} == {"plan"}
    assert all(call["input_tokens"] > 0 and call["outcome"] == "ANSWERED" for call in calls)
    assert made.details["prompt"] == "architect 5"
    json.dumps(made.details)


@pytest.mark.parametrize(
    ("said", "focus"),
    [
        (1, UNUSED.fingerprint),
        (2, SLOW.fingerprint),
        (SLOW.fingerprint, SLOW.fingerprint),
        ("2", SLOW.fingerprint),
        (0, "model:"),
        (3, "model:"),
        (-1, "model:"),
        ("²", "model:"),
        ("something else", "model:"),
    ],
)
def test_a_plan_is_about_what_it_names_among_what_was_offered(
    target: Target, settings: Settings, said: object, focus: str
) -> None:
    with agents(settings, planned(focus=said)):
        made = plan_of(target)
    assert made.focus.fingerprint.startswith(focus)


def test_the_same_title_is_the_same_thing_of_its_own(target: Target, settings: Settings) -> None:
    titles = ("Ask the cache", "ask  the CACHE", "Ask nobody")
    with agents(settings, *(planned(focus=0, title=title) for title in titles)):
        first, second, third = (
            ENGINE.plan(turn(begin_again(target)), [UNUSED]).focus.fingerprint for _ in titles
        )
    assert first == second != third


def begin_again(target: Target) -> Generation:
    Generation.objects.filter(target=target).delete()
    return begin(target)


def test_what_a_person_wants_is_what_the_plan_is_about(target: Target, settings: Settings) -> None:
    with agents(settings, planned(focus=2)) as played:
        made = plan_of(target, brief="Make it <b>fast</b>.\nToken ghp_" + "a1B2c3D4" * 5)
    assert made.focus == UNUSED
    assert shown(played)["wanted"].startswith("Make it <b>fast</b>.\n")
    assert "a1B2c3D4" not in str(played.requests)


@pytest.mark.parametrize("path", BAD)
def test_a_path_that_no_change_may_touch_is_refused_before_anything_is_written(
    target: Target, settings: Settings, path: str
) -> None:
    bad = planned(files_to_modify=["shop/prices.py", path], new_files=[path])
    with agents(settings, bad, bad) as played:
        refusal = refused(target)
    assert refusal.kind == Reason.NO_PLAN
    assert len(billed(played)) == 2
    assert path in refusal.reason or "inside the repository" in refusal.reason
    assert len(refusal.details["calls"]) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"files_to_modify": ["shop/none.py"]}, "shop/none.py: there is no such file"),
        ({"new_files": ["shop/prices.py"]}, "new_files: shop/prices.py is there already"),
        ({"new_files": ["shop/x.py"]}, "new_files: shop/x.py is not in files_to_modify"),
        ({"files_to_modify": [*list(FILES)[1:3], "shop/prices.py"]}, "may touch 2 files"),
        ({"files_to_modify": []}, "both are empty where nothing is planned, else neither"),
        ({"steps": []}, "both are empty where nothing is planned, else neither"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_sent_back_with_the_reason(
    target: Target, settings: Settings, changes: dict[str, Any], words: str
) -> None:
    configure(settings, "generations", files=2)
    with agents(settings, planned(**changes), planned()) as played:
        made = plan_of(target)
    assert words in str(billed(played)[1]["messages"])
    assert made.plan.files_to_modify == ["shop/prices.py"]


def test_nothing_is_planned_where_nothing_is_worth_a_change(
    target: Target, settings: Settings
) -> None:
    none = planned(files_to_modify=[], steps=[], rationale="All of it is well.", focus=99)
    with agents(settings, none) as played, pytest.raises(NothingToDo) as said:
        plan_of(target)
    assert str(said.value) == "Architect plans nothing: All of it is well."
    assert len(billed(played)) == len(said.value.details["calls"]) == 1


def test_a_new_file_is_planned_by_name(target: Target, settings: Settings) -> None:
    named = ["shop/till.py"]
    with agents(settings, planned(files_to_modify=named, new_files=named)):
        made = plan_of(target)
    assert (made.plan.files_to_modify, made.details["new_files"]) == (named, named)


def test_what_was_rejected_is_told_and_is_left_alone_in_the_end(
    target: Target, settings: Settings
) -> None:
    for number in range(1, 8):
        end(target, number, plan={"title": f"Idea {number}"}, focus="model:1")
    with agents(settings, planned(), planned(focus=SLOW.fingerprint)) as played:
        plan_of(target)
        tried = shown(played)["rejected"]
        Generation.objects.filter(outcome="").delete()
        Generation.objects.filter(focus="model:1").update(focus=SLOW.fingerprint)
        refusal = refused(target)
    assert [one["title"] for one in tried] == [f"Idea {number}" for number in (7, 6, 5, 4, 3)]
    assert tried[0]["reason"] == "No gain."
    assert refusal.kind == Reason.KNOWN
    assert "was rejected 7 times; it is left alone after 3" in refusal.reason


def test_what_it_says_is_kept_without_secrets(target: Target, settings: Settings) -> None:
    secret = "ghp_" + "a1B2c3D4" * 5
    with agents(settings, planned(rationale=f"Since {secret} is used.", steps=[secret])):
        made = plan_of(target)
    assert secret not in made.plan.model_dump_json()
    assert made.plan.rationale.startswith("Since ")


def test_a_repaired_plan_is_flagged(target: Target, settings: Settings) -> None:
    broken = Step(text=json.dumps(PLAN).replace('"risk"', "risk"))
    with agents(settings, broken, broken):
        assert plan_of(target).details["repaired"]


def test_where_nothing_is_found_and_nothing_wanted_nobody_is_asked(
    tmp_path: Path, settings: Settings
) -> None:
    calm = {**FILES, "shop/prices.py": FILES["shop/prices.py"].replace("import os\n", "")}
    target = shop(tmp_path, settings, calm)
    with agents(settings) as played, pytest.raises(NothingToDo):
        ENGINE.plan(turn(begin(target)), [])
    assert not played.requests
