"""Does the stand-in plan and write what it can find again, and nothing else?"""

import ast
import json
from typing import Any

import pytest

from personas.edits import extracted
from personas.replies.contracts import Choice
from ports.llm.standin.authored import LABEL, NOTHING, answer
from tests.personas.edits.applying import after

SHOP = """\
import os


class Till:
    # What a till is.
    def open_it(self) -> str:
        return os.sep

    @property
    def total(self) -> int:
        '''Add up.'''
        return 3

    def _hidden(self) -> None:
        return None


def sell(
    what: str,
) -> str:
    return what


def one_line() -> int: return 1
"""


def said(given: dict[str, Any]) -> str:
    return answer({"messages": [{"role": "user", "content": json.dumps(given)}]})


def findings(*paths: str) -> list[dict[str, Any]]:
    places = [{"path": path, "line": 1, "name": "sell", "said": "none"} for path in paths]
    return [{"benchmark": "doc_coverage", "rule": "undocumented", "places": places}]


def shown(*paths: str) -> list[dict[str, Any]]:
    return [{"path": path, "lines": 3} for path in paths]


def planned(**material: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said({"benchmarks": [], **material}))
    return found


def measured(findings: int | None) -> list[dict[str, Any]]:
    return [{"name": "lint_score", "findings": 0}, {"name": "doc_coverage", "findings": findings}]


def test_a_plan_is_about_a_file_with_a_finding_and_says_who_wrote_it() -> None:
    plan = planned(files=shown("README.md", "a.py", "b.py"), findings=findings("b.py"))
    choice = Choice.model_validate(plan)
    assert (choice.files_to_modify, choice.rationale, choice.focus) == (["b.py"], LABEL, 0)


def test_without_a_finding_it_takes_the_first_file_of_python() -> None:
    assert planned(files=shown("README.md", "a.py"))["files_to_modify"] == ["a.py"]


def test_what_was_rejected_or_is_forbidden_or_not_on_the_map_is_left_alone() -> None:
    files, told = shown("a.py", "b.py", "c.py"), findings("x.py", "a.py", "b.py")
    rejected = [{"title": "Say what b.py is for"}]
    plan = planned(files=files, findings=told, rejected=rejected, forbidden=["a.py"])
    assert plan["files_to_modify"] == ["c.py"]


def test_the_focus_that_speaks_of_it_is_named() -> None:
    focuses = [
        {"number": 1, "fingerprint": "finding:lint_score/F401", "what": "", "paths": ["a.py"]},
        {"number": 2, "fingerprint": "finding:doc_coverage", "what": "", "paths": ["a.py"]},
    ]
    assert planned(files=shown("a.py"), focuses=focuses)["focus"] == 2


def test_where_it_can_plan_nothing_it_names_no_file() -> None:
    assert planned(files=shown("README.md"))["files_to_modify"] == []


@pytest.mark.parametrize(("count", "files"), [(0, []), (1, ["a.py"]), (None, ["a.py"])])
def test_where_every_name_has_its_words_it_plans_nothing(
    count: int | None, files: list[str]
) -> None:
    assert planned(files=shown("a.py"), benchmarks=measured(count))["files_to_modify"] == files


def test_docstrings_are_written_where_none_stand_and_change_nothing_else() -> None:
    text = said({"plan": {}, "files": {"shop.py": {"text": SHOP}}})
    made = after({"shop.py": SHOP}, extracted(text, {"shop.py": SHOP}.get).diff)["shop.py"]
    tree = ast.parse(made)
    names = {
        node.name: ast.get_docstring(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert ast.get_docstring(tree) == "Hold shop."
    assert names == {
        **{"Till": "Hold one till.", "open_it": "Open it.", "total": "Add up."},
        **{"_hidden": None, "sell": "Sell.", "one_line": None},
    }
    kept = [line for line in made.split("\n") if line in SHOP.split("\n")]
    assert [line for line in kept if line] == [line for line in SHOP.split("\n") if line]


@pytest.mark.parametrize(
    "text",
    ['"""Has one."""\n', "x = 1\nx = 1\n", "def (", "", "#!/bin/sh\n", "\x00", "(" * 9999],
)
def test_where_it_finds_nothing_to_write_it_writes_nothing(text: str) -> None:
    assert said({"plan": {}, "files": {"b.py": {"text": text}}}) == NOTHING


def test_a_file_in_parts_or_of_another_kind_is_left_alone() -> None:
    files = {"a.py": {"parts": [{"first_line": 1, "text": "x = 1"}]}, "c.txt": {"text": "x"}}
    assert said({"plan": {}, "files": {**files, "new.py": {"new": True}}}) == NOTHING
