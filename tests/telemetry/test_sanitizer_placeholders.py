"""Our own marks are never taken for secrets, wherever a text was quoted or cut."""

import pytest

from telemetry.sanitizer import sanitize, secrets_in

SAID = "(sent POST /x Authorization: Bearer [REDACTED])"


@pytest.mark.parametrize("text", [SAID, f"| 1: `{SAID}` | 3 |", f"{SAID}.", f"say {SAID}, then"])
def test_a_mark_before_a_closing_sign_is_left_alone(text: str) -> None:
    assert secrets_in(text) == ()
    assert sanitize(text)[0] == text


@pytest.mark.parametrize("length", range(1, len("[REDACTED]") + 1))
def test_a_mark_that_was_cut_short_is_left_alone(length: int) -> None:
    text = f"Authorization: Bearer {'[REDACTED]'[:length]}…"
    assert secrets_in(text) == ()


def test_a_value_that_only_begins_with_a_bracket_goes() -> None:
    assert secrets_in("Authorization: Bearer [k3y-that-is-real-0192]")
