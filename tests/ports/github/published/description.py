"""Is this a request and an answer as GitHub's published description allows?"""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft4Validator

from tests.ports.github.published.cut import DESCRIPTION


@cache
def whole() -> dict[str, Any]:
    """Return the description; what may be null is said as JSON Schema says it."""
    read: dict[str, Any] = _nullable(json.loads(DESCRIPTION.read_text(encoding="utf-8")))
    return read


@cache
def _paths() -> tuple[tuple[re.Pattern[str], str], ...]:
    # {ref} may hold slashes; a fixed word is more specific than a place for any.
    def pattern(path: str) -> re.Pattern[str]:
        held = re.sub(r"\\\{(ref|basehead)\\\}", "(?P<\\1>.+)", re.escape(path))
        return re.compile(re.sub(r"\\\{(\w+)\\\}", "(?P<\\1>[^/]+)", held))

    found = sorted(whole()["paths"], key=lambda path: (path.count("{"), path))
    return tuple((pattern(path), path) for path in found)


def operation(method: str, address: str) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """Find the described call of a request: its path, what is said of it, and the values."""
    path = urlsplit(address).path
    for pattern, name in _paths():
        if (hit := pattern.fullmatch(path)) and method.lower() in whole()["paths"][name]:
            values = {key: unquote(value) for key, value in hit.groupdict().items()}
            return name, whole()["paths"][name][method.lower()], values
    return None


def wrong_request(method: str, address: str, body: bytes) -> list[str]:
    """Say what of a request is not as described."""
    found = operation(method, address)
    if found is None:
        return [f"{method} {address}: no such call is described"]
    path, said, values = found
    parameters = [_resolved(one) for one in said.get("parameters", [])]
    known = {(one["in"], one["name"]): one["schema"] for one in parameters}
    query = dict(parse_qsl(urlsplit(address).query))
    given = [("path", *pair) for pair in values.items()]
    given += [("query", *pair) for pair in query.items()]
    wrong = [f"{method} {path}: {name} is not described" for place, name, _ in given
             if (place, name) not in known]  # fmt: skip
    for place, name, value in given:
        schema = known.get((place, name), {})
        typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
        wrong += _problems(f"{method} {path} {name}", typed, schema)
    if content := _resolved(said.get("requestBody", {})).get("content"):
        schema = content["application/json"]["schema"]
        wrong += _problems(f"{method} {path}", json.loads(body or b"{}"), schema)
    elif body:
        wrong.append(f"{method} {path}: it takes no body")
    return wrong


def wrong_answer(method: str, address: str, status: int, content: Any) -> list[str]:
    """Say what of an answer is not as described."""
    found = operation(method, address)
    if found is None:
        return []
    path, said, _ = found
    response = said["responses"].get(str(status))
    if response is None:
        return [] if status in (401, 403, 404, 422, 429) or status >= 500 else [
            f"{method} {path}: {status} is not described"
        ]  # fmt: skip
    schema = _resolved(response).get("content", {}).get("application/json", {}).get("schema")
    return _problems(f"{method} {path} → {status}", content, schema) if schema else []


def schema_of(method: str, path: str, status: int) -> dict[str, Any]:
    """Return the schema of an answer."""
    response = _resolved(whole()["paths"][path][method]["responses"][str(status)])
    found: dict[str, Any] = response["content"]["application/json"]["schema"]
    return found


def sample(schema: dict[str, Any], depth: int = 0) -> Any:
    """Make the smallest thing that a schema allows."""
    schema = _resolved(schema)
    for whole_of in ("oneOf", "anyOf"):
        if whole_of in schema:
            return sample(schema[whole_of][0], depth)
    if "allOf" in schema:
        parts = [sample(one, depth) for one in schema["allOf"]]
        return {k: v for one in parts for k, v in one.items()} if depth < 9 else parts[0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list) or kind == "null":
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        fields = schema.get("properties", {})
        return {key: sample(fields.get(key, {}), depth + 1) for key in schema.get("required", ())}
    return {"array": [], "integer": 1, "number": 1, "boolean": False}.get(kind, _word(schema))


def _word(schema: dict[str, Any]) -> str:
    words = {
        "uri": "https://github.test/x",
        "date-time": "2026-03-01T12:00:00Z",
        "email": "a@example.org",
    }
    length: int = schema.get("minLength", 1)
    return words.get(schema.get("format", ""), "x" * length)


def _problems(where: str, content: Any, schema: dict[str, Any]) -> list[str]:
    checked = Draft4Validator({**schema, "components": whole()["components"]})
    found = sorted(checked.iter_errors(content), key=lambda error: error.json_path)
    return [f"{where}: {error.json_path}: {error.message[:200]}" for error in found[:5]]


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return _resolved(whole()["components"][kind][name])


def _nullable(part: Any) -> Any:
    """Write OpenAPI's `nullable` as JSON Schema does."""
    if isinstance(part, list):
        return [_nullable(one) for one in part]
    if not isinstance(part, dict):
        return part
    made = {key: _nullable(value) for key, value in part.items() if key != "nullable"}
    if part.get("nullable") is not True:
        return made
    if "type" in made:
        made["type"] = [made["type"], "null"]
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        return made
    return {"anyOf": [{"type": "null"}, made]}
