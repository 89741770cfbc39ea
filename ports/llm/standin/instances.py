"""What is the smallest JSON of a schema, filled with what is known?"""

from collections.abc import Mapping
from typing import Any

DEEPEST = 20
EMPTY: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "null": None,
}


def fitted(schema: Mapping[str, Any], known: object = None) -> Any:
    """Return a value of the schema; where a known value has its place, it is taken."""
    return _fitted(schema, known, schema.get("$defs", {}), 0)


def _fitted(
    schema: Mapping[str, Any], known: object, shared: Mapping[str, Any], depth: int
) -> Any:
    if depth > DEEPEST:
        return None
    if "$ref" in schema:
        named = shared.get(str(schema["$ref"]).rpartition("/")[2], {})
        return _fitted(named, known, shared, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return known if known in schema["enum"] else schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return _fitted(schema[name][0], known, shared, depth + 1)
    return _plain(schema, known, shared, depth)


def _plain(schema: Mapping[str, Any], known: object, shared: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        values = known if isinstance(known, Mapping) else {}
        parts = schema.get("properties", {})
        if not isinstance(parts, Mapping):
            return {}
        return {
            name: _fitted(part, values.get(name), shared, depth + 1)
            for name, part in parts.items()
        }
    if kind == "array" and isinstance(known, list):
        items = schema.get("items", {})
        return [_fitted(items, one, shared, depth + 1) for one in known]
    return known if _is_a(kind, known) else EMPTY.get(str(kind))


def _is_a(kind: object, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    classes = {"string": str, "integer": int, "number": (int, float), "array": list}
    return kind in classes and isinstance(value, classes[str(kind)])  # type: ignore[arg-type]
