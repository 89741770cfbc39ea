"""Is AWS reached as the settings say, and by no other way that this machine knows?"""

import threading
from pathlib import Path

import pytest

from ports import aws
from ports.addresses import is_loopback, private
from ports.aws import NotInstalled, Place


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-planted")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-planted")


def made(place: Place, service: str = "bedrock-agentcore") -> tuple[str, str, str]:
    client = place.client(service, connect_seconds=1, read_seconds=2)
    credentials = client._request_signer._credentials
    found = (client.meta.endpoint_url, client.meta.region_name, credentials.access_key)
    client.close()
    return found


def test_on_this_machine_no_account_is_shown_and_no_region_is_needed() -> None:
    place = Place(address="http://127.0.0.1:9")
    assert made(place) == ("http://127.0.0.1:9", "us-east-1", "none")


def test_elsewhere_the_account_of_the_environment_is_used() -> None:
    assert made(Place(region="eu-central-1")) == (
        "https://bedrock-agentcore.eu-central-1.amazonaws.com",
        "eu-central-1",
        "AKIA-planted",
    )


def test_an_address_in_the_environment_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "http://127.0.0.1:1")
    assert "amazonaws.com" in made(Place(region="eu-central-1"))[0]


def test_a_call_is_sent_once_and_has_its_time() -> None:
    client = Place("eu-central-1").client("bedrock-agentcore", connect_seconds=1, read_seconds=2)
    config = client.meta.config
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    client.close()


def test_many_threads_make_clients_at_once() -> None:
    aws._descriptions.cache_clear()
    found: list[str] = []

    def one() -> None:
        found.append(made(Place(address="http://127.0.0.1:9"))[1])

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["us-east-1"] * 8


def test_without_boto3_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(NotInstalled, match=r"requirements/bedrock\.txt"):
        made(Place("eu-central-1"))


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8200", True),
        ("http://localhost", True),
        ("https://[::1]:9", True),
        ("http://127.9.9.9", True),
        ("https://localhost.example.org", False),
        ("http://10.0.0.1", False),
        ("", False),
    ],
)
def test_this_machine_is_told_from_others(address: str, here: bool) -> None:
    assert is_loopback(address) is here


@pytest.mark.parametrize(
    "address",
    [
        *("http://example.org", "ftp://127.0.0.1", "127.0.0.1", "https://", "https://a b"),
        *("https://user@host", "https://host?x=1", "https://host#x", "http://127.0.0.1:0"),
        *("http://127.0.0.1:99999", "https://host\\path", "http://127.0.0.1@example.org"),
    ],
)
def test_an_address_at_which_others_could_listen_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        private(address)


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert private("https://gateway.example.org/aws/") == "https://gateway.example.org/aws"
    assert private("") == ""
