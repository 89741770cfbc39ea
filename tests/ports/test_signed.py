"""Is a message let in when, and only when, its sender has the secret and sent these bytes now?"""

import base64

import pytest

from ports.signed import BadSecret, Signed, fault, headers, read_secrets

# The example that libraries of Standard Webhooks are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
UID, MOMENT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
GOOD = {"webhook-id": UID, "webhook-timestamp": str(MOMENT), "webhook-signature": SIGNATURE}


def why(body: bytes = BODY, secret: str = SECRET, now: float = MOMENT, **changed: str) -> str:
    given = {**GOOD, **{f"webhook-{name}": value for name, value in changed.items()}}
    return fault(read_secrets(secret), Signed.of(given), body, now)


def test_it_signs_as_other_libraries_do() -> None:
    assert headers(read_secrets(SECRET), UID, MOMENT, BODY) == GOOD


def test_what_they_signed_is_let_in() -> None:
    assert why() == ""


@pytest.mark.parametrize("away", [-300, -1, 299, 300])
def test_five_minutes_either_way_are_now(away: int) -> None:
    assert why(now=MOMENT + away) == ""


@pytest.mark.parametrize("away", [-301, 301, 10**6])
def test_an_older_or_later_moment_is_not_let_in(away: int) -> None:
    assert "compare both clocks" in why(now=MOMENT + away)


def test_any_other_byte_moment_id_or_secret_does_not_hold() -> None:
    assert "does not hold" in why(body=BODY + b" ")
    assert "does not hold" in why(timestamp=str(MOMENT + 1))
    assert "does not hold" in why(id="msg_other")
    assert "does not hold" in why(secret=OTHER)


@pytest.mark.parametrize(
    "given", ["v1,", "v1", "v1a,AAAA", SIGNATURE.removeprefix("v1,"), "v2" + SIGNATURE[2:], "é,é"]
)
def test_what_is_no_signature_of_ours_does_not_hold(given: str) -> None:
    assert "does not hold" in why(signature=given)


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_each_header_has_to_be_there(name: str) -> None:
    given = {**GOOD, f"webhook-{name}": ""}
    assert "have to be there" in fault(read_secrets(SECRET), Signed.of(given), BODY, MOMENT)


@pytest.mark.parametrize("moment", ["soon", "-1", "1e9", "٣", "1" * 13, "16142653.30"])
def test_a_moment_is_a_number_of_seconds(moment: str) -> None:
    assert "no number of seconds" in why(timestamp=moment)


@pytest.mark.parametrize("uid", ["m" * 65, "two words", "m\x07", "mé"])
def test_an_id_is_short_and_plain(uid: str) -> None:
    assert "no id" in why(id=uid)


def test_one_of_several_signatures_is_enough() -> None:
    assert why(signature=f"v1a,xyz v1,AAAA {SIGNATURE}") == ""


def test_a_flood_of_signatures_is_not_gone_through() -> None:
    assert "does not hold" in why(signature="v1,AAAA " * 20 + SIGNATURE)


def test_while_one_secret_replaces_another_both_hold() -> None:
    both = read_secrets(f"{OTHER} {SECRET}")
    assert len(headers(both, UID, MOMENT, BODY)["webhook-signature"].split()) == 2
    assert fault(both, Signed.of(GOOD), BODY, MOMENT) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no secret"),
        ("   ", "there is no secret"),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with whsec_"),
        ("whsec_not*base64", "not base64"),
        ("whsec_é", "not base64"),
        ("whsec_" + base64.b64encode(b"short").decode(), "this one has 5"),
        ("whsec_" + base64.b64encode(b"x" * 65).decode(), "this one has 65"),
        (f"{SECRET} whsec_AAAA", "this one has 3"),
    ],
)
def test_what_is_no_secret_is_told_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(BadSecret, match=words) as told:
        read_secrets(text)
    for word in text.split():
        assert word.removeprefix("whsec_") not in str(told.value)
