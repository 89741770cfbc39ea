"""Does the back office show an agent with its last exchanges, to whoever may see them?"""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.log import Actor
from personas.admin import LAST
from personas.agents import load
from personas.models import Exchange, Provisioned
from personas.provisioning import provision
from tests.factories import make_user
from tests.personas.test_exchanges import Metered, asked, reply

pytestmark = pytest.mark.django_db


def page(client: Client, name: str = "EvalAgent") -> str:
    row = Provisioned.objects.get(name=name)
    answer = client.get(reverse("admin:personas_provisioned_change", args=[row.pk]))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture(autouse=True)
def provisioned(db: None) -> None:
    provision(load(), actor=Actor.system("cli"), at=timezone.now())


@pytest.fixture
def office(client: Client) -> Client:
    user = make_user("viewer")
    user.is_staff = True
    user.save()
    wanted = Permission.objects.filter(codename__in=["view_provisioned", "view_exchange"])
    user.user_permissions.set(wanted)
    client.force_login(user)
    return client


def test_the_last_exchanges_are_linked_with_what_they_cost(office: Client) -> None:
    for number in range(LAST + 2):
        asked(Metered([reply()]), at=timezone.now(), purpose=f"evaluation:{number}")
    shown = page(office)
    latest, *_, oldest = Exchange.objects.order_by("-pk")
    assert f'<a class="underline" href="{latest.get_absolute_url()}">' in shown
    assert f'<a class="underline" href="{oldest.get_absolute_url()}">' not in shown
    assert shown.count("Answered, $0.005960") == LAST
    assert "It has asked nothing yet." in page(office, "Reviewer")


def test_what_a_provider_says_is_text_there(office: Client) -> None:
    asked(Metered([reply()]), at=timezone.now())
    row = Exchange.objects.get()
    row.target.name = "<script>alert(1)</script>"
    row.target.save()
    assert "<script>alert(1)" not in page(office)
    assert "&lt;script&gt;alert(1)" in page(office)


def test_who_may_not_see_exchanges_sees_the_agent_alone(client: Client) -> None:
    asked(Metered([reply()]), at=timezone.now())
    user = make_user("viewer")
    user.groups.clear()
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename="view_provisioned"))
    client.force_login(user)
    shown = page(client)
    assert "claude-sonnet-5-5" in shown
    assert "/exchanges/" not in shown
