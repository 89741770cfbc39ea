"""Does the reference name everything that a person can type, set or open?"""

import re

import pytest
from django.core.management import get_commands
from django.urls import URLResolver, get_resolver

from selfimprove import config
from selfimprove.management.commands import up
from tests.architecture.house import ROOMS, ROOT

REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", REFERENCE))
COMMANDS = sorted(name for name, room in get_commands().items() if room in ROOMS)
SETTINGS = [f"{row.section}.{row.key}" for row in config.effective({})]
SWITCHES = ("SELFIMPROVE_CONFIG", "SELFIMPROVE_DATA_DIR", "SELFIMPROVE_JSON_LOGS", "DATABASE_URL")


def test_there_are_commands_and_settings_to_name() -> None:
    assert {"up", "demo", "clock", "validate"} <= set(COMMANDS)
    assert len(SETTINGS) > 25


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_ours_is_in_the_reference(command: str) -> None:
    assert any(re.match(rf"{re.escape(command)}(?![\w-])", words) for words in CODE), command


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_the_reference(setting: str) -> None:
    assert setting in CODE, setting


def test_the_reference_names_no_setting_that_is_gone() -> None:
    sections = {name for name, _ in config.load({})}
    named = {words for words in CODE if re.fullmatch(r"[a-z]+\.[a-z_]+", words)}
    assert {words for words in named if words.split(".")[0] in sections} <= set(SETTINGS)


@pytest.mark.parametrize("name", SWITCHES)
def test_every_switch_of_the_environment_is_in_the_reference(name: str) -> None:
    assert name in REFERENCE


def test_every_part_that_up_can_start_alone_is_in_the_reference() -> None:
    parser = up.Command().create_parser("manage.py", "up")
    choices = next(a.choices for a in parser._actions if a.dest == "only")
    row = next(line for line in REFERENCE.splitlines() if line.startswith("| `up`"))
    assert all(str(part) in row for part in choices or ())


def test_every_first_part_of_an_address_is_in_the_reference() -> None:
    ours = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]
    for entry in ours:
        assert f"/{entry.pattern}" in REFERENCE, entry.pattern


def test_nothing_stands_in_the_reference_twice() -> None:
    rows = [line.split("|")[1].strip() for line in REFERENCE.splitlines() if line[:3] == "| `"]
    assert sorted({row for row in rows if rows.count(row) > 1}) == []
