"""Is an answer in the older form, one object of changes, understood as blocks are?"""

import json
from typing import Any

import pytest

from personas.edits import CannotEdit, NoEdits
from personas.replies.changes import edited
from personas.replies.objects import NoAnswer
from tests.personas.edits.applying import after

FILES = {"app.py": "import os\n\nx = 1\ny = 2\nx = 3\n", "tools.yaml": "a: 1\n"}


def answer(*changes: Any) -> str:
    return json.dumps({"changes": list(changes)})


def changed(text: str) -> dict[str, str]:
    return after(FILES, edited(text, FILES.get).diff)


def test_a_whole_text_takes_the_place_of_the_old_one_or_makes_a_new_file() -> None:
    whole = {"file": "tools.yaml", "content": "a: 2\n"}
    new = {"file": "docs/new.md", "content": "# New\n"}
    result = changed(f"Here it is:\n```json\n{answer(whole, new)}\n```\n")
    assert (result["tools.yaml"], result["docs/new.md"]) == ("a: 2\n", "# New\n")


def test_pairs_are_placed_where_they_fit_once() -> None:
    pairs = [
        {"search": "y = 2", "replace": "y = 4\nz = 5\n"},
        {"search": "import os\n", "replace": ""},
    ]
    text = changed(answer({"file": "app.py", "edits": pairs}))["app.py"]
    assert text == "\nx = 1\ny = 4\nz = 5\nx = 3\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "app.py"}, "either content or edits"),
        ({"file": "app.py", "content": "", "edits": []}, "at least 1"),
        ({"file": "../app.py", "content": "x"}, "inside the repository"),
        ({"file": "/etc/passwd", "content": "x"}, "inside the repository"),
        ({"file": ".git/config", "content": "x"}, "inside the repository"),
        ({"file": "app.py", "content": 3}, "valid string"),
        ({"file": "app.py", "edits": [{"search": "", "replace": "x"}]}, "at least 1"),
        ({"file": "app.py", "edits": [{"search": "q = 9", "replace": "x"}]}, "no place"),
        ({"file": "app.py", "edits": [{"search": "x", "replace": "x", "run": "ls"}]}, "permitted"),
        ({"file": "none.py", "edits": [{"search": "x", "replace": "y"}]}, "no such file"),
        (3, "valid dictionary"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(change: object, words: str) -> None:
    with pytest.raises(CannotEdit, match=words):
        edited(answer(change), FILES.get)


def test_an_empty_list_is_an_honest_nothing() -> None:
    with pytest.raises(NoEdits):
        edited(answer(), FILES.get)


@pytest.mark.parametrize("text", ["", "words", "{}", '{"changes": 3}', '{"changes": [', "[1]"])
def test_what_holds_no_such_object_is_no_answer(text: str) -> None:
    with pytest.raises(NoAnswer):
        edited(text, FILES.get)
