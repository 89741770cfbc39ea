"""A target that deploys, logs that say what its settings lead to, and a clock to turn."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.models import Group, User
from django.utils import timezone

from audit import sequencer
from audit.log import Actor
from delivery import pipeline, rehearsal
from delivery.models import Delivery
from evaluation import self_eval
from evaluation.models import Evaluation
from examples import seed
from proposals import checks, publish
from proposals.models import Proposal, Status
from targets import registry
from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Backend, Source
from tests.factories import git
from validation import scalars

SECRET = "ghp_" + "Q7xV2mK9" * 4
CALLS_A_MINUTE = 12


@dataclass
class World:
    """Hold the target and the time."""

    folder: Path
    at: datetime = field(default_factory=lambda: timezone.now() - timedelta(hours=12))

    def __post_init__(self) -> None:
        self.chance = random.Random(7)  # noqa: S311 - the same noise in every run
        self.origin, self.live = self.folder / "origin.git", self.folder / "live"
        seed.plant(self.origin, self.live)
        self._deploy_without_a_running_gateway()
        self.log = self.folder / "gateway.log"
        self.target: Target = registry.add(
            slug="gateway",
            name="Gateway",
            origin=str(self.origin),
            deploy_path=str(self.live),
            actor=Actor.system("tests"),
            at=self.at,
        )
        registry.refresh(self.target, self.at)
        self.source = Source.objects.create(
            target=self.target, backend=Backend.FILES, location=str(self.log)
        )
        self.reviewer = User.objects.create_user("rita", password="rita")
        self.reviewer.groups.add(Group.objects.get(name="reviewer"))

    def pass_minutes(self, minutes: int) -> None:
        """Let the agents work with the deployed settings, and collect what they logged."""
        tools = scalars.leaves("tools.yaml", (self.live / "config" / "tools.yaml").read_text())
        with self.log.open("a") as log:
            for _ in range(minutes):
                self.at += timedelta(minutes=1)
                for call in range(CALLS_A_MINUTE):
                    log.write(self._line(call, tools) + "\n")
        ingest.collect(self.source.pk, self.at)
        mining.mine(self.target, self.at)

    def evaluate(self) -> Evaluation:
        """Let the rule engine think, and the gates look at what it proposes."""
        evaluation = self_eval.evaluate(self.target, self.at, trigger="schedule")
        self.check()
        return evaluation

    def check(self) -> None:
        """Run the gates over every proposal that waits for them, and write all words to git."""
        for proposal in checks.waiting(self.at):
            checks.check(proposal, self.at)
        for proposal in rehearsal.waiting(self.at):
            rehearsal.rehearse(proposal, self.at)
        publish.publish(self.target, self.at)

    def deliver(self, proposal: Proposal) -> Delivery:
        """Drive a proposal's delivery as far as it goes now."""
        fresh = Proposal.objects.get(pk=proposal.pk)
        if fresh.status == Status.APPROVED:
            pipeline.begin(fresh, self.at)
        delivery = Delivery.objects.get(proposal=fresh)
        pipeline.drive(delivery.pk, lambda: self.at)
        delivery.refresh_from_db()
        publish.publish(self.target, self.at)
        sequencer.seal(self.at)
        return delivery

    def _deploy_without_a_running_gateway(self) -> None:
        manifest = self.live / ".selfimprove.toml"
        text = manifest.read_text()
        assert '["python3", "ops/reload.py"]' in text
        manifest.write_text(text.replace('"ops/reload.py"', '"-c", "print(1)"'))
        git(self.live, "commit", "--quiet", "--all", "-m", "Nothing runs here: do not reload")
        git(self.live, "push", "--quiet", "origin", "main")

    def _line(self, call: int, tools: dict[str, object]) -> str:
        if call % 2:
            return self._search(call, tools)
        return self._ledger(call, tools)

    def _search(self, call: int, tools: dict[str, object]) -> str:
        limit = float(str(tools["tools.web_search.timeout_ms"]))
        needed = self.chance.uniform(450, 600)
        if needed <= limit:
            return self._call(call, "web_search", "success=true", needed)
        said = f'error="upstream did not answer within {limit:.0f} ms (token={SECRET})"'
        return self._call(call, "web_search", f"success=false error_code=timeout {said}", limit)

    def _ledger(self, call: int, tools: dict[str, object]) -> str:
        pace = float(str(tools["tools.ledger.max_calls_per_second"]))
        if self.chance.random() < 1 - 5 / max(pace, 5):
            failed = 'success=false error_code=rate_limited error="upstream answered 429"'
            return self._call(call, "ledger", failed, 60)
        if self.chance.random() < 0.03:
            failed = 'success=false error_code=conflict error="the line was booked already"'
            return self._call(call, "ledger", failed, 70)
        return self._call(call, "ledger", "success=true", 80)

    def _call(self, call: int, tool: str, how: str, milliseconds: float) -> str:
        at = self.at + timedelta(seconds=call * 4 - 60)
        number = f"{self.at:%H%M}-{call}"
        return (
            f"{at:%Y-%m-%dT%H:%M:%S}.000Z INFO gateway.tools Tool execution tool={tool}"
            f" agent=planner session=s-{number} call=c-{number}"
            f" latency_ms={milliseconds:.0f} {how}"
        )
