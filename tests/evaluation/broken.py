"""Which code fails how, what is mended in it, and beside which change of either is nothing?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evaluation.answers import EngineAnswer
from evaluation.rules.embedded import answer
from targets.models import Target
from telemetry import fingerprints
from telemetry.models import EventType, Pattern
from tests.evaluation.evidence_for_tests import fail, gateway, question
from tests.personas.fixers.seeded import PRICING

CALL, TASK = EventType.TOOL_CALL.value, EventType.TASK_FAILURE.value
TESTS = """\
from shop.pricing import free_shipping, total

ITEMS = [{"price": 10, "count": 2}, {"price": 5, "count": 6}]


def test_total():
    assert total(ITEMS) == 50


def test_discount():
    assert total(ITEMS, 5) == 45


def test_shipping_costs_below():
    assert not free_shipping(49)


def test_shipping_is_free_above():
    assert free_shipping(51)
"""
RED = f"{TESTS}\n\ndef test_shipping_is_free_from_fifty_on():\n    assert free_shipping(50)\n"
SHOP: Mapping[str, str] = {
    "shop/__init__.py": '"""A shop."""\n',
    "shop/pricing.py": PRICING.replace("import yaml\nimport requests\n", "")
    .replace("yaml.load(", "__import__('yaml').load(")
    .replace("requests.get", "__import__('requests').get"),
    "tests/test_pricing.py": TESTS,
    "README.md": "# Shop\n",
}
FEED = '''\
"""Where do prices come from?"""

import hashlib

import requests
import yaml


def prices(text):
    return yaml.load(text)


def fetch(url):
    return requests.get(url)


def mark(text):
    return hashlib.md5(text.encode()).hexdigest()
'''
SCRIPT = "#!/bin/sh\nif [ $1 = yes ]; then\n  echo done\nfi\n"
MONTHLY = '"""Reports."""\n\nfrom shop.pricing import total\n'
UNSAFE = "load() missing 1 required positional argument: 'Loader'"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Hold a repository and what its log says of one failure."""

    files: Mapping[str, str]
    code: str = ""
    said: str = "it went wrong"
    frames: str = ""
    kind: str = CALL
    times: int = 4
    more: Mapping[str, str | None] = field(default_factory=dict)  # None takes a file out

    def play(self, folder: Path) -> tuple[Target, Pattern]:
        """Commit the files, and let it fail."""
        files = {**SHOP, **self.files, **self.more}
        target = gateway(folder, files={path: text for path, text in files.items() if text})
        return target, self.fail(target)

    def fail(self, target: Target) -> Pattern:
        """Let it fail in a target that is there."""
        return fail(
            target,
            component="prices",
            code=self.code,
            kind=self.kind,
            template=fingerprints.template(self.said),
            said=self.said,
            frames=self.frames,
            sessions=[f"s-{number}" for number in range(self.times)],
        )

    def but(self, **changes: object) -> "Scene":
        """Return the scene with something else in it."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Say what is mended, and which changes of the scene leave nothing to propose, and why."""

    scene: Scene
    path: str
    lines: tuple[str, ...]
    rule: str
    without: tuple[tuple[Mapping[str, object], str], ...]


def ask(target: Target) -> EngineAnswer:
    """Ask every playbook about what the target's log shows."""
    return answer(question(target))


BROKEN: Mapping[str, Expected] = {
    "package-not-importable": Expected(
        scene=Scene(
            files={"shop/reports/monthly.py": MONTHLY},
            code="ModuleNotFoundError",
            said="No module named 'shop.reports.monthly'",
            kind=TASK,
        ),
        path="shop/reports/__init__.py",
        lines=(),
        rule="init-files:missing",
        without=(
            ({"said": "No module named 'numpy.linalg'"}, "name no one file of the target"),
            (
                {"more": {"shop/reports/__init__.py": '"""Reports."""\n'}},
                "init-files finds nothing to mend in shop/reports/monthly.py",
            ),
            ({"times": 2}, "2 occurrences, 3 are needed"),
        ),
    ),
    "failing-code": Expected(
        scene=Scene(
            files={"tests/test_pricing.py": RED},
            code="AssertionError",
            said="an order of 50 has to be sent free of charge",
            frames="shop.pricing:free_shipping",
        ),
        path="shop/pricing.py",
        lines=("-    return amount > 50", "+    return amount >= 50"),
        rule="repair:compare",
        without=(
            ({"frames": ""}, "name no one file of the target (sought by frame, path)"),
            ({"frames": "other.pricing:free_shipping"}, "name no one file of the target"),
            ({"more": {"tests/test_pricing.py": TESTS}}, "finds nothing to mend in shop/pricing"),
            ({"frames": "tests.test_pricing:test_it"}, "the failures name tests alone"),
        ),
    ),
    "yaml-loader": Expected(
        scene=Scene(
            files={"shop/feed.py": FEED}, code="TypeError", said=UNSAFE, frames="shop.feed:prices"
        ),
        path="shop/feed.py",
        lines=("-    return yaml.load(text)", "+    return yaml.safe_load(text)"),
        rule="ast-grep:yaml-safe-load",
        without=(
            (
                {"said": "load() missing 1 required positional argument: 'fp'"},
                "needs that a message says “argument: 'loader'” or",
            ),
            (
                {"more": {"shop/feed.py": FEED.replace("yaml.load", "yaml.safe_load")}},
                "ast-grep finds nothing to mend in shop/feed.py",
            ),
            ({"frames": "yaml.loader:get_data"}, "name no one file of the target"),
        ),
    ),
    "endless-request": Expected(
        scene=Scene(
            files={"shop/feed.py": FEED},
            code="SoftTimeLimitExceeded",
            said="SoftTimeLimitExceeded()",
            frames="shop.feed:fetch",
            kind=TASK,
        ),
        path="shop/feed.py",
        lines=("-    return requests.get(url)", "+    return requests.get(url, timeout=30)"),
        rule="ast-grep:requests-timeout",
        without=(
            ({"frames": ""}, "name no one file of the target"),
            (
                {"more": {"shop/feed.py": FEED.replace("(url)", "(url, timeout=9)")}},
                "ast-grep finds nothing to mend in shop/feed.py",
            ),
        ),
    ),
    "unquoted-words": Expected(
        scene=Scene(
            files={"tools/ready.sh": SCRIPT},
            said="tools/ready.sh: line 2: [: too many arguments",
            kind=TASK,
        ),
        path="tools/ready.sh",
        lines=("-if [ $1 = yes ]; then", '+if [ "$1" = yes ]; then'),
        rule="shellcheck:SC2086",
        without=(
            ({"said": "line 2: [: too many arguments"}, "name no one file of the target"),
            (
                {"more": {"tools/ready.sh": SCRIPT.replace("$1", '"$1"')}},
                "shellcheck finds nothing to mend in tools/ready.sh",
            ),
            (
                {"more": {"tools/ready.sh": '#!/bin/sh\nset -u\necho "$TARGET"\n'}},
                "shellcheck finds nothing to mend in tools/ready.sh",
            ),
        ),
    ),
    "locked-digest": Expected(
        scene=Scene(
            files={"shop/feed.py": FEED},
            code="ValueError",
            said="[digital envelope routines: EVP_DigestInit_ex] disabled for FIPS",
            frames="shop.feed:mark",
        ),
        path="shop/feed.py",
        lines=(
            "-    return hashlib.md5(text.encode()).hexdigest()",
            "+    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()",
        ),
        rule="ast-grep:md5-not-for-security",
        without=(
            ({"frames": "hashlib:new"}, "name no one file of the target"),
            (
                {"more": {"shop/feed.py": FEED.replace("md5", "sha256")}},
                "ast-grep finds nothing to mend in shop/feed.py",
            ),
        ),
    ),
}
