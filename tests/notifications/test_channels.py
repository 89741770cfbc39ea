"""Can a channel only be what it can be, and is its address a secret everywhere?"""

from datetime import time
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from audit.events import Event
from audit.models import Entry
from notifications import channels
from notifications.channels import BadChannel, Wish
from notifications.keeping.sealing import CannotRead, opened, sealed
from notifications.models import Channel
from notifications.opening import notifier_of
from notifications.recording import cleaned
from ports.notifier.webhook import Webhook
from targets.models import Target
from tests.factories import NOW, make_user
from tests.notifications.scene import channel, operator
from tests.notifications.servers import SHARED, Hook

pytestmark = pytest.mark.django_db

GOOD = "https://hooks.example.org/services/verysecrettoken?key=two"


def add(**wish: Any) -> Channel:
    made = {"name": "ops", "place": "webhook", "address": GOOD, **wish}
    return channels.add(Wish(**made), person=operator(), at=NOW, secret=SHARED)


def test_the_address_is_encrypted_and_stands_nowhere_else() -> None:
    made = add()
    assert made.shown == "https://hooks.example.org/…"
    row = Channel.objects.values().get()
    assert "verysecrettoken" not in str(row)
    assert opened(row["sealed"]) == GOOD
    entry = Entry.objects.get(event=Event.CHANNEL_ADDED)
    assert "verysecrettoken" not in entry.body + str(entry.texts)
    assert entry.facts["address_given"] is True
    assert entry.texts["title"] == "ops"


def test_two_channels_at_one_place_look_different_in_the_database() -> None:
    assert sealed(GOOD) != sealed(GOOD)


@pytest.mark.parametrize(
    ("place", "address", "shown"),
    [
        ("email", "ada@example.org; ben@example.com", "2 at example.com, example.org"),
        ("slack", GOOD, "https://hooks.example.org/…"),
    ],
)
def test_as_much_of_an_address_is_shown_as_everybody_may_see(
    place: str, address: str, shown: str
) -> None:
    assert add(place=place, address=address).shown == shown


def test_of_an_address_of_the_library_only_its_kind_is_shown() -> None:
    assert channels.shown("apprise", "discord://token/secret") == "discord://…"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"name": ""}, "Name"),
        ({"name": "x" * 81}, "Name"),
        ({"name": "a\0b"}, "Name"),
        ({"place": "pigeon"}, "Kind of place"),
        ({"address": ""}, "Address"),
        ({"address": "http://example.org/hook"}, "Address"),
        ({"address": "x" * 3000}, "Address"),
        ({"address": GOOD + "\nx"}, "Address"),
        ({"address": "env:SECRET_KEY"}, "NOTIFY_"),
        ({"address": "env:NOTIFY_NOT_THERE"}, "no NOTIFY_NOT_THERE"),
        ({"place": "email", "address": "ada"}, "Address"),
        ({"kinds": ("weather",)}, "Kinds"),
        ({"least": "huge"}, "Least severity"),
        ({"targets": ("nowhere",)}, "Targets"),
        ({"quiet_from": time(22)}, "Quiet hours"),
    ],
)
def test_what_cannot_be_is_refused_with_the_place_and_nothing_is_kept(
    wish: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadChannel, match=words) as told:
        add(**wish)
    assert "verysecrettoken" not in str(told.value)
    assert not Channel.objects.exists()
    assert not Entry.objects.filter(event=Event.CHANNEL_ADDED).exists()


def test_a_name_stands_for_one_channel_until_it_is_removed() -> None:
    add()
    with pytest.raises(BadChannel, match="already"):
        add()
    with pytest.raises(IntegrityError):
        Channel.objects.create(name="ops", place="webhook", created_at=NOW)


def test_a_removed_channel_forgets_its_address_and_frees_its_name() -> None:
    made = add()
    channels.remove(made, person=operator(), at=NOW)
    made.refresh_from_db()
    assert (made.sealed, made.enabled, made.removed_at) == ("", False, NOW)
    with pytest.raises(BadChannel, match="removed already"):
        channels.remove(made, person=operator(), at=NOW)
    assert add().pk != made.pk


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_only_who_may_sets_channels(role: str, hook: Hook) -> None:
    person, made = make_user(role), channel(hook)
    wish = Wish("other", "webhook", GOOD)
    for act in (
        lambda: channels.add(wish, person=person, at=NOW),
        lambda: channels.change(made, wish, person=person, at=NOW),
        lambda: channels.switch(made, on=False, person=person, at=NOW),
        lambda: channels.remove(made, person=person, at=NOW),
        lambda: channels.try_out(made, person=person, at=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    made.refresh_from_db()
    assert (made.name, made.enabled) == ("ops", True)
    assert hook.paths == []


def test_operators_may_and_their_account_must_be_open(hook: Hook) -> None:
    person = make_user("operator")
    assert person.has_perm(channels.PERMISSION)
    person.is_active = False
    with pytest.raises(PermissionDenied):
        channels.add(Wish("ops", "webhook", GOOD), person=person, at=NOW)


def test_a_change_keeps_the_address_that_nobody_gave(target: Target) -> None:
    made = add()
    wish = Wish("desk", "webhook", least="high", targets=(target.slug,))
    channels.change(made, wish, person=operator(), at=NOW)
    made.refresh_from_db()
    assert (made.name, made.least, made.targets) == ("desk", "high", [target.slug])
    assert opened(made.sealed) == GOOD
    entry = Entry.objects.get(event=Event.CHANNEL_CHANGED)
    assert "address_given" not in entry.facts
    with pytest.raises(BadChannel, match="say where"):
        channels.change(made, Wish("desk", "slack"), person=operator(), at=NOW)


def test_a_variable_is_read_whenever_something_is_sent(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_OPS", "https://one.example.org/")
    made = add(address="env:NOTIFY_OPS")
    assert made.shown == "$NOTIFY_OPS of the environment"
    monkeypatch.setenv("NOTIFY_OPS", hook.address)
    assert channels.try_out(made, person=operator(), at=NOW) == ""
    assert len(hook.got) == 1
    monkeypatch.delenv("NOTIFY_OPS")
    with pytest.raises(CannotRead, match="no NOTIFY_OPS"):
        notifier_of(made, NOW)


def test_a_test_says_whether_it_works_and_leaves_its_entry(hook: Hook) -> None:
    made = channel(hook)
    assert isinstance(notifier_of(made, NOW), Webhook)
    assert channels.try_out(made, person=operator(), at=NOW) == ""
    assert hook.got[0]["batch"] == "test"
    assert "nothing has happened" in hook.got[0]["text"]
    hook.mood = "gone"
    why = channels.try_out(made, person=operator(), at=NOW)
    assert "404" in why
    made.refresh_from_db()
    assert (made.last_sent_at, made.last_failed_at) == (NOW, NOW)
    assert "404" in made.last_failure
    oks = [
        entry.facts["ok"]
        for entry in Entry.objects.filter(event=Event.CHANNEL_TESTED).order_by("id")
    ]
    assert oks == [True, False]


def test_an_answer_that_repeats_the_address_does_not_show_it() -> None:
    made = add()
    assert "verysecrettoken" not in cleaned(f"it answered 500: no route {GOOD}", made)
