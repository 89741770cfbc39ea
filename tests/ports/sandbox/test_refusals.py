"""Where no sandbox can be had, does nothing run, and is a person told what to do?"""

from pathlib import Path

import pytest

from ports.sandbox import Level, PermanentError, Standing, adapters, diagnosis, syscalls
from ports.sandbox.bubblewrap import Bubblewrap
from ports.sandbox.refusing import Refusing
from ports.sandbox.unconfined import Unconfined
from tests.ports.sandbox import running as probing
from tests.ports.sandbox.running import ADAPTERS, Runner, need_a_sandbox, running


@pytest.fixture
def sandbox(tree: Path) -> Runner:
    return Runner("me", tree)


def stand_in(place: Path, script: str) -> str:
    """Put a bwrap of our own into a folder; return the PATH that finds it first."""
    (place / "bin").mkdir()
    (place / "bin" / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (place / "bin" / "bwrap").chmod(0o755)
    return f"{place / 'bin'}:/usr/bin:/bin"


def test_without_bubblewrap_nothing_runs(
    sandbox: Runner, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))
    with pytest.raises(PermanentError, match=r"no sandbox: bubblewrap is not installed.*doctor"):
        sandbox.command("sleep", "86551")
    standing = Bubblewrap().examine()
    assert (standing.level, standing.enough) == (Level.L0, False)
    assert "apt-get install bubblewrap" in standing.remedy
    assert running("86551") == []


REFUSED = [
    ("bwrap: No permissions to create new namespace", "docs/sandbox.md"),
    ("bwrap: setting up uid map: Permission denied", "docs/sandbox.md"),
    ("bwrap: Unknown option --disable-userns", "0.8.0 or newer"),
]


@pytest.mark.parametrize(("said", "remedy"), REFUSED, ids=["namespace", "uid map", "old"])
def test_where_namespaces_are_refused_nothing_runs(
    sandbox: Runner, place: Path, monkeypatch: pytest.MonkeyPatch, said: str, remedy: str
) -> None:
    monkeypatch.setenv("PATH", stand_in(place, f"echo '{said}' >&2; exit 1"))
    with pytest.raises(PermanentError, match="no sandbox: bubblewrap could not make one"):
        sandbox.command("sleep", "86552")
    standing = Bubblewrap().examine()
    assert not standing.enough
    assert said in standing.missing
    assert remedy in standing.remedy or "docs/sandbox.md" in standing.remedy
    assert running("86552") == []


def test_a_bubblewrap_that_says_nothing_is_no_success(
    sandbox: Runner, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stand_in(place, "exit 0"))
    with pytest.raises(PermanentError, match="it said nothing"):
        sandbox.command("true")


def test_output_of_a_failed_start_is_not_taken_for_an_end(
    sandbox: Runner, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that fails after telling of an exit code is no run either."""
    script = """echo '{"exit-code": 0}' >&0; echo 'OK, 3 tests passed'; exit 0"""
    monkeypatch.setenv("PATH", stand_in(place, script))
    with pytest.raises(PermanentError, match="OK, 3 tests passed"):
        sandbox.command("true")


@pytest.fixture
def no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "LIBRARY", "libseccomp-that-is-not-there.so")
    syscalls.program.cache_clear()


@pytest.fixture(autouse=True)
def filters_are_compiled_anew() -> None:
    syscalls.program.cache_clear()


@pytest.mark.usefixtures("machine", "no_filter")
def test_without_a_filter_nothing_runs_at_the_usual_level(sandbox: Runner) -> None:
    with pytest.raises(PermanentError, match="system calls are not filtered"):
        sandbox.command("sleep", "86553")
    standing = Bubblewrap().examine()
    assert (standing.level, standing.enough) == (Level.L2, False)
    assert "libseccomp2" in standing.remedy
    assert running("86553") == []


@pytest.mark.usefixtures("machine", "no_filter")
def test_a_lower_level_is_accepted_where_the_operator_says_so_and_told(tree: Path) -> None:
    lower = Runner("me", tree, Bubblewrap(lowest_level="L2"))
    ran = lower("print('ran')")
    assert (ran.output, ran.level, ran.sandboxed) == ("ran\n", Level.L2, True)
    assert "without a filter of system calls" in ran.level.words
    standing = Bubblewrap(lowest_level="L2").examine()
    assert (standing.level, standing.enough) == (Level.L2, True)
    assert "not filtered" in standing.missing


@pytest.mark.parametrize("level", ["L0", "L1", "L4", "", "l3"])
def test_no_other_level_can_be_asked_for(level: str) -> None:
    with pytest.raises(ValueError, match="lowest_level is L2 or L3"):
        Bubblewrap(lowest_level=level)


@pytest.mark.parametrize(
    ("ci", "ending"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_without_a_sandbox_probes_are_skipped_but_fail_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, ending: type[BaseException]
) -> None:
    standing = Standing(Level.L0, enough=False, missing="It is missing.", remedy="Get it.")
    monkeypatch.setattr(probing, "standing_here", lambda: standing)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(ending, match=r"It is missing\. Get it\."):
        need_a_sandbox()


def test_each_adapter_is_found_by_its_path() -> None:
    paths = (adapters.BUBBLEWRAP, adapters.REFUSING, adapters.UNCONFINED)
    assert [type(adapters.build(path, {})) for path in paths] == [Bubblewrap, Refusing, Unconfined]
    assert len(ADAPTERS) == len(paths)


@pytest.mark.parametrize(
    ("backend", "options", "match"),
    [
        ("", {}, "there is no ''"),
        ("bubblewrap", {}, "there is no 'bubblewrap'; ours are"),
        ("ports.sandbox.bubblewrap.Nothing", {}, "there is no"),
        (adapters.BUBBLEWRAP, {"level": "L3"}, "does not take these options"),
        (adapters.UNCONFINED, {"lowest_level": "L3"}, "does not take these options"),
    ],
)
def test_a_wrong_choice_is_told(backend: str, options: dict[str, str], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        adapters.build(backend, options)


@pytest.mark.parametrize(
    ("number", "words"),
    [("apparmor", "AppArmor"), ("switch", "sysctl -w")],
)
def test_the_cause_is_read_from_the_machine(
    place: Path, monkeypatch: pytest.MonkeyPatch, number: str, words: str
) -> None:
    (place / "apparmor").write_text("1\n" if number == "apparmor" else "0\n")
    (place / "switch").write_text("0\n" if number == "switch" else "15000\n")
    monkeypatch.setattr(diagnosis, "APPARMOR", place / "apparmor")
    monkeypatch.setattr(diagnosis, "SWITCHES", ((place / "switch", "user.namespaces=1"),))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    found = diagnosis.of(diagnosis.refused("bwrap: No permissions to create new namespace"))
    assert words in found.remedy


def test_a_container_and_a_root_without_rights_are_told_apart(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / ".dockerenv").touch()
    monkeypatch.setattr(diagnosis, "CONTAINER", (place / ".dockerenv",))
    monkeypatch.setattr(diagnosis, "APPARMOR", place / "none")
    monkeypatch.setattr(diagnosis, "SWITCHES", ())
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "container" in diagnosis.of("bwrap: refused").remedy
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("ports.sandbox.launch.is_privileged", lambda: False)
    assert "root without the rights" in diagnosis.of("bwrap: refused").remedy
