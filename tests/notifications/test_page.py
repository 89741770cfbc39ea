"""What does the page of notifications show and do, and for whom?"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.events import Event
from notifications.channels import tell_person
from notifications.keeping.sealing import opened
from notifications.kinds import KINDS
from notifications.models import Channel, Message, MessageState
from targets.models import Target
from tests.factories import make_user
from tests.notifications.scene import Clock, channel, happen, heard_of, mail_settings, operator
from tests.notifications.servers import Hook, Post

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/notifications/"
FORM = {"name": "ops", "place": "webhook", "least": "low"}


@pytest.fixture
def client() -> Client:
    made = Client()
    made.force_login(operator())
    return made


def shown(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, act: str, /, *given: object, **form: Any) -> Any:
    return client.post(reverse(f"notifications:{act}", args=given), form, follow=True)


def issued(text: str) -> str:
    """Return the secret that a page shows."""
    found = re.search(r'<code id="issued-secret">(whsec_[^<]+)</code>', text)
    assert found
    return found[1]


def test_without_a_channel_it_says_that_nobody_is_told(client: Client) -> None:
    text = shown(client)
    assert "Nobody outside is told" in text
    assert "Nothing was sent yet" in text
    for kind in KINDS.values():
        assert kind.name in text


def test_a_channel_is_added_tried_changed_turned_off_and_removed(
    client: Client, hook: Hook, target: Target
) -> None:
    answer = post(client, "add", **FORM, address=hook.address, targets=[target.slug])
    made = Channel.objects.get()
    assert made.targets == [target.slug]
    text = answer.content.decode()
    assert "“ops” hears of what happens from now on" in text
    assert "verysecrettoken" not in text
    hook.secret = issued(text)
    assert "“ops” took the test" in post(client, "test", made.pk).content.decode()
    changed = {**FORM, "name": "desk", "least": "high", "quiet_from": "22:00", "quiet_to": "07:00"}
    assert "“desk” was changed" in post(client, "change", made.pk, **changed).content.decode()
    made.refresh_from_db()
    assert opened(made.sealed) == hook.address
    assert "quiet 22:00–07:00" in shown(client)
    assert "“desk” is off" in post(client, "switch", made.pk, on="0").content.decode()
    assert "“desk” is on" in post(client, "switch", made.pk, on="1").content.decode()
    assert "“desk” was removed" in post(client, "remove", made.pk).content.decode()
    assert "Nobody outside is told" in shown(client)


def test_a_refused_form_comes_back_as_it_was_written_but_keeps_nothing(client: Client) -> None:
    answer = post(client, "add", **{**FORM, "name": "the tower"}, address="http://example.org/x")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "write https://" in text
    assert 'value="the tower"' in text
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    "garbage",
    [
        {"place": "pigeon"},
        {"name": "x" * 500},
        {"name": ""},
        {"address": ""},
        {"address": "\0"},
        {"kinds": ["weather"]},
        {"targets": ["nowhere"]},
        {"quiet_from": "25:99"},
        {"quiet_from": "10:00"},
        {"least": "vast"},
    ],
)
def test_garbage_is_answered_with_what_is_wrong(client: Client, garbage: dict[str, Any]) -> None:
    answer = post(client, "add", **{**FORM, "address": "https://example.org/x", **garbage})
    assert answer.status_code == 422
    assert "si-field__error" in answer.content.decode() or "alert" in answer.content.decode()
    assert not Channel.objects.exists()


def test_a_change_that_is_refused_opens_its_form_again(client: Client, hook: Hook) -> None:
    made = channel(hook)
    answer = post(client, "change", made.pk, **{**FORM, "name": "desk", "quiet_from": "10:00"})
    assert answer.status_code == 422
    assert "Quiet hours: say both" in answer.content.decode()
    made.refresh_from_db()
    assert made.name == "ops"


def test_a_test_that_fails_says_why(client: Client, hook: Hook) -> None:
    made = channel(hook)
    hook.mood = "gone"
    text = post(client, "test", made.pk).content.decode()
    assert "The test did not reach “ops”: it answered 404: no_service" in text
    assert "Last failure" in text
    assert "Failing" in text


def test_it_shows_what_was_sent_and_what_may_have_been_sent_twice(
    client: Client, hook: Hook
) -> None:
    channel(hook)
    happen(Event.LOOP_PAUSED)
    Clock().tell(minutes=1)
    Message.objects.update(maybe_twice=True)
    text = shown(client)
    assert "may have been sent twice" in text
    assert "at once" in text
    assert "Last sent" in text


def test_words_from_outside_are_shown_as_words(client: Client, hook: Hook) -> None:
    made = channel(hook, name="<b>ops</b>")
    Channel.objects.update(
        last_failure="<script>alert(1)</script>", last_failed_at=made.created_at
    )
    text = shown(client)
    assert "<b>ops" not in text
    assert "<script>alert(1)" not in text


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_others_see_who_is_told_and_change_nothing(role: str, hook: Hook, client: Client) -> None:
    made, person = channel(hook), make_user(role)
    client.force_login(person)
    text = shown(client)
    assert "ops" in text
    assert "Add a channel" not in text
    assert "Send a test" not in text
    for name, given in (
        ("add", ()),
        ("change", (made.pk,)),
        ("switch", (made.pk,)),
        ("test", (made.pk,)),
        ("remove", (made.pk,)),
    ):
        assert client.post(reverse(f"notifications:{name}", args=given), FORM).status_code == 403
    made.refresh_from_db()
    assert made.removed_at is None
    assert hook.paths == []


def test_a_stranger_sees_nothing(client: Client) -> None:
    client.logout()
    assert client.get(PAGE).status_code == 302
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(PAGE).status_code == 403


def test_one_has_oneself_told_by_mail_and_ends_it(
    client: Client, post_: Post, settings: LazySettings
) -> None:
    mail_settings(settings, post_)
    person = make_user("reviewer", name="rita")
    client.force_login(person)
    assert "no e-mail address" in shown(client)
    assert "no e-mail address" in post(client, "mine").content.decode()
    User.objects.filter(pk=person.pk).update(email="rita@example.org")
    assert "Tell me at rita@example.org" in shown(client)
    assert "You are told by e-mail" in post(client, "mine").content.decode()
    own = Channel.objects.get()
    assert "took the test" in post(client, "test", own.pk).content.decode()
    assert post_.to == [["rita@example.org"]]
    post(client, "remove", own.pk)
    assert not Channel.objects.filter(person=person).exists()
    assert "Tell me at rita@example.org" in shown(client)


@pytest.fixture
def post_(post: Post) -> Post:
    return post


def test_nobody_sees_the_own_channel_of_somebody_else(client: Client) -> None:
    rita = User.objects.create_user("rita", email="rita@example.org")
    tell_person(rita, at=timezone.now())
    client.force_login(make_user("viewer"))
    assert "rita" not in shown(client)


def test_gone_and_unknown_channels_are_not_found(client: Client, hook: Hook) -> None:
    made = channel(hook)
    post(client, "remove", made.pk)
    for number in (made.pk, 999_999):
        assert client.post(f"{PAGE}{number}/test/").status_code == 404
    assert client.get(reverse("notifications:add")).status_code == 405


def test_ten_thousand_messages_and_a_hundred_channels_are_a_page_like_any_other(
    client: Client, hook: Hook, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    made = [
        Channel(name=f"ops {number}", place="webhook", shown="x", created_at=now)
        for number in range(100)
    ]
    rows = Channel.objects.bulk_create(made)
    Message.objects.bulk_create(
        Message(
            channel=rows[number % 100],
            batch="hourly",
            count=1,
            state=MessageState.SENT,
            created_at=now,
            next_at=now,
        )
        for number in range(10_000)
    )
    with django_assert_max_num_queries(25):
        text = shown(client)
    assert text.count("<tr>") < 100


def test_the_incident_page_says_who_was_told(client: Client, hook: Hook) -> None:
    now = timezone.now()
    with_trouble = happen(Event.DELIVERY_ALARMED, "delivery:1", at=now - timedelta(hours=2))
    channel(hook, name="the tower", at=now)
    happen(Event.LOOP_PAUSED, at=now - timedelta(minutes=10))
    heard_of(Event.PROPOSAL_CREATED, "proposal:1", at=now - timedelta(minutes=10))
    Clock(now).tell()
    text = shown(client, "/incident/")
    assert "Who was told" in text
    assert "Nobody: no channel hears of this" in text
    assert "the tower" in text
    told = client.get("/incident/export/").json()["who_was_told"]
    assert [row["what"] for row in told] == [
        "The loop was paused",
        "A delivery needs a person",
    ]
    assert told[0]["told"] == [{"channel": "the tower", "state": "Told", "at": now.isoformat()}]
    assert told[1]["told"] == []
    assert with_trouble
