"""Is a verification carried out once, whatever dies meanwhile, and can it be stopped?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError
from django.test import Client

from audit import sequencer, tasks
from audit.events import Event
from audit.log import Actor
from audit.models import Entry, Head
from audit.verifications import asking, carrying
from audit.verifications.asking import UnderWay
from audit.verifications.records import State, Verification
from tests.audit.entries import NOW, PERSON, write

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


@pytest.fixture
def auditor(client: Client) -> Client:
    user = User.objects.create_user("grace")
    user.groups.add(Group.objects.get(name="viewer"))
    client.force_login(user)
    return client


def sealed(count: int = 3) -> None:
    write(count)
    sequencer.seal(NOW)


def ask(since: int = 0) -> Verification:
    return asking.ask(since=since, actor=PERSON, at=NOW)


def carry_on() -> int:
    return carrying.carry_on(lambda: NOW + timedelta(minutes=1))


def state(row: Verification) -> State:
    row.refresh_from_db()
    return State(row.state)


def events(event: Event) -> list[Entry]:
    return list(Entry.objects.filter(event=event).order_by("id"))


def test_it_waits_for_a_worker_and_what_comes_out_is_an_entry() -> None:
    sealed()
    row = ask()
    assert (state(row), events(Event.LOG_VERIFIED)) == (State.WAITING, [])
    assert [entry.who for entry in events(Event.LOG_VERIFICATION_ASKED)] == ["ada"]
    assert carry_on() == 1
    assert state(row) == State.DONE
    assert (row.checked, row.size) == (3, 3)
    [told] = events(Event.LOG_VERIFIED)
    assert (told.who, told.facts["ok"], told.facts["size"]) == ("ada", True, 3)
    assert carry_on() == 0


def test_a_log_that_was_spoilt_is_told_so_and_the_verification_is_done() -> None:
    sealed()
    Head.objects.update(size=2)
    row = ask()
    carry_on()
    assert state(row) == State.DONE
    assert events(Event.LOG_VERIFIED)[0].facts["ok"] is False


def test_one_waits_or_runs_at_a_time() -> None:
    row = ask()
    with pytest.raises(UnderWay):
        ask()
    Verification.objects.filter(pk=row.pk).update(state=State.RUNNING)
    with pytest.raises(UnderWay):
        ask()
    assert len(events(Event.LOG_VERIFICATION_ASKED)) == 1
    carry_on()
    ask()


def test_the_database_itself_holds_that_one_waits() -> None:
    ask()
    with pytest.raises(IntegrityError):
        Verification.objects.create(asked_by="eve", asked_at=NOW)


def test_the_next_one_begins_where_the_last_one_found_everything_right() -> None:
    assert asking.verified_size() == 0
    sealed(sequencer.RUN + 5)
    ask()
    carry_on()
    assert asking.verified_size() == sequencer.RUN + 5
    sealed(10)
    ask(since=asking.verified_size())
    carry_on()
    told = events(Event.LOG_VERIFIED)[-1]
    assert told.facts["since"] == sequencer.RUN
    assert told.facts["checked"] < sequencer.RUN
    Head.objects.update(size=2)
    ask()
    carry_on()
    assert asking.verified_size() == 0


def test_what_a_dead_worker_left_is_begun_again_by_the_next() -> None:
    sealed()
    row = ask()
    Verification.objects.filter(pk=row.pk).update(state=State.RUNNING, turn=1, tries=1, checked=2)
    assert carry_on() == 1
    assert (state(row), row.turn, row.tries) == (State.DONE, 2, 2)


def test_what_kills_its_workers_is_given_up_in_the_end() -> None:
    row = ask()
    Verification.objects.filter(pk=row.pk).update(state=State.RUNNING, turn=3, tries=3)
    carry_on()
    assert state(row) == State.FAILED
    assert "came to no end" in row.detail
    assert events(Event.LOG_VERIFIED) == []


def test_a_worker_that_was_given_up_for_dead_writes_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed()
    row = ask()

    def overtaken() -> Iterator[None]:
        Verification.objects.filter(pk=row.pk).update(turn=9)
        monkeypatch.undo()
        yield

    steps = overtaken()
    tell = carrying._Watch.tell

    def late(self: carrying._Watch, checked: int, size: int) -> None:
        next(steps, None)
        tell(self, checked, size)

    monkeypatch.setattr(carrying._Watch, "tell", late)
    assert carry_on() == 1  # the next turn: the first one noticed that it is not its own any more
    assert (state(row), row.turn) == (State.DONE, 10)
    assert len(events(Event.LOG_VERIFIED)) == 1


def test_one_that_waits_is_stopped_at_once() -> None:
    row = ask()
    asking.give_up(row, actor=Actor("person", "grace"), at=NOW)
    assert (state(row), row.stopping_by) == (State.STOPPED, "grace")
    assert [entry.who for entry in events(Event.LOG_VERIFICATION_STOPPED)] == ["grace"]
    assert carry_on() == 0


def test_one_that_runs_is_stopped_at_its_next_step_and_says_nothing_of_the_log() -> None:
    sealed()
    row = ask()
    Verification.objects.filter(pk=row.pk).update(state=State.RUNNING)
    row.refresh_from_db()
    asking.give_up(row, actor=Actor("person", "grace"), at=NOW)
    assert state(row) == State.RUNNING
    carry_on()
    assert state(row) == State.STOPPED
    assert events(Event.LOG_VERIFIED) == []
    assert [entry.who for entry in events(Event.LOG_VERIFICATION_STOPPED)] == ["grace"]


def test_one_that_has_ended_cannot_be_stopped() -> None:
    sealed()
    row = ask()
    carry_on()
    row.refresh_from_db()
    asking.give_up(row, actor=PERSON, at=NOW)
    assert (state(row), row.stopping_by) == (State.DONE, "")
    assert events(Event.LOG_VERIFICATION_STOPPED) == []


def test_the_page_asks_shows_how_far_it_is_and_polls_until_it_has_ended(auditor: Client) -> None:
    sealed(sequencer.RUN + 5)
    text = auditor.post("/audit/verify/", {"scope": "whole"}, headers=HTMX).content.decode()
    assert 'hx-trigger="every 2s"' in text
    assert "All entries are verified" in text
    assert "grace asked for it" in text
    row = Verification.objects.get()
    Verification.objects.update(state=State.RUNNING, checked=100, size=261)
    text = auditor.get("/audit/verify/", headers=HTMX).content.decode()
    assert "<html" not in text
    assert 'max="261"' in text
    assert "100 of 261 entries" in text
    tasks.verify()
    text = auditor.get("/audit/verify/", headers=HTMX).content.decode()
    assert "every 2s" not in text
    assert "The log is as it was recorded." in text
    assert state(row) == State.DONE


def test_the_page_offers_what_came_since_the_last_time(auditor: Client) -> None:
    sealed(sequencer.RUN + 5)
    assert "since the last time" not in auditor.get("/audit/verify/").content.decode()
    auditor.post("/audit/verify/", {"scope": "new"})
    assert Verification.objects.get().since == 0  # nothing was verified yet: all is new
    tasks.verify()
    sequencer.seal(NOW)
    assert "Verify the 2 since the last time" in auditor.get("/audit/verify/").content.decode()
    before = asking.verified_size()
    assert before > sequencer.RUN
    auditor.post("/audit/verify/", {"scope": "new"})
    assert Verification.objects.first().since == before  # type: ignore[union-attr]
    tasks.verify()
    text = auditor.get("/audit/verify/").content.decode()
    assert f"of the first {sequencer.RUN} only the stored hashes were read" in text


def test_the_page_stops_one(auditor: Client) -> None:
    auditor.post("/audit/verify/")
    row = Verification.objects.get()
    answer = auditor.post(f"/audit/verify/{row.pk}/stop/", headers=HTMX)
    assert "grace stopped the verification" in answer.content.decode()
    assert auditor.post(f"/audit/verify/{row.pk}/stop/").headers["Location"] == "/audit/verify/"
    assert auditor.get(f"/audit/verify/{row.pk}/stop/").status_code == 405
    assert auditor.post("/audit/verify/999/stop/").status_code == 404


def test_pressing_twice_asks_once(auditor: Client) -> None:
    auditor.post("/audit/verify/")
    assert "Waiting" in auditor.post("/audit/verify/", headers=HTMX).content.decode()
    assert Verification.objects.count() == 1


def test_whoever_may_not_verify_may_not_stop_either(client: Client) -> None:
    row = ask()
    client.force_login(User.objects.create_user("eve"))
    assert client.post(f"/audit/verify/{row.pk}/stop/").status_code == 403
    assert client.post("/audit/verify/").status_code == 403
    assert state(row) == State.WAITING
