"""Which database can the tests of this room take away?"""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.delivery.killing import outages


@pytest.fixture(scope="module")
def outage(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[outages.Outage]:
    """Hold SQLite's one lock for writers, or stop a server of PostgreSQL of our own."""
    if connection.vendor == "sqlite":
        yield outages.Locked(f"sqlite:////unused?timeout={outages.BUSY_SECONDS}")
        return
    with django_db_blocker.unblock():
        name = str(connection.settings_dict["NAME"])
        connection.close()
    if not outages.programs():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no server of PostgreSQL here")
    with outages.server(tmp_path_factory.mktemp("server") / "own") as ours:
        outages.copied(ours, name)
        yield ours
