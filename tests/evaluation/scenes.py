"""What does each playbook meet in life, and what makes it stay silent?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from evaluation.answers import EngineAnswer
from evaluation.rules.embedded import answer
from targets.models import Target
from telemetry.models import Event, EventType, Pattern, PatternAlias
from tests.evaluation.evidence_for_tests import count, fail, gateway, question, succeed

CALL, TASK = EventType.TOOL_CALL.value, EventType.TASK_FAILURE.value
SETTINGS: Mapping[str, Mapping[str, object]] = {
    "config/tools.yaml": {
        **{"timeout_ms": 2000, "connect_timeout_ms": 500, "retries": 0, "backoff_ms": 100},
        **{"max_calls_per_second": 10, "max_concurrency": 8, "pool_size": 5},
        **{"keepalive_seconds": 60, "dns_cache_seconds": 30, "lock_timeout_ms": 1000},
        **{"batch_size": 4096, "page_size": 1000, "max_output_chars": 20000, "top_k": 4},
        **{"min_score": 0.8, "reindex_minutes": 1440, "cache_seconds": 300},
        **{"refresh_before_seconds": 30, "poll_attempts": 20, "poll_interval_ms": 1000},
        **{"breaker_failures": 3, "breaker_reset_ms": 5000},
    },
    "config/schedule.yaml": {
        **{"retries": 0, "retry_delay_ms": 100, "timeout_ms": 30000, "every_ms": 60000},
        **{"misfire_grace_ms": 1000, "lease_ms": 30000, "lock_timeout_ms": 1000, "workers": 2},
    },
    "config/limits.yaml": {
        **{"max_iterations": 25, "max_tokens": 4096, "max_context_tokens": 200000},
        **{"history_messages": 120, "format_retries": 1},
    },
}
OWNERS = {
    "config/tools.yaml": ("tools", "vendor"),
    "config/schedule.yaml": ("tasks", "vendor"),
    "config/limits.yaml": ("agents", "planner"),
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Hold what the log shows of one failure, and the settings that stand beside it."""

    code: str = ""
    message: str = "it went wrong"
    kind: str = CALL
    times: int = 4
    agents: tuple[str, ...] = ("planner",)
    latency_ms: float | None = 402
    answered: int = 40  # calls that went well
    then: bool | None = None  # whether the next call of the same session went well
    after_seconds: float = 30
    settings: Mapping[str, object] = field(default_factory=dict)

    def files(self) -> dict[str, str]:
        """Write the settings files, with what is told otherwise; None takes a setting out."""
        return {path: self._file(path) for path in SETTINGS}

    def _file(self, path: str) -> str:
        room, owner = OWNERS[path]
        known = {
            name: self.settings.get(name, value)
            for name, value in SETTINGS[path].items()
            if self.settings.get(name, value) is not None
        }
        rows = "".join(f"    {name}: {value}\n" for name, value in known.items())
        return f"{room}:\n  {owner}:\n{rows}"

    def play(self, folder: Path) -> tuple[Target, Pattern]:
        """Make the target and its telemetry."""
        target = gateway(folder, files=self.files())
        pattern = fail(
            target,
            component="vendor",
            code=self.code,
            kind=self.kind,
            template=self.message,
            sessions=[f"s-{number}" for number in range(self.times)],
            agents=self.agents,
            latency_ms=self.latency_ms,
        )
        if self.then is not None:
            _follow(target, pattern, well=self.then, seconds=self.after_seconds)
        if self.answered and self.kind == CALL:
            succeed(target, "vendor", self.answered, latency_ms=self.latency_ms or 100)
        return target, pattern

    def but(self, **changes: object) -> "Scene":
        """Return the scene with something else in it."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Say what the playbook changes, and beside which change of the scene it stays silent."""

    scene: Scene
    line: str
    silent: Mapping[str, object]
    reason: str


def ask(target: Target) -> EngineAnswer:
    """Ask every playbook about what the target's log shows."""
    return answer(question(target))


def _follow(target: Target, pattern: Pattern, *, well: bool, seconds: float) -> None:
    (fingerprint,) = PatternAlias.objects.filter(pattern=pattern).values_list(
        "fingerprint", flat=True
    )
    for event in list(Event.objects.filter(fingerprint=fingerprint)):
        at = event.timestamp + timedelta(seconds=seconds)
        Event.objects.create(
            target=target,
            uid=f"then-{event.uid}",
            event_type=CALL,
            timestamp=at,
            session_id=event.session_id,
            agent=event.agent,
            component=event.component,
            success=well,
            latency_ms=event.latency_ms,
        )
        count(target, "vendor", at, calls=1, failures=0 if well else 1)
