"""Are words bounded, plain and true, and are settings that cannot be refused?"""

from typing import Any

import pytest
from django.conf import LazySettings
from pydantic import ValidationError

from audit.events import Event
from notifications.letters import SHOWN, letter, trial
from notifications.models import Message, Occurrence
from notifications.options import Notifications
from notifications.subjects import delivery_of, proposal_of
from notifications.wording import address, commands, items, plain
from tests.factories import NOW
from tests.notifications.scene import channel, given, happen
from tests.notifications.servers import Hook

UUID = "3f2b8c1e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\ntwo\r\nthree", "one two three"),
        ("a\0b", "a b"),
        ("a\u202eb\u200bc\u2028d", "a b c d"),
        ("   ", ""),
        ("zwölf ≥ 3", "zwölf ≥ 3"),
    ],
)
def test_words_are_one_line_without_signs_that_act(text: str, said: str) -> None:
    assert plain(text) == said


def test_words_are_bounded() -> None:
    assert len(plain("word " * 10_000)) == 300
    assert plain("word " * 100, 20).endswith("…")


def test_the_commands_are_those_of_the_chat() -> None:
    assert commands(UUID) == {
        "show": f"proposals show {UUID}",
        "approve": f"proposals approve {UUID}",
        "reject": f"proposals reject {UUID} REASON",
    }


@pytest.mark.parametrize("subject", ["", "proposal", "proposal:", "proposal:7", "log", "x:y:z"])
def test_a_subject_that_names_no_proposal_names_none(subject: str) -> None:
    assert proposal_of(subject) is None
    assert delivery_of(subject) is None


def test_a_subject_names_its_proposal_or_delivery() -> None:
    assert str(proposal_of(f"proposal:{UUID}")) == UUID
    assert delivery_of("delivery:12") == 12
    assert delivery_of("delivery:٣") is None  # a digit, and no number of ours


def test_links_lead_where_people_reach_the_pages(settings: LazySettings) -> None:
    assert address("/x/").startswith("http://127.0.0.1:")
    given(settings, address="https://improve.example.org/")
    assert address("/x/") == "https://improve.example.org/x/"


def test_a_test_message_says_that_nothing_happened() -> None:
    said = trial("u", "olga")
    assert "olga tried" in said.text
    assert said.fields["count"] == 0


@pytest.mark.django_db
def test_one_thing_is_named_in_the_title_and_many_are_counted(hook: Hook) -> None:
    ops = channel(hook)
    message = Message.objects.create(
        channel=ops, batch="at once", count=1, created_at=NOW, next_at=NOW
    )
    happen(Event.LOOP_PAUSED)
    [paused] = Occurrence.objects.all()
    assert letter(message, [paused]).title == "selfimprove [critical] The loop was paused"
    for number in range(40):
        happen(Event.RUN_FAILED, f"run:{number}")
    found = list(Occurrence.objects.all())
    many = letter(message, found)
    assert many.title == "selfimprove: 41 notifications (1 critical, 40 high)"
    assert many.text.startswith("[critical] The loop was paused")
    assert many.fields["shown"] == SHOWN
    assert f"And {41 - SHOWN} more" in many.text


@pytest.mark.django_db
def test_a_thing_whose_entry_is_out_of_reach_is_still_named(hook: Hook) -> None:
    row = Occurrence.objects.create(
        kind="delivery_failed", key="k", subject="delivery:999", severity="high", at=NOW
    )
    [item] = items([row])
    assert item.headline == "A delivery failed"
    assert item.path == "/deliveries/999/"
    assert (item.title, item.said, item.why) == ("", "", "")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"timezone": "../etc/passwd"}, "no time zone"),
        ({"digest_at": "9"}, "like 09:00"),
        ({"digest_at": "24:00"}, "like 09:00"),
        ({"digest_at": "09:0٣"}, "like 09:00"),
        ({"address": "http://improve.example.org"}, "https"),
        ({"mail_server": "mail.example.org"}, "smtp"),
        ({"mail_server": "smtp://user:word@mail.example.org"}, "smtp"),
        ({"mail_from": "nobody"}, "address"),
        ({"mail_from": "a@example.org,b@example.org"}, "one address"),
        ({"keep_days": 0}, "30"),
        ({"digets_at": "09:00"}, "Extra"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Notifications(**values)


def test_settings_that_can_be_are_taken() -> None:
    made = Notifications(
        timezone="Europe/Berlin",
        digest_at="07:30",
        address="https://improve.example.org/selfimprove/",
        mail_server="smtps://mail.example.org",
        mail_from="selfimprove@example.org",
    )
    assert made.zone.key == "Europe/Berlin"
    assert (made.digest.hour, made.digest.minute) == (7, 30)
    assert made.address == "https://improve.example.org/selfimprove"
