"""Does `status` say how everything is, to a person and to a program?"""

from pathlib import Path

import pytest
from django.utils import timezone

from audit.log import Actor
from generations.models import Loop, Outcome
from selfimprove import switch
from selfimprove.models import Heartbeat
from targets.models import Target
from tests.delivery.scene import make_scene
from tests.evaluation.inspections.test_ideas import make_idea
from tests.factories import NOW, make_proposal, make_target
from tests.generations.endings import bare_target, ended, opened
from tests.generations.foreground.typed import typed

pytestmark = pytest.mark.django_db


def beat() -> None:
    Heartbeat.objects.create(host="here", at=timezone.now(), pid=1)


def test_a_new_house_says_what_comes_first() -> None:
    said = typed("status")
    assert said.code == 1
    assert said.out.startswith("Worker not seen yet: ")
    assert "There is no target yet: manage.py target add." in said.out


def test_a_running_one_ends_with_0_and_a_paused_one_says_who_paused_it() -> None:
    beat()
    assert typed("status").code == 0
    switch.pause(actor=Actor("person", "ada"), reason="incident", at=timezone.now())
    said = typed("status")
    assert said.code == 1
    assert said.out.startswith("Loop paused: Paused by ada: incident.")


def test_generations_are_told_with_what_they_do_and_how_they_ended() -> None:
    beat()
    target = bare_target()
    ended(target)
    ended(target, Outcome.REJECTED)
    loop = Loop.objects.create(
        target=target, wanted=5, writer="embedded", asked_by="ada", asked_at=NOW
    )
    opened(target, phase="measure", activity="measures lint_score", loop=loop)
    said = typed("status").out
    assert "generation 3 is at work, phase measure: measures lint_score" in said
    assert "1 of 5 generations in a row are begun" in said
    assert "generation 2 ended rejected: A gate refused it: eval." in said
    assert "generations in all: 1 nothing, 1 rejected" in said
    (told,) = typed("status", "--json").json["targets"]
    assert told["generation_at_work"]["number"] == 3
    assert told["last_generation"]["outcome"] == "REJECTED"
    assert told["generations"] == {"nothing": 1, "rejected": 1}
    assert told["loop"] == {"wanted": 5, "begun": 1}


def test_what_waits_for_a_person_is_counted(tmp_path: Path) -> None:
    beat()
    target = make_target(tmp_path)
    make_proposal(target)
    make_idea(target)
    assert "Await a person: 1 proposals, 1 ideas." in typed("status").out
    told = typed("status", "--json").json
    assert (told["proposals"], told["ideas_waiting"]) == ({"pending": 1}, 1)
    assert told["loop"]["runs"] is True


def test_deliveries_at_work_and_targets_at_rest_are_named(tmp_path: Path) -> None:
    beat()
    scene = make_scene(tmp_path)
    delivery = scene.begin()
    Target.objects.update(paused=True)
    said = typed("status").out
    assert f"Delivery {delivery.pk} of {scene.target.slug}: {delivery.stage}" in said
    assert f"{scene.target.slug}: ready, paused, " in said
