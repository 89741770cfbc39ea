"""Are GitHub's own examples understood, and is what others send turned away?"""

import gzip
import json
from typing import Any

import pytest

from ports.forge.github.webhooks import WAKING, News, is_signed, read
from tests.ports.github.published.cut import EXAMPLES

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
# The example of GitHub's own documentation.
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def examples() -> list[Any]:
    packed: list[dict[str, Any]] = json.loads(gzip.decompress(EXAMPLES.read_bytes()))
    return [
        pytest.param(one["name"], payload, id=f"{one['name']}-{place}")
        for one in sorted(packed, key=lambda one: str(one["name"]))
        for place, payload in enumerate(one["examples"])
    ]


@pytest.mark.parametrize(("event", "payload"), examples())
def test_every_published_example_is_understood(event: str, payload: dict[str, Any]) -> None:
    news = read(event, payload)
    named = payload.get("repository", {}).get("full_name", "")
    assert news.repository == named
    is_comment_on_an_issue = event == "issue_comment" and "pull_request" not in payload["issue"]
    assert bool(news.ignored) is (event not in WAKING or is_comment_on_an_issue)
    if event.startswith("pull_request"):
        assert news.numbers == (payload["pull_request"]["number"],)


def test_there_are_examples_of_everything_that_wakes() -> None:
    names = {str(one.values[0]) for one in examples()}
    assert names >= WAKING | {"ping"}
    assert len(examples()) == 329


def test_the_signature_of_the_documentation_holds() -> None:
    assert is_signed(BODY, SIGNATURE, SECRET)


@pytest.mark.parametrize(
    ("body", "signature", "secret"),
    [
        pytest.param(BODY + b" ", SIGNATURE, SECRET, id="a byte more"),
        pytest.param(BODY, SIGNATURE, "another", id="another secret"),
        pytest.param(BODY, SIGNATURE, "", id="no secret"),
        pytest.param(BODY, "", SECRET, id="no signature"),
        pytest.param(BODY, "sha256=", SECRET, id="an empty one"),
        pytest.param(BODY, SIGNATURE.removeprefix("sha256="), SECRET, id="without its kind"),
        pytest.param(BODY, SIGNATURE.replace("sha256", "sha1"), SECRET, id="of another kind"),
        pytest.param(BODY, SIGNATURE.upper(), SECRET, id="in capitals"),
        pytest.param(BODY, "sha256=\udcff\u00fc", SECRET, id="no letters"),
    ],
)
def test_what_is_not_signed_with_the_secret(body: bytes, signature: str, secret: str) -> None:
    assert not is_signed(body, signature, secret)


def test_a_secret_that_is_empty_signs_nothing() -> None:
    nothing = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    assert not is_signed(b"", nothing, "")


@pytest.mark.parametrize(
    ("event", "payload", "news"),
    [
        ("", {}, News("", ignored="nothing here follows from no event")),
        ("pull_request", {}, News("", ignored="it names no repository")),
        ("pull_request", {"repository": 7}, News("", ignored="it names no repository")),
        ("push", {"repository": {"full_name": "a/b"}}, News("a/b")),
        (
            "check_run",
            {
                "repository": {"full_name": "a/b"},
                "check_run": {"pull_requests": [{"number": 3}, {"number": "x"}, None]},
            },
            News("a/b", (3,)),
        ),
        (
            "check_suite",
            {"repository": {"full_name": "a/b"}, "check_suite": {"pull_requests": "none"}},
            News("a/b"),
        ),
    ],
    ids=["nothing", "no repository", "a number", "push", "strange numbers", "no list"],
)
def test_payloads_that_nobody_published(event: str, payload: Any, news: News) -> None:
    assert read(event, payload) == news
