"""Does a newcomer with a browser live through the whole story of the demo, page by page?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flow.browser import Complaints, Demo, Reloads, running_demo, section

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STAGES = ["Snapshot", "Branch", "Validate", "Pull request", "Merge", "Deploy", "Watch"]
FIRST, SECOND = "Give web_search time to answer", "Let the ledger keep up"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running_demo(tmp_path) as running:
        yield running


def test_a_newcomer_lives_through_both_stories(page: Page, demo: Demo) -> None:
    complaints = Complaints()
    complaints.listen(page)
    demo.sign_in(page)
    the_first_page_welcomes(page)
    the_first_proposal_says_what_a_reviewer_needs(page)
    an_approval_is_carried_out_before_the_eyes(page)
    a_harmful_change_takes_itself_back(page)
    for title, ending in ((FIRST, "was implemented"), (SECOND, "was taken back")):
        the_log_tells_the_story_entry_by_entry(page, title, ending)
    one_click_verifies_the_log(page)
    assert complaints.heard == []


def go_to(page: Page, entry: str) -> None:
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_role("link", name=re.compile(f"^{entry}")).click()


def open_from_inbox(page: Page, title: str, *, within: float) -> None:
    """Wait in the inbox until a proposal waits there, and open it."""
    go_to(page, "Inbox")
    row = page.locator("#live .si-row", has_text=title)
    with Reloads(page):
        expect(row).to_contain_text("Awaiting review", timeout=within * 1000)
    row.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def approve_with_the_keyboard(page: Page) -> None:
    approve = page.get_by_role("button", name="Approve this change")
    expect(approve).to_be_visible(timeout=30_000)  # once the way back has been rehearsed
    page.keyboard.press("a")
    expect(approve).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("Approved. The delivery begins")


def the_first_page_welcomes(page: Page) -> None:
    expect(page.get_by_text("What you do next.")).to_be_visible()
    expect(page.get_by_text("One watch minute is 1 s here")).to_be_visible()


def the_first_proposal_says_what_a_reviewer_needs(page: Page) -> None:
    open_from_inbox(page, FIRST, within=60)
    assert "calls in" in section(page, "Problem")
    assert "needs longer than it is given" in section(page, "Problem")
    evidence = page.locator("#evidence")
    expect(evidence.locator("svg.ch, .ch svg").first).to_be_visible()
    expect(evidence).to_contain_text("failures in")
    expect(evidence.locator("pre").first).to_contain_text("upstream did not answer")
    added = page.locator("#change .si-diff__row--add")
    expect(added).to_contain_text(re.compile(r"timeout_ms: \d+"))
    assert "Mitigation" in section(page, "Risk")
    assert "Revert the one commit" in section(page, "Rollback")
    passed = page.get_by_text(re.compile(r"^\d+ checks passed$")).locator("visible=true")
    expect(passed).to_have_count(1, timeout=60_000)
    shown = page.locator("#proof")
    expect(shown).to_contain_text("fails without the change and goes well with it")
    expect(shown).to_contain_text("Rollback rehearsed: applied to", timeout=30_000)
    passed.click()
    checked = section(page, "What was checked")
    assert "Do the target's own tests pass with the change?" in checked


def an_approval_is_carried_out_before_the_eyes(page: Page) -> None:
    with Reloads(page):
        approve_with_the_keyboard(page)
        delivery = page.locator("#delivery")
        expect(delivery.locator(".si-step__label")).to_have_text(STAGES, timeout=15_000)
        expect(delivery).to_contain_text("Succeeded", timeout=120_000)
        expect(page.locator("#decision")).to_contain_text("Implemented")
        expect(page.locator("#standing .si-step--done")).to_have_count(5)
    delivery.get_by_role("link", name=re.compile("Delivery #")).click()
    expect(page.locator("#delivery-live .si-step--done")).to_have_count(len(STAGES))
    expect(page.locator(".ch-mark-label", has_text="deployed")).to_be_visible()
    assert "against" in section(page, "Effect")


def a_harmful_change_takes_itself_back(page: Page) -> None:
    open_from_inbox(page, SECOND, within=30)
    expect(page.locator("#change .si-diff")).to_contain_text("max_calls_per_second: 12")
    with Reloads(page):
        approve_with_the_keyboard(page)
        expect(page.locator("#decision")).to_contain_text("Reverted", timeout=90_000)
    expect(page.locator("#decision")).to_contain_text("Failures rose")
    page.locator("#delivery").get_by_role("link", name=re.compile("Delivery #")).click()
    expect(page.locator("#delivery-live")).to_contain_text("Reverted")
    for mark in ("deployed", "reverted"):
        expect(page.locator(".ch-mark-label", has_text=mark).first).to_be_visible()
    assert "Failures rose" in section(page, "Effect")
    assert "Revert" in section(page, "In git")


def the_log_tells_the_story_entry_by_entry(page: Page, title: str, ending: str) -> None:
    go_to(page, "Proposals")
    page.get_by_role("navigation", name="States").get_by_role("link", name="All").click()
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("link", name="In the audit log").click()
    entry = page.get_by_role("link", name=re.compile(f"“{title}” {ending}"))
    expect(entry).to_be_visible()
    entry.click()
    story = page.locator("section", has=page.get_by_role("heading", name="The story"))
    for words in (f"wrote the proposal “{title}”", f"approved the proposal “{title}”", ending):
        expect(story).to_contain_text(words)


def one_click_verifies_the_log(page: Page) -> None:
    go_to(page, "Audit")
    page.get_by_role("link", name="Verify the log").click()
    with Reloads(page):
        page.get_by_role("button", name=re.compile("Verify all .* entries")).click()
        expect(page.locator("#verdict")).to_contain_text("The log is as it was recorded.")
