"""Does the same evidence on the same commit give the same text, whichever process is asked?"""

import hashlib
import os
import subprocess
import sys

from tests.architecture.house import ROOT


def answered(seed: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.evaluation.answered_apart"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONHASHSEED": seed,
            "DJANGO_SETTINGS_MODULE": "selfimprove.settings",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_two_processes_with_different_hash_seeds_write_the_same_proposals() -> None:
    first, second = answered("1"), answered("4242")
    assert first.count("<proposal ") >= 4
    assert (
        hashlib.sha256(first.encode()).hexdigest() == hashlib.sha256(second.encode()).hexdigest()
    )
    assert "connection-lost: it needs that at least half" in first
