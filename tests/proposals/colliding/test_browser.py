"""Is the picture of what collides seen, and walked by keys, on a wide and on a narrow screen?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from proposals.models import Status
from targets.models import Target
from tests.delivery.scene import LATER
from tests.factories import FILES, make_proposal, make_target, make_user
from tests.proposals.colliding.diffs import LINES, replacing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/proposals/conflicts/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    notes = "".join(f"line {number}\n" for number in range(1, LINES + 1))
    return make_target(tmp_path, files={**FILES, "src/planner.py": notes})


@pytest.fixture
def seen(page: Page, live_server: LiveServer, client: Client, target: Target) -> Iterator[Page]:
    """Open the page, signed in; complain of anything on the browser's console at the end."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for title, lines in (("Ask twice", (10,)), ("Ask for longer", (11,)), ("Say why", (40,))):
        diff = replacing(*lines, path="src/planner.py", by=f"{title} ")
        make_proposal(target, title=title, diff=diff)
    make_proposal(target, title="Give web_search time to answer")
    make_proposal(target, title="Give web_search more time", status=Status.APPROVED)
    make_proposal(target, title="Try the digest again", diff=LATER)
    client.force_login(make_user("reviewer"))
    cookie = client.cookies["selfimprove_session"].value
    page.context.add_cookies(
        [{"name": "selfimprove_session", "value": cookie, "url": live_server.url}]
    )
    page.goto(live_server.url + PAGE)
    yield page
    assert complaints == []


def test_every_row_is_a_link_that_keys_reach(seen: Page) -> None:
    rows = seen.locator("svg.cf a.ln-row")
    expect(rows).to_have_count(5)
    first = rows.first
    first.focus()
    expect(first).to_be_focused()
    name = first.get_attribute("aria-label") or ""
    assert "lines with 1" in name
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("heading", level=1)).to_have_text(name.partition(":")[0])
    expect(seen.locator("#decision")).to_contain_text("Touches the same lines as another")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_runs_out_of_the_screen(seen: Page, scheme: str, width: int) -> None:
    seen.set_viewport_size({"width": width, "height": 900})
    seen.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    wide = seen.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    expect(seen.locator(".cf-line--lines").first).to_be_attached()
    expect(seen.get_by_role("region", name="What proposals have in common")).to_be_visible()
