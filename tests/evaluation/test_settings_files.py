"""Does a proposal change one line of a settings file, however it is written, or say why not?"""

from pathlib import Path

import pytest

from evaluation.models import Became, Consideration
from evaluation.self_eval import evaluate
from proposals.models import Proposal
from targets.models import Target
from tests.evaluation.evidence_for_tests import FILES, fail, gateway
from tests.factories import NOW

pytestmark = pytest.mark.django_db

WRITTEN = {
    "four blanks": "tools:\n    web_search:\n        timeout_ms: 400\n        retries: 0\n",
    "comments": (
        "# How long tools may take\ntools:\n  # slow at noon\n  web_search:\n"
        "    timeout_ms: 400   # ms, was 300\n    retries: 0  # timeout_ms: 400\n"
    ),
    "flow": "tools: {web_search: {timeout_ms: 400, retries: 0}}\n",
    "flow over lines": "tools:\n  web_search: {\n    timeout_ms: 400,\n    retries: 0\n  }\n",
    "quoted keys": '"tools":\n  "web_search":\n    "timeout_ms": 400\n',
    "no last line end": "tools:\n  web_search:\n    timeout_ms: 400",
    "the same number twice": (
        "tools:\n  mailer:\n    timeout_ms: 400\n  web_search:\n    retries: 400\n"
        "    timeout_ms: 400\n"
    ),
    "document mark": "---\ntools:\n  web_search:\n    timeout_ms: 400\n",
    "other signs": "name: \u00e4\u6f22\U0001f600\ntools:\n  web_search:\n    timeout_ms: 400\n",
}


def answered(tmp_path: Path, text: str) -> Consideration:
    target = gateway(tmp_path, files={**FILES, "config/tools.yaml": text})
    fail(target)
    evaluate(target, NOW, trigger="command")
    return Consideration.objects.get()


@pytest.mark.parametrize("form", sorted(WRITTEN))
def test_one_line_changes_and_only_its_number(tmp_path: Path, form: str) -> None:
    answered(tmp_path, WRITTEN[form])
    changed = [
        line
        for line in Proposal.objects.get().diff.split("\n")
        if line[:1] in "+-" and line[:3] not in {"+++", "---"} and line
    ]
    old, new = changed
    assert old.startswith("-")
    assert new == "+" + old[1:].replace("timeout_ms: 400", "timeout_ms: 650").replace(
        '"timeout_ms": 400', '"timeout_ms": 650'
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tools: [unclosed\n", "not readable: config/tools.yaml: "),
        ("tools:\n\tweb_search: 1\n", "not readable: config/tools.yaml: "),
        ("", "no permitted file of the target has a setting tools.web_search.timeout_ms"),
        ("tools: null\n", "has a setting tools.web_search.timeout_ms"),
        ("tools:\n  web_search:\n    timeout_ms: soon\n", "'soon' is not a number"),
        ("tools:\n  web_search:\n    timeout_ms: true\n", "True is not a number"),
        ("tools:\n  web_search:\n    timeout_ms: .nan\n", "nan is not a number"),
        ("tools:\n  web_search:\n    timeout_ms: .inf\n", "timeout_ms"),
        ("tools:\r\n  web_search:\r\n    timeout_ms: 400\r\n", "ends its lines with CR LF"),
        ("tools: &a\n  web_search: *a\n", "config/tools.yaml"),
    ],
)
def test_a_file_that_gives_no_setting_gives_a_reason_and_no_proposal(
    tmp_path: Path, text: str, told: str
) -> None:
    row = answered(tmp_path, text)
    assert row.outcome == Became.NO_REMEDY
    assert told in row.reason


def test_a_missing_file_is_a_reason(tmp_path: Path) -> None:
    files = {path: text for path, text in FILES.items() if path != "config/tools.yaml"}
    fail(gateway(tmp_path, files=files))
    evaluate(Target.objects.get(), NOW, trigger="command")
    row = Consideration.objects.get()
    assert "has a setting tools.web_search.timeout_ms; it would have to stand in" in row.reason


def test_two_files_with_the_setting_are_named_and_neither_is_changed(tmp_path: Path) -> None:
    files = {**FILES, "config/tools.yml": FILES["config/tools.yaml"]}
    fail(gateway(tmp_path, files=files))
    evaluate(Target.objects.get(), NOW, trigger="command")
    assert "config/tools.yaml, config/tools.yml" in Consideration.objects.get().reason
    assert not Proposal.objects.exists()


def test_a_secret_beside_the_mistake_is_not_told(tmp_path: Path) -> None:
    row = answered(tmp_path, "tools:\n  api_key: 'hunter2-secret\n  web: [\n")
    assert "not readable" in row.reason
    assert "hunter2" not in row.reason
