"""Which small thing does the stand-in plan and write? A docstring where a name has none."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

MOST = 20  # names of one file
MEASURE = "doc_coverage"
NOTHING_LEFT = "Every public name says what it is for."
Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def plan(material: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Plan for the first file with an undocumented name that was not tried before."""
    tried = {str(one.get("title")) for one in material.get("rejected") or []}
    paths = () if _is_complete(material) else _paths(material)
    path = next((one for one in paths if _title(one) not in tried), "")
    return {
        "title": _title(path) if path else "Nothing",
        "rationale": label if path else f"{NOTHING_LEFT} {label}",
        "files_to_modify": [path] if path else [],
        "steps": [f"Write the docstrings that {path} lacks"] if path else [],
        "expected_effect": [{"benchmark": MEASURE, "delta": 0.05}],
        "risk": "low",
        "out_of_scope": ["everything else"],
        "focus": _focus(material, path),
        "new_files": [],
    }


def edits(path: str, text: str) -> str:
    """Return the edits that write the docstrings of a file; nothing where it lacks none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    lines = text.split("\n")
    found = [*_of_module(path, tree, lines), *_of_names(tree, lines)][:MOST]
    pairs = [
        f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
        for old, new in found
        if _is_once(old, lines)
    ]
    return f'<edit path="{path}">\n{"".join(pairs)}</edit>\n' if pairs else ""


def _title(path: str) -> str:
    return f"Say what {path} is for"


def _is_complete(material: Mapping[str, Any]) -> bool:
    """Tell whether it was measured that no public name lacks its words."""
    measured = material.get("benchmarks") or []
    return any(one.get("name") == MEASURE and one.get("findings") == 0 for one in measured)


def _paths(material: Mapping[str, Any]) -> Iterator[str]:
    """Give the files with an undocumented name, then all others on the map."""
    forbidden = [str(one) for one in material.get("forbidden") or []]
    spoken = [
        str(place["path"])
        for entry in material.get("findings") or []
        if entry.get("benchmark") == MEASURE
        for place in entry.get("places") or []
    ]
    there = [str(one["path"]) for one in material.get("files") or []]
    for path in dict.fromkeys([*spoken, *there]):
        if path in there and path.endswith(".py") and path not in forbidden:
            yield path


def _focus(material: Mapping[str, Any], path: str) -> int:
    """Name the first focus that speaks of the file and of what is written there."""
    for one in material.get("focuses") or []:
        named = str(one.get("fingerprint", "")) + str(one.get("what", ""))
        if path in (one.get("paths") or []) and "doc" in named:
            return int(one["number"])
    return 0


def _of_module(path: str, tree: ast.Module, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Write what a module is for above its first line, where that is no comment."""
    if tree.body and ast.get_docstring(tree) is None:
        first = lines[0]
        if first.strip() and not first.startswith("#"):
            told = f'"""Hold {path.rsplit("/", 1)[-1].removesuffix(".py")}."""'
            yield first, f"{told}\n\n{first}"


def _of_names(tree: ast.Module, lines: list[str]) -> Iterator[tuple[str, str]]:
    """Write what each public name is for below its head."""
    for node in _public(tree):
        body = node.body[0]
        head, first = lines[node.lineno - 1 : body.lineno - 1], lines[body.lineno - 1]
        if not head or ast.get_docstring(node) is not None or _is_decorated(body):
            continue
        indent = first[: len(first) - len(first.lstrip())]
        told = f'{indent}"""{_words(node)}."""'
        yield "\n".join([*head, first]), "\n".join([*head, told, first])


def _public(tree: ast.Module) -> Iterator[Named]:
    for node in tree.body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                members = (one for one in node.body if isinstance(one, Named))
                yield from (one for one in members if not one.name.startswith("_"))


def _is_decorated(node: ast.stmt) -> bool:
    return isinstance(node, Named) and bool(node.decorator_list)


def _words(node: Named) -> str:
    words = node.name.strip("_").replace("_", " ").strip() or "something"
    return f"Hold one {words.lower()}" if isinstance(node, ast.ClassDef) else words.capitalize()


def _is_once(old: str, lines: list[str]) -> bool:
    wanted = old.split("\n")
    starts = range(len(lines) - len(wanted) + 1)
    return sum(lines[start : start + len(wanted)] == wanted for start in starts) == 1
