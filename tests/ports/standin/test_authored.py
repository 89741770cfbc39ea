"""Do the authored answers follow the material that they are given?"""

import json
from typing import Any

import pytest

from ports.llm.standin.authored import LABEL, NOTHING, answer
from ports.llm.standin.instances import fitted
from ports.llm.standin.raising import find

TOOLS = (
    "tools:\n  # the slow one\n  search:\n    timeout_ms: 400 # of calls\n"
    "  mailer:\n    timeout_ms: 400"
)
BOUNDS: dict[str, Any] = {"min": 100, "max": 10000, "step": 50, "largest_change": 2000}


def pattern(number: int, **fields: Any) -> dict[str, Any]:
    given = {"component": "search", "severity": "medium", "count": 5, "sessions": 4}
    return {"id": number, "events": [f"e-{number}"], **given, **fields}


def parameter(component: str = "search", value: float = 400, **bounds: Any) -> dict[str, Any]:
    key = f"tools.{component}.timeout_ms"
    return {"path": "config/tools.yaml", "key": key, "value": value, **BOUNDS, **bounds}


def material(*patterns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "patterns": list(patterns) or [pattern(1)],
        "parameters": [parameter(), parameter("mailer")],
        "files": {"config/tools.yaml": {"text": TOOLS}},
        "documents": [{"n": "abc-1", "front_matter": {"target": "gateway", "base": "f" * 40}}],
        "headings": {"bugfix": ["Problem", "Evidence", "Solution", "Affected files"]},
        **changes,
    }


def asked(prompt: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    wanted = {"format": {"type": "json_schema", "schema": schema}} if schema else {}
    return {"messages": [{"role": "user", "content": prompt}], "output_config": wanted}


def said(given: dict[str, Any], schema: dict[str, Any] | None = None) -> str:
    return answer(asked(json.dumps(given), schema))


def test_a_proposal_carries_its_number_its_front_matter_and_says_who_wrote_it() -> None:
    text = said(material())
    assert text.startswith('<proposal n="abc-1">\n---\n')
    assert text.endswith("</proposal>\n<done/>\n")
    assert f'base: "{"f" * 40}"' in text
    assert "patterns: [1]" in text
    assert LABEL in text
    assert "## Affected files" not in text


def test_one_line_is_changed_and_the_last_one_has_no_end() -> None:
    found = find(material(pattern(1, component="mailer")))
    assert found
    lines = [line for line in found.diff.splitlines() if line[0] in "+-\\"][2:]
    assert lines == [
        "-    timeout_ms: 400",
        "\\ No newline at end of file",
        "+    timeout_ms: 600",
        "\\ No newline at end of file",
    ]


def test_the_gravest_pattern_that_has_a_timeout_is_answered() -> None:
    found = find(
        material(
            pattern(1, count=99),
            pattern(2, severity="high", component="mailer"),
            pattern(3, severity="critical", component="without"),
        )
    )
    assert found
    assert (found.pattern["id"], found.key) == (2, "tools.mailer.timeout_ms")


@pytest.mark.parametrize(
    ("value", "bounds", "new"),
    [
        (400, {}, 600),
        (450, {}, 650),
        (9000, {}, 10000),
        (10000, {}, None),
        (8000, {"largest_change": 100}, 8100),
        (400, {"largest_change": 10}, None),
        (0.5, {"min": 0.1, "max": 2, "step": 0.1, "largest_change": 1}, 0.7),
        (True, {}, None),
        ("400", {}, None),
    ],
)
def test_the_raise_stays_inside_its_bounds(
    value: Any, bounds: dict[str, Any], new: float | None
) -> None:
    files = {"config/tools.yaml": {"text": TOOLS.replace("400", str(value))}}
    found = find(material(parameters=[parameter(value=value, **bounds)], files=files))
    assert (found.new if found else None) == new


@pytest.mark.parametrize(
    "changes",
    [
        {"patterns": []},
        {"parameters": []},
        {"documents": []},
        {"files": {}},
        {"files": {"config/tools.yaml": {"text": "tools: {search: {timeout_ms: 400}}"}}},
        {"files": {"config/tools.yaml": {"text": "other:\n  search:\n    timeout_ms: 400\n"}}},
    ],
)
def test_where_nothing_can_be_raised_nothing_is_proposed(changes: dict[str, Any]) -> None:
    assert said(material(**changes)) == NOTHING


def test_material_is_found_in_whatever_stands_around_it() -> None:
    text = f"Here it is:\n```json\n{json.dumps(material())}\n```\nThank you."
    assert answer(asked(text)) == said(material())
    parts = [{"type": "text", "text": json.dumps(material())}]
    assert answer({"messages": [{"role": "user", "content": parts}]}) == said(material())


@pytest.mark.parametrize("prompt", ["", "{", "[]", "Hello?", "{" * 5000, '{"a": 1}'])
def test_an_unknown_question_gets_no_invented_answer(prompt: str) -> None:
    assert answer(asked(prompt)).startswith(LABEL)


def test_a_review_follows_the_checks() -> None:
    good = json.loads(said({"diff": "x", "gates": [{"name": "tests", "outcome": "PASSED"}]}))
    bad = json.loads(said({"diff": "x", "gates": [{"name": "tests", "outcome": "REFUSED"}]}))
    assert (good["approved"], good["findings"]) == (True, [])
    assert (bad["approved"], bad["must_fix"]) == (False, ["tests"])
    assert 0 <= bad["score"] < good["score"] <= 1


def test_a_structured_answer_has_the_form_that_was_asked_for() -> None:
    properties = {"approved": {"type": "boolean"}, "more": {"type": "array", "items": {}}}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    assert json.loads(said({"diff": "x"}, schema)) == {"approved": True, "more": []}


@pytest.mark.parametrize(
    ("schema", "known", "value"),
    [
        ({"type": "string"}, None, ""),
        ({"type": "string"}, "a", "a"),
        ({"type": "integer"}, True, 0),
        ({"type": "integer"}, 1.5, 0),
        ({"type": "number"}, 1.5, 1.5),
        ({"type": "boolean"}, 1, False),
        ({"enum": ["low", "high"]}, "high", "high"),
        ({"enum": ["low", "high"]}, "other", "low"),
        ({"const": 3}, 4, 3),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None, None),
        ({"type": "array", "items": {"type": "string"}}, ["a", 3], ["a", ""]),
        ({"type": "array", "items": {"type": "string"}}, None, []),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}}, "a", "a"),
        ({}, "a", None),
    ],
)
def test_a_value_fits_its_schema(schema: dict[str, Any], known: object, value: object) -> None:
    assert fitted(schema, known) == value


@pytest.mark.parametrize("schema", [{"enum": []}, {"enum": 3}, {"anyOf": 3}, {"const": {1}}])
def test_a_schema_that_is_none_gets_no_invented_answer(schema: dict[str, Any]) -> None:
    assert said({"diff": "x"}, schema).startswith(LABEL)


@pytest.mark.parametrize(
    "changes",
    [
        {"documents": [{}]},
        {"documents": 3},
        {"headings": {}},
        {"parameters": [{}]},
        {"patterns": [{}]},
        {"files": 3},
    ],
)
def test_material_of_another_make_gets_no_invented_answer(changes: dict[str, Any]) -> None:
    assert said(material(**changes)).startswith((LABEL, NOTHING))


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
    assert json.dumps(fitted({"$ref": "#/$defs/node", "$defs": {"node": node}}))
