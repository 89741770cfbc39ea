"""Does a message reach each kind of place as that place wants it, and no other place?"""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from ports.notifier import Letter, Notifier, NotSent
from ports.notifier.apprise import Apprise
from ports.notifier.choosing import build, check
from ports.notifier.mail import Mail, Server, receivers, server_address
from ports.notifier.posting import allowed
from ports.notifier.slack import Slack
from ports.notifier.webhook import Webhook
from tests.notifications.servers import Hook, Post, mail, webhook

LETTER = Letter("b7c3", "One thing", "It happened.\n", {"severity": "high"})
NO_SERVER = Server("", "selfimprove@example.org")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[Hook]:
    with webhook(slack=True) as server:
        yield server


@pytest.fixture
def post() -> Iterator[Post]:
    with mail() as server:
        yield server


def reason(notifier: Notifier, letter: Letter = LETTER) -> NotSent:
    with pytest.raises(NotSent) as told:
        notifier.send(letter)
    return told.value


def words(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_a_webhook_gets_the_words_and_the_same_for_programs(hook: Hook) -> None:
    Webhook(hook.address).send(LETTER)
    assert hook.got == [
        {"id": "b7c3", "title": "One thing", "text": "It happened.\n", "severity": "high"}
    ]
    assert hook.paths == ["/hook/verysecrettoken?key=one"]
    assert hook.headers[0]["X-Selfimprove-Message"] == "b7c3"
    assert hook.headers[0]["Content-Type"] == "application/json"


def test_a_webhook_may_accept_without_a_word(hook: Hook) -> None:
    for mood in ("empty", "accepted"):
        hook.mood = mood
        Webhook(hook.address).send(LETTER)
    assert len(hook.got) == 2


@pytest.mark.parametrize(
    ("mood", "words"), [("broken", "500"), ("gone", "404: no_service"), ("busy", "429")]
)
def test_a_refusal_is_told_with_its_words(hook: Hook, mood: str, words: str) -> None:
    hook.mood = mood
    told = reason(Webhook(hook.address))
    assert words in told.reason
    assert not told.unsure
    assert told.again_seconds == (1800 if mood == "busy" else 0)


def test_no_redirect_is_followed(hook: Hook) -> None:
    with webhook() as elsewhere:
        hook.mood = f"moved {elsewhere.address}"
        told = reason(Webhook(hook.address))
        assert "redirect" in told.reason
        assert elsewhere.paths == []


def test_who_took_it_and_says_nothing_may_have_it(hook: Hook) -> None:
    hook.mood = "takes and is silent"
    told = reason(Webhook(hook.address, seconds=0.3))
    assert "within 0.3 seconds" in told.reason
    assert told.unsure


def test_who_hangs_up_may_have_it(hook: Hook) -> None:
    hook.mood = "hangs up"
    assert reason(Webhook(hook.address)).unsure


def test_where_nobody_listens_nobody_has_it(hook: Hook) -> None:
    with webhook() as gone:
        address = gone.address
    told = reason(Webhook(address))
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


def test_each_kind_of_place_has_its_adapter(hook: Hook) -> None:
    assert isinstance(build("webhook", hook.address, NO_SERVER), Webhook)
    assert isinstance(build("slack", hook.address, NO_SERVER), Slack)
    assert isinstance(build("email", "ada@example.org", NO_SERVER), Mail)
    assert isinstance(build("apprise", "discord://1/2", NO_SERVER), Apprise)
    with pytest.raises(ValueError, match="no kind of place"):
        build("pigeon", "roof", NO_SERVER)
