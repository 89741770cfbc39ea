"""Can workers at the same moment spend more than a budget holds?"""

import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from pytest_django import Settings

from personas.ledger.budgets import BudgetReached
from personas.ledger.lines import AlreadyClosed
from personas.models import Alert, Line, State
from tests.personas.ledger.spend import a_target, budget, reserve, settle

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
PROGRAM = """
import django, sys
django.setup()
from django.conf import settings
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from personas.ledger.options import Spending
spending = Spending(day_usd=3, call_usd=None, purpose_usd=None, month_usd=None)
settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"spending": spending})
from personas.ledger.budgets import BudgetReached
from tests.personas.ledger.spend import reserve
sys.stdin.readline()
for _ in range(2):
    try:
        reserve()
        print("reserved", flush=True)
    except BudgetReached:
        print("refused", flush=True)
"""


def at_once(work: "list[threading.Thread]") -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def test_threads_together_reserve_no_more_than_there_is(settings: Settings) -> None:
    budget(settings, day_usd=3)
    a_target()
    outcomes: list[str] = []
    ready = threading.Barrier(WORKERS)

    def work() -> None:
        ready.wait()
        try:
            reserve()
            outcomes.append("reserved")
        except BudgetReached:
            outcomes.append("refused")
        finally:
            connections.close_all()

    at_once([threading.Thread(target=work) for _ in range(WORKERS)])
    assert sorted(outcomes) == ["refused"] * (WORKERS - 3) + ["reserved"] * 3
    assert Line.objects.count() == 3


def test_processes_together_reserve_no_more_than_there_is() -> None:
    a_target()
    name = str(connection.settings_dict["NAME"])
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name],
            cwd=django_settings.BASE_DIR,
            env={**os.environ, "SELFIMPROVE_DATA_DIR": str(django_settings.DATA_DIR)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:  # each waits here until all of them are up
        assert worker.stdin is not None
        worker.stdin.write("now\n")
        worker.stdin.flush()
    told = "".join(worker.communicate()[0] for worker in workers).split()
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted(told) == ["refused"] * 3 + ["reserved"] * 3
    assert Line.objects.filter(state=State.OPEN).count() == 3


def test_one_of_many_settles_a_line_and_each_share_is_told_once(settings: Settings) -> None:
    budget(settings, day_usd=1)
    line = reserve()
    outcomes: list[str] = []
    ready = threading.Barrier(WORKERS)

    def work() -> None:
        ready.wait()
        try:
            settle(Line.objects.get(pk=line.pk))
            outcomes.append("settled")
        except AlreadyClosed:
            outcomes.append("late")
        finally:
            connections.close_all()

    at_once([threading.Thread(target=work) for _ in range(WORKERS)])
    assert sorted(outcomes) == ["late"] * (WORKERS - 1) + ["settled"]
    assert list(Alert.objects.values_list("percent", flat=True)) == [50]
