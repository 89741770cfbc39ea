"""How does the API describe itself to programs: which addresses, what goes in, what comes out?"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from selfimprove.api import repeats
from selfimprove.api.answers import Problem
from selfimprove.api.entry import JSON, Operation
from selfimprove.api.neighbours import described
from selfimprove.api.routes import ROUTES, Route

REFERENCE = "#/components/schemas/{model}"
ALWAYS = {
    401: "There is no token, or it does not open.",
    403: "The token or its person may not do this.",
    422: "What was sent cannot be taken; the words say where and why.",
    429: "Too much at once; send it again after `Retry-After` seconds.",
    503: "The database or the target is busy or away; nothing was changed.",
}
OF_A_POST = {
    400: "The body is no JSON object, or ended early.",
    409: "The first request with this Idempotency-Key is still being answered.",
    413: "It is larger than the settings allow.",
    415: "Send application/json in UTF-8.",
}
ABOUT = """\
Whoever calls acts in a person's name, by a token with scopes: under that person's permissions,
checks and four eyes, as on the pages, and on the record. A token is for one target."""


@login_not_required  # it holds nothing that is not in the manual
@require_safe
def document(request: HttpRequest) -> JsonResponse:
    """Serve the description; it is the same for everybody."""
    return JsonResponse(described_whole(), headers={"Cache-Control": "public, max-age=300"})


@cache
def described_whole() -> dict[str, Any]:
    """Write the OpenAPI document of every address that begins with /api/."""
    models = {model: None for one in _operations() for model in (one.takes, *one.gives.values())}
    takes = [one.takes for one in _operations()]
    wanted = [(model, "validation" if model in takes else "serialization") for model in models]
    refs, schemas = models_json_schema(
        [*wanted, (Problem, "serialization")],  # type: ignore[list-item]
        ref_template=REFERENCE,
    )
    problem = refs[Problem, "serialization"]
    paths = described(problem)
    for route in ROUTES:  # at some addresses a room answers one method, and we another
        place = f"/{route.path}"
        paths[place] = {**paths.get(place, {}), **_path(route, refs)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "selfimprove", "version": "1", "description": ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operations() -> Iterator[Operation]:
    for route in ROUTES:
        yield from route.operations


def _path(route: Route, refs: Any) -> dict[str, Any]:
    path: dict[str, Any] = {one.method.lower(): _described(one, refs) for one in route.operations}
    schemas = {"id": {"type": "string", "format": "uuid"}, "number": {"type": "integer"}}
    placed = [_placed(one, schemas[one]) for one in schemas if f"{{{one}}}" in route.path]
    return {**path, "parameters": placed} if placed else path


def _placed(name: str, schema: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _described(one: Operation, refs: Any) -> dict[str, Any]:
    refusals = {**ALWAYS, **(OF_A_POST if _posts(one) else {}), **one.refuses}
    problem = _content(refs[Problem, "serialization"])
    answers = {
        str(status): {"description": "It is so.", **_content(refs[model, "serialization"])}
        for status, model in one.gives.items()
    }
    answers |= {
        str(status): {"description": words, **problem} for status, words in refusals.items()
    }
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.does,
        "description": f"Scope of the token: `{one.scope}`. Permissions of its person:"
        f" {', '.join(f'`{name}`' for name in one.may)}.",
        "responses": dict(sorted(answers.items())),
    }
    if one.method == "GET":
        told["parameters"] = _parameters(one.takes)
    if _posts(one):
        told["parameters"] = [_key()]
        required = any(field.is_required() for field in one.takes.model_fields.values())
        told["requestBody"] = {
            "required": required,
            **_content(refs[one.takes, "validation"]),
        }
    return told


def _posts(one: Operation) -> bool:
    return one.method == "POST"


def _content(schema: Any) -> dict[str, Any]:
    return {"content": {JSON: {"schema": schema}}}


def _parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the fields of a model as parameters behind the question mark."""
    schema = model.model_json_schema(ref_template=REFERENCE)
    return [
        {"name": name, "in": "query", "required": False, "schema": found}
        for name, found in schema.get("properties", {}).items()
    ]


def _key() -> dict[str, Any]:
    return {
        "name": repeats.HEADER,
        "in": "header",
        "required": False,
        "description": "A repeat with the same key gets the first answer, and does nothing.",
        "schema": {"type": "string", "minLength": 1, "maxLength": repeats.LONGEST},
    }
