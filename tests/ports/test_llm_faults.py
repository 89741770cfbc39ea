"""Does every fault end in a typed outcome, with exact requests and waits, whoever has it?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ports.llm.standin.server import serving
from tests.ports import test_llm_faults_anthropic, test_llm_faults_bedrock
from tests.ports.fault_rows import Clock, Row, Table, came_of, expected, without_account

TABLES: Mapping[str, Table] = {
    "Anthropic": test_llm_faults_anthropic.TABLE,
    "Bedrock": test_llm_faults_bedrock.TABLE,
}
ROWS = [
    pytest.param(table, row, id=f"{name}: {row.name}")
    for name, table in TABLES.items()
    for row in table.rows
]


@pytest.fixture(autouse=True)
def nobodys_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ask with planted credentials."""
    without_account(monkeypatch, tmp_path)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_as_long_as_promised_and_names_each_row_once(table: Table) -> None:
    names = [row.name for row in table.rows]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_a_fault_ends_in_a_typed_outcome(table: Table, row: Row) -> None:
    clock = Clock()
    with serving(row.steps) as played:
        patience = clock.patience(silence=row.silence)
        came = came_of(table.at(played.address, patience), table.request)
    assert came == expected(row)
    assert (len(played.asked), tuple(clock.slept)) == (row.requests, row.slept)
