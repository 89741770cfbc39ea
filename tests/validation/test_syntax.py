"""Is a file that cannot be read named with its line, and an old fault left alone?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import syntax
from validation.models import Outcome


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
