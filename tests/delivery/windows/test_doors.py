"""The page, the button and the command tell of the same windows."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from delivery.models import Delivery
from delivery.windows.options import Windows
from proposals.models import Proposal
from tests.delivery.scene import make_scene
from tests.delivery.test_pages import person
from tests.delivery.windows.test_waiting import set_windows
from tests.factories import make_proposal, make_target

pytestmark = pytest.mark.django_db


def never(settings: Any) -> None:
    """Leave a change of medium risk without a window, whatever the day of the test."""
    set_windows(settings, "mon-sun 00:00-24:00 high")


@pytest.fixture
def delivery(tmp_path: Path, settings: Any) -> Delivery:
    scene = make_scene(tmp_path)
    Proposal.objects.update(risk="medium")
    scene.proposal.refresh_from_db()
    never(settings)
    begun = scene.begin()
    scene.drive(begun)
    assert begun.stage == "merge"
    return begun


def page(client: Client) -> str:
    response = client.get(reverse("delivery:windows"))
    assert response.status_code == 200
    return response.content.decode()


def command(*words: str) -> str:
    output = StringIO()
    call_command("windows", *words, stdout=output, stderr=output)
    return output.getvalue()


def test_without_rules_the_page_says_that_nothing_waits_and_how_to_set_them(
    client: Client,
) -> None:
    client.force_login(person("view_delivery"))
    text = page(client)
    assert "Changes are merged at any time" in text
    assert "windows.rules" in text


def test_the_page_draws_each_targets_windows_and_names_the_free_days(
    client: Client, delivery: Delivery, settings: Any, tmp_path: Path
) -> None:
    day = timezone.now().date() + timedelta(days=3)
    free = tmp_path / "free.ics"
    free.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\nSUMMARY:Fair <b>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    set_windows(settings, "mon-sun 09:00-16:00", holidays=(free,))
    client.force_login(person("view_delivery"))
    text = page(client)
    assert "medium, high, critical risk" in text
    assert "13 windows in 14 days" in text
    assert text.count('class="ch-bar"') == 13 + 1  # one for the risk that does not wait
    assert "Fair &lt;b&gt;" in text


def test_the_page_says_which_calendar_keeps_all_shut_and_which_rule_binds_nothing(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    client.force_login(person("view_delivery"))
    set_windows(settings, "nobody: mon 09:00-10:00")
    assert "names a target that is not there" in page(client)
    set_windows(settings, "mon 09:00-10:00", holidays=(tmp_path / "gone.ics",))
    text = page(client)
    assert "Until that is mended no window opens" in text
    assert "gone.ics" in text


def test_a_permitted_person_lets_it_through_on_its_page(
    client: Client, delivery: Delivery
) -> None:
    client.force_login(person("view_delivery", "override_window"))
    shown = client.get(delivery.get_absolute_url()).content.decode()
    assert "Do not wait for the window" in shown
    address = reverse("delivery:override", args=[delivery.pk])
    refused = client.post(address, {"reason": " "}, follow=True).content.decode()
    assert "Say why it cannot wait" in refused
    client.post(address, {"reason": "Agents are down"})
    delivery.refresh_from_db()
    assert delivery.window_passed_by == "olga"
    shown = client.get(delivery.get_absolute_url()).content.decode()
    assert "Do not wait for the window" not in shown
    assert "Agents are down" in shown


def test_others_are_neither_offered_it_nor_let(client: Client, delivery: Delivery) -> None:
    client.force_login(person("view_delivery", "revert_delivery"))
    assert (
        "Do not wait for the window"
        not in client.get(delivery.get_absolute_url()).content.decode()
    )
    address = reverse("delivery:override", args=[delivery.pk])
    assert client.post(address, {"reason": "x"}).status_code == 403
    delivery.refresh_from_db()
    assert delivery.window_passed_by == ""


def test_the_command_tells_what_holds_at_a_moment(delivery: Delivery, settings: Any) -> None:
    set_windows(settings, "mon-thu 09:00-16:00", timezone="Europe/Berlin")
    slug = delivery.target.slug
    text = command("--at", "2026-12-06T12:00Z")
    assert f"{slug}  low: at any time" in text
    assert f"{slug}  medium, high, critical: shut; opens Mon 07 Dec 2026, 09:00" in text
    shut, open_ = json.loads(command("--at", "2026-12-07T08:30Z", "--json"))
    assert (shut["risks"], shut["waits_for_windows"]) == (["low"], False)
    assert open_["open"]
    assert open_["until"] == "2026-12-07T15:00:00+00:00"


def test_the_command_lets_a_delivery_through(delivery: Delivery) -> None:
    assert "does not wait" in command("--override", str(delivery.pk), "--reason", "Down")
    with pytest.raises(CommandError, match="does not wait for a window"):
        command("--override", str(delivery.pk), "--reason", "Down")
    with pytest.raises(CommandError, match="There is no delivery 9999"):
        command("--override", "9999", "--reason", "x")


@pytest.mark.parametrize("moment", ["soon", "2026-13-01T00:00Z", "2026-12-06T12:00"])
def test_a_moment_that_is_none_is_refused(moment: str) -> None:
    with pytest.raises(CommandError, match="write it like"):
        command("--at", moment)


def test_the_command_names_the_calendar_that_cannot_be_read(settings: Any, tmp_path: Path) -> None:
    set_windows(settings, "mon 09:00-10:00", holidays=(tmp_path / "gone.ics",))
    with pytest.raises(CommandError, match=r"gone\.ics.*no window opens"):
        command()


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"rules": ["monday 9 to 5"]}, "is no window"),
        ({"timezone": "Middle/Earth"}, "there is no time zone"),
        ({"timezone": "../etc/passwd"}, "there is no time zone"),
        ({"holidays": ["free.ics"]}, "give the whole path"),
        ({"risks": ["grave"]}, "low"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Windows.model_validate(wrong)


def test_today_is_where_the_strip_begins(client: Client, delivery: Delivery) -> None:
    client.force_login(person("view_delivery"))
    today: date = timezone.now().date()
    assert f">{today:%a}<" in page(client)


def test_who_is_to_approve_is_told_that_it_would_wait(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    client.force_login(person("view_delivery"))
    proposal = make_proposal(make_target(tmp_path), risk="high")
    address = reverse("delivery:for_proposal", args=[proposal.pk])
    assert "its merge would wait" not in client.get(address).content.decode()
    set_windows(settings, "mon-sun 00:00-24:00 critical")
    assert "its merge would wait: no change window opens" in client.get(address).content.decode()
