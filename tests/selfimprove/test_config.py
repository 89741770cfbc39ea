"""Which value wins, where it came from, and what a typo leads to."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from selfimprove import config


def test_environment_beats_command_line_beats_file_beats_default(tmp_path: Path) -> None:
    environ = {
        "SELFIMPROVE_CONFIG": str(
            _file(tmp_path, "[web]\nport = 1001\nhost = '::1'\nthreads = 2")
        ),
        "SELFIMPROVE_SET": json.dumps(["web.port=1002", "web.threads=3"]),
        "SELFIMPROVE_WEB__PORT": "1003",
    }
    rows = {f"{row.section}.{row.key}": row for row in config.effective(environ)}
    assert (rows["web.port"].value, rows["web.port"].origin) == (1003, "environment")
    assert (rows["web.threads"].value, rows["web.threads"].origin) == (3, "command line")
    assert (rows["web.host"].value, rows["web.host"].origin) == ("::1", "file settings.toml")
    assert rows["watch.effect"].origin == "default"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SELFIMPROVE_SET": '["web.prt=1"]'}, "web.prt (command line)"),
        ({"SELFIMPROVE_SET": '["port=1"]'}, "--set section.key=value"),
        ({"SELFIMPROVE_WEB__PORT": "soon"}, "web.port (environment)"),
        ({"SELFIMPROVE_WEB__PORT": "0"}, "greater than or equal to 1"),
        ({"SELFIMPROVE_WEB__PRT": "8000"}, "web.prt (environment)"),
        (
            {"SELFIMPROVE_EVALUATION__ENGINE": "anthropic"},
            "evaluation.engine (environment): Input should be 'embedded' or 'model'",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_origin(
    environ: dict[str, str], told: str
) -> None:
    with pytest.raises(config.BadConfiguration) as refusal:
        config.load(environ)
    assert told in str(refusal.value)


@pytest.mark.parametrize("text", ["[web", "[web]\nport = 'x'", "[nowhere]\na = 1"])
def test_a_broken_file_is_refused_and_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(config.BadConfiguration, match=r"settings\.toml|web\.port|nowhere"):
        config.load({"SELFIMPROVE_CONFIG": str(_file(tmp_path, text))})


def test_a_missing_file_means_the_defaults(tmp_path: Path) -> None:
    loaded = config.load({"SELFIMPROVE_CONFIG": str(tmp_path / "none.toml")})
    assert loaded == config.Configuration()


def test_lists_are_read_from_the_environment_as_json() -> None:
    loaded = config.load({"SELFIMPROVE_VALIDATION__FORBIDDEN_PATHS": '["a", "b/**"]'})
    assert loaded.validation.forbidden_paths == ("a", "b/**")


def test_the_shipped_file_is_valid() -> None:
    assert config.load({}).evaluation.engine == "embedded"


def test_config_show_names_every_setting_with_its_origin(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("config", "show")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(config.effective())
    assert any(line.startswith("watch.minute_seconds") for line in lines)
    call_command("config", "show", "--json")
    assert {"section", "key", "value", "origin"} == set(json.loads(capsys.readouterr().out)[0])


def test_config_validate_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("config", "validate")
    assert capsys.readouterr().out.startswith("valid: ")


def _file(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("sandbox.backend=ports.sandbox.other.Other", "there is no 'ports.sandbox.other.Other'"),
        ('sandbox.options={"lowest_level": "L1"}', "lowest_level is L2 or L3"),
        ('sandbox.options={"lowest": "L3"}', "does not take these options"),
    ],
)
def test_a_sandbox_that_cannot_be_made_is_told_at_the_start(pair: str, words: str) -> None:
    with pytest.raises(config.BadConfiguration, match=words):
        config.load({config.COMMAND_LINE: json.dumps([pair])})


def test_bubblewrap_is_what_stands_between_unless_somebody_says_otherwise() -> None:
    found = config.load({"SELFIMPROVE_CONFIG": "/nowhere"}).sandbox
    assert (found.backend, found.options) == ("ports.sandbox.bubblewrap.Bubblewrap", {})
