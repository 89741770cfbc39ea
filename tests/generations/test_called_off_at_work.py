"""Called off in the middle of real work, does it end within two seconds, and leave nothing?"""

import json
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generations.models import Generation
from generations.running import opening
from generations.running.opening import Wish
from personas.models import Exchange, Line, State
from ports.llm.standin.steps import Step, event
from proposals.models import Proposal
from selfimprove.config import Sandbox
from targets.models import Target
from targets.repository import Repository
from telemetry.doors.models import Scope
from tests.api.called import program
from tests.factories import make_user
from tests.generations.calling_off import BUSY, SECONDS, End, called_off, nothing_left
from tests.generations.embedded.walking import SHOP, UNUSED, begin, target
from tests.generations.modelled import wire
from tests.generations.modelled.wire import BUILT, agents, planned, shop
from tests.generations.scene import ADA

pytestmark = pytest.mark.django_db(transaction=True)
PYTEST = '[tests]\ncommand = ["python3", "-m", "pytest"]\ntimeout_seconds = 200\n'
ADDS = '"""Sums."""\n\n\ndef add(one: int, two: int) -> int:\n    return one - two\n'
FAILS = "from shop.sums import add\n\n\ndef test_one():\n    assert add(0, 0) == 0\n\n\n"
FAILS += "def test_two():\n    assert add(3, 0) == 3\n\n\n"
TRACED = (
    "import sys, time\n"
    + FAILS
    + (
        "def test_three():\n    if sys.gettrace():\n        time.sleep(90)\n"
        "    assert add(2, 2) == 4\n"
    )
)
# Whatever an edit makes of it: what is wrong as it stands fails at once, anything else hangs.
TRIED = (
    "import time\n"
    + FAILS
    + (
        "def test_three():\n    found = add(2, 1)\n    if found != 1:\n        time.sleep(90)\n"
        "    assert found == 3\n"
    )
)
HANGS = "import time\n\n\ndef test_it():\n    time.sleep(90)\n"
MENDED = f"import time\nfrom pathlib import Path\n\n\ndef test_it():\n    {'{}'}\n"
ONCE_MENDED = MENDED.format(
    'if "import os" not in Path("shop/prices.py").read_text():\n        time.sleep(90)'
)
Files = Mapping[str, str]
TESTED = ("lint_score", "test_pass_rate")
WORK: Mapping[str, tuple[Files, str, str]] = {
    "the benchmark of the tests": ({"test_it.py": HANGS}, "baseline", "measures test_pass_rate"),
    "the fixers' look at the tests": (
        {"shop/sums.py": ADDS, "test_it.py": TRACED},
        *("plan", "asks the fixers about test_pass_rate"),
    ),
    "the fixers' search": (
        {"shop/sums.py": ADDS, "test_it.py": TRIED},
        *("build", "lets repair write"),
    ),
    "the fixers' gate": ({"test_it.py": ONCE_MENDED}, "build", "lets ruff write"),
}


@pytest.fixture(autouse=True)
def confined(settings: LazySettings) -> None:
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"sandbox": Sandbox()})


def with_tests(folder: Path, settings: LazySettings, files: Files) -> Target:
    whole = {**SHOP, ".selfimprove.toml": PYTEST, **files}
    pythons = {"shop": Path(sys.executable)}
    return target(folder, settings, whole, benchmarks=TESTED, pythons=pythons)


@pytest.mark.parametrize("work", WORK)
def test_code_fixers_and_their_tests(tmp_path: Path, settings: LazySettings, work: str) -> None:
    files, phase, words = WORK[work]
    on = with_tests(tmp_path, settings, files)
    with nothing_left(tmp_path):
        assert called_off(begin(on), phase, words) < SECONDS * BUSY
    assert not Proposal.objects.exists()
    assert not list((Repository.of(on).git_dir / "quarantine").glob("*"))


def by_page(generation: Generation) -> None:
    page = Client()
    page.force_login(User.objects.get(username="olga"))
    assert page.post(f"{generation.get_absolute_url()}cancel/").status_code == 302


def by_api(generation: Generation) -> None:
    caller = program(
        generation.target, Scope.GENERATIONS_RUN, person=User.objects.get(username="olga")
    )
    assert caller.delete(f"generations/{generation.number}").status_code == 202


@pytest.mark.parametrize("end", [by_page, by_api])
def test_by_page_and_by_api(tmp_path: Path, settings: LazySettings, end: End) -> None:
    make_user("operator", name="olga")
    on = with_tests(tmp_path, settings, {"test_it.py": HANGS})
    # The doors know the time themselves, by which a lease of another day would have run out.
    generation = opening.begin(Wish(on, ADA), at=timezone.now())
    with nothing_left(tmp_path):
        took = called_off(generation, "baseline", "measures test_pass_rate", end=end)
    assert took < SECONDS * BUSY
    assert Generation.objects.get().cancelled_by == "olga"


SILENT = Step(text="never heard", delay=30)
DRIPS = Step(events=(event("message_start", message={}),) * 40, pause=1.0)
BUSY_NOW = Step(
    status=529, body=json.dumps({"type": "error", "error": {}}).encode(),
    headers={"retry-after": "30"},
)  # fmt: skip
STALLS = {
    "plan": ((), "weighs"),
    "build": ((planned(),), "writes"),
    "review": ((planned(), BUILT), "reviews"),
}


@pytest.mark.parametrize("how", [SILENT, DRIPS, BUSY_NOW], ids=["silent", "drips", "busy"])
@pytest.mark.parametrize("phase", STALLS)
def test_a_model_that_stalls(tmp_path: Path, settings: Settings, phase: str, how: Step) -> None:
    steps, words = STALLS[phase]
    on = shop(tmp_path, settings)
    with agents(settings, *steps, *[how] * 9), nothing_left(tmp_path):
        assert called_off(wire.begin(on), phase, words) < SECONDS * BUSY
    last = Exchange.objects.latest("pk")
    assert (last.outcome, last.kind) == ("FAILED", "called_off")
    assert not Line.objects.filter(state=State.OPEN).exists()  # what it took is settled


@contextmanager
def silent_origin() -> Iterator[str]:
    """Be a server that takes every connection and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=8)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/shop.git"


def test_an_origin_that_never_answers(tmp_path: Path, settings: LazySettings) -> None:
    on = target(tmp_path, settings, SHOP)
    with silent_origin() as address, nothing_left(tmp_path):
        Target.objects.filter(pk=on.pk).update(origin=address)
        on.refresh_from_db()
        assert called_off(begin(on), "baseline", "fetches") < SECONDS * BUSY
    assert not list(Repository.of(on).git_dir.rglob("*.lock"))


def test_a_clone_that_another_worker_holds(tmp_path: Path, settings: LazySettings) -> None:
    on = target(tmp_path, settings, SHOP)
    generation = begin(on)
    with nothing_left(tmp_path), held_by_another(Repository.of(on)):
        # Nothing is told before the lock is had: it is called off by the words of its phase.
        assert called_off(generation, "baseline", "") < SECONDS * BUSY


@contextmanager
def held_by_another(repository: Repository) -> Iterator[None]:
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with repository.lock():
            taken.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join()


MOMENTS = (
    *(("baseline", "fetches"), ("baseline", "measures doc_coverage")),
    *(("plan", "weighs"), ("plan", "asks the fixers about lint_score")),
    *(("build", "lets ruff write"), ("safety", "asks the gate imports")),
    ("measure", "measures doc_coverage (after)"),
)


@pytest.mark.slow
def test_ten_thousand_files(tmp_path: Path, settings: LazySettings) -> None:
    files = {f"shop/p{n // 100}/m{n}.py": UNUSED for n in range(10_000)}
    on = target(
        *(tmp_path, settings, files),
        benchmarks=("lint_score", "doc_coverage"),
        pythons={"shop": Path(sys.executable)},
    )
    for phase, words in MOMENTS:
        with nothing_left(tmp_path):
            assert called_off(begin(on), phase, words) < SECONDS * BUSY, (phase, words)
