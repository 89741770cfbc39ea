"""Does the command do what the buttons do, and say what it refuses?"""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Pattern
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    target = add_target()
    for number, words in enumerate(["the index is gone", "nobody answers the mirror", "odd"]):
        ingest.store(target, [call(number, at=NOW, message=words)], NOW)
    mining.mine(target, NOW)
    return target


def run(*words: object) -> Any:
    out = StringIO()
    call_command("pattern", *map(str, words), "--json", stdout=out)
    return json.loads(out.getvalue())


def ids() -> list[int]:
    return list(Pattern.objects.order_by("pk").values_list("pk", flat=True))


def test_every_act_of_the_pages_can_be_done_and_undone(target: Target) -> None:
    one, two, three = ids()
    make_user("admin", name="ada")
    assert [row["id"] for row in run("list")] == [three, two, one]
    assert run("merge", one, two)["count"] == 2
    assert [row["id"] for row in run("list")] == [three, one]
    fingerprint = run("show", one)["fingerprints"][1]["fingerprint"]
    new = run("split", one, fingerprint, "--reason", "another cause")
    assert new["id"] not in {one, two, three}
    assert run("mute", three, "--hours", 2, "--reason", "noise")["state"] == "muted"
    assert run("known", one, "--reason", "by design")["note"] == "by design"
    assert run("reopen", one)["state"] != "known"
    assert run("assign", one, "ada")["assignee"] == "ada"
    told = run("diagnose", one, "resource")
    assert (told["diagnosis"], told["diagnosed_because"]) == ("resource", "command said so")
    moves = run("show", one)["moves"]
    assert [move["move"] for move in moves] == [
        *("merge", "split", "known", "reopen", "assign", "diagnose")
    ]
    assert run("undo", moves[-1]["id"])["diagnosis"] != "resource"
    assert [row["id"] for row in run("list", "--state", "muted")] == [three]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", 999_999), "There is no pattern #999999"),
        (("mute", "FIRST", "--reason", "x"), "Say when the mute ends"),
        (("mute", "FIRST", "--hours", "-1", "--reason", "x"), "above 0"),
        (("mute", "FIRST", "--times", "0", "--reason", "x"), "at least one"),
        (("known", "FIRST"), "Say what is known"),
        (("assign", "FIRST", "nobody"), "nobody named nobody"),
        (("split", "FIRST", "f" * 16), "has no fingerprint"),
        (("merge", "FIRST", "FIRST"), "itself"),
        (("undo", 999_999), "There is no move"),
    ],
)
def test_what_makes_no_sense_is_said(target: Target, words: tuple[object, ...], said: str) -> None:
    first = ids()[0]
    with pytest.raises(CommandError, match=said):
        run(*(first if word == "FIRST" else word for word in words))


def test_without_json_it_is_told_in_words(target: Target) -> None:
    out = StringIO()
    call_command("pattern", "list", "--target", "gateway", stdout=out)
    assert "the index is gone" in out.getvalue()
