"""The house stays calm: files, functions and rooms keep their sizes, names keep their meaning."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import ROOMS, ROOT, sources

FILE_LINES = 300
# It ships alone, as one file that somebody who does not trust us can read from top to bottom.
ALONE = {"audit/offline/verify_selfimprove_log.py": 650}
FUNCTION_LINES = 40
MODULES = 15
FORBIDDEN = {
    "manager", "helper", "helpers", "util", "utils", "handler", "processor", "service",
    "services", "core", "common",
}  # fmt: skip


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_and_its_functions_fit_on_a_few_screens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= ALONE.get(str(path.relative_to(ROOT)), FILE_LINES)
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_opens_with_a_sentence_and_has_a_telling_name(path: Path) -> None:
    document = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert document or path.read_text() == ""
    assert not FORBIDDEN & set(path.stem.split("_"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_not_a_warehouse(room: str) -> None:
    modules = [path for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]
    frame = {"apps.py", "admin.py", "models.py", "urls.py", "views.py", "tasks.py", "forms.py"}
    assert len([path for path in modules if path.name not in frame]) <= MODULES


def test_no_installed_distribution_owns_one_of_our_names() -> None:
    from importlib.metadata import packages_distributions

    taken = {name: owners for name, owners in packages_distributions().items() if name in ROOMS}
    assert taken == {}
