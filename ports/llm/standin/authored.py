"""What does the stand-in say to each role? Authored answers that follow the given material.

No language model is behind them: they raise one timeout inside its bounds, plan one small thing,
write the docstrings of one file, and approve what passed its checks. They show the
roads, not the abilities.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ports.llm.standin import documenting, raising
from ports.llm.standin.instances import fitted

LABEL = "An authored answer of the stand-in; no language model judged this."
NOTHING = "<done/>\n"
FAILED = ("REFUSED", "COULD_NOT_RUN")
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
    return documenting.plan(material, LABEL)


def _builder(material: Mapping[str, Any]) -> str:
    files = material.get("files")
    texts = files if isinstance(files, Mapping) else {}
    for path in sorted(str(name) for name in texts):
        text = texts[path].get("text")  # none where a file is shown in parts
        if path.endswith(".py") and text and (edits := documenting.edits(path, str(text))):
            return edits + NOTHING
    return NOTHING


def _reviewer(material: Mapping[str, Any]) -> dict[str, Any]:
    failed = [one for one in material.get("gates") or [] if one.get("outcome") in FAILED]
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


def _unknown(material: Mapping[str, Any]) -> str:
    return f"{LABEL} It knows no answer to this question.\n"
