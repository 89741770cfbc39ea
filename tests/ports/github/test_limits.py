"""Is GitHub left alone for as long as it asks, and told of, and no longer?"""

import logging

import pytest

from ports.forge import Busy
from ports.forge.github.limits import pause
from ports.forge.github.wire import Answer
from tests.ports.github.clients import Waits, forge_of
from tests.ports.github.server import GitHub, Trouble

SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait."}'
NOW = 1_772_366_400.0  # Sun, 01 Mar 2026 12:00:00 GMT
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"


def headers(**named: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in named.items()}


SPENT = headers(x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) + 90))


@pytest.mark.parametrize(
    ("status", "head", "body", "seconds"),
    [
        pytest.param(200, SPENT, b"{}", None, id="a success with nothing left"),
        pytest.param(403, headers(retry_after="7"), SECONDARY, 7, id="secondary with a time"),
        pytest.param(403, {}, SECONDARY, 60, id="secondary without a time"),
        pytest.param(403, {}, b'{"message": "Resource not accessible"}', None, id="no right"),
        pytest.param(403, SPENT, b"{}", 91, id="primary"),
        pytest.param(403, headers(x_ratelimit_remaining="0"), b"{}", 60, id="no reset"),
        pytest.param(403, headers(retry_after="soon"), SECONDARY, 60, id="no number"),
        pytest.param(429, {}, b"<html>", 60, id="429 alone"),
        pytest.param(429, headers(retry_after="0"), b"", 1, id="no time at all"),
        pytest.param(429, headers(retry_after="1e9"), b"", 3600, id="for ever"),
        pytest.param(429, headers(retry_after="nan"), b"", 60, id="not a number"),
        pytest.param(429, headers(retry_after="-5"), b"", 1, id="before now"),
        pytest.param(502, headers(retry_after="7"), b"", None, id="not a limit"),
    ],
)
def test_the_pause(status: int, head: dict[str, str], body: bytes, seconds: float | None) -> None:
    assert pause(Answer(status, head, body), NOW) == seconds


def test_a_clock_that_is_apart_from_githubs_does_not_matter() -> None:
    spent = Answer(403, {**SPENT, "date": DATE}, b"{}")
    assert pause(spent, NOW - 86_400) == pause(spent, NOW + 86_400) == 91


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_short_limit_is_waited_out_and_told(
    server: GitHub, waits: Waits, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    limited = Trouble("status", method, status=403, headers={"Retry-After": "9"})
    limited.content = {"message": "You have exceeded a secondary rate limit."}
    server.troubles.extend([limited, limited])
    with caplog.at_level(logging.WARNING):
        assert forge_of(server, waits).open("work", "main", "t", "b").number == 1
    assert waits.seconds == [9, 9]
    assert "GitHub limits how often it is asked: 9 s until we may" in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_limit_is_handed_on_at_once(server: GitHub, waits: Waits, method: str) -> None:
    server.troubles.append(Trouble("status", method, status=429, headers={"Retry-After": "900"}))
    with pytest.raises(Busy, match="900 s until we may") as busy:
        forge_of(server, waits).open("work", "main", "t", "b")
    assert busy.value.seconds == 900
    assert waits.seconds == []
    assert server.hub.pulls == {}


def test_short_limits_without_end_come_to_one(server: GitHub, waits: Waits) -> None:
    limited = Trouble("status", "GET", status=429, headers={"Retry-After": "20"})
    server.troubles.extend([limited] * 9)
    with pytest.raises(Busy):
        forge_of(server, waits).find("work")
    assert waits.clock() <= 45
