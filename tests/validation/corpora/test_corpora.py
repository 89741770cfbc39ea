"""Does nothing of what an attacker would try pass unseen, and does honest work pass in peace?

The gates that read are asked; what runs code, and whoever reviews, comes after them. A change that
passes unseen is one for which no gate has a word.
"""

import pytest

from targets.manifest import Manifest
from targets.repository import Repository
from tests.validation.changing import AT, LIMITS, WHITELIST, changed, make_repository
from tests.validation.corpora.attacks_in_code import IN_CODE
from tests.validation.corpora.attacks_in_files import IN_FILES
from tests.validation.corpora.base import BASE, Files
from tests.validation.corpora.honest import HONEST
from validation import runner
from validation.gates import READING, authorised, forbidden_paths, size
from validation.models import Outcome
from validation.verdicts import Verdict

READ = (size, forbidden_paths, *(gate for gate in READING if gate is not authorised))
ATTACKS = {**IN_CODE, **IN_FILES}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    files = {path: text.encode() for path, text in BASE.items()}
    return make_repository(tmp_path_factory.mktemp("corpora"), files)


def judged(repository: Repository, files: Files) -> Verdict:
    return runner.check(
        changed(repository, dict(files)),
        repository,
        manifest=Manifest(),
        parameters=WHITELIST,
        at=AT,
        limits=LIMITS,
        gates=READ,
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_does_not_pass_unseen(repository: Repository, name: str) -> None:
    verdict = judged(repository, ATTACKS[name])
    assert verdict.outcome in (Outcome.REFUSED, Outcome.ACKNOWLEDGE)


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_passes_without_a_word(repository: Repository, name: str) -> None:
    verdict = judged(repository, HONEST[name])
    told = [f"{gate.gate}: {gate.summary}" for gate in verdict.gates if gate.findings]
    assert (verdict.outcome, told) == (Outcome.PASSED, [])


def test_no_change_is_meant_twice() -> None:
    assert len(ATTACKS) == len(IN_CODE) + len(IN_FILES)
    assert len({str(files) for files in ATTACKS.values()}) == len(ATTACKS)
