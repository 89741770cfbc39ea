"""What do the page and the command say of whitelisted values, also when there are none or many?"""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from targets.models import Target
from targets.repository import Repository
from tests.factories import FILES, TOOLS, commit_to_origin, make_target, make_user

pytestmark = pytest.mark.django_db
PAGE = "/parameters/"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_target(tmp_path)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("admin"))
    return client


def words(client: Client, address: str = PAGE, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def moved(target: Target, text: str | None) -> None:
    commit_to_origin(target, {"config/tools.yaml": text})
    Repository.of(target).fetch()


def test_the_page_names_bounds_meaning_and_every_place(client: Client, target: Target) -> None:
    text = words(client)
    assert "how long a tool may take before the call is given up" in text
    assert "integer, ms 100 10000 50 2000 low 2" in text
    assert "tools.web_search.timeout_ms config/tools.yaml 400 ms 100 to 10000" in text
    assert "Outside" not in text.split("Where they stand")[1]


def test_a_value_outside_its_bounds_is_marked(client: Client, target: Target) -> None:
    moved(target, TOOLS.replace("400", "40"))
    text = words(client, only="outside")
    assert "1 outside" in text
    assert "40 ms Outside 40 lies outside 100 to 10000" in text
    assert "tools.calendar.timeout_ms config" not in text
    moved(target, TOOLS)
    assert "Every value lies inside its bounds" in words(client, only="outside")


def test_a_broken_file_at_the_head_is_named_and_the_others_are_shown(
    client: Client, target: Target
) -> None:
    moved(target, "tools: [\n")
    text = words(client)
    assert "config/tools.yaml cannot be read at the head, so its values are not known" in text
    assert "tasks.digest.retries" in text


def test_empty_states_are_named(client: Client, tmp_path: Path, settings: LazySettings) -> None:
    assert "There is no target yet" in words(client)
    Target.objects.create(slug="fresh", name="Fresh", origin="/x", created_at="2026-03-02T00:00Z")
    assert "The repository has not been read yet" in words(client, target="fresh")
    bare = {"README.md": "# x\n"}
    make_target(tmp_path, slug="bare", files=bare)
    assert "No file holds such a value" in words(client, target="bare")
    assert "Nothing was moved" in words(client, reverse("validation:history", args=["bare"]))
    assert "There is no target “nowhere”" in words(client, target="nowhere")
    settings.CONFIG_DIR = tmp_path
    (tmp_path / "parameters.toml").write_text("")
    assert "Nothing may be moved here" in words(client, target="bare")
    (tmp_path / "parameters.toml").write_text("[[parameter]]\n")
    assert "The whitelist cannot be used" in words(client, target="bare")


def test_a_clone_that_is_gone_is_named(client: Client, target: Target) -> None:
    Target.objects.filter(pk=target.pk).update(branch="no-such-branch")
    assert "Our clone of the repository cannot be read" in words(client)


def test_the_ten_thousandth_place_can_be_reached(client: Client, tmp_path: Path) -> None:
    tools = "".join(f"  t{number}:\n    retries: 1\n" for number in range(10_000))
    make_target(tmp_path, slug="large", files={**FILES, "config/tools.yaml": f"tools:\n{tools}"})
    text = words(client, target="large", page="201")
    assert "10001–10002 of 10002" in text
    assert "tasks.digest" in text or "tools.t" in text


def test_the_history_of_one_place_has_a_picture_and_its_moves(
    client: Client, target: Target
) -> None:
    moved(target, TOOLS.replace("400", "900"))
    address = reverse("validation:history", args=[target.slug])
    place = {"path": "config/tools.yaml", "key": "tools.web_search.timeout_ms"}
    answer = client.get(address, place).content.decode()
    assert '<svg xmlns="http://www.w3.org/2000/svg" role="img"' in answer
    assert "allowed: 100 to 10000 ms" in answer
    text = words(client, address, **place)
    assert "400 → 900" in text
    assert "not set → 400" in text
    assert "calendar" not in text
    assert "<svg" not in client.get(address).content.decode().split("<main")[1]
    assert "Nothing was moved" in words(client, address, path="no", key="such")


def test_hostile_names_and_values_are_escaped(client: Client, target: Target) -> None:
    bad = 'tools:\n  "<b>x</b>":\n    timeout_ms: "<script>alert(1)</script>"\n'
    moved(target, bad)
    for address in (PAGE, reverse("validation:history", args=[target.slug])):
        answer = client.get(address).content.decode()
        assert "<script>alert" not in answer
        assert "<b>x" not in answer


def test_who_may_not_see_targets_sees_no_parameters(target: Target) -> None:
    client = Client()
    client.force_login(make_user("nobody"))
    assert client.get(PAGE).status_code == 403
    assert client.get(reverse("validation:history", args=[target.slug])).status_code == 403


def run(*options: str) -> str:
    said = StringIO()
    call_command("parameters", *options, stdout=said)
    return said.getvalue()


def test_the_command_says_the_same(target: Target) -> None:
    moved(target, TOOLS.replace("400", "40"))
    [one] = json.loads(run("--json"))
    assert one["target"] == "gateway"
    place = next(p for p in one["places"] if p["key"] == "tools.web_search.timeout_ms")
    assert (place["value"], place["unit"]) == ("40", "ms")
    assert place["trouble"] == "40 lies outside 100 to 10000"
    assert one["moves"][0]["old"] == "400"
    assert one["whitelist"][0]["path"] == "config/tools.y*ml"
    text = run("--target", "gateway", "--moves", "1")
    assert "✗ config/tools.yaml  tools.web_search.timeout_ms = 40 ms  (100 to 10000)" in text
    assert text.count("→") == 1


def test_the_command_names_what_is_not_there(target: Target) -> None:
    with pytest.raises(CommandError, match="no target nowhere"):
        run("--target", "nowhere")
    Target.objects.filter(pk=target.pk).update(branch="no-such-branch")
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("parameters", stdout=said)
    assert ended.value.code == 1
    assert "cannot be read" in said.getvalue()


def test_the_command_on_an_empty_house_says_so(db: None) -> None:
    assert run() == "There is no target yet.\n"
    assert run("--json") == "[]\n"
