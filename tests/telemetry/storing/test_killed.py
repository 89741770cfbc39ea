"""Is what was acknowledged stored, once and counted once, when the storing process is killed?"""

import pytest
from django.db import connection

from telemetry.models import Event, MinuteCount
from telemetry.rollups import reading
from telemetry.rollups.rebuild import rebuild
from tests.factories import NOW
from tests.telemetry.scene import add_target
from tests.telemetry.storing.sender import Sender


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_again_and_again_loses_and_doubles_nothing() -> None:
    target = add_target()
    sender = Sender(str(connection.settings_dict["NAME"]), NOW.isoformat(), 6_000, 250)
    for kill_after in (0.05, 0.2, 0.4):
        sender.send(kill_after=kill_after)
        assert Event.objects.count() >= sender.acknowledged
        assert Event.objects.count() == reading.total()
        assert rebuild(target, check=True) == 0
    assert sender.send(kill_after=None)
    assert sender.errors == []
    assert Event.objects.count() == Event.objects.values("uid").distinct().count() == 6_000
    assert sum(MinuteCount.objects.values_list("calls", flat=True)) == 6_000
    assert rebuild(target, check=True) == 0
