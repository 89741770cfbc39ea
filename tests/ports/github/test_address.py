"""Which repository of which GitHub is meant, and which addresses are refused?"""

import pytest
from pydantic import ValidationError

from ports.forge import PermanentError
from ports.forge.github.address import repository_of
from ports.forge.github.options import GitHub

ENTERPRISE = GitHub(url="https://git.acme.test/api/v3")


@pytest.mark.parametrize(
    "origin",
    [
        "git@github.com:acme/agents",
        "git@github.com:acme/agents.git",
        "https://github.com/acme/agents",
        "https://github.com/acme/agents.git",
        "https://github.com/acme/agents/",
        "https://GitHub.com/acme/agents.git",
        "ssh://git@github.com/acme/agents.git",
        "ssh://git@ssh.github.com:443/acme/agents.git",
    ],
)
def test_an_origin_says_which_repository(origin: str) -> None:
    assert repository_of("gateway", origin, GitHub()) == "acme/agents"


def test_a_name_with_dots_keeps_them() -> None:
    assert repository_of("g", "git@github.com:a-b/c.d_e.git", GitHub()) == "a-b/c.d_e"


def test_an_enterprise_has_a_host_of_its_own() -> None:
    assert repository_of("g", "git@git.acme.test:acme/agents.git", ENTERPRISE) == "acme/agents"
    with pytest.raises(PermanentError, match=r"no address at git\.acme\.test"):
        repository_of("g", "git@github.com:acme/agents.git", ENTERPRISE)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.acme.ghe.com", "acme.ghe.com"),
        ("https://api.github.com/", "github.com"),
        ("https://api.acme.test/api/v3", "api.acme.test"),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert GitHub(url=url).host == host


@pytest.mark.parametrize(
    "origin",
    [
        "/srv/git/agents.git",
        "git@github.com.evil.test:acme/agents.git",
        "git@github.com:agents.git",
        "https://evil.test/github.com/acme/agents",
        "https://github.com/acme/agents/tree/main",
        "https://github.com@evil.test/acme/agents",
        "https://notgithub.com/acme/agents",
    ],
)
def test_an_origin_that_is_not_there_asks_for_the_setting(origin: str) -> None:
    with pytest.raises(PermanentError, match=r'\[github\.repositories\], gateway = "OWNER/NAME"'):
        repository_of("gateway", origin, GitHub())
    said = GitHub(repositories={"gateway": "acme/agents"})
    assert repository_of("gateway", origin, said) == "acme/agents"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("api.github.com", "write https://api.github.com"),
        ("ftp://api.github.com", "write https://api.github.com"),
        ("http://git.acme.test/api/v3", "in the clear"),
        ("https://t0k3n@api.github.com", "the token comes from the environment"),
        ("https://api.github.com?x=1", "an address and no more"),
    ],
)
def test_an_address_that_is_refused(url: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        GitHub(url=url)


@pytest.mark.parametrize("name", ["", "/agents", "acme", "acme/agents/x", "acme/age nts"])
def test_a_repository_that_is_none(name: str) -> None:
    with pytest.raises(ValidationError, match="is not OWNER/NAME"):
        GitHub(repositories={"gateway": name})
