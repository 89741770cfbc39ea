"""Can a state change without its entry, or an entry tell of a change that was none?"""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from audit import triggers
from audit.events import TIED, Event
from audit.log import record
from audit.models import Entry, Transition
from audit.texts import indexing
from audit.ties import guards, matching
from audit.ties.declared import Tie
from audit.verify import verify
from delivery import models as delivery
from delivery import plans
from proposals import lifecycle
from proposals import models as proposals
from proposals.standing import records as standing
from tests.delivery.scene import make_scene
from tests.factories import NOW
from tests.proposals.standing.scene import in_force
from tests.tied import ACTOR, lose, place, without_guards

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[["Case"], None]


class Case:
    """One object, the state that it shall not come to, and how it would be told."""

    def __init__(self, tie: Tie, row: Any, event: Event, **columns: Any) -> None:
        self.tie, self.row, self.event, self.columns = tie, row, event, columns
        self.rows: QuerySet[Any] = tie.model._default_manager.filter(pk=row.pk)
        self.before = self.state()

    def state(self) -> tuple[str, int, uuid.UUID]:
        row = self.rows.get()
        return self.tie.state(row), row.version, row.last_transition_id

    def after(self) -> str:
        row = self.rows.get()
        for name, value in self.columns.items():
            setattr(row, name, value)
        return self.tie.state(row)

    def change(self, *, by: int = 1) -> uuid.UUID:
        """Change the row as the application would; return the transition that it waits for."""
        uid = uuid.uuid4()
        self.rows.update(**self.columns, version=F("version") + by, last_transition=uid)
        return uid

    def say(self, uid: uuid.UUID, **other: Any) -> Entry:
        """Record the entry with its transition, except for what is said otherwise."""
        told: dict[str, Any] = {
            "uid": uid,
            "version": self.before[1] + 1,
            "source": self.before[0],
            "destination": self.after(),
        }
        subject = other.pop("subject", self.tie.subject(self.row.pk))
        transition = Transition(**(told | other))
        return record(self.event, actor=ACTOR, subject=subject, at=NOW, transition=transition)


@pytest.fixture(params=["proposal", "delivery", "standing"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    scene = make_scene(tmp_path)
    if request.param == "delivery":
        columns = {"stage": "deploy"}
        return Case(delivery.STATE, scene.begin(), Event.DELIVERY_MOVED, **columns)
    if request.param == "standing":
        columns = {"status": "SUSPENDED"}
        return Case(standing.STATE, in_force(scene.target), Event.STANDING_SUSPENDED, **columns)
    columns = {"status": "IMPLEMENTED"}
    return Case(proposals.STATE, scene.proposal, Event.PROPOSAL_IMPLEMENTED, **columns)


def state_without_entry(case: Case) -> None:
    case.change()


def state_with_its_old_entry(case: Case) -> None:
    case.rows.update(**case.columns)


def entry_without_state_change(case: Case) -> None:
    case.say(uuid.uuid4())


def entry_that_names_no_transition(case: Case) -> None:
    record(case.event, actor=ACTOR, subject=case.tie.subject(case.row.pk), at=NOW)


def transition_of_an_act_that_is_no_move(case: Case) -> None:
    uid = case.change()
    case.event = Event.LOG_VERIFIED
    case.say(uid)


def wrong_from(case: Case) -> None:
    case.say(case.change(), source="ELSEWHERE")


def wrong_to(case: Case) -> None:
    case.say(case.change(), destination="ELSEWHERE")


def skipped_version(case: Case) -> None:
    case.say(case.change(by=2), version=case.before[1] + 2)


def skipped_version_in_the_log_alone(case: Case) -> None:
    case.say(case.change(), version=case.before[1] + 2)


def repeated_version(case: Case) -> None:
    case.say(case.change(by=0), version=case.before[1])


def two_transitions_for_one_change(case: Case) -> None:
    case.say(case.change())
    case.say(uuid.uuid4())


def entry_about_something_else(case: Case) -> None:
    case.say(case.change(), subject=f"{case.tie.kind}:{uuid.uuid4()}")


def entry_about_an_unknown_kind(case: Case) -> None:
    case.say(case.change(), subject="wish:1")


def entry_of_another_transition(case: Case) -> None:
    old = Transition.objects.get(uid=case.before[2])
    Transition.objects.create(
        uid=case.change(),
        subject=old.subject,
        version=case.before[1] + 1,
        source=case.before[0],
        destination=case.after(),
        entry=old.entry,
    )


def transition_of_before(case: Case) -> None:
    first = Transition.objects.get(subject=case.tie.subject(case.row.pk), version=0)
    case.rows.update(**case.columns, version=F("version") + 1, last_transition=first)


def save(case: Case) -> None:
    row = case.rows.get()
    for name, value in case.columns.items():
        setattr(row, name, value)
    row.save()


def bulk_update(case: Case) -> None:
    row = case.rows.get()
    for name, value in case.columns.items():
        setattr(row, name, value)
    case.tie.model._default_manager.bulk_update([row], list(case.columns))


def upsert(case: Case) -> None:
    row = case.rows.get()
    for name, value in case.columns.items():
        setattr(row, name, value)
    case.tie.model._default_manager.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=list(case.columns)
    )


def raw(case: Case) -> None:
    [(name, value)] = case.columns.items()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {case.tie.table} SET {name} = %s", [value])  # noqa: S608


def version_alone(case: Case) -> None:
    case.rows.update(version=F("version") + 1)


def deletion(case: Case) -> None:
    case.rows._raw_delete(using="default")


def copy_in_a_later_state(case: Case) -> None:
    row = case.rows.get()
    row.pk = uuid.uuid4() if case.tie.by_uuid else row.pk + 1
    row.last_transition_id = uuid.uuid4()
    for name, value in case.columns.items():
        setattr(row, name, value)
    row.save(force_insert=True)


WRONG: list[Act] = [
    state_without_entry,
    state_with_its_old_entry,
    entry_without_state_change,
    entry_that_names_no_transition,
    transition_of_an_act_that_is_no_move,
    wrong_from,
    wrong_to,
    skipped_version,
    skipped_version_in_the_log_alone,
    repeated_version,
    two_transitions_for_one_change,
    entry_about_something_else,
    entry_about_an_unknown_kind,
    entry_of_another_transition,
    transition_of_before,
    save,
    bulk_update,
    upsert,
    raw,
    version_alone,
    deletion,
    copy_in_a_later_state,
]


def test_no_wrong_transaction_is_taken_and_none_leaves_anything(case: Case) -> None:
    entries, transitions = Entry.objects.count(), Transition.objects.count()
    event = case.event
    for act in WRONG:
        case.event = event
        try:
            with transaction.atomic():
                act(case)
        except IntegrityError:
            pass
        else:
            pytest.fail(f"{act.__name__} was taken")
        assert case.state() == case.before, act.__name__
        assert Entry.objects.count() == entries, act.__name__
        assert Transition.objects.count() == transitions, act.__name__
    assert verify().problems == ()


def test_the_right_transaction_is_taken_and_can_be_proven_from_the_text_alone(case: Case) -> None:
    with transaction.atomic():
        entry = case.say(case.change())
    assert case.state()[:2] == (case.after(), case.before[1] + 1)
    assert Entry.objects.get(pk=entry.pk).transition_id == case.state()[2]
    assert f'"from":"{case.before[0]}"' in entry.body
    assert f'"to":"{case.after()}"' in entry.body
    assert verify().problems == ()


def test_what_is_rolled_back_leaves_nothing(case: Case) -> None:
    entries = Entry.objects.count()
    with transaction.atomic():
        case.say(case.change())
        transaction.set_rollback(True)
    assert case.state() == case.before
    assert Entry.objects.count() == entries
    with transaction.atomic():
        case.say(case.change())
    assert case.state()[1] == case.before[1] + 1


def test_several_moves_fit_into_one_transaction(case: Case) -> None:
    with transaction.atomic():
        place(case.row, **case.columns)
        place(case.row, **case.columns)
    assert case.state()[1] == case.before[1] + 2
    assert verify().problems == ()


def test_verifying_finds_a_state_that_no_entry_tells_of(case: Case) -> None:
    subject = case.tie.subject(case.row.pk)
    with without_guards():
        case.rows.update(**case.columns)
    assert list(matching.differences()) == [
        (subject, f"it is “{case.after()}”, and no entry says so")
    ]
    assert [problem.where for problem in verify().problems] == [subject]


def test_verifying_finds_an_object_that_vanished(case: Case) -> None:
    lose(case.rows.all())
    [(where, what)] = matching.differences()
    assert where == case.tie.subject(case.row.pk)
    assert "not there" in what


def test_a_lost_guard_is_missed_named_and_put_back(case: Case) -> None:
    guard = f"{case.tie.table}_tied_update"
    on = f" ON {case.tie.table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {guard}{on}")
    assert guards.missing(connection) == (guard,)
    assert guard in verify().unguarded
    guards.after_migrate(using="default")
    assert guards.missing(connection) == ()


def test_each_kind_begins_where_the_application_begins_it() -> None:
    assert proposals.STATE.first == proposals.Proposal(status=proposals.Status.PENDING).status
    assert delivery.STATE.first == f"{delivery.Plan.FORWARD} {plans.names('FORWARD')[0]}"
    assert {step.event for step in lifecycle.MOVES.values()} <= set(TIED)


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_table_that_is_remade_keeps_its_rows_and_gets_its_guards_back(case: Case) -> None:
    for aside in (guards, indexing, triggers):
        aside.before_migrate(using="default", plan=[("a migration", False)])
    with connection.schema_editor() as editor:
        for model in (Entry, case.tie.model):
            editor._remake_table(model)  # type: ignore[attr-defined]
    assert f"{case.tie.table}_tied_update" in guards.missing(connection)
    for back in (triggers, indexing, guards):
        back.after_migrate(using="default")
    assert (guards.missing(connection), triggers.missing(connection)) == ((), ())
    with pytest.raises(IntegrityError), transaction.atomic():
        case.rows.update(**case.columns)
    assert verify().problems == ()
