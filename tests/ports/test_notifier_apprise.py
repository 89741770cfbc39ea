"""Are the many other places told by the library, and is it held to our rules?"""

import pytest

from ports.notifier import Letter, Notifier, NotSent
from ports.notifier.apprise import Apprise
from ports.notifier.choosing import check
from tests.notifications.servers import Hook, webhook

LETTER = Letter("b7c3", "One thing", "It happened.\n", {"severity": "high"})


@pytest.fixture(autouse=True)
def signs_nothing(hook: Hook) -> None:
    hook.secret = ""  # the library knows of no secret


def reason(notifier: Notifier, letter: Letter = LETTER) -> NotSent:
    with pytest.raises(NotSent) as told:
        notifier.send(letter)
    return told.value


def test_the_library_tells_what_it_knows_the_way_to(hook: Hook) -> None:
    Apprise(hook.address.replace("http://", "json://").partition("?")[0]).send(LETTER)
    [said] = hook.got
    assert said["title"] == "One thing"
    assert said["message"].strip() == "It happened."


def test_the_library_follows_no_redirect(hook: Hook) -> None:
    with webhook() as elsewhere:
        hook.mood = f"moved {elsewhere.address}"
        told = reason(Apprise(hook.address.replace("http://", "json://").partition("?")[0]))
        assert told.reason
        assert elsewhere.paths == []


def test_the_library_says_why_it_failed(hook: Hook) -> None:
    hook.mood = "broken"
    told = reason(Apprise(hook.address.replace("http://", "json://").partition("?")[0]))
    assert "500" in told.reason


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense", "knows no such address"),
        ("file:///etc/passwd", "knows no such address"),
        ("json://example.org/x", "encryption"),
        ("ntfy://ntfy.example.org/topic", "encryption"),
        ("jsons://example.org/x?verify=no", "trust whoever"),
        ("mailtos://u:p@example.org?mode=insecure", "trust whoever"),
    ],
)
def test_the_library_is_held_to_the_same_rules(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check("apprise", address)


def test_a_library_that_hangs_is_ended(hook: Hook) -> None:
    hook.mood = "takes and is silent"
    place = Apprise(hook.address.replace("http://", "json://").partition("?")[0], seconds=0.1)
    told = reason(place)
    assert "did not end within 0.1 seconds" in told.reason
    assert told.unsure
