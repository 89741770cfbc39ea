"""Does `bench` tell a person and a program the same, with an exit code that can be relied on?"""

import io
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from benchmarks.models import Run
from benchmarks.running.telling import Progress
from targets.models import Target
from tests.benchmarks.scenes import CALM
from tests.benchmarks.trees import commit, enable, shop

pytestmark = pytest.mark.django_db
BAD = {"shop/prices.py": CALM["shop/prices.py"] + "\n\nimport os\n"}


@pytest.fixture
def target(tmp_path: Path, settings: LazySettings) -> Target:
    enable(settings)
    return shop(tmp_path)


def bench(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("bench", *words, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_any_repository_is_measured_and_only_read(target: Target) -> None:
    before = sorted(Path(target.origin).rglob("*"))
    code, out, err = bench("--repo", target.origin)
    assert code == 0
    assert target.head_commit[:12] in out
    assert "lint_score" in out
    assert "0 findings in 3 files" in out
    assert "lint_score: measured, " in err
    assert "\x1b" not in err
    assert sorted(Path(target.origin).rglob("*")) == before
    assert not Run.objects.exists()
    assert "lint_score: measured, found again" in bench("--repo", target.origin)[2]


def test_worse_is_exit_code_1_with_what_is_new(target: Target) -> None:
    commit(target, BAD)
    code, out, _ = bench("--repo", target.origin, "--against", target.head_commit)
    assert code == 1
    assert "↓ worse: 0 findings are gone, 2 are new" in out
    assert "- F401 shop/prices.py" in out


def test_no_score_is_exit_code_3_and_no_success(target: Target) -> None:
    code, out, _ = bench("--repo", target.origin, "--only", "test_pass_rate", "--tests", "tox")
    assert code == 3
    assert "Not run: “tox” is neither" in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--repo", "/nowhere/at/all"], "not"),
        (["--repo", ""], "no repository is named"),
        (["--target", "gone"], "There is no target gone"),
        (["--target", "shop", "--commit", "gone"], "neither a branch nor a commit"),
        (["--target", "shop", "--only", "gone"], "there is no benchmark 'gone'"),
        (["--repo", "x", "--tests", "'"], "No closing quotation"),
    ],
    ids=["path", "empty", "target", "commit", "name", "quotes"],
)
def test_what_cannot_be_measured_is_exit_code_2(
    words: list[str], why: str, target: Target
) -> None:
    code, out, err = bench(*words)
    assert (code, out) == (2, "")
    assert why in err


def test_a_program_gets_one_object(target: Target) -> None:
    made = commit(target, BAD)
    words = ["--repo", target.origin, "--against", target.head_commit, "--json"]
    code, out, _ = bench(*words)
    told: dict[str, Any] = json.loads(out)
    assert (told["exit_code"], told["commit"], told["against"]) == (code, made, target.head_commit)
    score = next(one for one in told["scores"] if one["benchmark"] == "lint_score")
    assert (score["value"], score["tool"], score["outcome"]) == (2.0, "ruff", "measured")
    assert score["findings"][1]["rule"] == "F401"
    found = {one["benchmark"]: one["verdict"] for one in told["comparisons"]}
    assert found["lint_score"] == "worse", told["comparisons"]
    assert told["weighted_gain"] < 0
    code, out, _ = bench("--repo", "/nowhere", "--json")
    assert json.loads(out)["exit_code"] == code == 2


def test_runs_of_a_target_are_kept(target: Target) -> None:
    assert bench("--target", "shop")[0] == 0
    run = Run.objects.get()
    assert (run.commit, run.scores.count()) == (target.head_commit, 2)


def test_ctrl_c_calls_it_off_and_leaves_nothing_running(
    target: Target, settings: LazySettings
) -> None:
    enable(settings, "test_pass_rate")
    commit(target, {"test_shop.py": "import time\ntime.sleep(500)\n"})
    threading.Timer(3, os.kill, (os.getpid(), signal.SIGINT)).start()
    code, out, err = bench("--target", "shop")
    assert (code, out) == (130, "")
    assert "Cancelled" in err
    assert Run.objects.get().state == "cancelled"


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def write(self, msg: str = "", style_func: Any = None, ending: str | None = None) -> int:
        return super().write(msg + ("\n" if ending is None else ending))

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_is_drawn_and_taken_away() -> None:
    screen = Terminal()
    progress = Progress(screen)
    progress.told("lint_score", None)
    assert "0/1 lint_score" in screen.getvalue()
    progress.clear()
    assert screen.getvalue().endswith("\r\x1b[K")
