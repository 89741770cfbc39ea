"""Can a receiver tell us from whoever learned its address, also while a secret is exchanged?"""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from audit.events import Event
from audit.models import Entry
from audit.sentences import sentence
from notifications import channels, tasks
from notifications.channels import BadChannel, Wish
from notifications.keeping import signing
from notifications.keeping.sealing import CannotRead
from notifications.models import Channel
from ports.notifier.webhook import Webhook
from ports.signed import SHORTEST, drawn, read_secrets
from tests.architecture.house import ROOT
from tests.factories import NOW, make_user
from tests.notifications.scene import Clock, channel, happen, operator
from tests.notifications.servers import SHARED, Hook

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def renew(made: Channel, overlap: timedelta = DAY, at: Any = NOW) -> str:
    return channels.renew(made, overlap=overlap, person=operator(), at=at).secret


def tried(made: Channel, at: Any = NOW) -> str:
    """Send a test; return why it was not taken, or nothing."""
    made.refresh_from_db()
    return channels.try_out(made, person=operator(), at=at)


def signatures(hook: Hook) -> int:
    """Return how many signatures the last message had."""
    return len(hook.headers[-1]["webhook-signature"].split())


def test_every_message_is_signed_and_whoever_cannot_sign_is_turned_away(
    hook: Hook, clock: Clock
) -> None:
    made = channel(hook)
    happen(Event.LOOP_PAUSED)
    assert clock.tell(minutes=1).sent == 1
    assert (len(hook.got), signatures(hook), hook.turned_away) == (1, 1, [])
    assert hook.headers[0]["webhook-id"] == hook.got[0]["id"]
    hook.secret = drawn()  # as if somebody else had sent it
    assert "401" in tried(made)
    assert len(hook.got) == 1
    assert "does not hold" in hook.turned_away[0]


def test_a_message_that_is_sent_again_keeps_its_id_and_is_signed_anew(
    hook: Hook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webhook.__init__, "__kwdefaults__", {"seconds": 0.5})
    channel(hook)
    happen(Event.LOOP_PAUSED)
    hook.mood = "takes and is silent"
    clock.tell(minutes=1)
    hook.mood = ""
    clock.tell(minutes=5)
    first, second = hook.headers
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]  # the words say “again”
    assert hook.turned_away == []


def test_while_a_secret_is_exchanged_either_holds_and_then_the_new_one_alone(hook: Hook) -> None:
    made = channel(hook)
    fresh = renew(made)
    assert fresh != SHARED
    for secret in (SHARED, fresh):
        hook.secret = secret
        assert tried(made, NOW + timedelta(hours=23)) == ""
        assert signatures(hook) == 2
    assert tried(made, NOW + DAY) == ""
    assert signatures(hook) == 1
    hook.secret = SHARED
    assert "401" in tried(made, NOW + DAY)


def test_without_an_overlap_the_old_one_ends_at_once(hook: Hook) -> None:
    made = channel(hook)
    fresh = renew(made, timedelta(0))
    assert "401" in tried(made)
    hook.secret = fresh
    assert tried(made) == ""
    assert signatures(hook) == 1


def test_a_third_secret_drops_the_first(hook: Hook) -> None:
    made = channel(hook)
    second = renew(made)
    third = renew(made)
    for secret, taken in ((SHARED, False), (second, True), (third, True)):
        hook.secret = secret
        assert (tried(made) == "") is taken


def test_an_old_secret_is_forgotten_when_its_time_is_over(hook: Hook) -> None:
    made = channel(hook)
    renew(made, timedelta(hours=1))
    tasks.forget()  # long after
    made.refresh_from_db()
    assert (made.signing_before, made.signing_before_until) == ("", None)
    assert made.signing
    renew(made, timedelta(days=30), at=made.created_at + timedelta(days=100_000))
    assert signing.forget(NOW) == 0


def test_no_secret_stands_in_the_database_or_on_the_log(hook: Hook) -> None:
    made = channel(hook)
    fresh = renew(made, timedelta(minutes=90))
    row = json.dumps(Channel.objects.values().get(), default=str)
    entries = Entry.objects.filter(subject=f"channel:{made.pk}").order_by("id")
    told = "".join(entry.body + str(entry.texts) for entry in entries)
    for secret in (SHARED, fresh):
        assert secret not in row + told
        assert secret.removeprefix("whsec_") not in row + told
    assert "signing" not in told
    renewed = entries.get(event=Event.CHANNEL_RENEWED)
    assert renewed.facts["overlap_minutes"] == 90
    assert "a new secret" in sentence(renewed, title="ops")


def test_a_removed_channel_forgets_its_secrets(hook: Hook) -> None:
    made = channel(hook)
    renew(made)
    channels.remove(made, person=operator(), at=NOW)
    made.refresh_from_db()
    assert {made.signing, made.signing_before} == {""}
    assert made.signing_before_until is None
    with pytest.raises(BadChannel, match="was removed"):
        renew(made)


@pytest.mark.parametrize(
    "columns",
    [
        {"removed_at": NOW, "enabled": False, "sealed": ""},
        {"place": "slack"},
        {"signing_before": "x"},
        {"signing_before_until": NOW},
        {"signing": "", "signing_before": "x", "signing_before_until": NOW},
    ],
)
def test_the_database_refuses_what_cannot_be(hook: Hook, columns: dict[str, Any]) -> None:
    channel(hook)
    with pytest.raises(IntegrityError), transaction.atomic():
        Channel.objects.update(**columns)


@pytest.mark.parametrize(
    ("overlap", "words"), [(timedelta(days=31), "at most 30 days"), (-DAY, "at most 30 days")]
)
def test_an_overlap_that_is_none_is_refused(hook: Hook, overlap: timedelta, words: str) -> None:
    made = channel(hook)
    with pytest.raises(BadChannel, match=words):
        renew(made, overlap)
    assert tried(made) == ""
    assert not Entry.objects.filter(event=Event.CHANNEL_RENEWED).exists()


def test_only_webhooks_have_one_and_only_who_may_renews_it(slack: Hook, hook: Hook) -> None:
    other = channel(slack, name="slack", place="slack")
    assert other.signing == ""
    assert signing.secrets_of(other, NOW) == ()
    with pytest.raises(BadChannel, match="no webhook"):
        renew(other)
    made = channel(hook)
    for role in ("viewer", "reviewer"):
        with pytest.raises(PermissionDenied):
            channels.renew(made, overlap=DAY, person=make_user(role), at=NOW)
    assert tried(made) == ""


def test_what_becomes_a_webhook_gets_one_and_what_ceases_to_be_loses_it(
    hook: Hook, slack: Hook
) -> None:
    made = channel(slack, place="slack")
    wish = Wish("ops", "webhook", hook.address)
    channels.change(made, wish, person=operator(), at=NOW, secret=SHARED)
    assert tried(made) == ""
    channels.change(made, Wish("ops", "webhook"), person=operator(), at=NOW, secret=drawn())
    assert tried(made) == ""  # it keeps the one that it has
    renew(made)
    channels.change(made, Wish("ops", "slack", slack.address), person=operator(), at=NOW)
    made.refresh_from_db()
    assert (made.signing, made.signing_before, made.signing_before_until) == ("", "", None)


def test_two_who_renew_at_once_leave_two_secrets_that_hold(hook: Hook) -> None:
    made = channel(hook)
    stale = Channel.objects.get(pk=made.pk)
    first, second = renew(made), renew(stale)
    found = signing.secrets_of(Channel.objects.get(), NOW)
    assert found == read_secrets(f"{second} {first}")


def test_a_webhook_without_a_secret_is_told_nothing_and_says_what_to_do(
    hook: Hook, clock: Clock
) -> None:
    made = channel(hook)
    Channel.objects.update(signing="")
    happen(Event.LOOP_PAUSED)
    assert clock.tell(minutes=1).failed == 1
    made.refresh_from_db()
    assert "no secret to sign with: give it one" in made.last_failure
    assert hook.paths == []
    hook.secret = renew(made)
    assert clock.tell(minutes=5).sent == 1


def test_it_says_of_an_old_secret_that_cannot_sign_that_it_signs_no_more(
    hook: Hook, settings: Any
) -> None:
    made = channel(hook)
    settings.SECRET_KEY = "quite another one, which is long enough"
    renewed = channels.renew(made, overlap=DAY, person=operator(), at=NOW)
    assert renewed.until is None
    assert Entry.objects.get(event=Event.CHANNEL_RENEWED).facts["overlap_minutes"] == 0
    again = channels.renew(made, overlap=DAY, person=operator(), at=NOW)
    assert again.until == NOW + DAY


def test_a_secret_of_another_key_says_so_and_a_new_one_helps(
    hook: Hook, settings: LazySettings
) -> None:
    made = channel(hook)
    settings.SECRET_KEY = "another one"
    with pytest.raises(CannotRead, match="its secret was encrypted under another"):
        signing.secrets_of(made, NOW)
    wish = Wish("ops", "webhook", hook.address)
    channels.change(made, wish, person=operator(), at=NOW)
    assert "its secret was encrypted" in tried(made)
    hook.secret = renew(made)  # the old one cannot be read, so there is no overlap
    assert tried(made) == ""
    assert signatures(hook) == 1


def test_what_is_drawn_is_a_secret_and_never_the_same() -> None:
    found = {drawn() for _ in range(100)}
    assert len(found) == 100
    assert all(len(secret) >= SHORTEST for one in found for secret in read_secrets(one))


def receiver() -> Callable[[str, dict[str, str], bytes], bool]:
    """Return what the manual gives a receiver."""
    manual = (ROOT / "docs" / "notifications.md").read_text()
    block = re.search(r"^```python\n(.*?)^```", manual, re.MULTILINE | re.DOTALL)
    assert block
    made: dict[str, Any] = {}
    exec(block[1], made)  # noqa: S102 - our own manual
    verify: Callable[[str, dict[str, str], bytes], bool] = made["is_ours"]
    return verify


def test_the_lines_of_the_manual_verify_what_comes(hook: Hook) -> None:
    verify, made = receiver(), channel(hook)
    fresh = renew(made)
    assert tried(made) == ""
    headers = {name.lower(): value for name, value in hook.headers[-1].items()}
    body = json.dumps(hook.got[-1]).encode()
    assert verify(SHARED, headers, body)
    assert verify(fresh, headers, body)
    assert not verify(drawn(), headers, body)
    assert not verify(SHARED, headers, body + b" ")
    assert not verify(SHARED, {**headers, "webhook-id": "another"}, body)
    late = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert not verify(SHARED, late, body)
    none = {**headers, "webhook-signature": f"v1,{base64.b64encode(b'x' * 32).decode()}"}
    assert not verify(SHARED, none, body)
