"""Does a message reach each kind of place as that place wants it, and no other place?"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ports.notifier import Letter, Notifier, NotSent
from ports.notifier.apprise import Apprise
from ports.notifier.choosing import build
from ports.notifier.mail import Mail, Server
from ports.notifier.posting import allowed
from ports.notifier.slack import Slack
from ports.notifier.webhook import Webhook
from ports.signed import read_secrets
from tests.notifications.servers import SHARED, Hook, webhook

LETTER = Letter("b7c3", "One thing", "It happened.\n", {"severity": "high"})
NO_SERVER = Server("", "selfimprove@example.org")
SECRETS = read_secrets(SHARED)


def reason(notifier: Notifier, letter: Letter = LETTER) -> NotSent:
    with pytest.raises(NotSent) as told:
        notifier.send(letter)
    return told.value


def test_a_webhook_gets_the_words_and_the_same_for_programs(hook: Hook) -> None:
    Webhook(hook.address, SECRETS).send(LETTER)
    assert hook.got == [
        {"id": "b7c3", "title": "One thing", "text": "It happened.\n", "severity": "high"}
    ]
    assert hook.paths == ["/hook/verysecrettoken?key=one"]
    assert hook.headers[0]["webhook-id"] == "b7c3"
    assert hook.headers[0]["Content-Type"] == "application/json"


def test_a_webhook_may_accept_without_a_word(hook: Hook) -> None:
    for mood in ("empty", "accepted"):
        hook.mood = mood
        Webhook(hook.address, SECRETS).send(LETTER)
    assert len(hook.got) == 2


@pytest.mark.parametrize(
    ("mood", "words"), [("broken", "500"), ("gone", "404: no_service"), ("busy", "429")]
)
def test_a_refusal_is_told_with_its_words(hook: Hook, mood: str, words: str) -> None:
    hook.mood = mood
    told = reason(Webhook(hook.address, SECRETS))
    assert words in told.reason
    assert not told.unsure
    assert told.again_seconds == (1800 if mood == "busy" else 0)


def test_a_moment_until_which_it_wants_to_be_left_alone_is_understood(hook: Hook) -> None:
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    hook.mood = f"busy {format_datetime(in_an_hour, usegmt=True)}"
    assert 0 < reason(Webhook(hook.address, SECRETS)).again_seconds <= 3600
    for words in ("yesterday", "Thu, 99 Foo 2026", "Mon, 02 Mar 2020 12:00:00 GMT", "", "12.5"):
        hook.mood = f"busy {words}"
        assert reason(Webhook(hook.address, SECRETS)).again_seconds == 0


def test_no_redirect_is_followed(hook: Hook) -> None:
    with webhook() as elsewhere:
        hook.mood = f"moved {elsewhere.address}"
        told = reason(Webhook(hook.address, SECRETS))
        assert "redirect" in told.reason
        assert elsewhere.paths == []


def test_who_took_it_and_says_nothing_may_have_it(hook: Hook) -> None:
    hook.mood = "takes and is silent"
    told = reason(Webhook(hook.address, SECRETS, seconds=0.3))
    assert "within 0.3 seconds" in told.reason
    assert told.unsure


def test_who_hangs_up_may_have_it(hook: Hook) -> None:
    hook.mood = "hangs up"
    assert reason(Webhook(hook.address, SECRETS)).unsure


def test_where_nobody_listens_nobody_has_it(hook: Hook) -> None:
    with webhook() as gone:
        address = gone.address
    told = reason(Webhook(address, SECRETS))
    assert "refused" in told.reason
    assert not told.unsure


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.org/hook",
        "ftp://example.org/hook",
        "https://name:word@example.org/hook",
        "https://example.org/a b",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org/\nHost: evil",
        "https://exämple.org/ü",
        "http://127.0.0.1.evil.example/",
        "http://localhost@evil.example/",
        "javascript:alert(1)",
        "//example.org",
    ],
)
def test_only_addresses_in_cipher_or_of_this_machine_can_be_told(address: str) -> None:
    with pytest.raises(ValueError, match=r"write|port|encryption") as told:
        allowed(address)
    assert not address or address not in str(told.value)


@pytest.mark.parametrize(
    "address",
    ["https://example.org", "https://example.org:8443/a/b?c=d&e", "http://[::1]:8080/x"],
)
def test_a_good_address_is_taken_as_it_is(address: str) -> None:
    assert allowed(address) == address


def test_slack_gets_its_payload_and_nothing_that_acts(slack: Hook) -> None:
    words = "<!channel> <https://evil.example|approve> & more"
    Slack(slack.address).send(Letter("u", "A <title>", words))
    [said] = slack.got
    assert "<!channel>" not in said["text"]
    assert "&lt;!channel&gt;" in said["text"]
    assert "&amp; more" in said["text"]
    assert said["text"].startswith("*A &lt;title&gt;*\n")


def test_slack_is_told_no_more_than_it_takes(slack: Hook) -> None:
    Slack(slack.address).send(Letter("u", "Much", "x" * 100_000))
    assert len(slack.got[0]["text"]) < 40_000


def test_slack_that_answers_anything_but_200_has_not_taken_it(slack: Hook) -> None:
    slack.mood = "gone"
    assert "404: no_service" in reason(Slack(slack.address)).reason


def test_each_kind_of_place_has_its_adapter(hook: Hook) -> None:
    assert isinstance(build("webhook", hook.address, NO_SERVER, SECRETS), Webhook)
    assert isinstance(build("slack", hook.address, NO_SERVER), Slack)
    assert isinstance(build("email", "ada@example.org", NO_SERVER), Mail)
    assert isinstance(build("apprise", "discord://1/2", NO_SERVER), Apprise)
    with pytest.raises(ValueError, match="without a secret"):
        build("webhook", hook.address, NO_SERVER)
    with pytest.raises(ValueError, match="no kind of place"):
        build("pigeon", "roof", NO_SERVER)
