"""Is a secret shown once, on the page and in a shell, and to nobody who may not see it?"""

import io
import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.events import Event
from audit.models import Entry
from notifications.models import Channel
from ports.signed import read_secrets
from tests.factories import make_user
from tests.notifications.scene import Clock, channel, happen, mail_settings, operator
from tests.notifications.secure import Authority, secure_mail
from tests.notifications.servers import Hook

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/notifications/"
FORM = {"name": "ops", "place": "webhook", "least": "low"}


@pytest.fixture
def client() -> Client:
    made = Client()
    made.force_login(operator())
    return made


def post(client: Client, act: str, /, *given: object, **form: Any) -> Any:
    return client.post(reverse(f"notifications:{act}", args=given), form)


def secrets(text: str) -> list[str]:
    return re.findall(r"whsec_[A-Za-z0-9+/=]+", text)


def test_the_page_shows_it_once_and_lets_nobody_keep_it(client: Client, hook: Hook) -> None:
    answer = post(client, "add", **FORM, address=hook.address)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    [hook.secret] = secrets(answer.content.decode())
    assert secrets(client.get(PAGE).content.decode()) == []
    made = Channel.objects.get()
    assert post(client, "test", made.pk).status_code == 302
    assert len(hook.got) == 1
    back_office = reverse("admin:notifications_channel_change", args=[made.pk])
    assert secrets(client.get(back_office).content.decode()) == []


def test_a_new_one_is_shown_once_and_the_page_says_that_two_count(
    client: Client, hook: Hook
) -> None:
    made = channel(hook)
    assert "so that its receiver can tell us from others" in client.get(PAGE).content.decode()
    answer = post(client, "renew", made.pk, overlap="24")
    assert "no-store" in answer["Cache-Control"]
    [fresh] = secrets(answer.content.decode())
    assert read_secrets(fresh)
    text = client.get(PAGE).content.decode()
    assert secrets(text) == []
    assert "Signed with two secrets" in text
    hook.secret = fresh
    post(client, "test", made.pk)
    assert len(hook.got) == 1


def test_a_channel_of_another_kind_that_becomes_a_webhook_shows_its_secret(
    client: Client, hook: Hook, slack: Hook
) -> None:
    made = channel(slack, place="slack")
    assert secrets(post(client, "change", made.pk, **FORM, address="").content.decode()) == []
    answer = post(client, "change", made.pk, **FORM, address=hook.address)
    [hook.secret] = secrets(answer.content.decode())
    post(client, "test", made.pk)
    assert len(hook.got) == 1
    assert post(client, "change", made.pk, **FORM).status_code == 302  # and not again


@pytest.mark.parametrize("form", [{}, {"overlap": ""}, {"overlap": "-5"}, {"overlap": "1e9"}])
def test_garbage_changes_nothing(client: Client, hook: Hook, form: dict[str, str]) -> None:
    made = channel(hook)
    answer = post(client, "renew", made.pk, **form)
    assert answer.status_code == 422
    assert "Choose how long the old secret signs" in answer.content.decode()
    post(client, "test", made.pk)
    assert len(hook.got) == 1


def test_what_is_no_webhook_or_gone_cannot_be_renewed(client: Client, slack: Hook) -> None:
    made = channel(slack, place="slack")
    assert "New secret" not in client.get(PAGE).content.decode()
    assert post(client, "renew", made.pk, overlap="24").status_code == 409
    assert post(client, "renew", 999_999, overlap="24").status_code == 404
    assert client.get(reverse("notifications:renew", args=[made.pk])).status_code == 405


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_who_may_not_set_channels_sees_and_renews_none(
    client: Client, hook: Hook, role: str
) -> None:
    made = channel(hook)
    client.force_login(make_user(role))
    assert "New secret" not in client.get(PAGE).content.decode()
    assert post(client, "renew", made.pk, overlap="24").status_code == 403
    assert not Entry.objects.filter(event=Event.CHANNEL_RENEWED).exists()


def test_a_webhook_without_one_says_so(client: Client, hook: Hook) -> None:
    channel(hook)
    Channel.objects.update(signing="")
    assert "It has no secret to sign with" in client.get(PAGE).content.decode()


def run(*words: str, given: str = "") -> tuple[str, str]:
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(given))
        call_command("channel", *words, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga", is_superuser=True)


def test_a_shell_prints_it_alone_so_that_it_can_be_piped(olga: User, hook: Hook) -> None:
    add = ("add", "--name", "ops", "--place", "webhook", "--by", "olga")
    out, errors = run(*add, given=hook.address)
    assert [out.strip()] == secrets(out)
    assert "shown once" in errors
    hook.secret, errors = run("secret", "ops", "--by", "olga", "--overlap-hours", "0.5")
    hook.secret = hook.secret.strip()
    assert "both its secrets for 0.5 hours" in errors
    assert "took the test" in run("test", "ops", "--by", "olga")[0]
    assert secrets(run("list")[0] + run("list", "--json")[0]) == []
    entry = Entry.objects.get(event=Event.CHANNEL_RENEWED)
    assert (entry.facts["door"], entry.facts["overlap_minutes"]) == ("terminal", 30)


def test_a_channel_without_secrets_prints_none(olga: User, slack: Hook) -> None:
    add = ("add", "--name", "ops", "--place", "slack", "--by", "olga")
    out, errors = run(*add, given=slack.address)
    assert secrets(out + errors) == []
    assert "hears of what happens" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("secret", "nowhere", "--by", "olga"), "no channel 'nowhere'"),
        (("secret", "ops", "--by", "vic"), "may not set channels"),
        (("secret", "ops", "--by", "olga", "--overlap-hours", "721"), "at most 30 days"),
        (("secret", "ops", "--by", "olga", "--overlap-hours", "-1"), "at most 30 days"),
        (("secret", "ops", "--by", "olga", "--overlap-hours", "1e300"), "that is no time"),
        (("secret", "ops", "--by", "olga", "--overlap-hours", "nan"), "that is no time"),
    ],
)
def test_a_mistake_in_a_shell_changes_nothing(
    olga: User, hook: Hook, words: tuple[str, ...], told: str
) -> None:
    make_user("viewer", name="vic")
    channel(hook)
    before = Channel.objects.values().get()
    with pytest.raises(CommandError, match=told):
        run(*words)
    assert Channel.objects.values().get() == before


@pytest.mark.parametrize("at_once", [False, True], ids=["starttls", "smtps"])
def test_a_mail_server_whose_certificate_does_not_hold_stands_on_the_page_with_its_reason(
    client: Client,
    clock: Clock,
    settings: LazySettings,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("SMTP_USER", "us")
    monkeypatch.setenv("SMTP_PASSWORD", "our word")
    made = authority.context("localhost", ended=True)
    with secure_mail(made, at_once=at_once) as mail:
        mail_settings(settings, mail)
        channel("ada@example.org", place="email")
        happen(Event.LOOP_PAUSED)
        assert clock.tell(minutes=1).failed == 1
        assert (mail.got, mail.opened_by) == ([], [])
    text = client.get(PAGE).content.decode()
    assert "Failing" in text
    assert "certificate does not hold: certificate has expired" in text
    assert "our word" not in text
    with secure_mail(authority.context("localhost"), at_once=at_once) as mail:
        mail_settings(settings, mail)
        assert clock.tell(minutes=5).sent == 1
        assert len(mail.got) == len(mail.opened_by) == 1
    assert "Failing" not in client.get(PAGE).content.decode()
