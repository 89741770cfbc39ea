"""Can a person try the sanitizer, and is what they paste kept nowhere?"""

import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from tests.factories import make_user
from tests.telemetry.scene import add_target
from tests.telemetry.test_no_leak import every_stored_text

pytestmark = pytest.mark.django_db

PAGE = "/telemetry/sanitizer/"
TEXT = "first\r\n  password=hunter2xyz from 8.8.8.8 https://docs.example.org/a/b"


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user("viewer"))
    return client


def test_the_page_says_what_was_found_where_and_what_remains(reader: Client) -> None:
    said = reader.post(PAGE, {"text": TEXT}).content.decode()
    assert "password=<mark>[REDACTED_KEY]</mark> from <mark>[EXTERNAL_IP]</mark>" in said
    assert "a value behind a name such as password" in said
    assert "named-value</div>" in said
    assert "line 2, column 12" in said
    result = said[said.index('id="result"') :]
    assert "hunter2xyz" not in result
    assert "8.8.8.8" not in result


def test_nothing_of_it_is_kept_or_logged(
    reader: Client, caplog: pytest.LogCaptureFixture, data_folder: Path
) -> None:
    before = Entry.objects.count()
    with caplog.at_level(logging.DEBUG):
        answer = reader.post(PAGE, {"text": TEXT})
    assert "no-store" in answer["Cache-Control"]
    assert "hunter2xyz" not in caplog.text
    assert "hunter2xyz" not in every_stored_text()
    assert Entry.objects.count() == before
    kept = [p for p in data_folder.rglob("*") if p.is_file() and b"hunter2xyz" in p.read_bytes()]
    assert kept == []


def test_a_targets_allowlist_counts_when_it_is_chosen(reader: Client) -> None:
    target = add_target()
    target.allowed_domains = "example.org"
    target.save()
    without = reader.post(PAGE, {"text": TEXT}).content.decode()
    chosen = reader.post(PAGE, {"text": TEXT, "target": target.slug}).content.decode()
    place = "from <mark>[EXTERNAL_IP]</mark> https://docs.example.org/a/b"
    assert place not in without
    assert place in chosen


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste a text first"),
        ("x " * 31_000, "This text has 62000 bytes; 60000 can be tried at once."),
    ],
)
def test_no_text_and_too_much_text_are_refused_in_a_sentence(
    reader: Client, text: str, sentence: str
) -> None:
    answer = reader.post(PAGE, {"text": text})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    part = reader.post(PAGE, {"text": text}, headers={"HX-Request": "true"})
    assert sentence in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_text_longer_than_any_form_is_refused_in_a_sentence_too(reader: Client) -> None:
    text = "x " * 1_500_000
    answer = reader.post(PAGE, {"text": text})
    assert answer.status_code == 413
    assert "far too long: 60000 bytes can be tried at once." in answer.content.decode()
    assert "What remains" not in answer.content.decode()
    part = reader.post(PAGE, {"text": text}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "far too long" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_a_form_without_its_token_is_not_judged(reader: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("operator"))
    assert strict.post(PAGE, {"text": TEXT}).status_code == 403
    page = strict.get(PAGE)
    token = page.cookies[settings.CSRF_COOKIE_NAME].value
    answer = strict.post(PAGE, {"text": TEXT, "csrfmiddlewaretoken": token})
    assert "[REDACTED_KEY]" in answer.content.decode()


def test_who_may_not_see_patterns_is_not_told_how_long_a_text_may_be(client: Client) -> None:
    assert client.post(PAGE, {"text": "x " * 1_500_000}).status_code in {302, 403}


def test_a_harmless_text_is_called_so(reader: Client) -> None:
    assert "Nothing has to go" in reader.post(PAGE, {"text": "all is well"}).content.decode()


def test_the_page_asks_for_a_permission_and_a_token(client: Client) -> None:
    assert client.get(PAGE).status_code in {302, 403}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user("viewer"))
    assert strict.get(PAGE).status_code == 200
    assert strict.post(PAGE, {"text": "x"}).status_code == 403


def test_the_telemetry_pages_lead_there(reader: Client) -> None:
    for name in ("telemetry:patterns", "telemetry:events"):
        assert PAGE in reader.get(reverse(name)).content.decode()
