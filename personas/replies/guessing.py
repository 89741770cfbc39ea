"""What might a broken object have meant?

A repair never says that it is unsure: on answers that its author did not write the library was
right in about half of the cases. It runs apart, because its time and its stack are not ours.
"""

import subprocess
import sys

from personas.replies.strict import Json, Unfit, decode

LARGEST = 256 * 1024
MOST_BRACES = 2_000
SECONDS = 10.0
COMMAND = ("-I", "-m", "json_repair", "--ensure_ascii")


class NoGuess(Exception):
    """Say why not even a guess is made."""


def guess(text: str, *, seconds: float = SECONDS) -> Json:
    """Return what a broken object may have meant; raise NoGuess."""
    if len(text) > LARGEST:
        raise NoGuess(f"it is too long to be repaired: {len(text)} characters of {LARGEST}")
    braces = sum(text.count(sign) for sign in "{}[]")
    if braces > MOST_BRACES:
        raise NoGuess(f"it has too many brackets to be repaired: {braces} of {MOST_BRACES}")
    try:
        value = decode(_run(text, seconds).strip())
    except Unfit as refusal:
        raise NoGuess(f"what a repair makes of it is no JSON either: {refusal}") from None
    if not isinstance(value, dict | list) or not value:
        raise NoGuess("a repair finds no object in it")
    return value


def _run(text: str, seconds: float) -> str:
    try:
        done = subprocess.run(
            [sys.executable, *COMMAND],
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=seconds,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoGuess(f"a repair did not end within {seconds:g} s") from None
    except OSError as error:
        raise NoGuess(f"a repair could not be started: {error.strerror}") from None
    if done.returncode:
        raise NoGuess("a repair failed")
    return done.stdout.decode("utf-8", "replace")
