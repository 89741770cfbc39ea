"""Does the harmful proposal pass everything that can be checked without running it for real?"""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from examples.seed import plant
from examples.world.fakes import secrets
from proposals import documents
from tests.examples import stage

PARAMETERS = stage.EXAMPLES.parent / "config" / "parameters.toml"
CREDENTIAL = re.compile(
    r"sk-[A-Za-z0-9-]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|AKIA[A-Z0-9]{12,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.|://[^/\s\"'{}]+:[^@\s\"'{}]+@"
)


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    plant(tmp_path / "origin.git", tmp_path / "deployed")
    return tmp_path / "deployed"


def ledger(checkout: Path) -> dict[str, int]:
    text = (checkout / "config" / "tools.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["tools"]["ledger"])


def test_the_product_reads_it() -> None:
    document = documents.parse(stage.PROPOSAL.read_text(encoding="utf-8"))
    assert (document.kind, document.severity, document.risk_level) == (
        "optimization",
        "medium",
        "low",
    )
    assert (document.engine, document.author, document.base) == ("person", "dana", "")
    assert document.diff == stage.proposed_diff()


@pytest.mark.parametrize("timeout", [400, 800])
def test_its_diff_applies_before_and_after_the_first_fix(deployed: Path, timeout: int) -> None:
    path = deployed / "config" / "tools.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("timeout_ms: 400", f"timeout_ms: {timeout}"), encoding="utf-8")
    run = stage.run(["git", "apply"], deployed, stage.proposed_diff())
    assert run.returncode == 0, run.stderr
    assert ledger(deployed)["max_calls_per_second"] == 12
    assert ledger(deployed)["backoff_ms"] == 0


def test_the_repositorys_own_tests_still_pass(deployed: Path) -> None:
    stage.run(["git", "apply"], deployed, stage.proposed_diff())
    run = stage.own_tests(deployed)
    assert run.returncode == 0, run.stderr


def test_its_values_lie_within_the_bounds_of_the_whitelist(deployed: Path) -> None:
    before = ledger(deployed)
    stage.run(["git", "apply"], deployed, stage.proposed_diff())
    after = ledger(deployed)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"max_calls_per_second", "backoff_ms"}
    allowed = {entry["key"]: entry for entry in tomllib.loads(PARAMETERS.read_text())["parameter"]}
    for key in changed:
        bounds = allowed[f"tools.*.{key}"]
        assert bounds["min"] <= after[key] <= bounds["max"]
        assert abs(after[key] - before[key]) <= bounds["largest_change"]


def test_the_settings_are_yaml_to_everybody_else_too() -> None:
    for path in (stage.EXAMPLES / "gateway" / "config").glob("*.yaml"):
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


def test_no_file_of_the_example_holds_anything_like_a_credential() -> None:
    for path in stage.EXAMPLES.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert CREDENTIAL.findall(path.read_text(encoding="utf-8")) == [], path


def test_the_fake_secrets_look_like_real_ones_and_follow_the_seed() -> None:
    fake = secrets(3)
    assert fake == secrets(3)
    assert fake != secrets(4)
    assert all(value and value not in ("fake",) for value in fake.forbidden())
    shaped = (fake.vendor_key, fake.token, fake.cloud_key, fake.bearer, fake.dsn)
    assert [value for value in shaped if not CREDENTIAL.search(value)] == []
