"""Do the pages show who asks, what was asked and what it cost, to those who may see it?"""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from audit.log import Actor
from personas import exchanges
from personas.agents import load
from personas.ledger.budgets import BudgetReached
from personas.models import Alert, Exchange
from personas.provisioning import provision
from selfimprove.console.attention import attention
from telemetry.doors import tokens
from telemetry.doors.models import Scope
from tests.factories import make_user
from tests.personas.ledger.spend import a_target, budget, reserve, spend
from tests.personas.test_exchanges import Metered, asked, reply

pytestmark = pytest.mark.django_db
PAGES = ("agents", "exchanges", "spending", "spending-json")


@pytest.fixture
def viewer(client: Client, settings: Settings) -> Client:
    budget(settings)
    client.force_login(make_user("viewer"))
    return client


def text(client: Client, name: str, *arguments: object, status: int = 200, **query: str) -> str:
    found = client.get(reverse(f"personas:{name}", args=arguments), query)
    assert found.status_code == status
    return " ".join(found.content.decode().split())


@pytest.mark.parametrize("name", PAGES)
def test_pages_need_a_signed_in_person_with_the_permission(client: Client, name: str) -> None:
    url = reverse(f"personas:{name}")
    assert client.get(url).status_code == 302
    nobody = make_user("nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(url).status_code == 403


def test_agents_are_shown_with_who_answers_now(viewer: Client) -> None:
    page = text(viewer, "agents")
    assert "EvalAgent" in page
    assert "No language model is called." in page
    assert "Not provisioned" in page
    assert "no model call" in page
    assert "$0.00" not in page


def test_a_broken_file_is_shown_with_its_mistakes(
    viewer: Client, tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "agents.yaml").write_text("agents: {}\n", encoding="utf-8")
    settings.CONFIG_DIR = tmp_path
    assert "agents.yaml: not declared: EvalAgent" in text(viewer, "agents")


def test_a_missing_price_table_is_told_and_agents_stay(
    viewer: Client, tmp_path: Path, settings: Settings
) -> None:
    shown = (settings.CONFIG_DIR / "agents.yaml").read_text(encoding="utf-8")
    (tmp_path / "agents.yaml").write_text(shown, encoding="utf-8")
    settings.CONFIG_DIR = tmp_path
    page = text(viewer, "agents")
    assert "without it no cost is known" in page
    assert "Builder" in page


def test_an_agent_shows_its_declaration_its_words_and_what_it_asked(viewer: Client) -> None:
    provision(load(), actor=Actor.system("cli"), at=timezone.now())
    asked(Metered([reply()]), at=timezone.now(), purpose="evaluation:1")
    page = text(viewer, "agent", "EvalAgent")
    assert "24000 in beside the role, 6000 out" in page
    assert "You judge why software agents fail" in page
    assert "Provisioned" in page
    assert "$0.005960" in page
    assert "evaluation:1" in page


def test_an_agent_that_differs_from_the_database_shows_how(viewer: Client) -> None:
    older = load()["Reviewer"].model_copy(update={"effort": "max"})
    provision({**load(), "Reviewer": older}, actor=Actor.system("cli"), at=timezone.now())
    page = text(viewer, "agent", "Reviewer")
    assert "Differs from the database" in page
    assert "- effort: max" in page
    assert "+ effort: low" in page


def test_an_agent_with_a_model_that_ends_says_so(
    viewer: Client, tmp_path: Path, settings: Settings
) -> None:
    for name in ("agents.yaml", "prices.toml"):
        shown = (settings.CONFIG_DIR / name).read_text(encoding="utf-8")
        old = shown.replace("model: claude-sonnet-5-5", "model: claude-sonnet-4-5-20250929")
        (tmp_path / name).write_text(old, encoding="utf-8")
    settings.CONFIG_DIR = tmp_path
    assert "EvalAgent asks claude-sonnet-4-5-20250929, which retire" in text(
        viewer, "agent", "EvalAgent"
    )
    assert "Builder asks claude-sonnet-4-5-20250929" in text(viewer, "agents")


def test_an_agent_that_nobody_knows_is_not_found(viewer: Client) -> None:
    text(viewer, "agent", "Somebody", status=404)
    asked(Metered([reply()]))
    Exchange.objects.update(agent="Somebody")
    assert "declared no more" in text(viewer, "agent", "Somebody")


def test_an_exchange_shows_all_that_was_kept(viewer: Client) -> None:
    asked(Metered([reply(text="A <b>bold</b> answer")]), prompt='{"why": "<i>"}', purpose="x:1")
    kept = Exchange.objects.get()
    page = text(viewer, "exchange", kept.pk)
    for words in (
        "Answered",
        "x:1",
        "1000, of which 600 read from the cache and 200 written to it",
        "1234 ms",
        "req_1",
        "end_turn",
        "$0.005960",
        "(estimated)",
        kept.prompt_digest[:16],
        kept.answer_digest[:16],
        kept.declaration_digest[:16],
        "A &lt;b&gt;bold&lt;/b&gt; answer",
    ):
        assert words in page


def test_an_exchange_past_its_time_says_that_its_texts_are_gone(viewer: Client) -> None:
    asked(Metered([reply(text="Remember me")]))
    exchanges.expire(timezone.now().replace(year=2100))
    page = text(viewer, "exchange", Exchange.objects.get().pk)
    assert "Remember me" not in page
    assert "The texts were removed" in page
    assert "$0.005960" in page


def test_a_refused_question_says_why_and_that_nothing_was_sent(
    viewer: Client, settings: Settings
) -> None:
    budget(settings, day_usd=0)
    with pytest.raises(BudgetReached):
        asked(Metered([]))
    page = text(viewer, "exchange", Exchange.objects.get().pk)
    assert "Budget reached" in page
    assert "spending.day_usd" in page
    assert "nothing was sent" in page
    assert "not asked" in page


def test_exchanges_are_filtered_by_their_address(viewer: Client) -> None:
    asked(Metered([reply()]), purpose="a:1")
    asked(Metered([reply(stop_reason="refusal")]), purpose="b:1", target=a_target("other"))
    assert "a:1" in text(viewer, "exchanges")
    assert "a:1" not in text(viewer, "exchanges", outcome="DECLINED").partition("<tbody>")[2]
    assert "a:1" not in text(viewer, "exchanges", target="other").partition("<tbody>")[2]
    assert "No exchange fits" in text(viewer, "exchanges", agent="Builder")
    assert "No exchange fits" in text(viewer, "exchanges", purpose="\x00b")


def test_spending_without_a_call_never_says_that_it_cost_nothing(viewer: Client) -> None:
    page = text(viewer, "spending")
    assert "No model call" in page
    assert "The rule engine answers" in page
    assert "$0" not in page


def test_spending_shows_sums_and_budgets(viewer: Client, settings: Settings) -> None:
    budget(settings, day_usd=1, month_usd=10)
    spend(at=timezone.now(), purpose="generation:4/plan")
    page = text(viewer, "spending")
    assert "$0.50 of $1.00 · 50&nbsp;%" in page
    assert "generation:4" in page
    assert "spending.day_usd" in page
    assert "nothing was billed" not in page
    assert "No model call" in text(viewer, "spending", simulated="1")


def test_a_wrong_month_is_told_and_the_present_one_shown(viewer: Client) -> None:
    spend(at=timezone.now())
    page = text(viewer, "spending", month="13", status=422)
    assert "is no month" in page
    assert "$0.50" in page
    assert "is no month" in text(viewer, "spending-json", month="13", status=422)


def test_programs_read_the_same_rows(viewer: Client) -> None:
    spend(at=timezone.now())
    found = viewer.get(reverse("personas:spending-json")).json()
    assert found["total"]["usd"] == "0.500000000"
    assert found["by_target"][0]["name"] == "gateway"


def test_a_token_reads_the_spending_of_its_target_alone(
    client: Client, settings: Settings
) -> None:
    budget(settings, target_day_usd=1)
    spend(at=timezone.now())
    reserve(at=timezone.now(), target=a_target("other"), agent="Builder")
    issued = tokens.issue(
        a_target(), name="n", scopes=[Scope.METRICS], actor=Actor.system("t"), at=timezone.now()
    )
    url = reverse("personas:api-spending")
    headers = {"authorization": f"Bearer {issued.secret}"}
    found = client.get(url, headers=headers)
    assert found.status_code == 200
    assert [row["name"] for row in found.json()["by_agent"]] == ["EvalAgent"]
    assert [row["name"] for row in found.json()["budgets"]] == ["day of gateway"]
    assert client.get(url).status_code == 401
    assert client.get(f"{url}?month=x", headers=headers).status_code == 400
    assert client.post(url, headers=headers).status_code == 405


def test_a_token_for_handing_in_reads_no_money(client: Client) -> None:
    issued = tokens.issue(
        a_target(), name="n", scopes=[Scope.EVENTS], actor=Actor.system("t"), at=timezone.now()
    )
    headers = {"authorization": f"Bearer {issued.secret}"}
    assert client.get(reverse("personas:api-spending"), headers=headers).status_code == 403


def test_the_inbox_names_the_highest_share_of_each_budget(settings: Settings) -> None:
    budget(settings, day_usd=1, month_usd=100)
    now = timezone.now()
    spend(at=now)
    with pytest.raises(BudgetReached):
        reserve(at=now)
    assert Alert.objects.count() == 2
    [row] = [row for row in attention(now, lambda _: True) if "budget" in row.title]
    assert (row.title, row.badge, row.tone) == ("The budget “day” is reached", "100 %", "bad")
    assert not [
        r for r in attention(now, lambda p: p != "personas.view_line") if "budget" in r.title
    ]
