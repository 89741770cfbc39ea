"""Is whatever a change begins to use, and nobody used before, shown to a person?"""

import ast
from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import guards, privileges, safety
from validation.models import Outcome
from validation.safety import builds, loosened, python, reach

CORE = (
    "import json\nimport requests\n\n\ndef fetch(url):\n    return requests.get(url, timeout=3)\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {
        "app/core.py": CORE.encode(),
        "app/other.py": b"import sqlite3\n",
        "app/names.py": b"A = 1\n",
        "ops/run.sh": b"#!/bin/sh\nset -e\nservice gateway reload\n",
        "config/limits.yaml": b"a: 1\nb: [x, y]\n",
        "data/notes.yaml": b"a: 1\n",
    }
    return make_repository(tmp_path, files)


def whats(code: str) -> list[str]:
    return [one.what for one in python.seen(code)]


@pytest.mark.parametrize(
    "module", ["keyring", "ensurepip", "tkinter", "lxml.etree", "resource", "threading"]
)
def test_a_module_that_nobody_used_is_shown(repository: Repository, module: str) -> None:
    change = changed(repository, {"app/core.py": f"import {module}\n{CORE}"})
    verdict = ask(safety, change, repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    first = module.partition(".")[0]
    assert [(mark.line, mark.message.split(":")[0]) for mark in verdict.findings] == [
        (1, f"brings in {first}")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "import dataclasses",
        "from collections import Counter",
        "import sqlite3",
        "from app import names",
        "import names",
        "from . import names",
        "import requests.adapters",
    ],
)
def test_what_is_harmless_ours_or_in_use_needs_no_word(repository: Repository, line: str) -> None:
    change = changed(repository, {"app/core.py": f"{line}\n{CORE}"})
    assert ask(safety, change, repository).outcome == Outcome.PASSED


def test_a_module_that_comes_with_the_change_is_ours(repository: Repository) -> None:
    files = {"app/core.py": f"import fresh\n{CORE}", "app/fresh.py": "A = 1\n"}
    assert ask(safety, changed(repository, files), repository).outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os\nos.getppid()", "uses os.getppid"),
        ("import os\nos._exit(0)", "uses os._exit"),
        ("import sys\nsys.setswitchinterval(9)", "uses sys.setswitchinterval"),
        ("open('x', 'w')", "opens a file to write"),
        ("open('x', mode='ab')", "opens a file to write"),
        ("p.open('w')", "opens a file to write"),
        ("p.write_text('x')", "calls .write_text"),
        ("p.symlink_to('/etc')", "names /etc"),
        ("time.sleep(86400)", "sleeps long"),
        ("cursor.execute(f'select {x}')", "puts values into a statement"),
        ("cursor.execute('select ' + x)", "puts values into a statement"),
        ("reduce(getattr, names, x)", "hands on getattr"),
        ("type('X', (), {})()", "makes a class of values"),
        ("set_cookie('s', t, secure=False)", "sets secure to False"),
        ("middleware(allow_origins=['*'])", "has allow_origins admit *"),
        ("decode(t, algorithms=['none'])", "has algorithms admit none"),
        ("mark_safe(x)", "calls .mark_safe"),
        ("x = '/var/lib/app/x.db'", "names /var/lib/app/x.db"),
        ("x = '~/.config'", "names ~/.config"),
    ],
)
def test_what_reaches_out_is_told_whatever_it_is_called(code: str, what: str) -> None:
    assert what in whats(code)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.path.join('a', 'b')\nos.environ.get('MODE')\nos.getcwd()",
        "import sys\nsys.argv\nsys.stdout.write('x')\nsys.exit(1)",
        "open('x')\nopen('x', 'rb')\np.open()\np.open('r')\nimage.open('w.png')",
        "cursor.execute('select 1', (x,))",
        "time.sleep(3)",
        "x = '/api/v1/users'\ny = 'a/var/b'\nz = 'https://example.com/etc'",
        "type(x)",
        "f(strict=False, lines=[])",
    ],
)
def test_what_stays_inside_needs_no_word(code: str) -> None:
    assert whats(code) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("iptables -F", "runs iptables"),
        ("a=1 docker run x", "runs docker"),
        ("echo a | sudo-like b", "runs sudo-like"),
        ("if x; then systemd-run y; fi", "runs systemd-run"),
        ("/opt/bin/thing", "names /opt/bin/thing"),
        ("cat ~/.aws/credentials", "names ~/.aws/credentials"),
        ("rm -rf build /", "names /"),
        ("check || true", "goes on after a failure"),
        ("set +e", "goes on after a failure"),
    ],
)
def test_a_command_or_a_place_beyond_the_ordinary_is_told(line: str, what: str) -> None:
    found = [one.what for one in reach.commands(f"#!/bin/sh\nset -e\n{line}\n")]
    assert what in found


def test_an_everyday_script_needs_no_word() -> None:
    text = (
        "#!/usr/bin/env bash\nset -euo pipefail\nhelp_me() {\n  echo 'run; now' > /dev/null\n}\n"
        'for f in *.py; do\n  python3 -m app "$f" | sort\ndone\nhelp_me # docker run\n'
    )
    assert list(reach.commands(text)) == []
    (found,) = reach.commands("#!/bin/sh\necho\n")
    assert found.what == "does not end at the first failure"


def test_a_script_may_go_on_with_what_it_ran_before(repository: Repository) -> None:
    text = "#!/bin/sh\nset -e\nservice gateway reload\nservice gateway status\n"
    verdict = ask(safety, changed(repository, {"ops/run.sh": text}), repository)
    assert verdict.outcome == Outcome.ACKNOWLEDGE
    assert [mark.line for mark in verdict.findings] == [4]


def test_what_decides_about_an_image_or_a_package_is_told() -> None:
    lines = {one.what for one in builds.dockerfile("FROM a@sha256:0\nENV A=1\nLABEL b=c\n")}
    assert lines == {"says ENV A=1"}
    package = '{"scripts": {"test": "node x.js"}, "dependencies": {"left": "1"}}'
    found = {one.what for one in builds.package(package)}
    assert found == {"depends on left", "has test run node x.js"}


def test_a_setting_that_is_no_parameter_is_shown_where_the_system_is_set_up(
    repository: Repository,
) -> None:
    change = changed(repository, {"config/limits.yaml": "a: 2\nb: [x, y]\n"})
    (mark,) = ask(privileges, change, repository).findings
    assert (mark.line, mark.refuses) == (1, False)
    assert mark.message == "a: changes, and is no permitted parameter"
    other = changed(repository, {"data/notes.yaml": "a: 2\n"})
    assert ask(privileges, other, repository).outcome == Outcome.PASSED


def test_setup_that_runs_at_installation_is_shown(repository: Repository) -> None:
    change = changed(repository, {"setup.py": "from setuptools import setup\n\nsetup()\n"})
    messages = [mark.message for mark in ask(safety, change, repository).findings]
    assert "whoever builds or installs it runs it without asking" in messages


def test_code_that_is_gone_is_shown(repository: Repository) -> None:
    for files in ({"app/core.py": None}, {"app/core.py": ""}):
        verdict = ask(guards, changed(repository, files), repository)
        assert verdict.outcome == Outcome.ACKNOWLEDGE
        assert "gone" in verdict.summary


def test_texts_too_long_to_name_a_place_are_not_searched() -> None:
    assert not list(loosened.seen(ast.parse(f"x = '{'a ' * 200}/etc/passwd'")))
