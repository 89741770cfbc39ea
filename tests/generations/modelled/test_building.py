"""Is the Builder shown the named files, and does only what fits them become a change?"""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from generations.engines.modelled import ENGINE
from generations.models import Generation, Outcome, PhaseRun, Reason
from generations.phases.shape import Built, Refused
from personas.replies.contracts import Plan
from ports.llm.standin.steps import Step
from targets.models import Target
from targets.repository import Repository
from tests.factories import NOW
from tests.generations.modelled.wire import (
    BUILT,
    EDIT,
    FILES,
    PLAN,
    PRICES,
    agents,
    begin,
    billed,
    shop,
    shown,
    turn,
)

pytestmark = pytest.mark.django_db
SECRET = "ghp_" + "a1B2c3D4" * 5
WITHOUT = PRICES.replace("import os\n\n", "")
ELSEWHERE = EDIT.replace("shop/prices.py", "shop/ledger.py").replace("import os\n\n", "x\n")
NOWHERE = EDIT.replace("import os", "import sys")
SAME = EDIT.replace("=======\n", "=======\nimport os\n\n")
NOTHING = Step(text="It cannot be done in these files.\n<done/>\n")


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return shop(tmp_path, settings)


def plan(*paths: str, **changes: Any) -> Plan:
    fields = {name: PLAN[name] for name in Plan.model_fields}
    named = list(paths or ("shop/prices.py",))
    return Plan.model_validate({**fields, "files_to_modify": named, **changes})


def built(target: Target, wanted: Plan | None = None, **columns: Any) -> Built:
    return ENGINE.build(turn(begin(target, **columns)), wanted or plan())


def after(target: Target, made: Built, path: str = "shop/prices.py") -> str:
    """Return a file as git leaves it once it has applied the diff."""
    repository = Repository.of(target)
    change = repository.apply(repository.head(target.branch), made.diff)
    return repository.read(change.tree, path).decode()


def test_an_edit_becomes_a_diff_of_the_base(target: Target, settings: Settings) -> None:
    with agents(settings, BUILT) as played:
        made = built(target)
    assert after(target, made) == WITHOUT
    assert made.written_by == "scripted"
    assert (made.details["mistakes"], made.details["repairs"]) == ([], [])
    assert [call["agent"] for call in made.details["calls"]] == ["Builder"]
    material = shown(played)
    assert material["files"] == {"shop/prices.py": {"lines": 9, "text": PRICES}}
    assert material["plan"]["title"] == PLAN["title"]
    assert "format" not in billed(played)[0].get("output_config", {})


def test_the_older_form_is_understood(target: Target, settings: Settings) -> None:
    pairs = [{"search": "import os\n\n", "replace": ""}]
    said = {"changes": [{"file": "shop/prices.py", "edits": pairs}]}
    whole = {"changes": [{"file": "shop/prices.py", "content": WITHOUT}]}
    with agents(settings, Step(text=json.dumps(said)), Step(text=json.dumps(whole))):
        assert after(target, built(target)) == WITHOUT
        Generation.objects.all().delete()
        assert after(target, built(target)) == WITHOUT


@pytest.mark.parametrize(
    ("bad", "kind", "words"),
    [
        (EDIT.replace("<done/>", ""), Reason.EDITS, "does not end with <done/>"),
        (NOWHERE, Reason.EDITS, "no place of the file holds"),
        (ELSEWHERE, Reason.OUTSIDE, "shop/ledger.py is not among the files of the plan"),
        (SAME, Reason.NO_CHANGE, "nothing would change"),
        ("Certainly! Here it comes.", Reason.EDITS, "does not end with <done/>"),
        ("", Reason.EDITS, "does not end with <done/>"),
        ("Natürlich, ich ändere die Datei gern. 我会修改文件。", Reason.EDITS, "<done/>"),
        (json.dumps({"changes": [{"file": "../x", "content": ""}]}), Reason.EDITS, "inside"),
        (
            json.dumps({"changes": [{"file": "shop/ledger.py", "content": "x"}]}),
            *(Reason.OUTSIDE, "shop/ledger.py is not among"),
        ),
        (
            EDIT.replace("<done/>", '<file path="/etc/passwd">\nroot\n</file>\n<done/>'),
            *(Reason.OUTSIDE, "/etc/passwd is not among"),
        ),
        (EDIT.replace("</edit>", "</edit>\n</edit>"), Reason.EDITS, "closes no block"),
    ],
)
def test_what_does_not_fit_is_sent_back_once_with_the_reason(
    target: Target, settings: Settings, bad: str, kind: Reason, words: str
) -> None:
    with agents(settings, Step(text=bad), BUILT, Step(text=bad), Step(text=bad)) as played:
        made = built(target)
        Generation.objects.all().delete()
        with pytest.raises(Refused) as caught:
            built(target)
    assert after(target, made) == WITHOUT
    assert words in made.details["mistakes"][0]
    assert words in json.dumps(billed(played)[1]["messages"], ensure_ascii=False)
    assert (caught.value.kind, len(billed(played))) == (kind, 4)
    assert words in caught.value.reason
    assert len(caught.value.details["calls"]) == 2


@pytest.mark.parametrize("said", [NOTHING, Step(text='{"changes": []}')])
def test_an_honest_nothing_is_not_pressed(target: Target, settings: Settings, said: Step) -> None:
    with agents(settings, said) as played, pytest.raises(Refused) as caught:
        built(target)
    assert (caught.value.kind, len(billed(played))) == (Reason.NO_CHANGE, 1)


@pytest.mark.parametrize(("why", "asked"), [("max_tokens", 2), ("refusal", 1), ("pause_turn", 2)])
def test_an_answer_that_was_cut_is_never_used(
    target: Target, settings: Settings, why: str, asked: int
) -> None:
    cut = Step(text=EDIT, stop_reason=why)
    with agents(settings, cut, cut) as played, pytest.raises(Refused) as caught:
        built(target)
    assert (caught.value.kind, len(billed(played))) == (Reason.EDITS, asked)
    assert f"stop reason {why}" in caught.value.reason


def test_new_files_and_house_rules_are_told(tmp_path: Path, settings: Settings) -> None:
    rules = "# Rules\n\nNames are nouns.\n" + "More. " * 900
    target = shop(tmp_path, settings, {**FILES, "CONTRIBUTING.md": rules})
    new = Step(text='<file path="shop/till.py">\n"""The till."""\n</file>\n<done/>\n')
    with agents(settings, new) as played:
        made = built(target, plan("shop/till.py"))
    assert after(target, made, "shop/till.py") == '"""The till."""\n'
    material = shown(played)
    assert material["files"] == {"shop/till.py": {"new": True}}
    assert material["house_rules"].startswith("# Rules\n\nNames are nouns.")
    assert len(material["house_rules"]) == 2000


def long_file() -> str:
    body = (f"def part_{number}() -> int:\n    return {number}\n\n" for number in range(1000))
    return '"""Long."""\n\n' + "\n".join(body)


def test_of_a_long_file_the_parts_are_shown_that_the_plan_speaks_of(
    tmp_path: Path, settings: Settings
) -> None:
    target = shop(tmp_path, settings, {**FILES, "shop/long.py": long_file()})
    wanted = plan("shop/long.py", steps=["Let `part_500` return one more; see line 40."])
    edit = (
        '<edit path="shop/long.py">\n<<<<<<< SEARCH\n    return 500\n=======\n'
        "    return 501\n>>>>>>> REPLACE\n</edit>\n<done/>\n"
    )
    with agents(settings, Step(text=edit)) as played:
        made = built(target, wanted)
    entry = shown(played)["files"]["shop/long.py"]
    first, second = entry["parts"]
    assert (entry["lines"], first["first_line"]) == (4002, 1)
    assert len(first["text"].split("\n")) == 100
    assert "def part_500()" in second["text"]
    assert len(second["text"].split("\n")) == 121
    assert "    return 501\n" in after(target, made, "shop/long.py")


def test_what_cannot_be_shown_says_so(tmp_path: Path, settings: Settings) -> None:
    files = {**FILES, "big.txt": "x" * 1_000_001, "a.py": "x = 1\n"}
    target = shop(tmp_path, settings, files)
    with agents(settings, NOTHING) as played, pytest.raises(Refused):
        built(target, plan("big.txt", "a.py"))
    shown_files = shown(played)["files"]
    assert shown_files["big.txt"] == {"left_out": "it has 1000001 bytes"}
    assert shown_files["a.py"]["text"] == "x = 1\n"


def test_many_long_files_share_the_room(tmp_path: Path, settings: Settings) -> None:
    paths = [f"shop/long_{number}.py" for number in range(10)]
    line = "value = 'a rather long line of settings that fills its file quickly'\n"
    target = shop(tmp_path, settings, {**FILES, **dict.fromkeys(paths, line * 700)})
    with agents(settings, NOTHING) as played, pytest.raises(Refused):
        built(target, plan(*paths))
    entries = shown(played)["files"]
    assert list(entries) == paths
    assert all("text" in one or one["parts"] for one in entries.values())
    assert len(str(billed(played)[0]["messages"])) < 40_000 * 3.2


def test_a_secret_is_not_shown_and_its_mark_is_never_written(
    tmp_path: Path, settings: Settings
) -> None:
    held = f'TOKEN = "{SECRET}"\nLIMIT = 1\n'
    target = shop(tmp_path, settings, {**FILES, "shop/keys.py": held})
    edit = (
        '<edit path="shop/keys.py">\n<<<<<<< SEARCH\nLIMIT = 1\n=======\nLIMIT = 2\n'
        ">>>>>>> REPLACE\n</edit>\n<done/>\n"
    )
    with agents(settings, NOTHING) as played, pytest.raises(Refused):
        built(target, plan("shop/keys.py"))
    text = shown(played)["files"]["shop/keys.py"]["text"]
    assert SECRET not in json.dumps(played.requests)
    assert "LIMIT = 1" in text
    whole = Step(text=f'<file path="shop/keys.py">\n{text}# More\n</file>\n<done/>\n')
    Generation.objects.all().delete()
    with agents(settings, whole, Step(text=edit)):
        made = built(target, plan("shop/keys.py"))
    assert "where something was taken out" in made.details["mistakes"][0]
    assert after(target, made, "shop/keys.py") == held.replace("= 1", "= 2")


def test_why_the_last_attempt_at_the_same_failed_is_told_in_few_words(
    target: Target, settings: Settings
) -> None:
    focus = "finding:lint_score/F401"
    old = Generation.objects.create(
        **{"target": target, "number": 90, "writer": "model", "asked_by": "ada", "focus": focus},
        **{"outcome": Outcome.REJECTED, "reason_kind": Reason.GATES, "reason": "Tests fail."},
        **dict.fromkeys(("started_at", "deadline_at", "next_step_at", "ended_at"), NOW),
    )
    output = f"{SECRET}\n" + "FAILED test_total\n" * 500
    PhaseRun.objects.create(generation=old, phase="safety", started_at=NOW, output=output)
    with agents(settings, BUILT, BUILT) as played:
        built(target, focus=focus)
        Generation.objects.filter(outcome="").delete()
        built(target, focus="model:other")
    told = shown(played)["last_failure"]
    assert told.startswith("Tests fail.\n")
    assert told.endswith("FAILED test_total")
    assert len(told) <= 2000
    assert shown(played, 1)["last_failure"] == ""
