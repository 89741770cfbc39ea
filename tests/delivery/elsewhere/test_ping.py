"""Does a ping say whether the deployer is there, without starting anything?"""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.delivery.elsewhere.stand import VARIABLE, Away
from tests.delivery.scene import make_scene

pytestmark = pytest.mark.django_db


def ping(slug: str = "gateway") -> str:
    said = StringIO()
    call_command("deployer-ping", slug, stdout=said)
    return said.getvalue()


def test_it_prints_what_the_deployer_answered(there: Away) -> None:
    said = ping()
    assert f"{there.stand.address} answered: 202 taken" in said
    assert "http://127.0.0.1:8100/hooks/deployments/" in said
    ((uid, body),) = there.stand.messages
    assert uid.startswith("ping-")
    assert b'"type": "ping"' in body
    assert there.stand.unsigned == 0
    assert not there.delivery.handovers.exists()


def test_one_that_turns_it_away_is_an_error(there: Away) -> None:
    there.stand.statuses, there.stand.words = [401], "whose key is this?"
    with pytest.raises(CommandError, match="turned it away: 401 whose key is this"):
        ping()


def test_what_is_missing_is_named(there: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="no target 'nobody'"):
        ping("nobody")
    monkeypatch.setenv(VARIABLE, "whsec_short")
    with pytest.raises(CommandError, match=f"{VARIABLE} cannot be used"):
        ping()


def test_a_target_without_a_webhook_has_nobody_to_ask(tmp_path: Path) -> None:
    make_scene(tmp_path)
    with pytest.raises(CommandError, match=r"has no \[webhook\]"):
        ping()
