"""Can people sort patterns by the pages alone, once, with what was read, and take it back?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Pattern, PatternAlias, PatternMove
from tests.factories import make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    target, now = add_target(), timezone.now()
    for number, words in enumerate(
        ["cannot reach the index", "cannot reach the mirror", "cannot reach the mirror (hop one)"]
    ):
        event = call(number, at=now - timedelta(minutes=number), message=words)
        ingest.store(target, [event], now)
        mining.mine(target, now)
    return target


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(make_user("admin", name="ada"))
    return client


def first() -> Pattern:
    return Pattern.objects.order_by("pk")[0]


def act(who: Client, move: str, status: int = 302, **fields: object) -> str:
    pattern = first()
    given = {"move": move, "version": pattern.version, **fields}
    response = who.post(f"/telemetry/patterns/{pattern.pk}/act/", given)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_a_mute_by_button_says_until_when_and_can_be_undone(ada: Client, target: Target) -> None:
    act(ada, "mute", until="7d", reason="the index is rebuilt")
    text = ada.get(first().get_absolute_url()).content.decode()
    assert "Muted by ada" in text
    assert "the index is rebuilt" in text
    assert "Look at it again" in text
    muted = ada.get("/telemetry/?tab=muted").content.decode()
    assert f"pick-{first().pk}" in muted
    move = PatternMove.objects.get()
    assert f"/telemetry/moves/{move.pk}/undo/" in text
    assert ada.post(f"/telemetry/moves/{move.pk}/undo/").status_code == 302
    assert first().decision == ""
    assert ada.post(f"/telemetry/moves/{move.pk}/undo/").status_code == 409


@pytest.mark.parametrize(
    ("move", "fields", "words"),
    [
        ("mute", {"reason": "x"}, "Say when the mute ends"),
        ("mute", {"until": "count", "more": "-3", "reason": "x"}, "at least one"),
        ("mute", {"until": "1d", "reason": " "}, "Say why it is muted"),
        ("known", {}, "Say what is known"),
        ("assign", {"assignee": "nobody-here"}, "nobody named"),
        ("diagnose", {"diagnosis": "gremlins"}, "There is no diagnosis gremlins"),
        ("split", {"fingerprint": "0" * 16}, "not part of the pattern"),
        ("reopen", {}, "neither muted nor known"),
        ("explode", {}, "There is no such move"),
    ],
)
def test_what_makes_no_sense_is_said_on_the_page_and_changes_nothing(
    ada: Client, target: Target, move: str, fields: dict[str, object], words: str
) -> None:
    before = Pattern.objects.filter(pk=first().pk).values().get()
    assert words in act(ada, move, status=422, **fields)
    assert Pattern.objects.filter(pk=first().pk).values().get() == before


@pytest.mark.parametrize("version", ["7", "", "-1", "x"])
def test_a_page_older_than_the_pattern_changes_nothing(
    ada: Client, target: Target, version: str
) -> None:
    text = act(ada, "known", status=409, version=version, reason="seen")
    assert "has changed since you opened it" in text
    assert first().decision == ""


def test_known_assigned_and_diagnosed_are_shown_with_who(ada: Client, target: Target) -> None:
    act(ada, "assign", assignee="ada")
    act(ada, "diagnose", diagnosis="resource")
    act(ada, "known", reason="by design")
    text = ada.get(first().get_absolute_url()).content.decode()
    for words in ("Known by ada", "with ada", "Out of a resource", "because ada said so"):
        assert words in text
    act(ada, "reopen")
    assert first().decision == ""


def test_several_are_merged_after_a_page_that_names_them(ada: Client, target: Target) -> None:
    one, two = Pattern.objects.order_by("pk")[:2]
    chosen = [f"{one.pk}:{one.version}", f"{two.pk}:{two.version}"]
    text = ada.get("/telemetry/patterns/together/", {"act": "merge", "chosen": chosen})
    assert f"#{one.pk}" in text.content.decode()
    assert f"#{two.pk}" in text.content.decode()
    given = {"act": "merge", "chosen": chosen, "into": two.pk, "reason": "one cause"}
    assert ada.post("/telemetry/patterns/together/", given).status_code == 302
    assert Pattern.objects.get(pk=one.pk).merged_into_id == two.pk
    gone = ada.get(one.get_absolute_url()).content.decode()
    assert f'This pattern is part of <a href="{two.get_absolute_url()}">' in gone
    assert "What to do with it" not in gone
    again = ada.post("/telemetry/patterns/together/", given)
    assert again.status_code == 409
    assert "Nothing was changed" in again.content.decode()


def test_several_are_muted_or_assigned_at_once(ada: Client, target: Target) -> None:
    chosen = [f"{row.pk}:{row.version}" for row in Pattern.objects.all()]
    given = {"act": "mute", "chosen": chosen, "until": "burst", "reason": "known outage"}
    assert ada.post("/telemetry/patterns/together/", given).status_code == 302
    assert set(Pattern.objects.values_list("decision", flat=True)) == {"muted"}
    stale = ada.post("/telemetry/patterns/together/", given, follow=True).content.decode()
    assert "has changed since you opened it" in stale


@pytest.mark.parametrize("chosen", [[], ["x"], ["1:y"], ["999999:0"], ["9" * 30 + ":0"]])
def test_a_choice_of_nothing_is_said(ada: Client, target: Target, chosen: list[str]) -> None:
    text = ada.get("/telemetry/patterns/together/", {"act": "merge", "chosen": chosen})
    assert "Two are needed for a merge" in text.content.decode()
    given = {"act": "assign", "chosen": chosen}
    assert ada.post("/telemetry/patterns/together/", given).status_code == 422


def test_a_fingerprint_is_moved_out_by_a_button(ada: Client, target: Target) -> None:
    alias = PatternAlias.objects.order_by("pk").last()
    assert alias is not None
    pattern = alias.pattern
    alike = Pattern.objects.filter(merged_into=None).count()
    if pattern.aliases.count() > 1:
        given = {"move": "split", "version": pattern.version, "fingerprint": alias.fingerprint}
        assert ada.post(f"/telemetry/patterns/{pattern.pk}/act/", given).status_code == 302
        assert Pattern.objects.filter(merged_into=None).count() == alike + 1


def test_similar_patterns_are_offered_to_be_joined(ada: Client, target: Target) -> None:
    text = ada.get(first().get_absolute_url()).content.decode()
    assert "Similar patterns: join?" in text
    assert "75 % alike" in text


@pytest.mark.parametrize(("role", "may"), [("viewer", 403), ("reviewer", 302), ("operator", 302)])
def test_only_some_roles_may_sort(client: Client, target: Target, role: str, may: int) -> None:
    client.force_login(make_user(role))
    act(client, "known", status=may, reason="seen")
    assert ("What to do with it" in client.get(first().get_absolute_url()).content.decode()) is (
        may == 302
    )


@pytest.mark.parametrize("tab", ["all", "attention", "new", "recurred", "muted", "nonsense"])
@pytest.mark.parametrize("before", ["", "x~y", "2026-01-01T00:00:00Z~1", "~", "9" * 40])
def test_tabs_and_keys_that_anybody_may_type_show_a_page(
    ada: Client, tab: str, before: str
) -> None:
    response = ada.get("/telemetry/", {"tab": tab, "before": before})
    assert response.status_code == 200
    assert 'class="si-empty"' in response.content.decode()
