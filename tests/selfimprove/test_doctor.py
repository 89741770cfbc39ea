"""Does the doctor find what a machine lacks, and say what would change that?"""

import io
import json
import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ports.sandbox import adapters
from selfimprove.config import Sandbox
from selfimprove.doctor import findings
from selfimprove.doctor.findings import BAD, GOOD, WARN
from tests.factories import make_user
from tests.ports.sandbox.running import need_a_sandbox

pytestmark = pytest.mark.django_db


def asked(*options: str) -> tuple[object, str]:
    out = io.StringIO()
    try:
        call_command("doctor", *options, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def choose(settings: LazySettings, backend: str) -> None:
    chosen = Sandbox(backend=backend)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": chosen})


def a_git_that_says(folder: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{words}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_a_machine_that_has_everything_ends_with_0(settings: LazySettings) -> None:
    need_a_sandbox()
    choose(settings, adapters.BUBBLEWRAP)
    code, text = asked()
    assert code == 0, text
    assert "✓ Sandbox      L3" in text
    assert "✗" not in text


def test_a_machine_without_a_sandbox_ends_with_1_and_says_how_to_get_one(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(settings, adapters.BUBBLEWRAP)
    a_git_that_says(tmp_path, "git version 2.50.0", monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    code, text = asked()
    assert code == 1
    assert "✗ Sandbox      bubblewrap is not installed. Tests of targets could not run." in text
    assert "→ Debian, Ubuntu: apt-get install bubblewrap libseccomp2" in text


def test_a_program_is_told_in_json(settings: LazySettings) -> None:
    choose(settings, adapters.REFUSING)
    code, text = asked("--json")
    told = json.loads(text)
    assert (code, told["holds"]) == (1, False)
    names = [finding["name"] for finding in told["findings"]]
    assert names == [
        "Python",
        "git",
        "Sandbox",
        "Database",
        "Keys",
        "Data folder",
        "Disk",
        "Memory",
        "Agents",
    ]
    assert {finding["state"] for finding in told["findings"]} == {GOOD, BAD}
    assert all(finding["remedy"] for finding in told["findings"] if finding["state"] == BAD)


def test_the_start_says_it_too_and_only_where_tests_could_not_run(settings: LazySettings) -> None:
    assert findings.no_sandbox() == ""
    choose(settings, adapters.REFUSING)
    told = findings.no_sandbox()
    assert "NO SANDBOX" in told
    assert "Tests of targets could not run." in told
    assert "bubblewrap" in told


def test_what_the_operator_allowed_is_weak_and_not_lacking() -> None:
    found = findings.confinement()
    assert found.state == WARN
    assert "without a sandbox" in found.words
    assert findings.all_holds([found])


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("git version 2.39.4", BAD),
        ("git version 2.39.5", GOOD),
        ("git version 2.47.1.windows.2", GOOD),
        ("git version 1.99.99", BAD),
        ("something else", BAD),
    ],
)
def test_an_old_git_is_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, state: str
) -> None:
    a_git_that_says(tmp_path, said, monkeypatch)
    found = findings.git()
    assert found.state == state
    assert bool(found.remedy) is (state == BAD)


def test_no_git_at_all_is_lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert findings.git().state == BAD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_named(data_folder: Path, mode: int) -> None:
    assert findings.keys().state == GOOD
    key = next(path for path in sorted((data_folder / "keys").iterdir()) if path.is_file())
    key.chmod(mode)
    found = findings.keys()
    assert found.state == BAD
    assert key.name in found.words
    assert "chmod -R go=" in found.remedy


def test_a_data_folder_that_others_may_write_to_is_lacking(data_folder: Path) -> None:
    data_folder.chmod(0o755)
    assert findings.data().state == GOOD
    data_folder.chmod(0o777)
    assert findings.data().state == BAD


def test_a_full_disk_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "ROOM", 10**18)
    found = findings.disk()
    assert (found.state, "MB are free" in found.words) == (BAD, True)


@pytest.mark.parametrize(
    ("left", "state"), [(None, WARN), (500_000_000, BAD), (8_000_000_000, GOOD)]
)
def test_a_machine_without_memory_is_lacking(
    monkeypatch: pytest.MonkeyPatch, left: int | None, state: str
) -> None:
    monkeypatch.setattr("ports.sandbox.watch.available", lambda: left)
    assert findings.memory().state == state


def test_the_database_is_asked() -> None:
    assert findings.database().state == GOOD


def test_the_settings_page_shows_it_and_does_not_look_twice(
    client: Client, settings: LazySettings
) -> None:
    client.force_login(make_user("viewer"))
    choose(settings, adapters.REFUSING)
    page = client.get(reverse("settings")).content.decode()
    assert "This machine" in page
    assert "lets no code of a target run" in page
    choose(settings, adapters.UNCONFINED)
    assert "lets no code of a target run" in client.get(reverse("settings")).content.decode()
