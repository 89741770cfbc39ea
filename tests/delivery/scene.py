"""A real target with a deployed checkout, an approved proposal, traffic, and a clock to turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from delivery import pipeline
from delivery.models import Delivery, StageRun
from proposals.models import Proposal, Status
from targets.models import Target
from targets.repository import Repository
from telemetry.models import MinuteCount
from tests import factories
from tests.factories import FILES, NOW, TOOLS, git

RELOAD = """\
import pathlib
text = pathlib.Path("config/tools.yaml").read_text()
with pathlib.Path("../reloads.txt").open("a") as file:
    file.write(text.split("timeout_ms: ")[1].split()[0] + "\\n")
print("reloaded")
"""
MANIFEST = """\
[tests]
command = ["python3", "-m", "unittest"]

[[deploy]]
name = "reload"
paths = ["config/**"]
command = ["python3", "ops/reload.py"]
timeout_seconds = 20
"""
TESTS = """\
import pathlib, unittest

class Tools(unittest.TestCase):
    def test_they_have_a_timeout(self):
        self.assertIn("timeout_ms", pathlib.Path("config/tools.yaml").read_text())
"""
LATER = """\
--- a/config/schedule.yaml
+++ b/config/schedule.yaml
@@ -1,4 +1,4 @@
 tasks:
   digest:
-    retries: 0
+    retries: 1
     retry_delay_ms: 100
"""
APPROVED_AT = NOW + timedelta(minutes=1)


@dataclass
class Clock:
    """Tell a time that only moves when it is told to."""

    at: datetime = APPROVED_AT + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass
class Scene:
    """Hold what a delivery test plays with."""

    folder: Path
    target: Target
    proposal: Proposal
    clock: Clock = field(default_factory=Clock)

    def begin(self) -> Delivery:
        return pipeline.begin(self.proposal, self.clock())

    def drive(self, delivery: Delivery) -> tuple[StageRun, ...]:
        runs = pipeline.drive(delivery.pk, self.clock)
        delivery.refresh_from_db()
        self.proposal.refresh_from_db()
        return runs

    def drive_until(self, delivery: Delivery, stage: str) -> Delivery:
        """Step until the delivery stands before a stage."""
        while delivery.stage != stage:
            assert pipeline.step(delivery.pk, self.clock()) is not None
            delivery.refresh_from_db()
        return delivery

    def origin(self, *arguments: str) -> str:
        return git(Path(self.target.origin), *arguments)

    def timeout_on_main(self) -> str:
        text = self.origin("show", "main:config/tools.yaml")
        return text.split("timeout_ms: ")[1].split()[0]

    def branches(self) -> list[str]:
        return self.origin("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()

    def clone_branches(self) -> list[str]:
        refs = Repository.of(self.target).refs("refs/heads/selfimprove")
        return [ref for ref in refs if "proposal-" in ref]

    def reloads(self) -> list[str]:
        path = self.folder / "reloads.txt"
        return path.read_text().split() if path.exists() else []

    def traffic(
        self,
        start: datetime,
        minutes: int,
        *,
        calls: int = 10,
        failing: Callable[[int], int],
        tool: str = "web_search",
    ) -> None:
        """Count what the agents would have sent: so many calls a minute, some of them failing."""
        MinuteCount.objects.bulk_create(
            MinuteCount(
                target=self.target,
                at=start + timedelta(minutes=minute),
                component=tool,
                calls=calls,
                failures=failing(minute),
            )
            for minute in range(minutes)
        )

    def usual_traffic(self, hours: int = 3) -> None:
        """A tenth of all calls failed before."""
        start = self.clock().replace(second=0) - timedelta(hours=hours)
        self.traffic(start, hours * 60, failing=lambda minute: 1)


def make_scene(
    folder: Path, *, manifest: str = MANIFEST, reload: str = RELOAD, timeout: int = 1200
) -> Scene:
    """Make a target that is deployed and has one approved proposal."""
    files = {
        **FILES,
        ".selfimprove.toml": manifest,
        "ops/reload.py": reload,
        "test_tools.py": TESTS,
    }
    target = factories.make_target(folder, files=files)
    target.deploy_path = str(folder / "live")
    target.save()
    git(folder, "clone", "--quiet", target.origin, "live")
    proposal = approved(target, timeout)
    return Scene(folder=folder, target=target, proposal=proposal)


def approved(target: Target, timeout: int) -> Proposal:
    """Make an approved proposal that sets the first time limit."""
    return factories.make_proposal(
        target, status=Status.APPROVED, diff=factories.tools_diff(timeout)
    )


def just_now() -> None:
    """Let what is approved be so since a moment ago, for a tick, whose clock is the real one."""
    past = timezone.now() - timedelta(minutes=1)
    Proposal.objects.filter(status=Status.APPROVED).update(decided_at=past)


def approved_elsewhere(target: Target) -> Proposal:
    """Make an approved proposal that touches another file."""
    return factories.make_proposal(
        target, status=Status.APPROVED, diff=LATER, title="Try the digest again"
    )


def changed_tools(old: str, new: str) -> dict[str, str | None]:
    """Return the tools file with one text replaced, for a commit by somebody else."""
    return {"config/tools.yaml": TOOLS.replace(old, new)}
