"""Who came in, who was turned away, and what a visitor may see of the frame."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client, RequestFactory

from audit.events import Event
from audit.models import Entry
from audit.sentences import sentence
from selfimprove.web.frame import frame
from tests.factories import make_proposal, make_target, make_user
from tests.people import pseudonym

pytestmark = pytest.mark.django_db
PASSWORD = "long enough 1"


def test_a_known_name_that_fails_is_told_by_name(client: Client) -> None:
    person = make_user("viewer", name="vera")
    client.post("/sign-in/", {"username": "vera", "password": "wrong"})
    entry = Entry.objects.get(event=Event.USER_SIGN_IN_FAILED)
    assert (entry.actor, entry.subject) == ("selfimprove", f"user:{pseudonym('vera')}")
    assert sentence(entry) == "A sign-in as user vera failed"
    assert person.username not in entry.body
    assert "wrong" not in entry.body


@pytest.mark.parametrize(
    "name", ["x" * 5000, "a\x00b", "ghp_Q7xV2mK9Q7xV2mK9Q7xV2mK9Q7xV2mK9", ""]
)
def test_a_name_that_cannot_be_one_breaks_nothing_and_is_not_kept(
    client: Client, name: str
) -> None:
    assert client.post("/sign-in/", {"username": name, "password": "x"}).status_code == 200
    for entry in Entry.objects.all():
        assert entry.subject == "user:unknown name"


def test_somebody_who_was_sent_away_cannot_come_in(client: Client) -> None:
    person = make_user("viewer", name="vera")
    User.objects.filter(pk=person.pk).update(is_active=False)
    answer = client.post("/sign-in/", {"username": "vera", "password": PASSWORD})
    assert answer.status_code == 200
    assert not Entry.objects.filter(event=Event.USER_SIGNED_IN).exists()
    assert Entry.objects.filter(event=Event.USER_SIGN_IN_FAILED).count() == 1


def test_a_sign_in_leads_back_to_where_one_wanted_to_go_and_never_away(client: Client) -> None:
    make_user("viewer", name="vera")
    form = {"username": "vera", "password": PASSWORD}
    assert client.get("/proposals/")["Location"] == "/sign-in/?next=/proposals/"
    assert client.post("/sign-in/?next=/proposals/", form)["Location"] == "/proposals/"
    client.post("/sign-out/")
    away = client.post("/sign-in/?next=https://elsewhere.example/", form)
    assert away["Location"] == "/"


def test_who_is_signed_in_need_not_sign_in_again(client: Client) -> None:
    client.force_login(make_user("viewer"))
    assert client.get("/sign-in/").status_code == 302


def test_leaving_without_having_come_is_not_on_the_log(client: Client) -> None:
    assert client.post("/sign-out/").status_code == 302
    assert not Entry.objects.exists()


def test_signing_out_cannot_be_done_by_a_link(client: Client) -> None:
    client.force_login(make_user("viewer"))
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/").status_code == 200


def test_a_form_without_our_token_is_refused_with_a_page() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in/", {"username": "vera", "password": "x"})
    assert answer.status_code == 403
    assert "<h1>" in answer.content.decode()


def test_a_visitor_sees_nothing_of_the_loop() -> None:
    request = RequestFactory().get("/sign-in/")
    assert frame(request) == {}
    request.user = AnonymousUser()
    assert frame(request) == {}


def test_who_is_signed_in_sees_how_many_wait(tmp_path: Path, client: Client) -> None:
    request = RequestFactory().get("/")
    request.user = make_user("viewer")
    assert frame(request)["waiting_count"] == 0
    make_proposal(make_target(tmp_path))
    assert frame(request)["waiting_count"] == 1
    assert "waiting_count" not in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("path", ["/nowhere/", "/proposals/not-a-number/"])
def test_a_page_that_is_not_there_is_said_to_visitors_and_people(
    client: Client, path: str
) -> None:
    client.force_login(make_user("viewer"))
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()
