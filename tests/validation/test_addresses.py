"""Is a new address found wherever it is written, and an old one left alone?"""

from pathlib import Path

import pytest

from targets.repository import Repository
from tests.validation.changing import ask, changed, make_repository
from validation.gates import addresses
from validation.models import Outcome
from validation.verdicts import GateVerdict

FILES = {
    "app.py": b"URL = 'https://known.acme.org/a'\n",
    "tools.yaml": b"search:\n  url: https://known.acme.org/\n  host: db.acme.org\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def judged(repository: Repository, **files: str) -> GateVerdict:
    named = {name.replace("_", ".", 1).replace("__", "/"): text for name, text in files.items()}
    return ask(addresses, changed(repository, named), repository)


@pytest.mark.parametrize(
    "code",
    [
        "URL = 'https://evil.acme.net/x'",
        "URL = 'https://' + 'evil.acme' + '.net/x'",
        "URL = f\"https://{'evil.acme'}.net\"",
        "URL = 'ten.emca.live//:sptth'[::-1]",
        "import base64\nURL = base64.b64decode('aHR0cHM6Ly9ldmlsLmFjbWUubmV0Lw==')",
        "URL = ''.join(['https:', '//', 'evil.acme.net'])",
        "URL = 'https%3A%2F%2Fevil.acme.net'",
        "URL = 'https://user:secret@evil.acme.net:8443/'",
        "URL = 'https://known.acme.org@evil.acme.net/'",
        "URL = 'HTTPS://EVIL.ACME.NET'",
        "URL = 'postgres://evil.acme.net/db'",
        "URL = 'https://known.acme.org.evil.net/'",
        "URL = 'http://203.0.113.7/'",
        "URL = 'http://3405803783/'",
        "URL = 'http://[2001:db8::1]/'",
        "URL = 'http://169.254.169.254/latest'",
        "PAGE = '''\n# <a href=\"https://evil.acme.net\">\n'''",
        "PAGE = '<script src=\"//evil.acme.net/a.js\">'",
    ],
)
def test_a_new_address_in_code_is_refused(repository: Repository, code: str) -> None:
    verdict = judged(repository, app_py=f"{FILES['app.py'].decode()}{code}\n")
    assert verdict.outcome == Outcome.REFUSED, verdict


@pytest.mark.parametrize(
    "code",
    [
        "URL = 'https://known.acme.org/another/path'",
        "URL = 'http://localhost:8000/'",
        "URL = 'http://127.0.0.1/'",
        "URL = 'http://[::1]:80/'",
        "URL = 'https://example.com/'",
        "URL = 'https://{host}/x'",
        "URL = f'https://{host}/x'",
        "NAME = 'os.path.join'",
    ],
)
def test_what_leads_nowhere_new_passes(repository: Repository, code: str) -> None:
    assert judged(repository, app_py=f"{code}\n").outcome == Outcome.PASSED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app_py", "# see https://docs.acme.net\nX = 1\n"),
        ("app_py", "'''See https://docs.acme.net.'''\n"),
        ("README_md", "See https://docs.acme.net.\n"),
        ("app_py", "URL = 'http://gateway:8080/'\n"),
        ("app_py", "URL = 'http://10.0.0.7/'\n"),
    ],
)
def test_what_readers_see_and_what_is_near_is_noted(
    repository: Repository, name: str, text: str
) -> None:
    verdict = judged(repository, **{name: text})
    assert verdict.outcome == Outcome.ACKNOWLEDGE


def test_settings_hold_addresses_without_a_scheme(repository: Repository) -> None:
    text = FILES["tools.yaml"].decode()
    verdict = judged(repository, tools_yaml=text.replace("db.acme.org", "db.acme.net"))
    assert verdict.outcome == Outcome.REFUSED
    assert (verdict.findings[0].line, "db.acme.net" in verdict.findings[0].message) == (3, True)
    same = judged(repository, tools_yaml=text.replace("https://known.acme.org/", "db.acme.org"))
    assert same.outcome == Outcome.PASSED


def test_each_address_is_told_once_and_at_its_worst(repository: Repository) -> None:
    code = (
        "# https://evil.acme.net\nA = 'https://evil.acme.net/1'\nB = 'https://evil.acme.net/2'\n"
    )
    (mark,) = judged(repository, app_py=code).findings
    assert (mark.line, mark.refuses) == (2, True)
