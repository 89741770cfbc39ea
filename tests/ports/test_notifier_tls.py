"""Is nothing handed to a server that cannot show who it is, and never in the clear instead?"""

import contextlib
import ssl
from pathlib import Path

import pytest

from ports.notifier import Letter, Notifier, NotSent
from ports.notifier.mail import Mail, Server
from ports.notifier.webhook import Webhook
from ports.signed import read_secrets
from tests.notifications.secure import Authority, secure_mail, secure_webhook
from tests.notifications.servers import SHARED, Post

LETTER = Letter("b7c3", "One thing", "It happened.\n", {"severity": "high"})
WAYS = pytest.mark.parametrize("at_once", [False, True], ids=["starttls", "smtps"])


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Make an authority that this process trusts, as an operator does by the same variable."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


def mail(post: Post, **more: float) -> Mail:
    server = Server(post.address, "selfimprove@example.org", "us", "our word")
    return Mail("ada@example.org", server, **more)


def reason(notifier: Notifier) -> NotSent:
    with pytest.raises(NotSent) as told:
        notifier.send(LETTER)
    return told.value


def untold(post: Post) -> bool:
    """Tell whether the server got neither mail nor password, nor anything else that matters."""
    said = {verb for verb, _ in post.verbs}
    return not (post.got or post.opened_by or said & {"AUTH", "MAIL", "RCPT", "DATA"})


@WAYS
def test_a_server_with_the_right_certificate_takes_it_in_cipher(
    trusted: Authority, at_once: bool
) -> None:
    with secure_mail(trusted.context("localhost"), at_once=at_once) as post:
        mail(post).send(LETTER)
        assert [one["Subject"] for one in post.got] == ["One thing"]
        assert len(post.opened_by) == 1
        ciphers = {verb: encrypted for verb, encrypted in post.verbs if verb != "EHLO"}
        ciphers.pop("STARTTLS", None)
        assert set(ciphers.values()) == {True}


@WAYS
def test_an_address_of_numbers_is_verified_as_one(trusted: Authority, at_once: bool) -> None:
    context = trusted.context("127.0.0.1")
    with secure_mail(context, at_once=at_once, host="127.0.0.1") as post:
        mail(post).send(LETTER)
        assert len(post.got) == 1


@WAYS
@pytest.mark.parametrize(
    ("names", "ended", "words"),
    [
        (("elsewhere.example",), False, "certificate is not valid for 'localhost'"),
        (("127.0.0.1",), False, "certificate is not valid for 'localhost'"),
        (("localhost",), True, "certificate has expired"),
    ],
    ids=["another name", "an address for a name", "expired"],
)
def test_a_certificate_that_does_not_hold_ends_it_before_anything_is_said(
    trusted: Authority, at_once: bool, names: tuple[str, ...], ended: bool, words: str
) -> None:
    with secure_mail(trusted.context(*names, ended=ended), at_once=at_once) as post:
        told = reason(mail(post))
        assert "the mail server's certificate does not hold" in told.reason
        assert words in told.reason
        assert not told.unsure
        assert untold(post)


@WAYS
def test_an_authority_that_nobody_trusts_vouches_for_nothing(
    trusted: Authority, at_once: bool, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, name="a stranger")
    with secure_mail(stranger.context("localhost"), at_once=at_once) as post:
        assert "certificate does not hold" in reason(mail(post)).reason
        assert untold(post)


@WAYS
def test_without_its_authority_the_same_server_is_refused(
    trusted: Authority, at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Authority(tmp_path, name="another")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.path))
    with secure_mail(trusted.context("localhost"), at_once=at_once) as post:
        assert "certificate does not hold" in reason(mail(post)).reason
        assert untold(post)


def test_a_plain_server_where_cipher_is_wanted_at_once_gets_nothing(trusted: Authority) -> None:
    with secure_mail(None) as post:
        post.address = post.address.replace("smtp://", "smtps://")
        told = reason(mail(post, seconds=5))
        assert "does not encrypt as agreed" in told.reason
        assert untold(post)


def test_a_plain_server_elsewhere_gets_nothing(trusted: Authority) -> None:
    """127.1 leads here, and by its name it is another machine: that is how it is judged."""
    with secure_mail(None, host="127.1") as post:
        told = reason(mail(post))
        assert "it offers no STARTTLS, and nothing is sent in the clear" in told.reason
        assert not told.unsure
        assert untold(post)


def test_an_offer_that_is_taken_back_is_no_reason_to_go_on_in_the_clear(
    trusted: Authority,
) -> None:
    with secure_mail(trusted.context("localhost")) as post:
        post.mood = "takes it back"
        told = reason(mail(post))
        assert "454" in told.reason
        assert untold(post)


def test_what_was_slipped_in_before_the_cipher_counts_for_nothing(trusted: Authority) -> None:
    """Words in the clear behind the 220 must not be read as the server's answer in cipher."""
    with secure_mail(trusted.context("localhost")) as post:
        post.mood = "injects"
        with contextlib.suppress(NotSent):
            mail(post, seconds=3).send(LETTER)
        assert all(encrypted for verb, encrypted in post.verbs if verb in ("AUTH", "MAIL"))


def test_too_old_a_protocol_is_refused(trusted: Authority) -> None:
    context = trusted.context("localhost")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with secure_mail(context, at_once=True) as post:
        assert "the mail server" in reason(mail(post, seconds=5)).reason
        assert untold(post)


@pytest.mark.parametrize("mood", ["trickles", "trickles in cipher"])
@WAYS
def test_who_trickles_is_hung_up_on_also_in_cipher(
    trusted: Authority, at_once: bool, mood: str
) -> None:
    with secure_mail(trusted.context("localhost"), at_once=at_once) as post:
        post.mood = mood
        told = reason(mail(post, seconds=1))
        assert "did not answer within 1 seconds" in told.reason
        assert post.got == []


def test_a_webhook_is_held_to_the_same(trusted: Authority) -> None:
    secrets = read_secrets(SHARED)
    with secure_webhook(trusted.context("localhost")) as hook:
        Webhook(hook.address, secrets).send(LETTER)
        assert len(hook.got) == 1
    for context, words in (
        (trusted.context("elsewhere.example"), "not valid for 'localhost'"),
        (trusted.context("localhost", ended=True), "has expired"),
    ):
        with secure_webhook(context) as hook:
            told = reason(Webhook(hook.address, secrets))
            assert "its certificate does not hold" in told.reason
            assert words in told.reason
            assert (told.unsure, hook.paths) == (False, [])
