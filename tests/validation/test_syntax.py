"""Is a file that cannot be read named with its line, and an old fault left alone?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation import linting
from validation.gates import syntax
from validation.models import Outcome
from validation.verdicts import CouldNotRun


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {
        "README.md": b"# x\n",
        "old.yaml": b"a: 1\na: 2\n",
        "old.sh": b"#!/bin/sh\nif true; then\n",
        "old.json": b'{"a": 1,}\n',
    }
    return make_repository(tmp_path, files)


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.yaml", "a: 1\nb: [1\n", 3),
        ("a.yml", "a: 1\nb: 2\na: 3\n", 3),
        ("a.yaml", "a: 1\n---\nb: 2\n", 2),
        ("a.yaml", "a: !!python/object/apply:os.system [id]\n", 1),
        ("a.yaml", "a: &x [1]\nb: *y\n", 2),
        ("a.yaml", "<<: {a: 1}\n<<: {a: 2}\n", 2),
        ("a.yaml", "a: 010\n", 1),
        ("a.json", '{"a": 1,\n "b": }\n', 2),
        ("a.json", '{"a": 1, "a": 2}\n', None),
        ("a.json", '{"a": NaN}\n', None),
        ("a.toml", "a = 1\nb = \n", 2),
        ("a.py", "x = 1\ndef f(:\n", 2),
        ("a.py", "return 1\n", 1),
        ("a.py", "# -*- coding: utf-7 -*-\nx = 1\n", 1),
        ("a.py", "(" * 300 + ")" * 300 + "\n", 1),
        ("a.pyi", "x: int =\n", 1),
        ("run", "#!/usr/bin/env python3\nx = = 1\n", 2),
        ("a.sh", "#!/bin/sh\necho 'x\n", 2),
        ("run", "#!/bin/bash\nif true; then echo\n", 2),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    repository: Repository, path: str, text: str, line: int | None
) -> None:
    verdict = ask(syntax, changed(repository, {path: text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].path == path
    assert line in [mark.line for mark in verdict.findings]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "# a comment\na: &x {b: 1}\nc: {<<: *x, b: 2}\nd: ~\n"),
        ("a.yaml", ""),
        ("a.json", '{"a": [1, 2.5, null, "é"]}'),
        ("a.toml", 'a = 1\n[b]\nc = "x"\n'),
        ("a.py", 'import os\nos.system("echo not run")\nraise SystemExit(3)\n'),
        ("a.py", 's = "\\d"\n'),
        ("a.sh", '#!/bin/sh\nset -eu\necho "$1"\n'),
        ("a.txt", "{ not json"),
    ],
)
def test_what_can_be_read_passes_and_is_never_run(
    repository: Repository, path: str, text: str
) -> None:
    verdict = ask(syntax, changed(repository, {path: text}), repository)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_a_shell_warning_is_shown_to_a_person(repository: Repository) -> None:
    text = "#!/bin/sh\nunused=1\n"
    verdict = ask(syntax, changed(repository, {"a.sh": text}), repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert (verdict.findings[0].line, "SC2034" in verdict.summary) == (2, True)


def test_a_fault_that_was_there_before_does_not_block_its_neighbour(
    repository: Repository,
) -> None:
    files = {
        "old.yaml": "# now with a comment\na: 1\na: 2\n",
        "old.json": '{"a": 2,}\n',
        "old.sh": "#!/bin/sh\n# more\nif true; then\n",
    }
    verdict = ask(syntax, changed(repository, files), repository)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_a_second_fault_of_the_same_kind_is_a_new_one(repository: Repository) -> None:
    files = {"old.yaml": "b: 1\nb: 2\n"}
    assert ask(syntax, changed(repository, files), repository).outcome == Outcome.REFUSED


def test_text_in_another_encoding_is_refused(repository: Repository) -> None:
    verdict = ask(syntax, changed(repository, {"a.py": "x = 'é'\n".encode("latin-1")}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert "is not UTF-8" in verdict.summary


def test_a_deleted_file_has_no_syntax(repository: Repository) -> None:
    verdict = ask(syntax, changed(repository, {"old.sh": None}), repository)
    assert verdict.outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("x = 1\r\ny = 2\r\n", "x = 1\r\nz = 3\ny = 2\r\n", "some lines end with CRLF now"),
        ("x = 1\ny = 2\n", "x = 1\ny = 3\r\n", "some lines end with CRLF now"),
        ("x = 1\ny = 2\n", "x = 1\r\ny = 2\r\n", "all lines end with CRLF now, instead of LF"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n", "all lines end with LF now, instead of CRLF"),
    ],
)
def test_lines_that_begin_to_end_otherwise_are_shown_to_a_person(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    repository = make_repository(tmp_path, {"a.py": before.encode()})
    verdict = ask(syntax, changed(repository, {"a.py": after.encode()}), repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert verdict.summary.startswith(said)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\r\ny = 2\r\n", "x = 1\r\ny = 3\r\n"),
        ("x = 1\r\ny = 2\n", "x = 1\r\ny = 3\n"),
        ("x = 1\r\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = 1", "x = 1\n"),
        ("", "x = 1\r\n"),
    ],
)
def test_lines_that_end_as_before_or_in_one_way_need_no_word(
    tmp_path: Path, before: str, after: str
) -> None:
    repository = make_repository(tmp_path, {"a.py": before.encode()})
    verdict = ask(syntax, changed(repository, {"a.py": after.encode()}), repository)
    assert verdict.outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'out of memory' >&2; exit 3", "shellcheck failed: out of memory"),
        ("kill -9 $$", "shellcheck failed"),
        ("echo 'Segmentation fault'", "shellcheck said what is no JSON: 'Segmentation fault"),
        ("exec sleep 60", "took longer than 1 s"),
    ],
)
def test_a_tool_that_crashes_or_hangs_is_no_answer(
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    words: str,
) -> None:
    tool = tmp_path / "shellcheck"
    tool.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setattr(linting, "_shellcheck", lambda: str(tool))
    monkeypatch.setattr(linting, "TIMEOUT", 1)
    with pytest.raises(CouldNotRun, match=words):
        ask(syntax, changed(repository, {"a.sh": "#!/bin/sh\ntrue\n"}), repository)


def test_without_shellcheck_the_shell_itself_reads_the_script(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linting, "_shellcheck", lambda: None)
    good, bad = ({"a.sh": f"#!/bin/sh\n{body}\n"} for body in ("true", "if true; then"))
    assert ask(syntax, changed(repository, good), repository).outcome == Outcome.PASSED
    verdict = ask(syntax, changed(repository, bad), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert "end of file" in verdict.summary


def test_without_any_shell_a_script_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linting, "_shellcheck", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CouldNotRun, match="neither shellcheck nor a shell"):
        list(linting.shell("a.sh", "#!/bin/sh\ntrue\n"))
