"""Is writing proposals to git told before and after, whatever happens in between?"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from audit.models import Entry
from proposals.publish import BRANCH, publish
from targets.models import Target
from targets.repository import PushRefused, Repository
from tests.factories import NOW, git, make_proposal, make_target

LATER = NOW + timedelta(hours=1)
ROOT = Path(__file__).parents[2]


def told() -> list[str]:
    rows = Entry.objects.filter(event__contains="publish").order_by("id")
    return [str(row.event).removeprefix("proposals.") for row in rows]


def last() -> Entry:
    return Entry.objects.filter(event__contains="publish").latest("id")


@pytest.mark.django_db
def test_a_push_is_told_before_and_after_and_a_pass_without_one_is_not(target: Target) -> None:
    make_proposal(target)
    assert publish(target, LATER).pushed
    assert told() == ["publish_intended", "published"]
    intended = Entry.objects.get(event="proposals.publish_intended")
    assert intended.facts["commit"] == Repository.of(target).head(BRANCH)
    assert last().cites == [str(intended.uid)]
    assert not publish(target, LATER).pushed
    assert told() == ["publish_intended", "published"]


@pytest.mark.django_db
def test_a_push_that_is_refused_again_and_again_is_told_once(target: Target) -> None:
    make_proposal(target)
    hook = Path(target.origin) / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    for _ in range(3):
        with pytest.raises(PushRefused):
            publish(target, LATER)
    assert told() == ["publish_intended", "publish_failed"]
    hook.unlink()
    assert publish(target, LATER).pushed
    assert told() == ["publish_intended", "publish_failed", "published"]


def killed(target: Target, event: str) -> None:
    """Let another process die right before, or right after, its push."""
    name, folder = str(connection.settings_dict["NAME"]), str(settings.DATA_DIR)
    point = ["publish", target.slug, "-", "Repository.push", event]
    command = [sys.executable, "-m", "tests.proposals.elsewhere", name, folder, *point]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "selfimprove.settings"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input="now\n", text=True, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_before_the_push_it_is_pushed_by_the_next_pass(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    make_proposal(target)
    killed(target, "call")
    assert told() == ["publish_intended"]
    assert publish(target, LATER).pushed
    assert told() == ["publish_intended", "published"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_after_the_push_the_origin_tells_that_it_was_done(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    make_proposal(target)
    killed(target, "return")
    assert told() == ["publish_intended"]
    assert not publish(target, LATER).pushed
    assert told() == ["publish_intended", "published"]
    assert "the origin has it" in last().reason
    publish(target, LATER)
    assert told() == ["publish_intended", "published"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_push_that_came_to_nothing_is_told_before_the_next_one(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    make_proposal(target)
    killed(target, "call")
    make_proposal(target)
    assert publish(target, LATER).pushed
    assert told() == ["publish_intended", "publish_failed", "publish_intended", "published"]
    assert git(Path(target.origin), "rev-parse", BRANCH) == Repository.of(target).head(BRANCH)
