"""Who are we for GitHub, and is a token renewed in time?"""

import base64
import json
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ports.forge import Busy, PermanentError, TemporaryError
from ports.forge.github import credentials
from ports.forge.github.credentials import App, Token, from_environment
from tests.ports.github.clients import Waits, forge_of
from tests.ports.github.server import GitHub, Trouble

NAME = "acme/agents"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(made: Any) -> str:
    raw: bytes = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return raw.decode()


def app() -> App:
    return App("1234", key(), NAME)


def test_an_app_signs_who_it_is() -> None:
    head, claims, signature = app().signed(1_000_000).split(".")
    key().public_key().verify(
        base64.urlsafe_b64decode(signature + "=="),
        f"{head}.{claims}".encode(),
        padding.PKCS1v15(),
        SHA256(),
    )
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert said == {"iat": 999_940, "exp": 1_000_540, "iss": "1234"}
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "RS256", "typ": "JWT"}


def test_one_token_of_the_installation_is_used_for_many_questions(
    server: GitHub, waits: Waits
) -> None:
    forge = forge_of(server, waits, credential=app())
    forge.open("work", "main", "t", "b")
    forge.standing(1)
    assert server.installation_tokens == 1


def test_a_token_whose_end_is_near_is_made_anew(server: GitHub, waits: Waits) -> None:
    server.token_lasts = "1970-01-12T13:47:59Z"  # 119 s after the clock of the tests
    forge = forge_of(server, waits, credential=app())
    forge.find("work")
    forge.find("work")
    assert server.installation_tokens == 2


def test_a_token_that_was_revoked_is_made_anew(server: GitHub, waits: Waits) -> None:
    forge = forge_of(server, waits, credential=app())
    forge.find("work")
    server.tokens.clear()
    assert forge.find("work") is None
    assert server.installation_tokens == 2


def test_an_app_that_is_not_installed_there(server: GitHub, waits: Waits) -> None:
    server.troubles.append(Trouble("status", path="/installation", status=404))
    with pytest.raises(PermanentError, match="get a token for the App's installation"):
        forge_of(server, waits, credential=app()).find("work")


def test_an_app_that_asks_too_often(server: GitHub, waits: Waits) -> None:
    limit = Trouble("status", path="/access_tokens", status=429, headers={"Retry-After": "300"})
    server.troubles.append(limit)
    with pytest.raises(Busy) as busy:
        forge_of(server, waits, credential=app()).find("work")
    assert busy.value.seconds == 300


def test_an_answer_without_a_token(server: GitHub, waits: Waits) -> None:
    server.changed = lambda content: {"id": 77}
    with pytest.raises(TemporaryError, match="gave no token"):
        forge_of(server, waits, credential=app()).find("work")


def test_what_an_app_holds_is_in_no_text(server: GitHub, waits: Waits) -> None:
    ours = app()
    forge_of(server, waits, credential=ours).find("work")
    (held,) = server.tokens
    assert held not in repr(ours)
    assert ours.clean(f"it said {held}") == "it said ***"


def test_the_environment_gives_a_token() -> None:
    found = from_environment({"GITHUB_TOKEN": " ghp_x \n"}, NAME)
    assert found == Token("ghp_x")


def test_the_environment_gives_an_app_on_one_line() -> None:
    text = pem(key()).replace("\n", "\\n")
    held = {"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY": text}
    found = from_environment(held, NAME)
    assert isinstance(found, App)
    assert found.number == "7"
    assert from_environment(held, NAME) is found  # and so is the token that it holds


@pytest.mark.parametrize(
    ("held", "words"),
    [
        pytest.param({}, "neither GITHUB_TOKEN nor GITHUB_APP_ID is set", id="nothing"),
        pytest.param({"GITHUB_TOKEN": "  "}, "neither", id="spaces"),
        pytest.param({"GITHUB_TOKEN": "a", "GITHUB_APP_ID": "1"}, "unset the one", id="both"),
        pytest.param({"GITHUB_TOKEN": "a b"}, "is no token", id="words"),
        pytest.param({"GITHUB_TOKEN": "a\r\nX: y"}, "is no token", id="lines"),
        pytest.param({"GITHUB_APP_ID": "1"}, "an App needs both", id="no key"),
        pytest.param(
            {"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": "x"}, "PEM form", id="no PEM"
        ),
    ],
)
def test_an_environment_that_cannot_be_right(held: dict[str, str], words: str) -> None:
    with pytest.raises(PermanentError, match=words) as refused:
        from_environment(held, NAME)
    assert held.get("GITHUB_TOKEN", "").strip() in ("", "a") or "a b" not in str(refused.value)


def test_a_key_of_another_kind() -> None:
    text = pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(PermanentError, match="is no RSA key") as refused:
        from_environment({"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": text}, NAME)
    assert text not in str(refused.value)
    assert ("1", text, NAME) not in credentials._apps
