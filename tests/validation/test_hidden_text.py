"""Is a credential found that no line shows, and text that a reader would not see?"""

import base64
from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import secrets
from validation.models import Outcome
from validation.verdicts import GateVerdict

BODY = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = "ghp_" + BODY
HALVES = f"{KEY[:14]}", f"{KEY[14:]}"
LONG = "".join(f"line {number} of a long file of records\n" for number in range(40_000))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {
        "README.md": b"# x\n",
        "old.py": f'label = "{HALVES[0]}" "{HALVES[1]}"\n'.encode(),
        "long.txt": LONG.encode(),
    }
    return make_repository(tmp_path, files)


def written(repository: Repository, path: str, text: str) -> GateVerdict:
    return ask(secrets, changed(repository, {path: text}), repository)


@pytest.mark.parametrize(
    "code",
    [
        f'label = "{HALVES[0]}" "{HALVES[1]}"',
        f'label = ("{HALVES[0]}"\n    "{HALVES[1]}")',
        f'label = "{HALVES[0]}" + "{HALVES[1]}"',
        f'label = "" + ("{HALVES[0]}" + ("{HALVES[1]}"))',
        f"label = f\"{{'{HALVES[0]}'}}{HALVES[1]}\"",
        f'label = "".join(["{HALVES[0]}", "{HALVES[1]}"])',
        f'label = "".join(("{HALVES[0]}", "{HALVES[1]}"))',
        f'label = "{KEY[::-1]}"[::-1]',
        f'label = bytes.fromhex("{KEY.encode().hex()}")',
        f'label = base64.b64decode("{base64.b64encode(KEY.encode()).decode()}")',
        f'label = b64decode(b"{base64.b64encode(KEY.encode()).decode()}").decode()',
        f'call(label="{HALVES[0]}" "{HALVES[1]}")',
        f'x = {{"label": "{HALVES[0]}" + "{HALVES[1]}"}}',
        'label = "\\x67hp_' + BODY + '"',
    ],
)
def test_code_that_puts_a_credential_together_is_refused(
    repository: Repository, code: str
) -> None:
    verdict = written(repository, "a.py", f"x = 1\n{code}\n")
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].line in (2, 3)
    assert "credential" in verdict.findings[0].message
    assert KEY not in str(verdict)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"label": "\\u0067hp_' + BODY + '"}\n'),
        ("a.yaml", 'label: "\\x67hp_' + BODY + '"\n'),
        ("a.yaml", f'label: "{HALVES[0]}\\\n  {HALVES[1]}"\n'),
        ("a.toml", 'label = "\\u0067hp_' + BODY + '"\n'),
        ("a.toml", f'label = """{HALVES[0]}\\\n  {HALVES[1]}"""\n'),
    ],
)
def test_settings_that_spell_a_credential_otherwise_are_refused(
    repository: Repository, path: str, text: str
) -> None:
    verdict = written(repository, path, text)
    assert verdict.outcome == Outcome.REFUSED
    assert {mark.line for mark in verdict.findings} <= {1, None}
    assert all("what looks like a credential" in mark.message for mark in verdict.findings)
    assert BODY not in str(verdict)


@pytest.mark.parametrize(
    "code",
    [
        'name = "ghp_" + user',
        'parts = ["gh", "p_"]',
        'text = "".join(pieces)',
        'x = "abc"[::-1] + "def"[::2]',
        'y = b64decode("not base64 at all!")',
        'z = bytes.fromhex("zz")',
        "broken = (",
        "deep = " + " + ".join(['"a"'] * 900),
        f'label = "{"x" * 20}" "{"y" * 20}"',
    ],
)
def test_ordinary_code_is_no_credential(repository: Repository, code: str) -> None:
    verdict = written(repository, "a.py", f"{code}\n")
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_pieces_that_were_there_before_block_no_neighbour(repository: Repository) -> None:
    text = repository.read("main", "old.py").decode()
    assert written(repository, "old.py", f"x = 1\n{text}").outcome == Outcome.PASSED
    other = text.replace("a1B2", "z9Y8")
    assert written(repository, "old.py", text + other).outcome == Outcome.REFUSED


def test_a_credential_in_deleted_lines_or_a_deleted_file_is_none(tmp_path: Path) -> None:
    files = {"a.py": f"a = '{KEY}'\nb = 1\n".encode(), "b.txt": f"{KEY}\n".encode()}
    repository = make_repository(tmp_path, files)
    change = changed(repository, {"a.py": "b = 1\n", "b.txt": None})
    assert KEY in change.diff
    assert ask(secrets, change, repository).outcome == Outcome.PASSED


@pytest.mark.parametrize(
    "text",
    [
        "# nothing to see\rimport os\n",
        "a: 1 # kept\r  b: 2\n",
        "print('a')\r\rprint('b')\r\n",
        "x\ufe00y\n",
        "x" + "".join(chr(0xE0100 + byte) for byte in b"rm -rf") + "\n",
        "\u2705\ufe0f\ufe0f\ufe0f\n",
        "a\ufe0f\n",
        "a\u034fb\n",
        "a\u180bb\n",
        "a\ufff3b\n",
        "a\U000e0fffb\n",
    ],
)
def test_text_that_a_page_does_not_draw_is_refused(repository: Repository, text: str) -> None:
    verdict = written(repository, "a.md", text)
    assert verdict.outcome == Outcome.REFUSED
    assert "cannot be seen" in verdict.summary
    assert verdict.findings[0].line == 1


@pytest.mark.parametrize(
    "text",
    ["one\r\ntwo\r\n", "⚠️ careful ❤️\n", "press 1️⃣ then #️⃣\n", "a\fb\n", "é e\u0301 नमस्ते ไทย\n"],
)
def test_line_ends_emoji_and_accents_pass(repository: Repository, text: str) -> None:
    verdict = written(repository, "a.md", text)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_hidden_text_in_a_deleted_line_is_none(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, {"a.md": "x\u202ey\nz\n".encode()})
    assert written(repository, "a.md", "z\n").outcome == Outcome.PASSED


@pytest.mark.parametrize("place", [0, 20_000, 39_999])
def test_a_line_of_a_large_file_is_found_at_its_place(repository: Repository, place: int) -> None:
    lines = LONG.splitlines(keepends=True)
    lines[place] = f"label = '{KEY}'\n"
    change = changed(repository, {"long.txt": "".join(lines)})
    verdict = ask(secrets, change, repository)
    assert [mark.line for mark in verdict.findings] == [place + 1]


def test_a_large_file_that_differs_everywhere_is_refused_unsearched(
    repository: Repository,
) -> None:
    verdict = written(repository, "huge.txt", LONG * 4)
    assert verdict.outcome == Outcome.REFUSED
    assert "differs in more than can be searched" in verdict.summary
