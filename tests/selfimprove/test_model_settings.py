"""Can models only be asked where nobody else can read the key and the questions?"""

import pytest

from selfimprove import config

PREFIX = "SELFIMPROVE_MODELS__"


def load(**given: str) -> config.Configuration:
    return config.load({f"{PREFIX}{name.upper()}": value for name, value in given.items()})


@pytest.mark.parametrize("name", ["address", "bedrock_address"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://127.0.0.1:8200",
        "http://127.1.2.3",
        "http://[::1]:8200",
        "http://localhost:8200",
        "https://gateway.example.org",
        "https://gateway.example.org:8443/anthropic",
    ],
)
def test_this_machine_or_an_encrypted_way_is_taken(name: str, address: str) -> None:
    assert getattr(load(**{name: address}).models, name) == address


@pytest.mark.parametrize("name", ["address", "bedrock_address"])
@pytest.mark.parametrize(
    "address",
    [
        "http://gateway.example.org",
        "http://192.168.1.4:8200",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@gateway.example.org",
        "https://user:secret@gateway.example.org",
        "http://0.0.0.0:8200",
        "http://localhost.example.org",
        "http://2130706433",
        "127.0.0.1:8200",
        "ftp://127.0.0.1",
        "https://",
        "https://gateway.example.org?key=1",
        "https://gateway.example.org:0",
        "https://gateway.example.org:99999",
        "https://gateway example.org",
        "http://127.0.0.1\\@gateway.example.org",
        "file:///etc/passwd",
    ],
)
def test_any_other_address_is_refused_with_its_name_and_origin(name: str, address: str) -> None:
    with pytest.raises(config.BadConfiguration, match=rf"models\.{name} \(environment\)"):
        load(**{name: address})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bedrock_region", "Frankfurt"),
        ("bedrock_region", "eu-central-1.evil.example"),
        ("bedrock_body_version", ""),
        ("deadline_seconds", "9"),
        ("deadline_seconds", "3601"),
        ("deadline_seconds", "soon"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(config.BadConfiguration, match=rf"models\.{name}"):
        load(**{name: value})


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "ap-southeast-2"])
def test_a_region_is_taken(region: str) -> None:
    assert load(bedrock_region=region).models.bedrock_region == region


def test_the_origin_of_an_address_is_shown() -> None:
    found = config.effective({f"{PREFIX}ADDRESS": "http://127.0.0.1:8200/"})
    (row,) = [one for one in found if (one.section, one.key) == ("models", "address")]
    assert (row.value, row.origin) == ("http://127.0.0.1:8200", "environment")


def test_without_a_setting_the_provider_itself_is_asked() -> None:
    chosen = config.load({}).models
    assert (chosen.address, chosen.bedrock_address, chosen.deadline_seconds) == ("", "", 600)
