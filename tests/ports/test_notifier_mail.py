"""Is a message handed to our mail server as mail is, and does a refusal say why?"""

from email.message import EmailMessage

import pytest

from ports.notifier import Letter, Notifier, NotSent
from ports.notifier.mail import Mail, Server, receivers, server_address
from tests.notifications.servers import Post

LETTER = Letter("b7c3", "One thing", "It happened.\n", {"severity": "high"})
NO_SERVER = Server("", "selfimprove@example.org")


def reason(notifier: Notifier, letter: Letter = LETTER) -> NotSent:
    with pytest.raises(NotSent) as told:
        notifier.send(letter)
    return told.value


def words(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_mail_is_handed_over_with_one_name_for_each_message(post: Post) -> None:
    server = Server(post.address, "selfimprove@example.org")
    for _ in range(2):
        Mail("ada@example.org, ben@example.org", server).send(LETTER)
    first, second = post.got
    assert first["Message-ID"] == second["Message-ID"] == "<b7c3@example.org>"
    assert first["Subject"] == "One thing"
    assert first["From"] == "selfimprove@example.org"
    assert first["Auto-Submitted"] == "auto-generated"
    assert words(first) == "It happened.\n"
    assert post.to[0] == ["ada@example.org", "ben@example.org"]


def test_mail_signs_in_where_it_has_to(post: Post) -> None:
    server = Server(post.address, "selfimprove@example.org", "us", "our word")
    Mail("ada@example.org", server).send(LETTER)
    assert len(post.opened_by) == 1
    assert len(post.got) == 1


def test_mail_of_many_lines_and_signs_arrives_whole(post: Post) -> None:
    text = ".\n..\n from here\nzwölf ≥ 3 — 漢字\n" + "long " * 500 + "\n"
    Mail("ada@example.org", Server(post.address, "a@example.org")).send(
        Letter("u", "Ü – 漢", text)
    )
    assert words(post.got[0]) == text
    assert post.got[0]["Subject"] == "Ü – 漢"


@pytest.mark.parametrize(
    ("mood", "words", "unsure"),
    [
        ("refuses", "refused every receiver", False),
        ("busy", "451", False),
        ("breaks off", "did not take it", True),
    ],
)
def test_mail_that_is_not_taken_says_why(post: Post, mood: str, words: str, unsure: bool) -> None:
    post.mood = mood
    told = reason(Mail("ada@example.org", Server(post.address, "a@example.org")))
    assert words in told.reason
    assert told.unsure is unsure


def test_without_a_mail_server_the_setting_is_named() -> None:
    assert "notifications.mail_server" in reason(Mail("ada@example.org", NO_SERVER)).reason


def test_no_mail_goes_to_another_machine_in_the_clear(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ports.notifier.mail.is_loopback", lambda _: False)
    told = reason(Mail("ada@example.org", Server(post.address, "a@example.org")))
    assert "STARTTLS" in told.reason
    assert post.got == []


@pytest.mark.parametrize(
    "line",
    ["", "ada", "ada@", "ada@example.org\r\nRCPT TO:<x@y.z>", "<ada@example.org>", "ä@b.de",
     " ".join(f"a{number}@example.org" for number in range(21))],
)  # fmt: skip
def test_what_is_no_address_of_mail_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="address"):
        receivers(line)


@pytest.mark.parametrize("line", ["mail.example.org", "http://mail.example.org", "smtp://a:b:c"])
def test_what_is_no_mail_server_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|port|Port"):
        server_address(line)
