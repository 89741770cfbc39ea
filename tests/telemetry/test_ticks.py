"""Can every tick run twice and say what it did? Does the back office permit little?"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.utils import timezone

from audit.models import Entry
from telemetry import ingest, tasks
from telemetry.models import Event, MinuteCount, Pattern, PatternAlias, Source
from tests.factories import make_user
from tests.telemetry.scene import Log, add_target, one_of_each, tool_line

pytestmark = pytest.mark.django_db


def test_collecting_and_mining_say_what_they_did(tmp_path: Path) -> None:
    log = Log(tmp_path / "tools.log", add_target())
    log.add(*(tool_line(n, at=timezone.now()) for n in range(4)), "noise")
    assert tasks.collect() == "5 lines, 4 events stored, 0 refused"
    assert tasks.collect() == "0 lines, 0 events stored, 0 refused"
    assert tasks.mine() == "1 new patterns, 0 updated"
    assert tasks.mine() == "0 new patterns, 0 updated"


def test_a_source_that_is_switched_off_is_left_alone(tmp_path: Path) -> None:
    log = Log(tmp_path / "tools.log", add_target())
    log.add(tool_line(at=timezone.now()))
    Source.objects.update(enabled=False)
    assert tasks.collect().startswith("0 lines")


def test_extracting_takes_late_events_along_and_expiring_ends_them() -> None:
    now = timezone.now()
    target = add_target()
    for days in (1, 2):
        ingest.store(target, one_of_each(now - timedelta(days=days)), now)
    # Events of a type and moment share their ids: the second day repeats the tool call alone.
    written = int(tasks.extract().split()[0])
    assert written == Event.objects.filter(timestamp__lt=now - timedelta(hours=23)).count()
    assert tasks.expire() == "0 rows and 0 files deleted"


def test_ticks_without_targets_do_nothing() -> None:
    assert tasks.collect() == "0 lines, 0 events stored, 0 refused"
    assert tasks.mine() == "0 new patterns, 0 updated"
    assert tasks.extract() == "0 events written"


@pytest.mark.parametrize("model", [Event, Pattern, PatternAlias, MinuteCount])
def test_records_are_read_only_in_the_back_office(model: type[Event]) -> None:
    request = RequestFactory().get("/")
    request.user = make_user("admin")
    shown = admin.site._registry[model]
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert not shown.has_delete_permission(request)


def test_a_source_is_set_up_in_the_back_office_and_told_in_the_log(client: Client) -> None:
    target = add_target()
    client.force_login(make_user("admin"))
    form = {"target": target.pk, "backend": "files", "location": "/var/log/x.log", "enabled": "on"}
    assert client.post("/admin/telemetry/source/add/", form).status_code == 302
    source = Source.objects.get()
    assert source.location == "/var/log/x.log"
    client.post(f"/admin/telemetry/source/{source.pk}/change/", {**form, "enabled": ""})
    told = Entry.objects.filter(event__startswith="source.").order_by("pk")
    assert [entry.event for entry in told] == ["source.added", "source.changed"]
