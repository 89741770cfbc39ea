"""Can a person press a line, write, reply and resolve, on a page without any script?"""

import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from proposals.models import Comment, Proposal, Thread
from proposals.threads import saying
from proposals.threads.saying import Speaker
from targets.models import Target
from tests.factories import NOW, make_proposal, make_user
from tests.proposals.threads.on_lines import changed_line, say
from tests.words import tools_diff


@pytest.fixture
def ada(db: None) -> User:
    return make_user(name="ada")


@pytest.fixture
def proposal(target: Target) -> Proposal:
    return make_proposal(target)


@pytest.fixture
def page(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def _post(page: Client, name: str, *place: object, **form: str) -> tuple[int, str]:
    answer = page.post(reverse(f"proposals:{name}", args=place), form)
    return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()


def _shown(page: Client, proposal: Proposal, query: str = "") -> str:
    return page.get(f"{proposal.get_absolute_url()}{query}").content.decode()


def test_a_line_is_pressed_and_written_about(page: Client, proposal: Proposal) -> None:
    assert 'href="?say=f0R3#say"' in _shown(page, proposal)
    form = _shown(page, proposal, "?say=f0R3")
    assert 'id="say"' in form
    assert form.index('id="f0R3"') < form.index('id="say"') < form.index('id="f0R4"')
    hidden = dict(re.findall(r'name="(uid|about|diff)" value="([^"]+)"', form))
    status, where = _post(page, "say", proposal.pk, words="Why not <b>800</b>?", **hidden)
    comment = Comment.objects.get()
    assert (status, where) == (302, f"{proposal.get_absolute_url()}#said-{comment.uid}")
    shown = _shown(page, proposal)
    assert "Why not &lt;b&gt;800&lt;/b&gt;?" in shown
    assert shown.index('id="f0R3"') < shown.index(f"said-{comment.uid}") < shown.index('id="f0R4"')
    assert "1 open thread below" in shown


def test_reply_resolve_change_and_take_back(page: Client, proposal: Proposal, ada: User) -> None:
    thread = say(proposal, "Why?", ada).thread
    assert _post(page, "reply", proposal.pk, thread.pk, words="So.")[0] == 302
    assert _post(page, "settle", proposal.pk, thread.pk, resolved="yes")[0] == 302
    assert "Resolved by ada: 2 comments" in _shown(page, proposal)
    assert _post(page, "settle", proposal.pk, thread.pk, resolved="no")[0] == 302
    assert Thread.objects.get().resolved_uid is None
    first, second = Comment.objects.order_by("id")
    _post(page, "change-comment", proposal.pk, first.uid, words="Why 1200?", act="change")
    _post(page, "change-comment", proposal.pk, second.uid, act="remove")
    shown = _shown(page, proposal)
    assert "Why 1200?" in shown
    assert "It was taken back." in shown


def test_a_refusal_keeps_what_was_written(page: Client, proposal: Proposal) -> None:
    form = {"about": "f0R3", "diff": "of another time", "words": "A long thought"}
    status, content = _post(page, "say", proposal.pk, **form)
    assert status == 422
    assert "another one since the page was drawn" in content
    assert "A long thought" in content
    status, content = _post(
        page, "say", proposal.pk, **{**form, "diff": proposal.diff_digest, "about": "f7R1"}
    )
    assert (status, "no such line" in content) == (422, True)
    assert not Comment.objects.exists()


def test_the_form_never_leads_away(page: Client, proposal: Proposal) -> None:
    for back in ("https://evil.test/", "//evil.test/x", "javascript:alert(1)", "x"):
        _, where = _post(page, "say", proposal.pk, words="Hm", back=back)
        assert where.startswith(proposal.get_absolute_url())
    _, where = _post(page, "say", proposal.pk, words="Hm", back="/deliveries/1/")
    assert where.startswith("/deliveries/1/#said-")


def test_a_reader_sees_it_and_is_offered_nothing(
    client: Client, proposal: Proposal, ada: User
) -> None:
    say(proposal, "Why?", ada)
    client.force_login(make_user("viewer"))
    shown = _shown(client, proposal, "?say=f0R3")
    assert "Why?" in shown
    assert "?say=" not in shown
    assert 'id="say' not in shown
    assert _post(client, "say", proposal.pk, words="I!")[0] == 403


def test_a_thread_of_an_earlier_version_says_so(
    page: Client, proposal: Proposal, ada: User
) -> None:
    say(proposal, "Why?", ada)
    Proposal.objects.filter(pk=proposal.pk).update(diff=tools_diff(900), diff_digest="9" * 64)
    shown = _shown(page, proposal)
    assert "on an earlier version" in shown
    assert shown.index("Said on an earlier version") < shown.index("Why?")


def test_many_threads_are_shown_by_few_questions(
    page: Client, proposal: Proposal, ada: User
) -> None:
    counts = []
    for _ in range(2):
        for number in range(20):
            say(proposal, f"Why {number}?", ada)
        with CaptureQueriesContext(connection) as asked:
            assert "Why 19?" in _shown(page, proposal)
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 3


def test_strange_addresses_are_answered(page: Client, proposal: Proposal, ada: User) -> None:
    thread = say(proposal, "Why?", ada).thread
    other = make_proposal(proposal.target)
    assert _post(page, "reply", other.pk, thread.pk, words="x")[0] == 404
    assert _post(page, "settle", other.pk, thread.pk, resolved="yes")[0] == 404
    assert _post(page, "change-comment", other.pk, Comment.objects.get().uid, words="x")[0] == 404
    assert _post(page, "change-comment", proposal.pk, uuid.uuid4(), words="x")[0] == 404
    for odd in ("?say=<script>", "?say=f0R3%00", "?say=" + "f" * 5000):
        assert "<script>" not in _shown(page, proposal, odd).split("</head>")[1].split("f0R3")[0]


def test_what_was_said_on_github_is_named_so(page: Client, proposal: Proposal) -> None:
    by = Speaker.outside("github", "mallory", remote="line:7")
    place = changed_line(proposal)
    saying.say(proposal, "@everyone look", by=by, at=NOW, place=place, verdict="approved")
    shown = _shown(page, proposal)
    assert "mallory" in shown
    assert "on GitHub" in shown
    log = page.get(reverse("audit:log"), {"subject": f"proposal:{proposal.pk}"})
    if log.status_code == 200:
        assert "mallory on GitHub commented" in log.content.decode()
