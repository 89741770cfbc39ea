"""What does a person do at each address that changes something?"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from audit.log import Actor
from audit.models import Entry, Verification
from audit.sequencer import seal
from benchmarks.models import Definition, Run
from delivery.models import Delivery, Outcome, Watch
from delivery.windows.options import Windows
from evaluation.ideas import deciding
from evaluation.models import Idea
from generations.running import opening, series
from notifications import channels
from notifications.models import Channel
from proposals.models import Comment, Proposal
from proposals.revising import asking, handing_in
from proposals.running import keeping
from proposals.threads import saying
from proposals.threads.places import Lines
from proposals.threads.saying import Speaker
from proposals.waiving import waive
from selfimprove import switch
from targets import registry
from targets.models import State
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from telemetry.imports.records import Import
from telemetry.models import Backend, Pattern, PatternAlias, PatternMove, Source
from tests.delivery.scene import Scene
from tests.factories import make_pattern, make_proposal, make_user
from tests.proposals.standing import scene as standing
from tests.proposals.waived import make_refused, refusing
from tests.telemetry.imports.bring import lines
from tests.tied import born
from validation.waiving.acts import Wish

ADA = Actor("person", "ada")
_numbers = itertools.count(1)


@dataclass
class World:
    """Hold a running house and a person who may do everything in it."""

    scene: Scene
    client: Client
    person: User

    def post(self, address: str, /, *arguments: object, **form: Any) -> Any:
        return self.client.post(reverse(address, args=arguments), form)

    def proposal(self) -> Proposal:
        return make_proposal(self.scene.target)

    def pattern(self) -> Pattern:
        return make_pattern(self.scene.target)

    def delivery(self) -> Delivery:
        delivery = self.scene.begin()
        self.scene.drive(delivery)
        return delivery

    def source(self) -> Source:
        place = self.scene.folder / f"{next(_numbers)}.log"
        place.write_bytes(lines())
        return Source.objects.create(
            target=self.scene.target, backend=Backend.FILES, location=str(place)
        )

    def token(self) -> tokens.Issued:
        name = f"job {next(_numbers)}"
        scopes = [Scope.EVENTS]
        return tokens.issue(
            self.scene.target, name=name, scopes=scopes, actor=ADA, at=timezone.now()
        )

    def handed_in(self, act: str = "bring") -> Any:
        sent = [SimpleUploadedFile("a.jsonl", lines())]
        form = {"format": "auto", "upload": sent, "act": act, "end": "1"}
        return self.post("telemetry:import_begin", self.scene.target.slug, **form)


def make_world(scene: Scene) -> World:
    """Let an administrator named vera come in."""
    person = make_user("admin", name="vera")
    person.groups.clear()
    client = Client()
    client.force_login(person)
    return World(scene, client, person)


Prepared = Callable[[], Any]
Act = Callable[[World], Prepared]
ACTS: dict[str, Act] = {}


def act(name: str) -> Callable[[Act], Act]:
    """Say what is done at an address: prepare, and return the deed itself."""

    def keep(function: Act) -> Act:
        ACTS[name] = function
        return function

    return keep


@act("sign-in")
def _(world: World) -> Prepared:
    form = {"username": "vera", "password": "long enough 1"}
    return lambda: Client().post(reverse("sign-in"), form)


@act("sign-out")
def _(world: World) -> Prepared:
    return lambda: world.post("sign-out")


@act("pause")
def _(world: World) -> Prepared:
    return lambda: world.post("pause", reason="A holiday")


@act("resume")
def _(world: World) -> Prepared:
    switch.pause(actor=ADA, reason="A holiday", at=timezone.now())
    return lambda: world.post("resume")


@act("audit:verify")
def _(world: World) -> Prepared:
    return lambda: world.post("audit:verify")


def read(answer: Any) -> Any:
    """Take a stream to its end, as somebody does who downloads it."""
    b"".join(getattr(answer, "streaming_content", []))
    return answer


@act("audit:stop")
def _(world: World) -> Prepared:
    world.post("audit:verify")
    row = Verification.objects.latest("pk")
    return lambda: world.post("audit:stop", row.pk)


@act("audit:export")
def _(world: World) -> Prepared:
    return lambda: read(world.post("audit:export", "csv"))


@act("audit:copy")
def _(world: World) -> Prepared:
    switch.pause(actor=ADA, reason="A holiday", at=timezone.now())
    seal(timezone.now())
    return lambda: read(world.post("audit:copy"))


@act("audit:erase")
def _(world: World) -> Prepared:
    switch.pause(actor=ADA, reason="A holiday", at=timezone.now())
    uid = Entry.objects.latest("id").uid
    return lambda: world.post("audit:erase", uid, reason="Somebody asked.", word="erase")


@act("proposals:approve")
def _(world: World) -> Prepared:
    row = world.proposal()
    return lambda: world.post("proposals:approve", row.pk, document_digest=row.document_digest)


@act("proposals:reject")
def _(world: World) -> Prepared:
    row = world.proposal()
    form = {"document_digest": row.document_digest, "category": "too_risky"}
    return lambda: world.post("proposals:reject", row.pk, **form)


@act("proposals:together")
def _(world: World) -> Prepared:
    row = world.proposal()
    form = {"act": "reject", "category": "not_now", "chosen": f"{row.pk}:{row.document_digest}"}
    return lambda: world.post("proposals:together", **form)


@act("proposals:hold")
def _(world: World) -> Prepared:
    row = world.proposal()
    return lambda: world.post("proposals:hold", row.pk, reason="I want to read it.")


@act("proposals:request-changes")
def _(world: World) -> Prepared:
    row = world.proposal()
    form = {"document_digest": row.document_digest, "wanted": "Less of it."}
    return lambda: world.post("proposals:request-changes", row.pk, **form)


def to_revise(world: World) -> Proposal:
    """Make a proposal of which somebody else wants something changed."""
    row = world.proposal()
    asking.request(row, by=make_user(), reason="Less of it.", at=timezone.now())
    return row


@act("proposals:withdraw-request")
def _(world: World) -> Prepared:
    row = to_revise(world)
    return lambda: world.post("proposals:withdraw-request", row.pk, number="1")


@act("proposals:revise")
def _(world: World) -> Prepared:
    row = to_revise(world)
    text = handing_in.as_form(row).replace(row.title, "Less of it")
    return lambda: world.post("proposals:revise", row.pk, document=text)


GRANTED = {
    **{"target": "gateway", "risk": "low", "paths": "config/*.yaml", "engines": ["embedded"]},
    **{"most_files": "2", "most_lines": "20", "most_per_day": "2", "days": "9", "proven": "on"},
    **{"reason": "Tuned every day.", "act": "grant"},
}


@act("standing:grant")
def _(world: World) -> Prepared:
    return lambda: world.post("standing:grant", **GRANTED)


@act("standing:confirm")
def _(world: World) -> Prepared:
    row = standing.granted(world.scene.target, at=timezone.now())
    return lambda: world.post("standing:confirm", row.pk)


@act("standing:revoke")
def _(world: World) -> Prepared:
    row = standing.granted(world.scene.target, at=timezone.now())
    return lambda: world.post("standing:revoke", row.pk, reason="The team changed.")


@act("proposals:waive")
def _(world: World) -> Prepared:
    row = make_refused(world.scene.target)
    form = {"reason": "Our own page.", "days": "7"}
    return lambda: world.post("proposals:waive", row.pk, refusing(row)[0].pk, **form)


def on_a_line(world: World) -> Comment:
    proposal = world.proposal()
    by, place = Speaker.person(world.person), Lines(proposal.diff).drawn("f0R3")
    return saying.say(proposal, "Why?", by=by, at=timezone.now(), place=place)


@act("proposals:say")
def _(world: World) -> Prepared:
    row = world.proposal()
    return lambda: world.post("proposals:say", row.pk, words="Why?", about="", uid="")


@act("proposals:reply")
def _(world: World) -> Prepared:
    row = on_a_line(world)
    place = (row.thread.proposal_id, row.thread_id)
    return lambda: world.post("proposals:reply", *place, words="Because.")


@act("proposals:settle")
def _(world: World) -> Prepared:
    row = on_a_line(world)
    place = (row.thread.proposal_id, row.thread_id)
    return lambda: world.post("proposals:settle", *place, resolved="yes")


@act("proposals:change-comment")
def _(world: World) -> Prepared:
    row = on_a_line(world)
    place = (row.thread.proposal_id, row.uid)
    return lambda: world.post("proposals:change-comment", *place, words="Why not?")


@act("proposals:stop-check")
def _(world: World) -> Prepared:
    row = world.proposal()
    keeping.begin(row)
    return lambda: world.post("proposals:stop-check", row.pk)


@act("proposals:check-again")
def _(world: World) -> Prepared:
    row = world.proposal()
    return lambda: world.post("proposals:check-again", row.pk)


@act("validation:withdraw")
def _(world: World) -> Prepared:
    row = make_refused(world.scene.target)
    wish = Wish("Our own page.")
    waiver = waive(row, refusing(row)[0].pk, wish, person=world.person, at=timezone.now())
    return lambda: world.post("validation:withdraw", waiver.pk, reason="It moved.")


@act("delivery:revert")
def _(world: World) -> Prepared:
    row = world.delivery()
    return lambda: world.post("delivery:revert", row.pk, reason="It fails.", word="revert")


@act("delivery:merge")
def _(world: World) -> Prepared:
    row = world.scene.drive_until(world.scene.begin(), "merge")
    soon = timezone.now() + timedelta(seconds=30)
    Delivery.objects.filter(pk=row.pk).update(next_step_at=soon)
    return lambda: world.post("delivery:merge", row.pk)


@act("delivery:override")
def _(world: World) -> Prepared:
    row = world.scene.drive_until(world.scene.begin(), "merge")
    Proposal.objects.filter(pk=row.proposal_id).update(risk="medium")
    section = Windows(rules=("mon-sun 00:00-24:00 high",))
    ours = settings.SELFIMPROVE.model_copy(update={"windows": section})

    def go() -> Any:
        with override_settings(SELFIMPROVE=ours):
            return world.post("delivery:override", row.pk, reason="It hurts.")

    return go


@act("delivery:retry")
def _(world: World) -> Prepared:
    row = world.scene.drive_until(world.scene.begin(), "merge")
    Delivery.objects.filter(pk=row.pk).update(errors_in_row=1)
    return lambda: world.post("delivery:retry", row.pk)


@act("delivery:roll_back")
def _(world: World) -> Prepared:
    before = world.proposal()
    later = world.delivery()
    at = later.deployed_at - timedelta(days=1) if later.deployed_at else None
    times = dict.fromkeys(("started_at", "deadline_at", "next_step_at", "deployed_at"), at)
    ended = {"outcome": Outcome.SUCCEEDED, "ended_at": at, "stage": "watch"}
    first = born(Delivery(proposal=before, target=world.scene.target, **ended, **times))
    form = {"reason": "It fails.", "word": "revert"}
    return lambda: world.post("delivery:roll_back", first.pk, **form)


@act("delivery:keep")
def _(world: World) -> Prepared:
    row = world.delivery()
    Watch.objects.filter(delivery=row).update(verdict="inconclusive")
    return lambda: world.post("delivery:keep", row.pk)


@act("evaluation:now")
def _(world: World) -> Prepared:
    return lambda: world.post("evaluation:now", target=world.scene.target.slug)


@act("targets:accept")
def _(world: World) -> Prepared:
    target = world.scene.target
    registry.refresh(target, timezone.now())
    again = world.scene.origin("commit-tree", "-m", "Again", "main^{tree}")
    world.scene.origin("update-ref", "refs/heads/main", again)
    refreshed = registry.refresh(target, timezone.now())
    assert refreshed.state == State.DIVERGED, refreshed.state_detail
    return lambda: world.post("targets:accept", target.slug, reason="We moved.")


@act("benchmarks:measure")
def _(world: World) -> Prepared:
    return lambda: world.post("benchmarks:measure", world.scene.target.slug)


@act("benchmarks:cancel")
def _(world: World) -> Prepared:
    world.post("benchmarks:measure", world.scene.target.slug)
    row = Run.objects.latest("pk")
    return lambda: world.post("benchmarks:cancel", row.target.slug, row.pk)


DEFINED = {
    **{"name": "speed", "command": "true", "read": "exit", "better": "higher"},
    **{"timeout_seconds": "5", "weight": "1", "act": "keep"},
}


@act("benchmarks:define")
def _(world: World) -> Prepared:
    return lambda: world.post("benchmarks:define", world.scene.target.slug, **DEFINED)


@act("benchmarks:remove")
def _(world: World) -> Prepared:
    world.post("benchmarks:define", world.scene.target.slug, **DEFINED)
    row = Definition.objects.latest("pk")
    return lambda: world.post("benchmarks:remove", row.target.slug, row.pk)


@act("telemetry:act")
def _(world: World) -> Prepared:
    row = world.pattern()
    form = {"move": "known", "version": row.version, "reason": "by design"}
    return lambda: world.post("telemetry:act", row.pk, **form)


@act("telemetry:undo")
def _(world: World) -> Prepared:
    ACTS["telemetry:act"](world)()
    move = PatternMove.objects.latest("pk")
    return lambda: world.post("telemetry:undo", move.pk)


@act("telemetry:apart")
def _(world: World) -> Prepared:
    one, two = world.pattern(), world.pattern()
    return lambda: world.post("telemetry:apart", one.pk, other=two.pk)


@act("telemetry:together")
def _(world: World) -> Prepared:
    one, two = world.pattern(), world.pattern()
    chosen = [f"{row.pk}:{row.version}" for row in (one, two)]
    form = {"act": "merge", "chosen": chosen, "into": two.pk, "reason": "one cause"}
    return lambda: world.post("telemetry:together", **form)


@act("telemetry:token-create")
def _(world: World) -> Prepared:
    form = {"name": "nightly", "scopes": ["events"], "lasts": "30"}
    return lambda: world.post("telemetry:token-create", world.scene.target.slug, **form)


@act("telemetry:token-rotate")
def _(world: World) -> Prepared:
    place = (world.scene.target.slug, world.token().token.pk)
    return lambda: world.post("telemetry:token-rotate", *place, grace="1")


@act("telemetry:token-revoke")
def _(world: World) -> Prepared:
    token = world.token().token
    place = (world.scene.target.slug, token.pk)
    return lambda: world.post("telemetry:token-revoke", *place, start=token.start)


@act("telemetry:import_begin")
def _(world: World) -> Prepared:
    return world.handed_in


@act("telemetry:import_again")
def _(world: World) -> Prepared:
    from telemetry import tasks

    world.handed_in("look")
    tasks.bring_in()
    place = (world.scene.target.slug, Import.objects.latest("pk").pk)
    form = {"format": "auto", "act": "bring", "to_now": "on"}
    return lambda: world.post("telemetry:import_again", *place, **form)


@act("telemetry:import_give_up")
def _(world: World) -> Prepared:
    world.handed_in()
    place = (world.scene.target.slug, Import.objects.latest("pk").pk)
    return lambda: world.post("telemetry:import_give_up", *place)


@act("telemetry:source_add")
def _(world: World) -> Prepared:
    slug, path = world.scene.target.slug, str(Path("/var/log/agents.log"))
    return lambda: world.post("telemetry:source_add", slug, backend="files", location=path)


@act("telemetry:source_switch")
def _(world: World) -> Prepared:
    row = world.source()
    return lambda: world.post("telemetry:source_switch", row.pk, to="pause")


@act("telemetry:source_test")
def _(world: World) -> Prepared:
    row = world.source()
    return lambda: world.post("telemetry:source_test", row.pk)


MOVED: dict[str, Act] = {}  # what can be done to a pattern, each by the button that does it


def _button(move: str, **form: Any) -> Act:
    def prepare(world: World) -> Prepared:
        row = world.pattern()
        given = {"move": move, "version": row.version, **form}
        return lambda: world.post("telemetry:act", row.pk, **given)

    return prepare


def _reopened(world: World) -> Prepared:
    _button("known", reason="by design")(world)()
    row = Pattern.objects.latest("pk")
    return lambda: world.post("telemetry:act", row.pk, move="reopen", version=row.version)


def _moved_out(world: World) -> Prepared:
    row = world.pattern()
    alias = PatternAlias.objects.get(pattern=row)
    times = {"first_seen": row.first_seen, "last_seen": row.last_seen - timedelta(seconds=1)}
    other = PatternAlias.objects.create(
        target=row.target, fingerprint="f" * 16, pattern=row, count=1, **times
    )
    assert alias.pk != other.pk
    form = {"move": "split", "version": row.version, "alias": other.pk}
    return lambda: world.post("telemetry:act", row.pk, **form, fingerprint=other.fingerprint)


def may_see(person: User) -> None:
    """Let somebody be given a pattern."""
    person.user_permissions.add(*Permission.objects.filter(codename="view_pattern"))


MOVED = {
    "merge": ACTS["telemetry:together"],
    "split": _moved_out,
    "mute": _button("mute", until="7d", reason="the index is rebuilt"),
    "known": _button("known", reason="by design"),
    "reopen": _reopened,
    "assign": _button("assign", assignee="vera"),
    "diagnose": _button("diagnose", diagnosis="resource"),
}


def acting(world: World) -> tokens.Issued:
    """Make a token that acts in the name of the one who is signed in."""
    scopes = [Scope.PROPOSALS_READ]
    return tokens.issue(
        world.scene.target, name="desk", scopes=scopes, actor=ADA, at=timezone.now(),
        person=world.person,
    )  # fmt: skip


def idea(world: World) -> Idea:
    """Make an idea that waits."""
    row = Idea(
        target=world.scene.target, key=f"k{next(_numbers)}", kind="new_tool", priority="low",
        title="search fails", created_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        return deciding.put(row)


@act("evaluation:take-up")
def _(world: World) -> Prepared:
    row = idea(world)
    return lambda: world.post("evaluation:take-up", row.pk)


@act("evaluation:turn-down")
def _(world: World) -> Prepared:
    row = idea(world)
    return lambda: world.post("evaluation:turn-down", row.pk, reason="By design.")


@act("evaluation:idea-again")
def _(world: World) -> Prepared:
    row = idea(world)
    deciding.accept(row, person=world.person, at=timezone.now())
    Idea.objects.filter(pk=row.pk).update(begun_at=timezone.now())
    return lambda: world.post("evaluation:idea-again", row.pk)


@act("evaluation:maintain")
def _(world: World) -> Prepared:
    return lambda: world.post("evaluation:maintain", target=world.scene.target.slug)


@act("evaluation:scan")
def _(world: World) -> Prepared:
    return lambda: world.post("evaluation:scan", target=world.scene.target.slug)


@act("generations:begin")
def _(world: World) -> Prepared:
    form = {"target": world.scene.target.slug, "wanted": "1"}
    return lambda: world.post("generations:begin", **form)


@act("generations:cancel")
def _(world: World) -> Prepared:
    row = opening.begin(generation_of(world), at=timezone.now())
    return lambda: world.post("generations:cancel", row.target.slug, row.number)


@act("generations:cancel-loop")
def _(world: World) -> Prepared:
    row = series.ask(generation_of(world), 3, at=timezone.now())
    return lambda: world.post("generations:cancel-loop", row.pk)


def generation_of(world: World) -> opening.Wish:
    """Wish for a generation."""
    return opening.Wish(target=world.scene.target, actor=ADA)


@act("mcp:create")
def _(world: World) -> Prepared:
    form = {"name": "desk", "target": world.scene.target.slug, "scopes": ["proposals:read"]}
    return lambda: world.post("mcp:create", **form, lasts="30")


@act("mcp:rotate")
def _(world: World) -> Prepared:
    row = acting(world).token
    return lambda: world.post("mcp:rotate", row.pk, grace="1")


@act("mcp:revoke")
def _(world: World) -> Prepared:
    row = acting(world).token
    return lambda: world.post("mcp:revoke", row.pk, start=row.start)


HEARS = {
    **{"name": "ops", "place": "webhook", "address": "http://127.0.0.1:9/hook", "least": "low"},
    **{"kinds": ["loop_paused"], "quiet_from": "22:00", "quiet_to": "07:00"},
}


def channel(world: World) -> Channel:
    """Add a channel at which nobody listens."""
    wish = channels.Wish("ops", "webhook", "http://127.0.0.1:9/hook")
    return channels.add(wish, person=world.person, at=timezone.now())


@act("notifications:add")
def _(world: World) -> Prepared:
    return lambda: world.post("notifications:add", **HEARS)


@act("notifications:mine")
def _(world: World) -> Prepared:
    User.objects.filter(pk=world.person.pk).update(email="vera@example.org")
    return lambda: world.post("notifications:mine")


@act("notifications:change")
def _(world: World) -> Prepared:
    row = channel(world)
    return lambda: world.post("notifications:change", row.pk, **{**HEARS, "name": "desk"})


@act("notifications:switch")
def _(world: World) -> Prepared:
    row = channel(world)
    return lambda: world.post("notifications:switch", row.pk, on="0")


@act("notifications:test")
def _(world: World) -> Prepared:
    row = channel(world)
    return lambda: world.post("notifications:test", row.pk)


@act("notifications:renew")
def _(world: World) -> Prepared:
    row = channel(world)
    return lambda: world.post("notifications:renew", row.pk, overlap="24")


@act("notifications:remove")
def _(world: World) -> Prepared:
    row = channel(world)
    return lambda: world.post("notifications:remove", row.pk)
