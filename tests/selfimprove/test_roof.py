"""Which processes are started, in which order, and what a person reads first."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from selfimprove import roof, watchdog
from selfimprove.config import Web
from selfimprove.mcp.options import Mcp


def test_the_worker_stops_first_and_the_pages_last() -> None:
    assert [child.name for child in roof.children(roof.ALL)] == ["worker", "clock", "web"]


@pytest.mark.parametrize("names", [["web", "worker"], ["worker", "web", "web", "worker"]])
def test_a_part_has_each_process_once_and_keeps_the_order(names: list[str]) -> None:
    assert [child.name for child in roof.children(names)] == ["worker", "web"]


def test_each_process_knows_its_role() -> None:
    roles = {child.name: child.environment for child in roof.children(roof.ALL)}
    assert roles == {name: {"SELFIMPROVE_ROLE": name} for name in ("worker", "clock", "web")}


def test_only_a_new_worker_frees_what_the_last_one_held() -> None:
    freed = [c.name for c in roof.children(roof.ALL) if c.on_restart is watchdog.release_leases]
    assert freed == ["worker"]


def test_the_page_server_gets_host_port_and_threads_from_the_settings(
    settings: LazySettings,
) -> None:
    web = Web(host="::1", port=4711, threads=7)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"web": web})
    words = list(roof.children(["web"])[0].argv)
    for option, value in (("--host", "::1"), ("--port", "4711"), ("--blocking-threads", "7")):
        assert words[words.index(option) + 1] == value


def test_an_address_can_be_opened_as_it_is_printed() -> None:
    assert roof.address(Web(port=8123)) == "http://127.0.0.1:8123/"
    assert roof.address(Web(host="::1", port=8123)) == "http://[::1]:8123/"


@pytest.mark.django_db
def test_the_greeting_tells_the_password_until_it_is_changed() -> None:
    first = roof.greeting(Web())
    assert "http://127.0.0.1:8100/" in first
    assert "sign in as:  admin, password " in first
    person = User.objects.get()
    person.set_password("mine alone")
    person.save()
    assert "the password that you chose" in roof.greeting(Web())
    User.objects.create_user("olga")
    person.delete()
    assert "an account of yours" in roof.greeting(Web())


@pytest.mark.django_db
def test_a_part_without_pages_promises_none() -> None:
    told = roof.greeting(Web(), ["worker", "clock"])
    assert "worker, clock, without pages" in told
    assert "http" not in told
    assert not User.objects.exists()


def test_the_tools_are_off_unless_the_settings_say_otherwise_and_that_is_told(
    settings: LazySettings,
) -> None:
    assert "off over HTTP (mcp.enabled)" in roof.tools_in_words()
    assert roof.children(["mcp"]) == []
    mcp = Mcp(enabled=True, host="::1", port=4712)
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"mcp": mcp})
    assert roof.tools_in_words() == "http://[::1]:4712/mcp"
    names = [child.name for child in roof.children(roof.ALL)]
    assert names == ["worker", "clock", "mcp", "web"]
    child = roof.children(["mcp"])[0]
    words = list(child.argv)
    assert words[words.index("--port") + 1] == "4712"
    assert child.environment == {"SELFIMPROVE_ROLE": "mcp"}
