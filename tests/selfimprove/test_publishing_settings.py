"""Do the settings name the places, and is a wrong one refused with the reason?"""

import json
from pathlib import Path

import pytest
from django.test import override_settings

from selfimprove import config
from selfimprove.publishing import outlets
from tests.factories import make_target
from tests.selfimprove.witness_server import NAME, Witness

WITNESS = Witness()
GIVEN = {
    "SELFIMPROVE_AUDIT__WITNESS_URL": "https://witness.example.org/log/",
    "SELFIMPROVE_AUDIT__WITNESS_KEY": WITNESS.vkey,
}


def refusal(**values: str) -> str:
    environ = {f"SELFIMPROVE_AUDIT__{name.upper()}": value for name, value in values.items()}
    with pytest.raises(config.BadConfiguration) as refused:
        config.load(environ)
    return str(refused.value)


def test_without_settings_it_is_a_file_in_the_data_folder(data_folder: Path) -> None:
    assert outlets.checkpoint_file() == data_folder / "log" / "checkpoint"


@pytest.mark.django_db
def test_every_target_is_a_place_unless_it_is_switched_off(tmp_path: Path) -> None:
    make_target(tmp_path, slug="a")
    make_target(tmp_path, slug="b")
    assert [(place.kind, place.name) for place in outlets.named()][1:] == [
        ("git", "a"),
        ("git", "b"),
    ]
    off = config.load({"SELFIMPROVE_AUDIT__PUBLISH_TO_GIT": "false"})
    with override_settings(SELFIMPROVE=off):
        assert [place.kind for place in outlets.named()] == ["file"]


@pytest.mark.django_db
def test_a_file_and_a_witness_that_are_set_are_places(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "checkpoint"
    given = {**GIVEN, "SELFIMPROVE_AUDIT__CHECKPOINT_FILE": str(path)}
    with override_settings(SELFIMPROVE=config.load(given)):
        found = {place.kind: place.name for place in outlets.named()}
    assert found == {"file": str(path), "witness": NAME}


def test_a_home_folder_is_understood() -> None:
    options = config.load({"SELFIMPROVE_AUDIT__CHECKPOINT_FILE": "~/log/checkpoint"})
    with override_settings(SELFIMPROVE=options):
        assert outlets.checkpoint_file().is_absolute()


@pytest.mark.parametrize("seconds", ["59", "86401", "soon", "-1"])
def test_the_pause_has_bounds(seconds: str) -> None:
    assert "audit.publish_every (environment)" in refusal(publish_every=seconds)


@pytest.mark.parametrize("path", ["checkpoint", "./log/checkpoint", "/var/log/"])
def test_a_file_is_named_by_its_whole_path(path: str) -> None:
    told = refusal(checkpoint_file=path)
    assert "audit.checkpoint_file (environment)" in told
    assert "give the whole path of the file" in told


@pytest.mark.parametrize(
    "address",
    [
        "witness.example.org",
        "ftp://witness.example.org",
        "https://",
        "https://a b",
        "https://w.example.org/?a=b",
        "https://w.example.org/#x",
        "https://w.example.org:port/",
        "https://w.example.org:70000/",
        "https://w.example.org:0/",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    told = refusal(witness_url=address, witness_key=WITNESS.vkey)
    assert "audit.witness_url (environment)" in told


@pytest.mark.parametrize("key", ["hello", "a+b+c", WITNESS.vkey[:-4]], ids=range(3))
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    told = refusal(witness_url="https://w.example.org", witness_key=key)
    assert "audit.witness_key (environment)" in told
    assert "a witness's key is written NAME+ID+KEY" in told


@pytest.mark.parametrize("name", list(GIVEN))
def test_address_and_key_come_together(name: str) -> None:
    with pytest.raises(config.BadConfiguration, match="set both or not at all"):
        config.load({name: GIVEN[name]})


def test_they_are_read_from_the_file_and_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[audit]\npublish_every = 120\ncheckpoint_file = "/mnt/x/checkpoint"\n')
    environ = {
        "SELFIMPROVE_CONFIG": str(file),
        "SELFIMPROVE_SET": json.dumps(["audit.publish_every=240"]),
    }
    rows = {row.key: row for row in config.effective(environ) if row.section == "audit"}
    assert (rows["publish_every"].value, rows["publish_every"].origin) == (240, "command line")
    assert rows["checkpoint_file"].origin == "file settings.toml"


def test_an_unknown_setting_is_an_error() -> None:
    assert "audit.witnes_url (environment)" in refusal(witnes_url="x")
