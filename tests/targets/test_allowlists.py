"""Does a target's own allowlist count for its events only, and is every change on the record?"""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import Entry
from targets import allowlists, registry
from targets.models import Target
from telemetry.models import Backend, Event
from tests.factories import NOW, make_user
from tests.telemetry.scene import Log, add_target, stamp

pytestmark = pytest.mark.django_db
SAID = "GET https://docs.example.org/a?b=1 in /srv/agents/x/y token=abc123"


def _line(call: str) -> str:
    """Write what an agent's audit log says of a failed call."""
    entry = {"timestamp": stamp(NOW), "action": "x", "success": False, "id": call, "error": SAID}
    return json.dumps(entry)


@pytest.fixture
def target() -> Target:
    target = add_target()
    target.origin = "/srv/repository"
    target.save()
    return target


def allow(target: Target, *words: str) -> Target:
    call_command("target", "allow", "--slug", target.slug, *words)
    return Target.objects.get(pk=target.pk)


def test_what_a_target_allows_stays_in_its_events_and_secrets_do_not(
    target: Target, tmp_path: Path
) -> None:
    log = Log(tmp_path / "audit.jsonl", target, Backend.AUDIT_LOG)
    log.add(_line("1"))
    log.collect()
    first = Event.objects.get()
    assert "https://docs.example.org in /srv/agents/[...]" in first.error_message
    allow(target, "--domain", "example.org", "--path", "/srv/agents")
    log.add(_line("2"))
    log.collect()
    second = Event.objects.exclude(pk=first.pk).get()
    assert "https://docs.example.org/a?b=1 in /srv/agents/x/y" in second.error_message
    assert "token=[REDACTED_KEY]" in second.error_message


def test_entries_are_added_and_removed_on_the_record(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target = allow(target, "--domain", "b.org", "--domain", "a.org")
    assert allowlists.entries(target.allowed_domains) == ("a.org", "b.org")
    assert "allows: a.org, b.org" in capsys.readouterr().out
    target = allow(target, "--domain", "a.org", "--remove")
    assert target.allowed_domains == "b.org"
    entry = Entry.objects.filter(event="target.changed").latest("pk")
    assert entry.facts == {
        "before": {"allowed_domains": "a.org\nb.org"},
        "after": {"allowed_domains": "b.org"},
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--domain", "https://a.org"], "'https://a.org' is no domain: write example.org"),
        (["--domain", "*.a.org"], "is no domain"),
        (["--domain", "org"], "is no domain"),
        (["--domain", "A.org"], "is no domain"),
        (["--path", "srv/x"], "'srv/x' is no folder: write its whole path"),
        (["--path", "/"], "is no folder"),
        (["--path", "/a/../b"], "is no folder"),
        (["--path", "/a", "--remove"], "/a is not on the list"),
        ([], "say what to allow"),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(
    target: Target, words: list[str], complaint: str
) -> None:
    before = Entry.objects.count()
    with pytest.raises(CommandError, match=complaint.replace("*", r"\*")):
        allow(target, *words)
    assert Entry.objects.count() == before
    assert Target.objects.get(pk=target.pk).allowed_domains == ""


def test_a_list_has_an_end(target: Target) -> None:
    target.allowed_domains = "\n".join(f"a{number}.org" for number in range(101))
    with pytest.raises(registry.BadTarget, match="101 entries are too many: 100 at most"):
        registry.check(target)


def test_the_back_office_refuses_a_bad_line_at_its_field(target: Target, client: Client) -> None:
    client.force_login(make_user("admin"))
    place = f"/admin/targets/target/{target.pk}/change/"
    values = {key: value for key, value in registry.configuration(target).items() if value}
    refused = client.post(place, {**values, "allowed_domains": "https://a.org"})
    assert "is no domain" in refused.content.decode()
    done = client.post(place, {**values, "allowed_domains": "a.org\r\nb.org"})
    assert done.status_code == 302
    changed = Target.objects.get(pk=target.pk)
    assert allowlists.entries(changed.allowed_domains) == ("a.org", "b.org")
