"""Is a credential or a hidden sign refused when it is new, and never repeated?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import secrets
from validation.models import Outcome

KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
OLD = "AKIA" + "QWERTYUIOP234567"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    files = {"README.md": b"# x\n", "old.py": f"aws = '{OLD}'\ncaf\u200be = 1\n".encode()}
    return make_repository(tmp_path, files)


def test_a_new_credential_is_refused_with_its_line_and_without_itself(
    repository: Repository,
) -> None:
    text = f"# settings\n\ntoken = '{KEY}'\n"
    verdict = ask(secrets, changed(repository, {"a.py": text}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert (verdict.findings[0].path, verdict.findings[0].line) == ("a.py", 3)
    assert KEY[:12] not in str(verdict)


def test_a_private_key_is_refused(repository: Repository) -> None:
    body = "MIIEowIBAAKCAQEA" + "x7Yz0Q" * 12
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
    verdict = ask(secrets, changed(repository, {"id.txt": pem}), repository)
    assert verdict.outcome == Outcome.REFUSED


def test_a_credential_that_was_there_before_does_not_block_its_neighbour(
    repository: Repository,
) -> None:
    text = repository.read("main", "old.py").decode()
    verdict = ask(secrets, changed(repository, {"old.py": f"# more\n{text}x = 1\n"}), repository)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_the_same_old_credential_a_second_time_is_new(repository: Repository) -> None:
    text = repository.read("main", "old.py").decode()
    verdict = ask(secrets, changed(repository, {"old.py": f"{text}b = '{OLD}'\n"}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert len(verdict.findings) == 1


def test_taking_a_credential_out_passes(repository: Repository) -> None:
    verdict = ask(secrets, changed(repository, {"old.py": "aws = ''\n"}), repository)
    assert verdict.outcome == Outcome.PASSED


@pytest.mark.parametrize(
    "sign",
    ["\u202e", "\u200b", "\u2066", "\ufeff", "\U000e0041", "\x1b", "\u3164", "\u2028", "\ue000"],
)
def test_a_sign_that_cannot_be_seen_is_refused_and_named(
    repository: Repository, sign: str
) -> None:
    verdict = ask(secrets, changed(repository, {"a.py": f"x = 1\ny = '{sign}'\n"}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert verdict.findings[0].line == 2
    assert f"U+{ord(sign):04X}" in verdict.findings[0].message
    assert sign not in verdict.findings[0].message


def test_letters_of_any_script_and_tabs_pass(repository: Repository) -> None:
    text = "Grüße, 你好, שלום, مرحبا\t→ ✓\r\n"
    verdict = ask(secrets, changed(repository, {"a.md": text}), repository)
    assert verdict.outcome == Outcome.PASSED, verdict.findings


def test_a_credential_in_a_file_name_is_refused(repository: Repository) -> None:
    verdict = ask(secrets, changed(repository, {f"{KEY}.txt": "x\n"}), repository)
    assert verdict.outcome == Outcome.REFUSED
    assert KEY not in verdict.findings[0].message
