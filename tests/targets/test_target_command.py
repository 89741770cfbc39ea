"""Does `manage.py target` add, show and refresh targets, and say what is wrong?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from targets.models import State, Target
from tests.targets.origins import AT, make_origin

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("target", *arguments, stdout=out)
    return out.getvalue()


def add(origin: object) -> str:
    return run("add", "--slug", "gateway", "--origin", str(origin))


def test_a_target_is_added_and_looked_at_at_once(tmp_path: Path) -> None:
    shown = add(make_origin(tmp_path / "o.git").git_dir)
    assert "Added gateway." in shown
    assert "Ready" in shown
    assert Target.objects.get().state == State.READY


def test_one_that_cannot_be_reached_is_added_and_says_so(tmp_path: Path) -> None:
    shown = add(tmp_path / "nowhere.git")
    assert "Cannot be reached" in shown
    with pytest.raises(CommandError, match="cannot be used as they are: gateway"):
        run("refresh")


def test_the_list_is_lines_or_json(tmp_path: Path) -> None:
    assert "No target yet" in run("list")
    assert json.loads(run("list", "--json")) == []
    origin = make_origin(tmp_path / "o.git")
    add(origin.git_dir)
    assert run("list").startswith("gateway ")
    (row,) = json.loads(run("list", "--json"))
    assert (row["slug"], row["state"], row["branch"]) == ("gateway", "READY", "main")
    assert row["head_commit"] == origin.head("main")


def test_a_refresh_follows_the_origin(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "o.git")
    add(origin.git_dir)
    new = origin.commit_files("main", {"NEWS.md": b"x"}, "News", AT)
    assert new[:12] in run("refresh", "--slug", "gateway")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("refresh", "--slug", "nowhere"), "no target 'nowhere'; known: there is none yet"),
        (("accept", "--slug", "nowhere", "--reason", "x"), "no target 'nowhere'"),
        (("add", "--slug", "a b", "--origin", "/x"), "slug"),
        (("add", "--slug", "a"), "--origin"),
        ((), "act"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not Target.objects.exists()


def test_there_must_be_something_to_accept(tmp_path: Path) -> None:
    add(make_origin(tmp_path / "o.git").git_dir)
    with pytest.raises(CommandError, match="was not rewritten"):
        run("accept", "--slug", "gateway", "--reason", "x")
