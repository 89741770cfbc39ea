"""Does `manage.py rehearse` say to people and programs what came of it?"""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from proposals.models import Proposal, Status
from tests.delivery.scene import make_scene
from tests.delivery.test_rehearsal import TOO_MUCH, dry, moved, waiting

pytestmark = pytest.mark.django_db


def asked(*arguments: str) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("rehearse", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_it_prints_the_sentence_and_every_step(tmp_path: Path) -> None:
    scene = waiting(tmp_path, dry())
    code, text = asked(str(scene.proposal.pk))
    assert code == 0
    lines = text.splitlines()
    assert lines[0].startswith("Rollback rehearsed: applied to ")
    assert lines[1] == "  Deploying: reload (at most 20 s): passed"
    assert lines[3:5] == ["      1300", "  Taking back: reload (at most 20 s): passed"]


def test_a_program_gets_one_object(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    code, text = asked(str(scene.proposal.pk), "--json")
    told = json.loads(text)
    assert (code, told["exit"], told["result"]) == (0, 0, "REHEARSED")
    assert told["head"] == scene.target.head_commit
    assert [step["dry_command"] for step in told["steps"]] == ["", ""]
    assert told["steps"][0]["command"] == "python3 ops/reload.py"


def test_a_conflict_ends_with_one(tmp_path: Path) -> None:
    scene = waiting(tmp_path)
    moved(scene, "timeout_ms: 400", "timeout_ms: 500")
    code, text = asked(str(scene.proposal.pk))
    assert code == 1
    assert "conflict in config/tools.yaml" in text


def test_a_step_that_fails_ends_with_one(tmp_path: Path) -> None:
    code, text = asked(str(waiting(tmp_path, dry(TOO_MUCH)).proposal.pk), "--json")
    assert (code, json.loads(text)["result"]) == (1, "STEP_FAILED")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("first", "'first' is not the id of a proposal"),
        ("00000000-0000-4000-8000-000000000000", "There is no proposal 0000"),
    ],
)
def test_a_name_of_nothing_is_refused(name: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as refusal:
        asked(name)
    assert refusal.value.returncode == 2


def test_what_is_decided_is_not_rehearsed(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(CommandError, match="only what awaits review is rehearsed"):
        asked(str(scene.proposal.pk))
    assert Proposal.objects.get(pk=scene.proposal.pk).status == Status.APPROVED
