"""Do the pages of the log stay as cheap as they are, however many entries there are?

By the plans and the number of the questions, not by the clock.
"""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.events import Event
from audit.log import Actor
from tests.audit.entries import write

pytestmark = pytest.mark.django_db

QUESTIONS = [
    "",
    "before=9",
    "event=proposal.checked",
    "event=proposal.*",
    "actor=ada",
    "actor_type=agent",
    "target=gateway",
    "subject=loop",
    "subject=loop&event=loop.paused&actor=ada",
    "event=proposal.checked&actor=nobody",
    "event=proposal.checked&target=billing&actor_type=person",
    "text=slow",
    "text=slow&actor=ada&event=proposal.*",
    "since=2026-01-01&until=2026-01-02",
    "until=2026-01-02&actor=ada",
    "proposal=a",
]


@pytest.fixture
def auditor(client: Client) -> Client:
    user = User.objects.create_user("auditor")
    user.user_permissions.set(Permission.objects.filter(codename="view_entry"))
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def some_entries() -> None:
    for number in range(20):
        write(1, reason="slow", event=Event.PROPOSAL_CHECKED, actor=Actor.agent(f"a{number % 3}"))
        write(1, subject="loop", event=Event.LOOP_PAUSED, target="billing")


def statements(client: Client, query: str) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/audit/?{query}").status_code == 200
    found = [one["sql"] for one in asked.captured_queries]
    # As many rows as there are places where the log is published, and one each hour for each.
    found = [sql for sql in found if "audit_outlet" not in sql and "audit_anchor" not in sql]
    return [
        sql for sql in found if "audit_" in sql and sql.lstrip("(").startswith(("SELECT", "WITH"))
    ]


@pytest.mark.parametrize("query", QUESTIONS)
def test_no_question_counts_rows(auditor: Client, query: str) -> None:
    assert [sql for sql in statements(auditor, query) if "count(" in sql.lower()] == []


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize("query", QUESTIONS)
def test_no_question_reads_a_table_from_end_to_end_or_sorts_one(
    auditor: Client, query: str
) -> None:
    for sql in statements(auditor, query):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [str(row[3]) for row in cursor.fetchall()]
        for step in plan:
            # A stretch is read in order and ends at its limit; what is left of it is sorted.
            scans = re.match(r"SCAN (?!stretch|audit_words VIRTUAL|audit_savedfilter|found)", step)
            assert not scans or " USING " in step or "LIMIT" in sql, (sql, plan)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("query", QUESTIONS)
def test_every_question_can_be_answered_without_reading_a_table_through(
    auditor: Client, query: str
) -> None:
    asked = statements(auditor, query)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            if "auth_" in sql or "savedfilter" in sql:
                continue
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on audit_entry" not in plan, (sql, plan)
            assert "Seq Scan on audit_payload" not in plan, (sql, plan)


@pytest.mark.parametrize("query", QUESTIONS)
def test_a_page_asks_as_many_questions_for_many_entries_as_for_few(
    auditor: Client, query: str
) -> None:
    few = len(statements(auditor, query))
    given: dict[str, Any] = {"reason": "slow", "event": Event.PROPOSAL_CHECKED}
    for number in range(60):
        write(1, actor=Actor.agent(f"a{number % 3}"), **given)
        write(1, subject="loop", event=Event.LOOP_PAUSED, target="billing")
    assert len(statements(auditor, query)) <= few + 3
