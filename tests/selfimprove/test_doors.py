"""Signing in and out, health, roles, and the page's security headers."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.events import Event
from audit.models import Entry
from tests.people import pseudonym

pytestmark = pytest.mark.django_db


def test_signing_in_and_out_is_on_the_log(client: Client) -> None:
    User.objects.create_user("ada", password="correct horse")
    client.post("/sign-in/", {"username": "ada", "password": "correct horse"})
    client.post("/sign-out/")
    told = list(Entry.objects.order_by("id").values_list("event", "actor", "subject"))
    ada = pseudonym("ada")
    assert told == [
        (Event.PERSON_INTRODUCED, "audit", f"person:{ada}"),
        (Event.USER_SIGNED_IN, ada, f"user:{ada}"),
        (Event.USER_SIGNED_OUT, ada, f"user:{ada}"),
    ]


def test_a_failed_sign_in_is_on_the_log_without_what_was_typed(client: Client) -> None:
    client.post("/sign-in/", {"username": "my-password-by-mistake", "password": "x"})
    entry = Entry.objects.get()
    assert entry.event == Event.USER_SIGN_IN_FAILED
    assert "mistake" not in entry.body


def test_pages_need_a_sign_in_and_health_does_not(client: Client) -> None:
    assert client.get("/").status_code == 302
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_only_the_back_office_relaxes_the_content_policy(client: Client) -> None:
    strict = client.get("/sign-in/")["Content-Security-Policy"]
    relaxed = client.get("/admin/login/")["Content-Security-Policy"]
    assert "unsafe" not in strict
    assert "'unsafe-eval'" in relaxed


def test_the_four_roles_may_do_what_their_names_say() -> None:
    def may(role: str, permission: str) -> bool:
        person = User.objects.create_user(f"{role}-{permission}")
        person.groups.add(Group.objects.get(name=role))
        return person.has_perm(permission)

    assert may("viewer", "proposals.view_proposal")
    assert may("viewer", "audit.verify_log")
    assert not may("viewer", "proposals.decide_proposal")
    assert may("reviewer", "proposals.decide_proposal")
    assert not may("reviewer", "delivery.revert_delivery")
    assert may("operator", "delivery.revert_delivery")
    assert may("operator", "selfimprove.pause_loop")
    assert not may("operator", "proposals.decide_proposal")
    assert may("admin", "proposals.decide_proposal")
    assert may("admin", "delivery.revert_delivery")
