"""Is a target evaluated, and scanned, by one at a time, whatever becomes of whoever is at it?"""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from evaluation import tasks
from evaluation.asking import holding
from evaluation.asking.held import Held
from evaluation.asking.holding import AtWork, alone
from evaluation.models import Evaluation, Inspection
from evaluation.scan import scanning
from evaluation.self_eval import NotReady, evaluate
from personas.models import Line
from ports.llm import Reply, Request
from ports.llm.scripted import ScriptedModel
from proposals.models import Proposal
from tests.evaluation.evidence_for_tests import fail, gateway
from tests.factories import NOW

SECOND = timedelta(seconds=1)
DEAD = holding.DEAD_AFTER


@pytest.mark.django_db
def test_a_second_one_is_told_so_and_another_thing_or_target_is_free(tmp_path: Path) -> None:
    target, other = gateway(tmp_path), gateway(tmp_path, slug="other")
    with alone(target, "evaluated", NOW) as ours:
        with pytest.raises(AtWork, match="Gateway is being evaluated already"):
            alone(target, "evaluated", NOW + SECOND).__enter__()
        with alone(target, "scanned", NOW), alone(other, "evaluated", NOW):
            assert ours()
    assert not Held.objects.exists()


@pytest.mark.django_db
def test_it_is_free_again_whatever_goes_wrong(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    with pytest.raises(RuntimeError), alone(target, "evaluated", NOW):
        raise RuntimeError
    with alone(target, "evaluated", NOW):
        pass


@pytest.mark.django_db
def test_whoever_died_holds_nothing_for_long_and_finds_out_when_it_wakes(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    with alone(target, "evaluated", NOW) as asleep:
        with pytest.raises(AtWork):
            alone(target, "evaluated", NOW + DEAD - SECOND).__enter__()
        with alone(target, "evaluated", NOW + DEAD) as ours:
            assert (ours(), asleep()) == (True, False)
    assert not Held.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_signs_of_life_are_given_for_as_long_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "BEAT_SECONDS", 0.05)
    target = gateway(tmp_path)
    with alone(target, "evaluated", NOW):
        until = time.monotonic() + 20
        while Held.objects.get().beat_at == NOW and time.monotonic() < until:
            time.sleep(0.05)
        assert NOW < Held.objects.get().beat_at < NOW + timedelta(minutes=1)
    assert not [one for one in threading.enumerate() if one.name.startswith("holding")]


class Slow(ScriptedModel):
    """Answers once somebody else has asked for the same in vain."""

    def __init__(self, meanwhile: "threading.Event", going: "threading.Event") -> None:
        super().__init__(["<done/>\n"])
        self.meanwhile, self.going, self.asked = meanwhile, going, 0

    def complete(self, request: Request) -> Reply:
        self.asked += 1
        self.going.set()
        assert self.meanwhile.wait(30)
        return super().complete(request)


@pytest.mark.django_db(transaction=True)
def test_two_that_overlap_ask_the_model_once_and_spend_once(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    fail(target)
    meanwhile, going = threading.Event(), threading.Event()
    model, ended = Slow(meanwhile, going), []

    def first() -> None:
        try:
            ended.append(evaluate(target, NOW, trigger="schedule", model=model))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert going.wait(30)
        with pytest.raises(NotReady, match="is being evaluated already"):
            evaluate(target, NOW + SECOND, trigger="person", model=model)
    finally:
        meanwhile.set()
        thread.join()
    assert (model.asked, Line.objects.count(), Evaluation.objects.count()) == (1, 1, 1)
    assert ended[0].error == ""


@pytest.mark.django_db
def test_an_answer_that_comes_when_another_has_taken_over_is_not_used(tmp_path: Path) -> None:
    target = gateway(tmp_path)
    fail(target)

    class Overtaken(ScriptedModel):
        def complete(self, request: Request) -> Reply:
            Held.objects.all().delete()
            return super().complete(request)

    row = evaluate(target, NOW, trigger="command", model=Overtaken(["<done/>\n"]))
    assert "somebody else began anew" in row.error
    assert not Proposal.objects.exists()
    assert Line.objects.get().state == "SETTLED"  # it was answered, and is paid for


@pytest.mark.django_db
def test_the_clock_goes_on_with_the_others_and_comes_back(tmp_path: Path) -> None:
    target, other = gateway(tmp_path), gateway(tmp_path, slug="other")
    fail(target)
    with alone(target, "evaluated", NOW), alone(target, "scanned", NOW):
        Held.objects.update(beat_at=NOW + timedelta(days=3650))
        told = tasks.evaluate()
        assert "Gateway is being evaluated already" in told
        assert Evaluation.objects.get().target == other
        assert "Gateway is being scanned already" in tasks.scan()
        assert Inspection.objects.get().target == other
        with pytest.raises(NotReady, match="is being scanned already"):
            scanning.make(target, NOW, trigger="person")
    tasks.evaluate()
    assert Evaluation.objects.filter(target=target).count() == 1
