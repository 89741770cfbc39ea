"""Probes learn whether the process serves and the database answers, and nothing else."""

import pytest
from django.test import Client

from audit.models import Entry
from tests.selfimprove.away import database_away


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_process_lives_but_is_not_ready(client: Client) -> None:
    with database_away():
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "database unavailable"}
    assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db(transaction=True)
def test_a_probe_learns_no_address_and_no_account(client: Client) -> None:
    with database_away():
        told = client.get("/readyz").content.decode()
    assert "/proc/nowhere" not in told
    assert "127.0.0.1" not in told


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_leaves_no_trace(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.cookies == {}
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_only_look(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
