"""Does every fault of a provider end in a line of the ledger, of no less than it may cost?"""

from contextlib import suppress
from pathlib import Path

import pytest
from pytest_django import Settings

from personas.ask import ask
from personas.models import ASKED, Exchange, Line, Outcome, State
from ports.llm import ModelError
from ports.llm.standin.server import serving
from tests.personas.ledger.spend import NOW, a_target, budget
from tests.ports.fault_rows import Clock, Row, Table, without_account
from tests.ports.test_llm_faults import TABLES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings) -> None:
    without_account(monkeypatch, tmp_path)
    budget(settings)


def played(table: Table, row: Row) -> tuple[Exchange, Line, int]:
    """Have an agent ask where this fault is, and return what was kept and how much was sent."""
    with serving(row.steps) as standing:
        model = table.at(standing.address, Clock().patience(silence=row.silence))
        with suppress(ModelError):  # which one is another test's question
            ask("EvalAgent", "What now?", target=a_target(), at=NOW, model=model, purpose="x:1")
    kept = Exchange.objects.select_related("line").latest("pk")
    assert kept.line is not None
    counted = [one for one in standing.asked if "count" in one.path]
    return kept, kept.line, len(standing.asked) - len(counted)


def said(table: Table, row: Row) -> list[str]:
    """List what is wrong with what was kept of a fault."""
    kept, line, requests = played(table, row)
    unknown = sum(row.unknown)
    failed = kept.outcome == Outcome.FAILED
    checks = {
        "requests": requests == row.requests,
        "outcome": kept.outcome in ASKED and failed == (kept.stop_reason != row.outcome),
        "attempts": [one["kind"] for one in kept.failed_attempts] == list(row.failed),
        "closed": line.state in (State.SETTLED, State.REFUNDED) and line.closed_at is not None,
        "free only where nothing was billed": (line.state == State.REFUNDED)
        == (failed and not unknown),
        "at least": line.at_least or not unknown,
        "never nothing": not unknown or line.said != "$0.00",
        "counts as the most": line.counted_cost >= unknown * (line.reserved_cost or 0),
    }
    return [name for name, holds in checks.items() if not holds]


@pytest.mark.parametrize("name", TABLES)
def test_every_fault_has_its_line(name: str) -> None:
    table = TABLES[name]
    wrong = {row.name: found for row in table.rows if (found := said(table, row))}
    assert wrong == {}
    assert Line.objects.count() == Exchange.objects.count() == len(table.rows)
    assert not Line.objects.filter(state=State.OPEN).exists()
