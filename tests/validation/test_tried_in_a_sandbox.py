"""Do the gates that run code of a target keep it in the sandbox, and do they work in there?"""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from ports.sandbox import Level, adapters
from targets.manifest import Entry, Manifest, Replay
from targets.repository import Repository
from tests.ports.sandbox.running import need_a_sandbox
from tests.validation.changing import LIMITS, WHITELIST, ask, changed, make_repository
from tests.validation.test_sandboxed_gate import choose
from validation.gates import entry_points, imports, witness
from validation.models import Outcome
from validation.trying.cases import Case
from validation.verdicts import Context, CouldNotRun, Gate

HOOK = b"import json, sys\nsys.exit(0 if open('limit').read() > '5' else 3)\n"
FILES = {
    "shop/__init__.py": b"",
    "shop/prices.py": b"VAT = 19\n",
    "shop/__main__.py": b"import argparse\nimport shop.prices\n"
    b"argparse.ArgumentParser().parse_args()\n",
    "limit": b"4",
    "replay.py": HOOK,
}
MANIFEST = Manifest(
    entry=(Entry(command=("python3", "-m", "shop")),),
    replay=Replay(command=("python3", "replay.py", "{case}")),
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


@pytest.fixture
def bubblewrapped(settings: LazySettings) -> None:
    need_a_sandbox()
    choose(settings, adapters.BUBBLEWRAP)


@pytest.mark.usefixtures("bubblewrapped")
@pytest.mark.parametrize("gate", [imports, entry_points], ids=["imports", "entry points"])
def test_they_work_within_it(repository: Repository, gate: Gate) -> None:
    fine = changed(repository, {"shop/prices.py": "VAT = 20\n"})
    verdict = ask(gate, fine, repository, manifest=MANIFEST)
    assert (verdict.outcome, verdict.level) == (Outcome.PASSED, Level.L3)
    broken = changed(repository, {"shop/prices.py": "VAT = 20\nraise ValueError('no')\n"})
    verdict = ask(gate, broken, repository, manifest=MANIFEST)
    assert (verdict.outcome, verdict.level) == (Outcome.REFUSED, Level.L3)
    assert "ValueError: no" in verdict.findings[0].message


@pytest.mark.usefixtures("bubblewrapped")
def test_a_case_is_replayed_within_it(repository: Repository) -> None:
    case = Case("search", json.dumps({}).encode())
    context = Context(repository, MANIFEST, WHITELIST, LIMITS, cases=(case,))
    verdict = witness.run(changed(repository, {"limit": "8"}), context)
    assert (verdict.outcome, verdict.level) == (Outcome.PASSED, Level.L3)


@pytest.mark.usefixtures("bubblewrapped")
def test_a_module_that_looks_for_secrets_finds_none(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("swordfish")
    text = f"raise RuntimeError(open({str(tmp_path / 'secret')!r}).read())\n"
    verdict = ask(imports, changed(repository, {"shop/prices.py": text}), repository)
    assert "swordfish" not in verdict.findings[0].message
    assert "FileNotFoundError" in verdict.findings[0].message


@pytest.mark.usefixtures("bubblewrapped")
def test_a_module_cannot_speak_for_another_within_it(repository: Repository) -> None:
    liar = (
        "import glob, os, sys\n"
        "word = open(sys.orig_argv[-1]).read().split('\"nonce\": \"')[1].split('\"')[0]\n"
        "told = 0\n"
        "for place in glob.glob(f'/proc/{os.getppid()}/fd/*'):\n"
        "    try:\n"
        "        with open(place, 'wb', buffering=0) as out:\n"
        '            out.write((word + \' {"item": 1, "ok": true}\\n\').encode())\n'
        "            told += 1\n"
        "    except OSError: pass\n"
        "raise RuntimeError(f'told {told} times')\n"
    )
    verdict = ask(imports, changed(repository, {"shop/prices.py": liar}), repository)
    assert "told 0 times" in verdict.findings[0].message


@pytest.mark.parametrize("gate", [imports, entry_points], ids=["imports", "entry points"])
def test_where_nothing_may_run_they_could_not(
    repository: Repository, settings: LazySettings, gate: Gate
) -> None:
    choose(settings, adapters.REFUSING)
    change = changed(repository, {"shop/prices.py": "VAT = 20\n"})
    with pytest.raises(CouldNotRun, match="lets no code of a target run"):
        ask(gate, change, repository, manifest=MANIFEST)
