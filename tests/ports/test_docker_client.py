"""Is each line of a container read once through the docker client, whatever becomes of it?"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ports.telemetry_source import Batch, Cursor, PermanentError, TemporaryError
from ports.telemetry_source import docker_client as module
from ports.telemetry_source.docker_client import DockerClient
from tests.ports.clients import Client, docker

LIMIT = 4_000_000
ID = "4f" * 32


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    return docker(tmp_path, monkeypatch)


class Reader:
    """Read again and again, with a cursor that goes through JSON each time."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.cursor: Cursor = {}
        self.last = Batch((), {})

    def read(self, limit: int = LIMIT) -> list[str]:
        self.last = DockerClient(self.location).read(self.cursor, limit)
        self.cursor = json.loads(json.dumps(self.last.cursor))
        return [record.text.partition(" ")[2] for record in self.last.records]


def container(name: str, *lines: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    written = [(stream, stamp, [text]) for stream, stamp, text in lines]
    return {"id": ID, "name": name, "labels": [], "lines": written, **more}


def at(seconds: str) -> str:
    return f"2026-11-21T01:00:{seconds}Z"


def test_lines_are_read_once_and_on(client: Client) -> None:
    api = container("api", ("stdout", at("01.5"), "one"), ("stderr", at("02"), "two"))
    client.state["containers"] = [api]
    client.save()
    reader = Reader("api")
    assert reader.read() == ["one", "two"]
    assert reader.last.places == 1
    assert reader.last.records[0].time == at("01.5")
    assert reader.read() == []
    api["lines"] += [("stdout", at("03.000000001"), ["three"])]
    client.save()
    assert reader.read() == ["three"]
    assert reader.read() == []


def test_a_silent_output_does_not_make_everything_come_again(client: Client) -> None:
    client.state["containers"] = [
        container("api", *(("stdout", at(f"{n:02}"), f"line {n}") for n in range(50)))
    ]
    client.save()
    reader = Reader("api")
    assert len(reader.read()) == 50
    reader.read()
    asked = [call[call.index("--since") + 1] for call in client.calls if "--since" in call]
    assert asked == [at("48")]  # a second before the last line, for the output that is silent


def test_lines_of_one_moment_are_told_apart_by_their_order(client: Client) -> None:
    api = container("api", ("stdout", at("01"), "same"), ("stdout", at("01"), "same"))
    client.state["containers"] = [api]
    client.save()
    reader = Reader("api")
    assert reader.read() == ["same", "same"]
    assert len({(r.origin, r.offset) for r in reader.last.records}) == 2
    api["lines"] += [("stdout", at("01"), ["same"]), ("stderr", at("01"), ["late"])]
    client.save()
    assert sorted(reader.read()) == ["late", "same"]
    assert reader.read() == []


def test_pieces_of_a_long_line_lose_their_stamps(client: Client) -> None:
    whole = "a" * 16_384 + "b" * 16_384 + "end"
    api = container("api")
    pieces = [whole[:16_384], whole[16_384:32_768], "end"]
    api["lines"] = [("stdout", at("01"), pieces)]
    client.state["containers"] = [api]
    client.save()
    assert Reader("api").read() == [whole]


def test_a_limit_stops_reading_and_the_rest_comes_next(client: Client) -> None:
    lines = [
        (("stdout", "stderr")[n % 2], f"2026-11-21T01:{n // 60:02}:{n % 60:02}Z", f"{n:05} " * 20)
        for n in range(3_000)
    ]
    client.state["containers"] = [container("api", *lines)]
    client.save()
    reader = Reader("api")
    seen: list[str] = []
    for _ in range(40):
        seen += reader.read(100_000)
        if not reader.last.more:
            break
    assert sorted(seen) == sorted(text for _, _, text in lines)


def test_containers_are_chosen_by_glob_or_by_compose_service(client: Client) -> None:
    client.state["containers"] = [
        {**container(name, ("stdout", at("01"), name)), "id": f"{n:064}", "labels": labels}
        for n, (name, labels) in enumerate(
            [
                ("shop-api-1", ["project=shop", "service=api"]),
                ("shop-db-1", ["project=shop", "service=db"]),
                ("other", []),
            ]
        )
    ]
    client.save()
    assert Reader("shop-*").read() == ["shop-api-1", "shop-db-1"]
    assert Reader("compose:shop/api").read() == ["shop-api-1"]
    assert Reader("compose:shop").read() == ["shop-api-1", "shop-db-1"]
    nothing = Reader("nobody")
    assert nothing.read() == []
    assert nothing.last.places == 0


def test_a_container_made_anew_is_read_from_its_start(client: Client) -> None:
    client.state["containers"] = [container("api", ("stdout", at("05"), "old"))]
    client.save()
    reader = Reader("api")
    assert reader.read() == ["old"]
    client.state["containers"] = [
        {**container("api", ("stdout", at("04"), "new")), "id": "ab" * 32}
    ]
    client.save()
    assert reader.read() == ["new"]
    assert list(reader.cursor["containers"]) == ["ab" * 32]


def test_one_container_that_cannot_be_read_does_not_hide_another(client: Client) -> None:
    client.state["containers"] = [
        {**container("a"), "id": "aa" * 32, "refusal": "Error response from daemon: no logs"},
        {**container("b", ("stdout", at("01"), "fine")), "id": "bb" * 32},
    ]
    client.save()
    reader = Reader("?")
    assert reader.read() == ["fine"]
    assert reader.last.problems == ("a: docker says Error response from daemon: no logs",)


def test_without_a_client_or_without_leave_the_state_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.state["refusal"] = (
        "permission denied while trying to connect to the Docker daemon socket"
    )
    client.save()
    with pytest.raises(PermanentError, match="add it to the group docker"):
        Reader("api").read()
    client.state["refusal"] = "Cannot connect to the Docker daemon. Is the docker daemon running?"
    client.save()
    with pytest.raises(TemporaryError, match="docker does not answer: Cannot connect"):
        Reader("api").read()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PermanentError, match="docker not found on this host"):
        Reader("api").read()


@pytest.mark.skipif(not os.access("/usr/local/bin/docker", os.X_OK), reason="no docker client")
def test_the_real_client_without_a_daemon_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(TemporaryError, match="docker does not answer"):
        DockerClient("api").read({}, LIMIT)


@pytest.mark.parametrize("place", ["-v", "--all", "a b", "a;b", "compose:a/b/c", "", "compose:"])
def test_a_name_that_is_none_is_refused(place: str) -> None:
    assert module.check(place)


@pytest.mark.parametrize("place", ["api", "shop-*", "shop_api.1", "compose:shop/api", "[ab]x"])
def test_names_and_globs_are_taken(place: str) -> None:
    assert module.check(place) == ""
