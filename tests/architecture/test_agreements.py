"""What the import linter cannot see: strings, registrations and promises between the rooms."""

import tomllib

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.migrations.loader import MigrationLoader
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from audit.events import Event
from delivery.models import Outcome
from proposals.models import Status
from selfimprove.wakes import WAKES
from tests.architecture.house import ROOMS, ROOT

# Configuration, not records.
RECORDS_OPEN_TO_CHANGE = {
    *("targets.Target", "telemetry.Source", "telemetry.Keeping", "personas.Budget"),
    "selfimprove.ChatAccount",
}
# A signature alone opens the last four; the description of the API is as open as its manual.
OPEN_DOORS = {
    *("sign-in", "sign-out", "healthz", "readyz", "api-openapi"),
    *("github-hook", "deployment-hook", "chat", "chat-slack"),
}


def test_every_room_stands_in_the_floor_plan() -> None:
    plan = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(plan["root_packages"]) == set(ROOMS)
    layers = next(part for part in plan["contracts"] if part["id"] == "floors")["layers"]
    assert {room for layer in layers for room in layer.split(" | ")} == set(ROOMS)


@pytest.mark.django_db
def test_the_back_office_lets_nobody_change_a_record() -> None:
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    for model, page in admin.site._registry.items():
        label = model._meta.label
        if label.split(".")[0] not in ROOMS or label in RECORDS_OPEN_TO_CHANGE:
            continue
        assert not page.has_add_permission(request), label
        assert not page.has_change_permission(request), label
        assert not page.has_delete_permission(request), label


def test_every_model_of_ours_is_seen_in_the_back_office_or_says_why_not() -> None:
    hidden = {
        "audit.Leaf": "seen on its entry's page",
        "audit.Head": "a cache",
        "audit.Person": "the log shows names; who is who must not be found without it",
        "audit.Transition": "its entry says the same",
        "telemetry.Event": "ten million rows: seen through patterns",
        "telemetry.PatternHour": "seen as charts",
        "telemetry.PatternDay": "seen as charts",
        "telemetry.PatternSession": "seen as figures",
        "telemetry.SessionTotal": "seen in the list of sessions",
        "telemetry.SessionAgent": "a filter of that list",
        "telemetry.ToolHour": "seen as charts",
        "telemetry.ToolDay": "seen as charts",
        "telemetry.MinuteCount": "seen as charts",
        "telemetry.RedactionDay": "seen where an agent is connected",
        "telemetry.PatternAlias": "seen through its pattern",
        "telemetry.PatternMove": "seen on its pattern's page",
        "selfimprove.Run": "seen on the settings page",
        "selfimprove.Heartbeat": "seen on the settings page",
        "selfimprove.Switch": "a button in every page's frame",
    }
    seen = {model._meta.label for model in admin.site._registry}
    inlines = {
        inline.model._meta.label
        for page in admin.site._registry.values()
        for inline in page.inlines
    }
    ours = {model._meta.label for model in apps.get_models() if model._meta.app_label in ROOMS}
    assert ours - seen - inlines - set(hidden) == set()


@pytest.mark.django_db
def test_migrations_run_in_one_line() -> None:
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}


def test_every_event_is_named_subject_and_verb_and_somebody_records_it() -> None:
    code = "\n".join(path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    for event in Event:
        subject, dot, verb = event.value.partition(".")
        assert subject
        assert dot
        assert verb
        assert code.count(f"Event.{event.name}") > 0, event
    assert set(WAKES) <= set(Event)


@pytest.mark.parametrize("choice", [*Status, *Outcome])
def test_every_status_has_a_tone(choice: Status | Outcome) -> None:
    assert choice.tone in {"good", "bad", "warn", "quiet", "accent"}


def test_every_page_needs_a_sign_in_and_names_a_permission() -> None:
    for pattern in _patterns(get_resolver()):
        if hasattr(pattern.callback, "scope"):  # a door that a token alone opens
            assert getattr(pattern.callback, "login_required", True) is False, pattern
            continue
        if pattern.name in OPEN_DOORS or "admin" in str(pattern.callback.__module__):
            continue
        assert getattr(pattern.callback, "login_required", True), pattern
        assert hasattr(pattern.callback, "__wrapped__"), f"{pattern} checks no permission"


def test_each_port_has_an_adapter_that_works_offline() -> None:
    for port in ("forge", "deployer", "telemetry_source", "llm", "sandbox", "notifier"):
        adapters = {path.stem for path in (ROOT / "ports" / port).glob("*.py")} - {"__init__"}
        assert adapters & {"local", "commands", "files", "scripted", "unconfined", "mail"}, port


def test_templates_hold_no_inline_script_or_style() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8").lower()
        assert "<style" not in text, path
        assert ' style="' not in text, path
        assert "onclick=" not in text, path
        for start in _script_tags(text):
            assert "src=" in start or 'type="application/json"' in start, f"{path}: {start}"


def test_nothing_vendored_points_outside() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'src="http' not in text, path
        assert 'rel="stylesheet" href="http' not in text, path


def _script_tags(text: str) -> list[str]:
    return [part.split(">")[0] for part in text.split("<script")[1:]]


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if str(entry.pattern) != "admin/":
                found.extend(_patterns(entry))
        else:
            found.append(entry)
    return found
