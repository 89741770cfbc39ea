"""Can a reviewer decide with three keys in a real browser, and hear about conflicts in place?"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from proposals import checks, decision
from proposals.models import Proposal, Status
from targets.models import Target
from tests.factories import make_proposal, make_target, make_user, tools_diff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def reviewer(
    page: Page, live_server: LiveServer, client: Client, target: Target
) -> Iterator[Page]:
    """Sign anna in; complain of anything on the browser's console at the end but the conflicts."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    client.force_login(make_user(name="anna"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    yield page
    assert [words for words in complaints if "409 (Conflict)" not in words] == []


def _open(page: Page, live_server: LiveServer, proposal: Proposal) -> None:
    page.goto(live_server.url + proposal.get_absolute_url())


def test_a_and_enter_approve_in_place(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    proposal = make_proposal(target, at=timezone.now())
    _open(reviewer, live_server, proposal)
    reviewer.keyboard.press("a")
    expect(reviewer.get_by_role("button", name="Approve this change")).to_be_focused()
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator("#decision")).to_contain_text("Approved. The delivery begins")
    expect(reviewer.locator("#standing")).to_contain_text("Approved")
    assert reviewer.url.endswith(proposal.get_absolute_url())
    assert Proposal.objects.get().status == Status.APPROVED


def test_r_leads_to_the_reasons_and_a_no_is_kept(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    _open(reviewer, live_server, make_proposal(target, at=timezone.now()))
    reviewer.keyboard.press("r")
    expect(reviewer.get_by_label("Or reject it, because")).to_be_focused()
    reviewer.get_by_label("Or reject it, because").select_option("not_now")
    reviewer.get_by_role("button", name="Reject with this reason").click()
    expect(reviewer.locator("#decision")).to_contain_text("Rejected. The reason is kept")
    assert Proposal.objects.get().reason == "Not now"


def test_a_conflict_is_shown_where_the_button_was(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    proposal = make_proposal(target, at=timezone.now())
    _open(reviewer, live_server, proposal)
    digest, ben = proposal.document_digest, make_user(name="ben")
    decision.approve(proposal, reviewer=ben, document_digest=digest, at=timezone.now())
    reviewer.get_by_role("button", name="Approve this change").click()
    expect(reviewer.get_by_role("alert")).to_have_text("Already approved by ben.")
    expect(reviewer.get_by_role("button", name="Approve this change")).to_have_count(0)


def test_the_button_appears_by_itself_once_the_check_has_passed(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    proposal = make_proposal(
        target, diff=tools_diff(1200), at=timezone.now() - timedelta(minutes=1)
    )
    Proposal.objects.update(report=None)
    _open(reviewer, live_server, proposal)
    expect(reviewer.locator("#decision")).to_contain_text("The check is still running")
    checks.check(proposal, timezone.now())
    approve = reviewer.get_by_role("button", name="Approve this change")
    expect(approve).to_be_visible(timeout=30_000)
    expect(reviewer.locator("#checks")).to_contain_text("Passed")
    expect(reviewer.locator("#decision")).not_to_have_attribute("hx-trigger", "every 2s")


@pytest.mark.parametrize("width", [390, 1440, 2560])
def test_nothing_is_wider_than_the_window(
    reviewer: Page, live_server: LiveServer, target: Target, width: int
) -> None:
    words = " ".join(["nightly_knowledge_digest"] * 6)
    proposal = make_proposal(target, title=words, at=timezone.now())
    reviewer.set_viewport_size({"width": width, "height": 900})
    for address in (proposal.get_absolute_url(), "/proposals/"):
        reviewer.goto(live_server.url + address)
        assert reviewer.evaluate("document.documentElement.scrollWidth") <= width


def test_after_a_decision_n_and_enter_lead_to_the_next(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    now = timezone.now()
    first = make_proposal(target, title="The first", at=now)
    make_proposal(target, title="The second", at=now - timedelta(minutes=9))
    _open(reviewer, live_server, first)
    reviewer.get_by_role("button", name="Approve this change").click()
    following = reviewer.locator("#decision").get_by_role("link", name="Next to review")
    expect(following).to_be_visible()
    expect(reviewer.locator("#status")).to_have_text("Approved")
    reviewer.keyboard.press("n")
    reviewer.keyboard.press("Enter")
    expect(reviewer.get_by_role("heading", level=1)).to_have_text("The second")


def test_the_head_stays_and_hides_no_anchor(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    lines = "".join(f"+value_{n} = {n}\n" for n in range(450))
    diff = f"--- /dev/null\n+++ b/gateway/values.py\n@@ -0,0 +1,450 @@\n{lines}"
    proposal = make_proposal(target, diff=diff, at=timezone.now())
    _open(reviewer, live_server, proposal)
    expect(reviewer.locator("#f0 .si-diff__table")).to_be_hidden()
    reviewer.locator("#f0 > summary").click()
    for anchor in ("risk", "timeline", "f0R300"):
        reviewer.goto(f"{live_server.url}{proposal.get_absolute_url()}#{anchor}")
        head = reviewer.locator(".si-page__head").bounding_box()
        there = reviewer.locator(f"#{anchor}").bounding_box()
        shortcut = reviewer.get_by_role("link", name="Decision", exact=True).bounding_box()
        assert head is not None
        assert there is not None
        assert shortcut is not None
        assert shortcut["y"] >= 0
        assert -40 <= head["y"] <= 0
        assert there["y"] >= head["y"] + head["height"] - 1


def test_several_are_ticked_confirmed_and_decided(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    for title in ("One", "Two", "Three"):
        make_proposal(target, title=title, at=timezone.now())
    reviewer.goto(f"{live_server.url}/proposals/")
    reviewer.get_by_label("Select One").check()
    reviewer.get_by_label("Select Three").check()
    reviewer.get_by_role("button", name="Reject…").click()
    expect(reviewer.get_by_role("heading", level=1)).to_have_text("Reject 2 proposals?")
    reviewer.get_by_label("Because").select_option("too_risky")
    reviewer.get_by_role("button", name="Reject 2").click()
    expect(reviewer.get_by_role("heading", level=1)).to_have_text("2 decided")
    assert Proposal.objects.get(status=Status.PENDING).title == "Two"


def test_ticks_survive_a_list_that_redraws_itself(
    reviewer: Page, live_server: LiveServer, target: Target
) -> None:
    make_proposal(target, title="One", at=timezone.now())
    Proposal.objects.update(report=None)
    reviewer.goto(f"{live_server.url}/proposals/")
    reviewer.get_by_label("Select One").check()
    with reviewer.expect_response(lambda answer: answer.url.endswith("/proposals/")):
        reviewer.wait_for_timeout(2500)
    expect(reviewer.get_by_label("Select One")).to_be_checked()
