"""Are two commits compared as the house promises, with real runs of real code?"""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from benchmarks import choosing
from benchmarks.measured import Measured, Outcome
from benchmarks.running import comparing, together
from benchmarks.running.comparing import Compared
from benchmarks.running.together import Asked
from benchmarks.verdicts import Verdict
from targets.models import Target
from tests.benchmarks.scenes import CALM
from tests.benchmarks.trees import commit, enable, shop, tree

pytestmark = pytest.mark.django_db
HEAD = (
    "import random\nimport unittest\nfrom shop.prices import total\n\n\n"
    "class T(unittest.TestCase):\n"
)
FLAKY = "    def test_flaky(self):\n        self.assertLess(random.random(), 0.5)\n"
STEADY = "    def test_steady(self):\n        self.assertEqual(total([1]), 1)\n"
OWN = """
[benchmarks]
enabled = ["score"]
[[benchmarks.own]]
name = "score"
command = ["python3", "bench.py"]
read = "regex"
pattern = "score: ([0-9.]+)"
"""


def compared(target: Target, new: str, old: str = "") -> dict[str, Compared]:
    before, after = tree(target, old), tree(target, new)
    wanted = choosing.chosen(before.manifest)
    asked = Asked(timezone.now())
    was, now = (together.measure(one, wanted, asked) for one in (before, after))
    found = comparing.compare(before, after, was, now, asked)
    return {one.chosen.name: one for one in found}


def verdicts(found: dict[str, Compared]) -> dict[str, str]:
    return {name: str(one.difference.verdict) for name, one in found.items()}


def test_a_byte_identical_change_is_no_difference(tmp_path: Path, settings: LazySettings) -> None:
    enable(settings, "lint_score", "test_pass_rate", "code_complexity", "file_organization")
    target = shop(tmp_path, {**CALM, "test_shop.py": HEAD + FLAKY})
    there = commit(target, {"a.txt": "1"})
    back = commit(target, {"a.txt": None})
    assert back not in ("", there, target.head_commit)
    found = compared(target, back)
    assert set(verdicts(found).values()) == {"no difference"}
    assert {one.difference.words for one in found.values()} == {comparing.IDENTICAL}
    assert comparing.weighted(list(found.values())) == 0


def test_findings_that_are_gone_are_better_and_new_ones_worse(
    tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings, "lint_score", "code_complexity")
    target = shop(tmp_path)
    bad = commit(target, {"shop/prices.py": CALM["shop/prices.py"] + "\n\nimport os\n"})
    found = compared(target, bad)
    assert verdicts(found) == {"lint_score": "worse", "code_complexity": "no difference"}
    assert found["lint_score"].difference.losses == (
        "E402 shop/prices.py",
        "F401 shop/prices.py",
    )
    assert comparing.weighted(list(found.values())) < 0
    back = compared(target, target.head_commit, bad)
    assert verdicts(back)["lint_score"] == "better"
    assert (back["lint_score"].difference.keep, back["lint_score"].difference.proven) == (
        True,
        False,
    )


def test_docstrings_alone_raise_nothing_but_their_own_score(
    tmp_path: Path, settings: LazySettings
) -> None:
    names = ("lint_score", "security_scan", "code_complexity", "doc_coverage", "import_check")
    enable(settings, *names)
    files = {**CALM, "shop/prices.py": "def f(x):\n    return eval(x)\n"}
    target = shop(tmp_path, files)
    said = '"""Say."""\n\n\ndef f(x):\n    """Say."""\n    return eval(x)\n'
    found = verdicts(compared(target, commit(target, {"shop/prices.py": said})))
    assert found.pop("doc_coverage") == "better"
    assert set(found.values()) == {"no difference"}


def test_a_test_that_breaks_makes_it_worse_and_is_named(
    tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings, "test_pass_rate")
    target = shop(tmp_path)
    broken = CALM["shop/prices.py"].replace("sum(prices)", "sum(prices) + 1")
    found = compared(target, commit(target, {"shop/prices.py": broken}))["test_pass_rate"]
    assert found.difference.verdict == Verdict.WORSE
    assert found.difference.losses == ("test_shop.Shop.test_total",)
    assert found.gain == -1


def test_a_change_that_ends_no_more_is_worse(tmp_path: Path, settings: LazySettings) -> None:
    enable(settings, "test_pass_rate")
    target = shop(tmp_path)
    made = commit(target, {"shop/prices.py": "while True:\n    pass\n"})
    section = settings.SELFIMPROVE.benchmarks.model_copy(
        update={"timeouts": {"test_pass_rate": 3.0}}
    )
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"benchmarks": section})
    found = compared(target, made)["test_pass_rate"].difference
    assert found.verdict == Verdict.WORSE
    assert "now it does not end" in found.words


def test_a_flaky_suite_is_run_in_turn_and_its_noise_is_told(
    tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings, "test_pass_rate")
    always = "".join(FLAKY.replace("flaky", f"flaky_{n}") for n in range(12))
    target = shop(tmp_path, {**CALM, "test_shop.py": HEAD + always + STEADY})
    found = compared(target, commit(target, {"notes.txt": "nothing"}))["test_pass_rate"]
    assert found.difference.is_noisy
    assert found.difference.repeats >= 3
    # One in twenty such comparisons is proven by chance: that is what 95 % means.
    assert found.difference.low is not None
    assert found.difference.high is not None
    assert found.difference.low <= (found.difference.difference or 0) <= found.difference.high


def test_what_breaks_beside_flaky_tests_is_seen(tmp_path: Path, settings: LazySettings) -> None:
    enable(settings, "test_pass_rate")
    always = "".join(FLAKY.replace("flaky", f"flaky_{n}") for n in range(12))
    target = shop(tmp_path, {**CALM, "test_shop.py": HEAD + always + STEADY})
    broken = CALM["shop/prices.py"].replace("sum(prices)", "7")
    found = compared(target, commit(target, {"shop/prices.py": broken}))["test_pass_rate"]
    assert found.difference.verdict == Verdict.WORSE
    assert "test_shop.T.test_steady" in found.difference.losses


@pytest.mark.parametrize(
    ("old", "new", "verdict", "noisy"),
    [
        ("print('score: 3')", "print('score: 3')  # more", "no difference", False),
        ("print('score: 3')", "print('score: 5')", "better", False),
        ("print('score: 5')", "print('score: 3')", "worse", False),
        (
            "import random; print(f'score: {random.random():.6f}')",
            "import random; print(f'score: {9 + random.random():.6f}')",
            "better",
            True,
        ),
        ("print('score: 3')", "print('nothing')", "inconclusive", False),
    ],
    ids=["same", "higher", "lower", "noisy-higher", "no-score"],
)
def test_one_number_of_a_targets_own(
    old: str, new: str, verdict: str, noisy: bool, tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings)
    target = shop(tmp_path, {".selfimprove.toml": OWN, "bench.py": old})
    found = compared(target, commit(target, {"bench.py": new}))["score"]
    assert (str(found.difference.verdict), found.difference.is_noisy) == (verdict, noisy)


def test_a_score_that_is_missing_on_one_side_is_said() -> None:
    measured = Measured(Outcome.MEASURED, "1 finding", 1.0)
    missing = Measured(Outcome.NOT_RUN, "ruff is not installed")
    found = comparing._without_a_score(missing, measured)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.words == "there is no score before: ruff is not installed"


def test_coverage_tells_functions_and_not_how_many_lines_there_are(
    tmp_path: Path, settings: LazySettings
) -> None:
    enable(settings, "code_coverage")
    padded = CALM["shop/prices.py"].replace('"""Prices."""\n', '"""Prices."""\n\nimport os\n')
    target = shop(tmp_path, {**CALM, "shop/prices.py": padded, "test_shop.py": HEAD + STEADY})
    shorter = commit(target, {"shop/prices.py": CALM["shop/prices.py"]})
    (one,) = compared(target, shorter).values()
    assert (one.before.value or 0) > (one.after.value or 0)  # a line that was reached is gone
    assert (str(one.difference.verdict), one.gain) == ("no difference", 0.0)
    more = "    def test_never(self):\n        from shop.prices import never\n\n        never(1)\n"
    tested = commit(target, {"test_shop.py": HEAD + STEADY + more})
    (two,) = compared(target, tested, shorter).values()
    assert (str(two.difference.verdict), two.gain) == ("better", 1.0)
    assert two.difference.wins == ("unreached shop/prices.py never",)
    back = commit(target, {"test_shop.py": HEAD + STEADY})
    (three,) = compared(target, back, tested).values()
    assert (str(three.difference.verdict), three.gain) == ("worse", -1.0)
