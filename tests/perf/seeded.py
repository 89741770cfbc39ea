"""What do the fixers do to a small project with planted faults, as plain tools count it?

First ruff, mypy, pytest and shellcheck count, which are none of the product's own benchmarks; then
the nine benchmarks are held against each other. Run it by itself: `python tests/perf/seeded.py`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.perf.databases import prepare, sqlite_address
from tests.personas.fixers.seeded import git, repository

if TYPE_CHECKING:
    from generations.engines.embedded.chain import Outcome

BIN = Path(sys.executable).parent


def asked(folder: Path, *words: str) -> str:
    """Run one of our tools in the project."""
    ran = subprocess.run(
        [str(BIN / words[0]), *words[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


def counts(folder: Path) -> dict[str, int]:
    """Count what each tool finds."""
    ruff = ("ruff", "check", "--isolated", "--no-cache", "--output-format", "json")

    def found(select: str) -> int:
        return len(json.loads(asked(folder, *ruff, "--select", select)))

    mypy = ("mypy", "--config-file=", "--cache-dir=/dev/null", "--ignore-missing-imports")
    summary = asked(folder, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    scripts = asked(folder, "shellcheck", "--format=json1", "tools/backup.sh")
    return {
        "tests that fail": summary.count("FAILED "),
        "ruff E,F,W,I,B,UP": found("E,F,W,I,B,UP"),
        "ruff S (security, without asserts)": found("S") - found("S101"),
        "ruff INP (no __init__.py, tests aside)": found("INP") - 1,
        "ruff D103 (no docstring)": found("D103"),
        "ruff ANN (no type hints)": found("ANN"),
        "mypy, plain": asked(folder, *mypy, "shop").count(": error:"),
        "shellcheck": len(json.loads(scripts)["comments"]),
    }


def fixed_twice(repo: Path) -> "list[Outcome]":
    """Fix with real benchmarks, and again with nothing that could be found again."""
    from benchmarks.models import Measurement
    from generations.engines.embedded.chain import fix
    from tests.generations.embedded.shops import shop

    outcomes: list[Outcome] = []
    for _ in range(2):
        started = time.monotonic()
        outcomes.append(fix(shop(repo)))
        sys.stdout.write(f"fixed in {time.monotonic() - started:.1f} s\n")
        Measurement.objects.all().delete()
    return outcomes


def scores(repo: Path, diff: str) -> list[str]:
    """Say of each benchmark what it was before and is after, and whether that is better."""
    from dataclasses import replace

    from benchmarks import choosing
    from benchmarks.measured import Better
    from benchmarks.running import together
    from tests.generations.embedded.shops import shop

    held = shop(repo)
    tree = held.tree
    after = replace(tree, commit=tree.repository.apply(tree.commit, diff).tree)
    wanted = choosing.chosen(tree.manifest)
    told = []
    for was, now in zip(
        *(together.measure(one, wanted, held.asked) for one in (tree, after)), strict=True
    ):
        first, last = was.measured.value, now.measured.value
        if first is None or last is None:
            told.append(f"{was.chosen.name:<42}{now.measured.words}")
            continue
        rise = (last - first) * (1 if was.chosen.benchmark.better == Better.HIGHER else -1)
        word = "better" if rise > 0 else "WORSE" if rise < 0 else "as it was"
        told.append(f"{was.chosen.name:<42}{first:>8.3f} → {last:<8.3f} {word}")
    return told


def main() -> None:
    """Fix twice, and print what was found before and after."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "selfimprove.settings"
    with TemporaryDirectory() as place, sqlite_address(Path(place)) as url:
        os.environ |= {"DATABASE_URL": url, "SELFIMPROVE_DATA_DIR": f"{place}/var"}
        prepare()
        repo = repository(Path(place) / "shop")
        outcomes = fixed_twice(repo)
        before = counts(repo)
        patch = Path(place) / "x.diff"
        patch.write_bytes(outcomes[0].diff.encode())
        git(repo, "apply", "--index", str(patch))
        after = counts(repo)
        git(repo, "reset", "-q", "--hard")
        told = scores(repo, outcomes[0].diff)
    for name, count in before.items():
        sys.stdout.write(f"{name:<42}{count:>4} → {after[name]}\n")
    sys.stdout.write("\n".join([*told, ""]))
    same = "the same" if outcomes[0].digest == outcomes[1].digest else "DIFFERENT"
    sys.stdout.write(f"diff {outcomes[0].digest[:16]}, {same} twice\n")


if __name__ == "__main__":
    main()
