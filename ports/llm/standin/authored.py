"""What does the stand-in say to each role? Authored answers that follow the given material.

No language model is behind them: they raise one timeout inside its bounds, plan one small thing,
write one docstring, and approve what passed its checks. They show the roads, not the abilities.
"""

import ast
import json
from collections.abc import Callable, Mapping
from typing import Any

from ports.llm.standin import raising
from ports.llm.standin.instances import fitted

LABEL = "An authored answer of the stand-in; no language model judged this."
NOTHING = "<done/>\n"
# How it shows that a question is built in another way than the authors knew.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def answer(sent: Mapping[str, Any]) -> str:
    """Answer a request of the Messages API; whatever is not known gets an honest nothing."""
    try:
        return _answer(sent)
    except ODD:
        return _unknown({})


def _answer(sent: Mapping[str, Any]) -> str:
    material = _material(_prompt(sent))
    said = _role(material)(material)
    schema = ((sent.get("output_config") or {}).get("format") or {}).get("schema")
    if schema is not None:
        return json.dumps(fitted(schema, said if isinstance(said, dict) else {}), indent=1)
    return said if isinstance(said, str) else json.dumps(said, indent=1)


def _prompt(sent: Mapping[str, Any]) -> str:
    content = sent["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in content if block["type"] == "text")


def _material(prompt: str) -> dict[str, Any]:
    """Read the JSON of a prompt, whatever stands around it."""
    start = prompt.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(prompt[max(0, start) :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _role(material: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], str | dict[str, Any]]:
    """Tell who is asked by what is asked: prompts change their words."""
    if "documents" in material:
        return _evaluator
    if "diff" in material:
        return _reviewer
    if "plan" in material:
        return _builder
    if "files" in material or "benchmarks" in material:
        return _architect
    return _unknown


def _evaluator(material: Mapping[str, Any]) -> str:
    found = raising.find(material)
    return f"{raising.document(found, material, LABEL)}{NOTHING}" if found else NOTHING


def _architect(material: Mapping[str, Any]) -> dict[str, Any]:
    files = material.get("files") or []
    paths = [one.get("path", "") if isinstance(one, Mapping) else str(one) for one in files]
    chosen = [path for path in paths if path.endswith(".py")][:1]
    return {
        "title": "Say what a module is for",
        "rationale": LABEL,
        "files_to_modify": chosen,
        "steps": [f"Write the docstring of {path}" for path in chosen],
        "expected_effect": {},
        "risk": "low",
        "out_of_scope": ["everything else"],
    }


def _builder(material: Mapping[str, Any]) -> str:
    files = material.get("files")
    texts = files if isinstance(files, Mapping) else {}
    for path in sorted(str(name) for name in texts):
        if path.endswith(".py") and (edit := _docstring(path, str(texts[path]))):
            return edit + NOTHING
    return NOTHING


def _docstring(path: str, text: str) -> str:
    """Write a docstring where there is none and the first line can be found again."""
    try:
        lacks = ast.get_docstring(ast.parse(text)) is None
    except (SyntaxError, ValueError):
        return ""
    first = text.split("\n", 1)[0]
    if not lacks or not first.strip() or first.startswith("#") or text.count(first) != 1:
        return ""
    told = f'"""Hold {path.rsplit("/", 1)[-1].removesuffix(".py")}."""'
    return (
        f'<edit path="{path}">\n<<<<<<< SEARCH\n{first}\n=======\n'
        f"{told}\n\n{first}\n>>>>>>> REPLACE\n</edit>\n"
    )


def _reviewer(material: Mapping[str, Any]) -> dict[str, Any]:
    checks = material.get("gates") or material.get("checks") or []
    failed = [one for one in checks if isinstance(one, Mapping) and not _passed(one)]
    findings = [
        {
            "severity": "high",
            "file": "",
            "line": 0,
            "rule": str(one.get("name", "a check")),
            "message": "This check did not pass.",
        }
        for one in failed
    ]
    return {
        "approved": not failed,
        "score": 0.2 if failed else 0.8,
        "findings": findings,
        "must_fix": [one["rule"] for one in findings],
    }


def _passed(check: Mapping[str, Any]) -> bool:
    return check.get("passed") is True or check.get("result") == "passed"


def _unknown(material: Mapping[str, Any]) -> str:
    return f"{LABEL} It knows no answer to this question.\n"
