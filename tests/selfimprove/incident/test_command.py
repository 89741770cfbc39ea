"""Does a terminal tell what the incident page tells?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.events import Event
from tests.console.rows import beat, enter
from tests.factories import make_target
from tests.selfimprove.incident.test_page import deployed

pytestmark = pytest.mark.django_db


def printed(*words: str) -> str:
    out = StringIO()
    call_command("incident", *words, stdout=out)
    return out.getvalue()


def test_it_says_what_changed_what_is_wrong_and_how_to_take_it_back(tmp_path: Path) -> None:
    beat(timezone.now())
    delivery = deployed(make_target(tmp_path), title="Give it time")
    enter(Event.TOKEN_REVOKED, "token:2", at=timezone.now(), reason="It leaked.")
    told = printed()
    assert told.startswith("Loop running. ")
    assert "Wrong now: nothing that we know of" in told
    assert f"manage.py revert {delivery.pk} --reason …   gateway: Give it time" in told
    assert ": It leaked." in told
    assert "Alarms: none" in told


def test_with_nothing_to_tell_each_part_says_so() -> None:
    told = printed("--hours", "1")
    assert "Can be taken back: nothing" in told
    assert "Changed in the last 1 h: nothing" in told


def test_a_program_reads_the_same(tmp_path: Path) -> None:
    target = make_target(tmp_path)
    enter(Event.TARGET_CHANGED, "target:gateway", at=timezone.now(), target=target.slug)
    enter(Event.TARGET_CHANGED, "target:other", at=timezone.now(), target="other")
    told = json.loads(printed("--json", "--target", "gateway", "--hours", "6"))
    assert (told["hours"], told["target"], len(told["changes"])) == (6, "gateway", 1)
    assert told["loop"]["state"] == "Worker not seen yet"


def test_an_unknown_target_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    make_target(tmp_path)
    with pytest.raises(CommandError, match="no target 'nobody'; there are: gateway"):
        printed("--target", "nobody")


@pytest.mark.parametrize("hours", ["0", "-3", "999999"])
def test_a_span_that_cannot_be_is_refused(hours: str) -> None:
    with pytest.raises(CommandError, match="--hours: give a whole number from 1 to 2160"):
        printed(f"--hours={hours}")
