"""Where the house stands and which rooms it has."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (
    "selfimprove",
    "notifications",
    "evaluation",
    "generations",
    "delivery",
    "proposals",
    "validation",
    "benchmarks",
    "personas",
    "telemetry",
    "targets",
    "audit",
    "ports",
)


def sources() -> list[Path]:
    """Return every source file of the rooms but their migrations."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)
