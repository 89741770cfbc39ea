"""Is what a person called not the same neither suggested again nor joined by itself?"""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.log import Actor
from audit.models import Entry
from audit.sentences import sentence
from targets.models import Target
from telemetry import ingest, mining
from telemetry.models import Pattern
from telemetry.patterns import merging, suggesting
from telemetry.patterns.merging import CannotJoin
from tests.factories import NOW, make_user
from tests.telemetry.scene import add_target, call

pytestmark = pytest.mark.django_db
ADA = Actor.system("ada")


@pytest.fixture
def target() -> Target:
    target = add_target()
    said = ["cannot reach the index", "cannot reach the mirror", "cannot open the big index"]
    for number, message in enumerate(said):
        ingest.store(target, [call(number, at=NOW, message=message)], NOW)
    mining.mine(target, NOW)
    return target


def of(words: str) -> Pattern:
    return Pattern.objects.get(template=f"cannot {words}")


def suggested(pattern: Pattern) -> list[str]:
    return [one.pattern.template for one in suggesting.similar_to(pattern)]


def apart(one: Pattern, other: Pattern) -> None:
    suggesting.keep_apart(one, other, actor=ADA, at=NOW)


def test_a_refused_suggestion_comes_back_on_neither_page_and_is_on_the_log(target: Target) -> None:
    index, mirror = of("reach the index"), of("reach the mirror")
    assert "cannot reach the mirror" in suggested(index)
    apart(index, mirror)
    apart(mirror, index)  # said already
    assert "cannot reach the mirror" not in suggested(index)
    assert "cannot reach the index" not in suggested(mirror)
    (entry,) = Entry.objects.filter(event="pattern.apart")
    assert entry.facts["other"] == mirror.pk
    assert "not the same" in sentence(entry)


def test_others_are_suggested_as_before(target: Target) -> None:
    index, mirror, big = (
        of("reach the index"),
        of("reach the mirror"),
        of("open the big index"),
    )
    before = suggested(big)
    apart(index, mirror)
    assert suggested(big) == before


def test_it_holds_for_what_one_of_them_is_merged_into(target: Target) -> None:
    index, mirror, big = of("reach the index"), of("reach the mirror"), of("open the big index")
    apart(index, mirror)
    merging.merge(big, [mirror], actor=ADA, at=NOW)
    assert suggesting.held_apart(target) == {frozenset({index.pk, big.pk})}


def test_a_third_witness_does_not_join_what_a_person_held_apart(target: Target) -> None:
    index, mirror = of("reach the index"), of("reach the mirror")
    apart(index, mirror)
    for number, word in enumerate(["archive", "ledger"]):
        event = call(10 + number, at=NOW, message=f"cannot reach the {word}")
        ingest.store(target, [event], NOW)
        mining.mine(target, NOW)
    for pattern in (index, mirror):
        pattern.refresh_from_db()
        assert pattern.merged_into_id is None


def test_a_person_may_merge_them_all_the_same(target: Target) -> None:
    index, mirror = of("reach the index"), of("reach the mirror")
    apart(index, mirror)
    merging.merge(index, [mirror], actor=ADA, at=NOW)
    assert suggesting.held_apart(target) == set()


def test_what_is_no_pair_is_refused_and_changes_nothing(target: Target) -> None:
    index, mirror, big = of("reach the index"), of("reach the mirror"), of("open the big index")
    with pytest.raises(CannotJoin, match="no other pattern"):
        apart(index, index)
    merging.merge(big, [mirror], actor=ADA, at=NOW)
    with pytest.raises(CannotJoin, match=f"part of #{big.pk} already"):
        apart(index, mirror)
    stranger = add_target("other")
    ingest.store(stranger, [call(1, at=NOW, message="cannot reach the index")], NOW)
    mining.mine(stranger, NOW)
    with pytest.raises(CannotJoin, match="same target"):
        apart(index, Pattern.objects.get(target=stranger))
    assert not Entry.objects.filter(event="pattern.apart").exists()


def test_the_button_on_the_page_does_it_once_and_says_so(client: Client, target: Target) -> None:
    client.force_login(make_user("reviewer", name="ada"))
    index, mirror = of("reach the index"), of("reach the mirror")
    page = client.get(index.get_absolute_url()).content.decode()
    action = f"/telemetry/patterns/{index.pk}/apart/"
    assert action in page
    assert f"Pattern {mirror.pk} is not the same" in page
    said = client.post(action, {"other": mirror.pk}, follow=True).content.decode()
    assert f"#{mirror.pk} will not be suggested here again" in said
    assert f"Pattern {mirror.pk} is not the same" not in said
    assert "ada said that" in said
    assert client.post(action, {"other": "x"}).status_code == 422
    assert client.post(action, {"other": index.pk}).status_code == 409


def test_who_may_only_read_can_refuse_nothing(client: Client, target: Target) -> None:
    client.force_login(make_user("viewer"))
    index, mirror = of("reach the index"), of("reach the mirror")
    assert "is not the same" not in client.get(index.get_absolute_url()).content.decode()
    action = f"/telemetry/patterns/{index.pk}/apart/"
    assert client.post(action, {"other": mirror.pk}).status_code == 403
    assert not Entry.objects.filter(event="pattern.apart").exists()


def test_the_command_does_what_the_button_does(target: Target) -> None:
    index, mirror = of("reach the index"), of("reach the mirror")
    call_command("pattern", "apart", str(index.pk), str(mirror.pk), "--json")
    assert "cannot reach the mirror" not in suggested(index)
    with pytest.raises(CommandError, match="There is no pattern #999"):
        call_command("pattern", "apart", str(index.pk), "999")
