"""Does the description name every address, and is every answer what it says?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator

from proposals.models import Proposal
from selfimprove.api import openapi, tasks
from selfimprove.api.routes import ROUTES
from targets.models import Target
from telemetry.doors.models import Scope
from tests.api.called import DECIDER, READER, Program, program
from tests.delivery.scene import make_scene
from tests.factories import make_proposal, make_target, make_user, proposal_text, tools_diff

pytestmark = pytest.mark.django_db
WHOLE = openapi.described_whole()


def addresses(within: URLResolver, before: str = "") -> Iterator[str]:
    for part in within.url_patterns:
        path = f"{before}{part.pattern}"
        if isinstance(part, URLPattern):
            yield f"/{path}".replace("<str:wanted>", "{id}").replace("<int:number>", "{number}")
        else:
            yield from addresses(part, path)


def test_each_address_is_described_and_each_description_has_an_address() -> None:
    ours = {path for path in addresses(get_resolver()) if path.startswith("/api/")}
    assert ours - {"/api/openapi.json"} == set(WHOLE["paths"])


def test_it_is_served_to_everybody_and_is_openapi() -> None:
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == WHOLE
    assert WHOLE["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(WHOLE["info"])
    names = [one["operationId"] for path in WHOLE["paths"].values() for one in methods(path)]
    assert len(names) == len(set(names))


def methods(path: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for method, one in path.items() if method != "parameters"]


def test_each_operation_says_what_it_needs_and_what_can_come_of_it() -> None:
    for path, described in WHOLE["paths"].items():
        for one in methods(described):
            assert one["summary"].endswith("."), path
            assert "Scope of the token: `" in one["description"], path
            assert {"401", "403", "503"} <= set(one["responses"]), path
            assert all(told["description"] for told in one["responses"].values()), path
        if "{id}" in path:
            assert described["parameters"][0]["name"] == "id"


def test_each_method_of_the_table_is_in_it_with_its_scope() -> None:
    for route in ROUTES:
        for operation in route.operations:
            told = WHOLE["paths"][f"/{route.path}"][operation.method.lower()]
            assert f"`{operation.scope}`" in told["description"]
            assert set(map(str, operation.gives)) <= set(told["responses"])
    assert {one.scope for route in ROUTES for one in route.operations} <= set(Scope)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_its_schemas_are_schemas_and_lead_nowhere_else() -> None:
    known = WHOLE["components"]["schemas"]
    for schema in known.values():
        Draft202012Validator.check_schema(schema)
    for place in references(WHOLE):
        assert place.removeprefix("#/components/schemas/") in known, place


def fits(path: str, method: str, answer: Any) -> None:
    """Hold an answer against the description of its address, method and status."""
    told = WHOLE["paths"][path][method]["responses"]
    assert str(answer.status_code) in told, (path, method, answer.status_code, answer.content)
    schema = told[str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": WHOLE["components"]}  # where the references lead
    Draft202012Validator(whole).validate(answer.json())


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def rita() -> User:
    return make_user("reviewer", name="rita")


@pytest.fixture
def reader(target: Target, rita: User) -> Program:
    return program(target, *READER, person=rita)


@pytest.fixture
def judge(target: Target, rita: User) -> Program:
    return program(target, *DECIDER, person=rita, name="a judge")


def test_answers_about_changes_are_as_described(reader: Program, settings: LazySettings) -> None:
    asked = reader.post("changes", {"diff": tools_diff()})
    fits("/api/changes", "post", asked)
    one = f"changes/{asked.json()['id']}"
    fits("/api/changes/{id}", "get", reader.get(one))
    tasks.check()
    fits("/api/changes/{id}", "get", reader.get(one))
    fits("/api/changes/{id}", "delete", reader.delete(one))  # which has ended
    broken = reader.post("changes", {"diff": "no diff"}).json()["id"]
    tasks.check()
    fits("/api/changes/{id}", "get", reader.get(f"changes/{broken}"))
    fits("/api/changes/{id}", "get", reader.get("changes/none"))
    waits = reader.post("changes", {"diff": tools_diff()}).json()["id"]
    fits("/api/changes/{id}", "delete", reader.delete(f"changes/{waits}"))
    fits("/api/changes", "post", reader.post("changes", {}))
    fits("/api/changes", "post", reader.send("changes", b"{"))
    fits("/api/changes", "post", reader.send("changes", b"{}", "text/plain"))
    fits("/api/changes", "post", Client().post("/api/changes", "{}", "application/json"))


def test_answers_about_proposals_are_as_described(
    target: Target, reader: Program, judge: Program
) -> None:
    fits("/api/proposals", "post", reader.post("proposals", {"document": proposal_text()}))
    fits("/api/proposals", "post", reader.post("proposals", {"document": proposal_text()}))
    fits("/api/proposals", "post", reader.post("proposals", {"document": "none"}))
    fits("/api/proposals", "get", reader.get("proposals"))
    fits("/api/proposals", "get", reader.get("proposals", limit="none"))
    fits("/api/proposals", "get", reader.get("proposals", after="none"))
    whole = make_proposal(target, risk="high")
    for row in Proposal.objects.all():
        fits("/api/proposals/{id}", "get", reader.get(f"proposals/{row.pk}"))
    fits("/api/proposals/{id}", "get", reader.get("proposals/none"))
    for act, given in (
        ("approve", {"digest": whole.document_digest}),
        ("approve", {"digest": whole.document_digest}),
        ("approve", {}),
        ("reject", {"digest": whole.document_digest, "category": "not_now"}),
        ("validate", {}),
        ("branch", {}),
        ("pull-request", {}),
    ):
        answer = judge.post(f"proposals/{whole.pk}/{act}", given)
        fits(f"/api/proposals/{{id}}/{act}", "post", answer)
        fits(f"/api/proposals/{{id}}/{act}", "post", judge.post(f"proposals/none/{act}", given))


def test_answers_about_generations_are_as_described(target: Target) -> None:
    runs = program(target, Scope.GENERATIONS_RUN, person=make_user("operator"))
    fits("/api/generations", "post", runs.post("generations", {"dry_run": True}))
    fits("/api/generations", "post", runs.post("generations", {}))
    fits("/api/generations", "post", runs.post("generations", {"engine": "me"}))
    for number in (1, 1, 2):
        one = f"generations/{number}"
        fits("/api/generations/{number}/progress", "get", runs.get(f"{one}/progress"))
        fits("/api/generations/{number}", "delete", runs.delete(one))
    loop = runs.post("loops", {"wanted": 2})
    fits("/api/loops", "post", loop)
    fits("/api/loops", "post", runs.post("loops", {"wanted": 2}))
    for number in (loop.json()["id"], loop.json()["id"], 0):
        fits("/api/loops/{number}", "get", runs.get(f"loops/{number}"))
        fits("/api/loops/{number}", "delete", runs.delete(f"loops/{number}"))
    described = WHOLE["paths"]["/api/generations/{number}"]
    assert {"get", "delete", "parameters"} == set(described)


def test_answers_about_a_delivery_are_as_described(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    judge = program(scene.target, *DECIDER)
    for _ in range(2):
        for act in ("branch", "validate", "pull-request"):
            answer = judge.post(f"proposals/{scene.proposal.pk}/{act}")
            fits(f"/api/proposals/{{id}}/{act}", "post", answer)
        fits("/api/proposals/{id}", "get", judge.get(f"proposals/{scene.proposal.pk}"))
        scene.drive_until(scene.begin(), "merge")
