"""Is each person told what waits for them, and nothing else?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission, User

from audit.events import Event
from notifications.channels import BadChannel, remove, tell_person
from notifications.models import Channel, Telling
from proposals.waiting import ageing
from targets.models import Target
from tests.factories import NOW, make_proposal, make_report
from tests.notifications.scene import Clock, channel, happen, heard_of, mail_settings
from tests.notifications.servers import Hook, Post
from validation.models import Outcome

pytestmark = pytest.mark.django_db(transaction=True)


def person(name: str, *permissions: str) -> User:
    made = User.objects.create_user(name, email=f"{name}@example.org")
    rows = Permission.objects.all()
    for permission in permissions:
        room, _, codename = permission.partition(".")
        made.user_permissions.add(rows.get(content_type__app_label=room, codename=codename))
    tell_person(made, at=NOW)
    return User.objects.get(pk=made.pk)


def heard(one: User) -> list[str]:
    rows = Telling.objects.filter(channel__person=one)
    return sorted(rows.values_list("occurrence__kind", flat=True))


def test_who_may_decide_hears_of_proposals_and_who_may_revert_of_trouble(target: Target) -> None:
    rita = person("rita", "proposals.decide_proposal")
    olga = person("olga", "delivery.revert_delivery")
    vic = person("vic")
    make_proposal(target)
    happen(Event.DELIVERY_ALARMED, "delivery:1")
    heard_of(Event.DELIVERY_ENDED, "delivery:1", outcome="REVERTED")  # waits for nobody
    assert heard(rita) == ["proposal_waits"]
    assert heard(olga) == ["delivery_needs_person"]
    assert heard(vic) == []


def test_who_wrote_a_proposal_is_not_asked_to_decide_it(target: Target) -> None:
    rita = person("rita", "proposals.decide_proposal")
    ben = person("ben", "proposals.decide_proposal")
    make_proposal(target, author="rita", engine="person")
    assert heard(rita) == []
    assert heard(ben) == ["proposal_waits"]


def test_what_a_check_refused_waits_for_its_writer(target: Target) -> None:
    rita = person("rita", "proposals.decide_proposal")
    ada = person("ada")
    proposal = make_proposal(target, author="ada", engine="person", severity="high")
    make_report(proposal, Outcome.REFUSED)
    ageing.age(NOW + timedelta(hours=25))
    assert heard(ada) == ["reminder"]
    assert heard(rita) == ["proposal_waits"]


def test_it_goes_to_the_address_of_the_account_at_the_time(
    post: Post, clock: Clock, settings: LazySettings
) -> None:
    mail_settings(settings, post)
    olga = person("olga", "delivery.revert_delivery")
    happen(Event.DELIVERY_ALARMED, "delivery:1")
    User.objects.filter(pk=olga.pk).update(email="new@example.org")
    clock.tell(minutes=1)
    assert post.to == [["new@example.org"]]
    assert "A delivery needs a person" in post.got[0].get_content()


def test_an_account_without_an_address_cannot_ask_for_mail(clock: Clock) -> None:
    for address in ("", "no address"):
        made = User.objects.create_user(f"x{len(address)}", email=address)
        with pytest.raises(BadChannel, match="address"):
            tell_person(made, at=NOW)
    assert not Channel.objects.exists()


def test_nobody_asks_twice_and_everybody_can_end_it(hook: Hook, settings: LazySettings) -> None:
    olga = person("olga", "delivery.revert_delivery")
    with pytest.raises(BadChannel, match="already"):
        tell_person(olga, at=NOW)
    remove(Channel.objects.get(person=olga), person=olga, at=NOW)
    happen(Event.DELIVERY_ALARMED, "delivery:1")
    assert not Telling.objects.exists()
    tell_person(olga, at=NOW)
    assert Channel.objects.filter(person=olga).count() == 1


def test_a_name_that_a_channel_has_already_gets_a_number(hook: Hook) -> None:
    channel(hook, name="olga by e-mail")
    person("olga")
    names = sorted(Channel.objects.values_list("name", flat=True))
    assert names == ["olga by e-mail", "olga by e-mail 2"]


def test_with_the_account_goes_the_channel_and_nothing_waits(clock: Clock) -> None:
    olga = person("olga", "delivery.revert_delivery")
    happen(Event.DELIVERY_ALARMED, "delivery:1")
    olga.delete()
    assert clock.tell(minutes=1).failed == 0
    assert not Telling.objects.exists()
