"""Does anything change without an entry, or does an entry stand without its change?

What is walked here is drawn from the code: the tables of moves, the addresses, the back office.
A new move, page or table that leaves nothing on the log fails without anybody thinking of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.events import TIED, Event
from audit.models import Entry, Transition
from delivery import plans, revert
from delivery.models import Plan
from proposals import lifecycle
from proposals.lifecycle import MOVES, Move
from selfimprove.console import settled
from selfimprove.web.back_office import Recorded
from telemetry.patterns.vocabulary import Move as PatternAct
from tests.delivery.scene import approved_elsewhere, make_scene
from tests.factories import _ROADS as ROADS
from tests.factories import NOW, make_proposal, make_user
from tests.flow.acts import ACTS, ADA, MOVED, World, make_world
from tests.people import pseudonym

pytestmark = pytest.mark.django_db

# Addresses that take a POST and change nothing, and acts of which the entry is all there is.
NO_ACT = {
    "telemetry:sanitizer": "judges a text and keeps none of it",
    "policies:list": "asks what a policy would have decided, and keeps none of it",
    "github-hook": "only lets a delivery look at GitHub sooner than it would have",
    "deployment-hook": "a deployer's signature opens it; how it ended is an entry of its own",
    "chat": "a signature opens it; what it does is the page's, see test_same_by_every_door",
    "chat-slack": "the same, as Slack signs it",
    "healthz": "says whether the process lives",
    "readyz": "says whether the database answers",
    "audit:filters": "keeps a question; whatever it is asked of stays as it is",
    "audit:filter": "renames or drops a question that was kept",
}
ONLY_TOLD = {
    "sign-out": "ends a session, and sessions are no records",
    "audit:verify": "looks at everything and changes nothing",
    "audit:stop": "ends a look at everything",
    "audit:export": "takes a copy of what was asked for",
    "audit:copy": "takes a copy of everything",
    "audit:erase": "takes words from beside the log, which is all about itself",
    "telemetry:source_test": "reads and stores nothing",
    "telemetry:apart": "the entry itself is what suggestions look at",
}
NO_RECORDS = {"audit", "sessions", "django_q", "admin", "contenttypes"}
NO_RECORD = {"selfimprove.Run", "selfimprove.Heartbeat"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(make_scene(tmp_path))


def records() -> dict[str, Any]:
    """Return every row that is no bookkeeping."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label not in NO_RECORDS and model._meta.label not in NO_RECORD
    }


def addresses(within: URLResolver, spaces: str = "") -> Iterator[tuple[str, URLPattern]]:
    for part in within.url_patterns:
        if isinstance(part, URLPattern):
            yield f"{spaces}{part.name}", part
        elif part.app_name != "admin":
            space = f"{part.namespace}:" if part.namespace else ""
            yield from addresses(part, f"{spaces}{space}")


def made_up(pattern: URLPattern) -> dict[str, object]:
    """Fill an address with values of the right form."""
    given = {"UUIDConverter": "00000000-0000-4000-8000-000000000009", "IntConverter": 999_999}
    converters = pattern.pattern.converters
    return {name: given.get(type(how).__name__, "x") for name, how in converters.items()}


def test_each_address_that_takes_a_post_is_walked_here(world: World) -> None:
    taking = set()
    for name, pattern in addresses(get_resolver()):
        if hasattr(pattern.callback, "scope"):
            continue  # a door for telemetry: what comes in is data, and no act of a person
        if world.client.post(reverse(name, kwargs=made_up(pattern))).status_code != 405:
            taking.add(name)
        if not world.client.session.keys():
            world.client.force_login(world.person)
    assert taking - set(NO_ACT) == set(ACTS) - set(NO_ACT)


def names_in_bodies(*names: str) -> list[str]:
    """Return the hashed texts that hold somebody's name; none of these names is hexadecimal."""
    bodies = Entry.objects.values_list("body", flat=True)
    return [body for body in bodies if any(name in body for name in names)]


@pytest.mark.parametrize("name", sorted(ACTS))
def test_each_act_leaves_its_change_and_its_entry_or_neither(world: World, name: str) -> None:
    deed = ACTS[name](world)
    before, last = records(), Entry.objects.order_by("id").last()
    answer = deed()
    assert answer.status_code in {200, 302}, answer.content.decode()[:2000]
    entries = Entry.objects.filter(pk__gt=last.pk if last else 0)
    assert entries.filter(actor_type="person", actor=pseudonym("vera")).exists(), (
        "no entry says who"
    )
    assert not names_in_bodies("vera"), "the text that is hashed holds a name"
    if name not in ONLY_TOLD:
        assert records() != before, "an entry says so, and nothing changed"


@pytest.mark.parametrize("name", sorted(set(ACTS) - {"sign-in", "sign-out"}))
def test_an_act_that_is_not_allowed_leaves_neither(world: World, name: str) -> None:
    deed = ACTS[name](world)
    world.client.force_login(make_user("nobody"))
    before, count = records(), Entry.objects.count()
    assert deed().status_code == 403
    assert (records(), Entry.objects.count()) == (before, count)


@pytest.mark.parametrize("move", list(Move))
def test_each_move_of_a_proposal_is_tied_to_its_entry(world: World, move: Move) -> None:
    status = min(MOVES[move].sources, key=lambda source: len(ROADS[source]))
    proposal = make_proposal(world.scene.target, status=status)
    lifecycle.advance(proposal, move, actor=ADA, at=NOW, reason="It is so.")
    proposal.refresh_from_db()
    entry = Entry.objects.latest("id")
    assert (entry.event, entry.subject) == (MOVES[move].event, f"proposal:{proposal.pk}")
    assert entry.event in TIED
    assert entry.transition_id == proposal.last_transition_id
    assert Transition.objects.get(entry=entry).said() == {
        "version": proposal.version,
        "from": str(status),
        "to": str(MOVES[move].destination),
    }


@pytest.mark.parametrize("move", list(PatternAct))
def test_each_move_of_a_pattern_leaves_its_entry(world: World, move: PatternAct) -> None:
    deed = MOVED[move](world)
    before, last = records(), Entry.objects.latest("id")
    answer = deed()
    assert answer.status_code == 302, answer.content.decode()[:3000]
    told = Entry.objects.filter(
        pk__gt=last.pk, event__startswith="pattern.", actor=pseudonym("vera")
    )
    assert told.exists()
    assert not names_in_bodies("vera"), "the text that is hashed holds a name"
    assert records() != before


def test_each_stage_of_each_plan_tells_intent_and_end(world: World) -> None:
    scene = world.scene
    there = world.delivery()
    revert.request(there, actor=ADA, reason="It fails.", at=scene.clock())
    scene.drive(there)
    scene.proposal = approved_elsewhere(scene.target)
    stopped = scene.drive_until(scene.begin(), "merge")
    revert.request(stopped, actor=ADA, reason="Wrong week.", at=scene.clock())
    scene.drive(stopped)
    subjects = [f"delivery:{row.pk}" for row in (there, stopped)]
    told = Entry.objects.filter(subject__in=subjects).order_by("id")
    ends = {Event.DELIVERY_STAGE_PASSED, Event.DELIVERY_STAGE_FAILED}
    for plan in Plan:
        for stage in set(plans.names(plan)) - {"watch"}:  # which changes nothing outside
            place = {"plan": plan.lower(), "stage": stage}
            mine = [e for e in told if place.items() <= e.facts.items()]
            begun = [e for e in mine if e.event == Event.DELIVERY_INTENDED]
            ended = [e for e in mine if e.event in ends and str(begun[0].uid) in e.cites]
            assert begun, place
            assert ended, place
    for row in (there, stopped):
        states = Transition.objects.filter(subject=f"delivery:{row.pk}").order_by("version")
        assert states.count() == row.version + 1
        assert [s.entry.event for s in states][:: row.version] == [
            Event.DELIVERY_STARTED,
            Event.DELIVERY_ENDED,
        ]


def test_a_failed_sign_in_is_told_and_what_was_typed_is_not() -> None:
    Client().post(reverse("sign-in"), {"username": "hunter2", "password": "correct horse"})
    entry = Entry.objects.latest("id")
    assert entry.event == Event.USER_SIGN_IN_FAILED
    assert "hunter2" not in entry.body
    assert "horse" not in entry.body


def test_whatever_the_back_office_lets_change_is_recorded() -> None:
    get_resolver().url_patterns  # noqa: B018  # which wraps what others registered
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    by_itself = {"targets.Target", "telemetry.Source", "telemetry.Keeping", "personas.Budget"}
    for model, page in admin.site._registry.items():
        open_to = [
            page.has_add_permission(request),
            page.has_change_permission(request),
            page.has_delete_permission(request),
        ]
        if any(open_to) and model._meta.label not in by_itself:
            assert isinstance(page, Recorded), model


def office(
    world: World, model: type[Model], act: str, /, *arguments: object, **form: Any
) -> Entry:
    """Do something in the back office; return the entry about it."""
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}_{act}"
    last = Entry.objects.order_by("id").last()
    before = records()
    answer = world.post(address, *arguments, **form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert records() != before
    told = Entry.objects.filter(pk__gt=last.pk if last else 0)
    [entry] = told.exclude(event__startswith="person.")
    assert entry.who == "vera"
    return entry


def test_people_roles_and_powers_are_recorded_in_the_back_office(world: World) -> None:
    secret = {"password1": "long enough 1", "password2": "long enough 1"}
    made = office(world, User, "add", username="bob", usable_password="true", **secret)
    assert (made.event, made.subject) == (Event.RECORD_ADDED, f"user:{pseudonym('bob')}")
    bob = User.objects.get(username="bob")
    dates = {"date_joined_0": "2026-03-01", "date_joined_1": "09:00:00"}
    powers = {"is_active": "on", "is_staff": "on", "is_superuser": "on"}
    raised = office(world, User, "change", bob.pk, username="bob", **dates, **powers)
    assert raised.event == Event.RECORD_CHANGED
    assert raised.facts["superuser"] is True
    secret = {"password1": "even longer 22", "password2": "even longer 22"}
    again = office(world, User, "password_change", bob.pk, usable_password="true", **secret)
    assert "even longer" not in again.body
    role = office(world, Group, "add", name="guests")
    assert role.subject == f"group:{Group.objects.get(name='guests').pk}"
    chosen = {"action": "delete_selected", "_selected_action": bob.pk, "post": "yes"}
    gone = office(world, User, "changelist", **chosen)
    assert (gone.event, gone.subject) == (Event.RECORD_REMOVED, f"user:{pseudonym('bob')}")


def test_whose_account_of_a_chat_it_is_is_recorded_in_the_back_office(world: World) -> None:
    ChatAccount = apps.get_model("selfimprove.ChatAccount")
    rita, bob = make_user("reviewer", name="rita"), make_user("reviewer", name="bob")
    form = {"place": "slack:T1", "user": "U1", "person": rita.pk, "note": ""}
    made = office(world, ChatAccount, "add", **form)
    assert made.event == Event.RECORD_ADDED
    assert made.facts["acts_as"] == pseudonym("rita")
    row = ChatAccount._default_manager.get()
    moved = office(world, ChatAccount, "change", row.pk, **{**form, "person": bob.pk})
    assert moved.facts["acts_as"] == pseudonym("bob")
    assert not names_in_bodies("rita", "bob")
    gone = office(world, ChatAccount, "delete", row.pk, post="yes")
    assert (gone.event, gone.subject) == (Event.RECORD_REMOVED, f"chataccount:{row.pk}")


def test_targets_sources_and_keeping_are_recorded_in_the_back_office(world: World) -> None:
    target = world.scene.target
    form = {"target": target.pk, "backend": "files", "location": "/var/log/x.log"}
    Source, Keeping = apps.get_model("telemetry.Source"), apps.get_model("telemetry.Keeping")
    assert office(world, Source, "add", **form).event == Event.SOURCE_ADDED
    source = Source._default_manager.get(location="/var/log/x.log")
    changed = office(world, Source, "change", source.pk, **form, enabled="on")
    assert changed.event == Event.SOURCE_CHANGED
    assert office(world, Source, "delete", source.pk, post="yes").event == Event.SOURCE_REMOVED
    kept = office(world, Keeping, "add", target=target.pk, days="45")
    assert kept.event == Event.KEEPING_CHANGED


def test_another_configuration_is_recorded_once_and_names_what_changed(
    settings: LazySettings, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "agents.yaml").write_text("agents: []\n")
    settings.CONFIG_DIR = folder
    assert settled.note_change(NOW)
    assert not settled.note_change(NOW)
    (folder / "agents.yaml").write_text("agents: [secret-agent]\n")
    assert settled.note_change(NOW)
    told = Entry.objects.filter(event=Event.SETTINGS_CHANGED).latest("id")
    assert told.facts["changed"] == ["agents.yaml"]
    assert "secret-agent" not in told.body
    assert not settled.note_change(NOW)
