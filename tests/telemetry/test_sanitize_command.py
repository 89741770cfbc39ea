"""Does the command clean what is piped through it: any size, any bytes, line for line?"""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from telemetry.sanitizer import Policy, meaning, sanitize
from telemetry.sanitizer.streams import BLOCK, blocks, cleaned
from tests.telemetry.planted import ISSUED, A

ROOT = Path(__file__).parents[2]
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + f"{A}{A}\n" * 25 + "-----END RSA PRIVATE KEY-----\n"


def through(raw: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "manage.py", "sanitize", *options]
    return subprocess.run(command, input=raw, capture_output=True, check=False, cwd=ROOT)


def said(raw: bytes) -> str:
    return "".join(text for text, _ in cleaned(BytesIO(raw), Policy()))


def test_a_pipe_keeps_every_line_and_loses_every_secret() -> None:
    raw = b"first line\npassword=hunter2\n\nfrom 8.8.8.8, no line end"
    done = through(raw, "--explain")
    assert done.returncode == 0
    assert done.stdout == (
        b"first line\npassword=[REDACTED_KEY]\n\nfrom [EXTERNAL_IP], no line end"
    )
    assert done.stderr.decode().splitlines() == [
        "line 2: named-value, 7 characters: a value behind a name such as password, token or"
        " api_key",
        "line 4: ipv4, 7 characters: an IPv4 address",
    ]


@pytest.mark.parametrize(("raw", "code"), [(b"nothing here\n", 0), (b"token=abc123\n", 2)])
def test_check_writes_nothing_and_says_by_its_exit_code(raw: bytes, code: int) -> None:
    done = through(raw, "--check")
    assert (done.returncode, done.stdout) == (code, b"")
    assert b"abc123" not in done.stderr


@pytest.mark.django_db
def test_an_unknown_target_is_refused_before_anything_is_read() -> None:
    with pytest.raises(CommandError, match="There is no target 'nobody'"):
        call_command("sanitize", "--target", "nobody")


def test_a_reader_that_leaves_early_is_no_failure() -> None:
    command = f"{sys.executable} manage.py sanitize | head -c 10"
    lines = b"a line of a log\n" * 200_000
    done = subprocess.run(
        ["sh", "-c", command], input=lines, capture_output=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, b"a line of ")
    assert b"Traceback" not in done.stderr


def test_blocks_hold_everything_and_end_at_lines() -> None:
    raw = b"".join(b"%06d some words of a line\n" % number for number in range(5000))
    found = list(blocks(BytesIO(raw)))
    assert b"".join(found) == raw
    assert len(found) > 5
    assert all(len(block) <= BLOCK and block.endswith(b"\n") for block in found)


@pytest.mark.parametrize("before", range(BLOCK - 400, BLOCK, 37))
@pytest.mark.parametrize("secret", ["key", "jwt", "bearer"])
def test_no_secret_is_cut_in_two_between_blocks(before: int, secret: str) -> None:
    jwt = ISSUED["jwt"] + A * 4
    lines = "\n".join(jwt[place : place + 60] for place in range(0, len(jwt), 60))
    planted = {"key": KEY, "jwt": lines + "\n", "bearer": f"Authorization: Bearer\n  {A}\n"}[
        secret
    ]
    filler = "a short line\n" * (before // 13)
    text = said((filler + planted + "another line\n" * 3000).encode())
    assert A not in text
    assert text.count("a short line") == before // 13
    assert text.count("another line") == 3000


def test_a_huge_word_is_left_out_and_what_follows_is_not() -> None:
    text = said(b"start " + b"x" * 300_000 + b" password=hunter2 end\nlast")
    assert text.startswith("start ")
    assert "[CUT]" in text
    assert text.endswith("password=[REDACTED_KEY] end\nlast")
    assert len(text) < 1000


def test_binary_junk_passes_without_failing() -> None:
    junk = bytes(range(256)) * 2000
    text = said(junk + b"\npassword=hunter2\n" + junk)
    assert "hunter2" not in text
    text.encode()


def test_lines_are_counted_through_all_blocks() -> None:
    raw = b"a short line\n" * 9999 + b"password=hunter2\n"
    found = [finding for _, each in cleaned(BytesIO(raw), Policy()) for finding in each]
    assert [(finding.rule, finding.line) for finding in found] == [("named-value", 10_000)]


def _every_rule() -> Iterator[str]:
    texts = ["8.8.8.8 ::ffff:8.8.8.8 2001:4860:4860::8888 bob@example.org /a/b/c/d"]
    texts += ["https://bob:pw@a.example/x redis://:pw@h/1 Cookie: a=b", KEY, "curl -u a:b x"]
    texts += ["Authorization: opaque1", f"Bearer {A}", f"--password x1 seen {A}"]
    for text in texts:
        yield from (finding.rule for finding in sanitize(text)[1])


def test_each_rule_says_what_it_finds() -> None:
    rules = {*_every_rule(), "failed", "unstable", "wrapped-lines", "wrapped-credential"}
    assert len(rules) > 12
    assert all(len(meaning(rule)) > 5 for rule in rules)
