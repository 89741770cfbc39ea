"""Does a job that cannot run elsewhere run here, with the reason, and is no session left open?"""

import base64
import io
import json
import os
import tarfile
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ports.agentcore import Executed, Failed, State
from ports.agentcore.standin import frames
from ports.llm.standin.routes import FRAMES, aws_failure
from ports.llm.standin.steps import Step
from ports.sandbox import LOCAL, Bounds, Ending, Job, PermanentError, Portable, Ran
from ports.sandbox.away import packing
from ports.sandbox.away.agentcore import AWAY, AgentCore
from ports.sandbox.away.packing import NotTold, Parcel, packed, read
from ports.sandbox.refusing import Refusing
from ports.sandbox.unconfined import Unconfined
from tests.ports.agentcore.interpreter import There, there
from tests.ports.sandbox.running import becomes

OK = Step(authored=True)
DENIED = aws_failure(403, "AccessDeniedException")
THROTTLED = aws_failure(429, "ThrottlingException")
FRAME = Step(events=(frames.exception("throttlingException"),), headers={"content-type": FRAMES})
CUT = Step(body=frames.result({"content": []})[:-4], headers={"content-type": FRAMES})


def job(tree: Path, *command: str, portable: Portable | None = Portable(), **more: Any) -> Job:  # noqa: B008
    bounds = more.pop("bounds", Bounds(seconds=20))
    command = command or ("python3", "-c", "print('ran')")
    return Job(command=command, tree=tree, bounds=bounds, portable=portable, **more)


def box(found: There) -> AgentCore:
    return AgentCore(found.interpreter, Unconfined())


@pytest.mark.parametrize(
    ("steps", "told", "requests"),
    [
        ([DENIED], "denied, AccessDeniedException", 1),
        ([THROTTLED], "error, ThrottlingException", 1),
        ([Step(end="RESET")], "unreachable, connection", 1),
        ([Step(body=b"{}")], "error, bad_body", 1),
        ([OK, DENIED], "denied, AccessDeniedException", 3),
        ([OK, FRAME], "error, ThrottlingException", 3),
        ([OK, Step(end="EOF")], "unreachable, connection", 3),
        ([OK, OK, THROTTLED], "error, ThrottlingException", 4),
        ([OK, OK, FRAME], "error, ThrottlingException", 4),
        ([OK, OK, CUT], "error, stream_broken", 4),
        ([OK, OK, Step(end="RESET")], "unreachable, connection", 4),
    ],
)
def test_each_fault_brings_the_job_here_and_ends_the_session(
    tree: Path, steps: list[Step], told: str, requests: int
) -> None:
    with there(*steps) as found:
        ran = box(found).run(job(tree))
        assert len(found.played.asked) == requests
        assert not found.played.account.sessions
        assert not found.machine.folders
    assert (ran.output, ran.where) == ("ran\n", LOCAL)
    assert ran.instead_because.startswith(told)


def test_a_silent_service_is_left_and_the_job_runs_here(tree: Path) -> None:
    with there(Step(body=b"{}", delay=3), call_seconds=1) as found:
        ran = box(found).run(job(tree))
    assert (ran.output, ran.where) == ("ran\n", LOCAL)
    assert ran.instead_because.startswith("unreachable, timeout")


def test_where_nothing_works_what_the_local_sandbox_says_stands(tree: Path) -> None:
    with there(DENIED) as found, pytest.raises(PermanentError, match="lets no code"):
        AgentCore(found.interpreter, Refusing()).run(job(tree))


def test_a_session_that_cannot_be_ended_is_told_with_the_result(tree: Path) -> None:
    with there(OK, OK, OK, THROTTLED) as found:
        ran = box(found).run(job(tree))
        assert len(found.played.asked) == 4
        assert found.played.requests[0]["sessionTimeoutSeconds"] == 140
    assert (ran.output, ran.where, ran.code) == ("ran\n", AWAY, 0)
    assert "could not be ended (error, ThrottlingException" in ran.why
    assert "within 140 s" in ran.why


def test_a_job_that_needs_this_machine_asks_nobody(tree: Path) -> None:
    with there() as found:
        ran = box(found).run(job(tree, portable=None))
        assert not found.played.asked
    assert (ran.output, ran.where) == ("ran\n", LOCAL)
    assert ran.instead_because == "it needs programs that only this machine has"


def test_a_tree_too_large_to_send_runs_here(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LARGEST", 50_000)
    (tree / "noise").write_bytes(os.urandom(60_000))
    with there() as found:
        ran = box(found).run(job(tree))
        assert not found.played.asked
    assert (ran.where, "50,000 can be sent" in ran.instead_because) == (LOCAL, True)


def test_a_module_that_is_not_there_brings_the_job_here(tree: Path) -> None:
    with there() as found:
        ran = box(found).run(job(tree, portable=Portable(modules=("json", "no.such", "nowhere"))))
        assert not found.played.account.sessions
    assert (ran.output, ran.where) == ("ran\n", LOCAL)
    assert ran.instead_because == "the Python there has no no.such, nowhere"


def test_any_python_stands_in_for_one_of_ours(tree: Path) -> None:
    command = ("/opt/only/here/python", "-c", "print(6 * 7)")
    with there() as found:
        ran = box(found).run(job(tree, *command, portable=Portable(python=True)))
    assert (ran.output, ran.where) == ("42\n", AWAY)


def test_who_stops_it_does_not_wait_and_leaves_nothing_running(tree: Path) -> None:
    with there() as found:
        stopped = found.machine.begun.is_set
        ran = box(found).run(job(tree, "sleep", "86505"), stopped=stopped)
        assert (ran.ended, ran.where) == (Ending.STOPPED, AWAY)
        assert found.machine.ended == ["standin000001"]
        assert becomes(lambda: found.machine.running["standin000001"].poll() is not None)
    assert ran.seconds < 20


def test_who_stops_it_before_there_is_a_session_leaves_none_behind(tree: Path) -> None:
    with there(replace(OK, delay=1)) as found:
        ran = box(found).run(job(tree), stopped=lambda: True)
        assert (ran.ended, ran.where) == (Ending.STOPPED, AWAY)
        assert becomes(lambda: found.machine.ended == ["standin000001"])
        assert "executeCommand" not in found.tools


def test_a_conversation_without_an_end_is_left_and_the_job_runs_here(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ports.sandbox.away.agentcore.PATIENCE", 0.2)
    bounds = Bounds(seconds=1)
    with there(replace(OK, delay=3)) as found:
        ran = box(found).run(job(tree, bounds=bounds))
        assert becomes(lambda: found.machine.ended == ["standin000001"])
    assert (ran.where, ran.output) == (LOCAL, "ran\n")
    assert ran.instead_because.startswith("unreachable, deadline")


def test_many_at_once_have_a_session_each(tree: Path) -> None:
    with there() as found:
        sandbox, rans = box(found), dict[int, Ran]()

        def one(number: int) -> None:
            rans[number] = sandbox.run(job(tree, "python3", "-c", f"print({number})"))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {number: ran.output for number, ran in rans.items()} == {
            number: f"{number}\n" for number in range(6)
        }
        assert len(set(found.machine.ended)) == 6


def test_the_tree_and_what_is_given_are_sent_and_nothing_of_this_machine(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "planted-in-our-environment")
    (tree / "link").symlink_to("/etc/passwd")
    with there() as found:
        box(found).run(job(tree, given={"plan.json": b"{}"}, environment={"ADDED": "yes"}))
        (content,) = [
            one["arguments"]["content"]
            for one in found.played.requests
            if one.get("name") == "writeFiles"
        ]
    files = {one["path"]: one["blob"] for one in content}
    assert set(files) == {"errand.pyz", "job.tar.gz"}
    with tarfile.open(fileobj=io.BytesIO(files["job.tar.gz"])) as archive:
        members = archive.getmembers()
        texts = [
            file.read() for one in members if one.isreg() and (file := archive.extractfile(one))
        ]
    names = {one.name for one in members}
    assert names == {
        *("files", "files/app.py", "files/run.sh", "files/link", "given/plan.json"),
        *("supervise.py", "spec.json"),
    }
    assert {(one.uid, one.gid, one.uname, one.gname) for one in members} == {(0, 0, "", "")}
    assert not any(b"planted" in text for text in texts)
    assert not any(str(tree).encode() in text for text in texts)


def test_what_the_command_prints_is_not_taken_for_how_it_ended(tree: Path) -> None:
    forged = base64.b64encode(zlib.compress(b'{"ended": "done", "code": 0}')).decode()
    script = (
        "import glob, os, sys\n"
        f"print('0' * 32, {forged!r}, '0' * 32)\n"
        "found = glob.glob('/proc/self/cwd/../spec.json') + glob.glob('../*.json')\n"
        "print('read', found)\n"
        "sys.exit(3)\n"
    )
    with there() as found:
        ran = box(found).run(job(tree, "python3", "-c", script))
    assert (ran.code, ran.where) == (3, AWAY)
    assert "read []" in ran.output


def test_a_command_cannot_write_into_our_own_words(tree: Path) -> None:
    script = (
        "import os\nparent = os.getppid()\nfor _ in range(4):\n"
        "    try:\n        open(f'/proc/{parent}/fd/1', 'w').write('forged')\n"
        "        print('wrote', parent)\n"
        "    except OSError as error:\n        print(type(error).__name__)\n"
        "    try:\n        stat = open(f'/proc/{parent}/stat').read()\n"
        "        parent = int(stat.rpartition(')')[2].split()[1])\n"
        "    except OSError:\n        break\n"
    )
    if os.geteuid() == 0:
        pytest.skip("root may look into every process")
    with there() as found:
        ran = box(found).run(job(tree, "python3", "-c", script))
    assert "wrote" not in ran.output.splitlines()[0]


@dataclass
class Saying:
    """An interpreter whose commands say what a test wants."""

    said: Callable[[str], str]
    stopped: list[str] = field(default_factory=list)
    parcel: dict[str, bytes] = field(default_factory=dict)

    def start(self, seconds: int) -> str:
        return "one"

    def write(self, session: str, files: Mapping[str, bytes]) -> None:
        self.parcel.update(files)

    def execute(self, session: str, command: str, *, seconds: float) -> Executed:
        with tarfile.open(fileobj=io.BytesIO(self.parcel["job.tar.gz"])) as archive:
            file = archive.extractfile("spec.json")
            assert file
            nonce = json.loads(file.read())["nonce"]
        return Executed(self.said(nonce), 0)

    def stop(self, session: str) -> None:
        self.stopped.append(session)


def words(nonce: str, told: object) -> str:
    raw = told if isinstance(told, bytes) else zlib.compress(json.dumps(told).encode())
    return f"{nonce} {base64.b64encode(raw).decode()} {nonce}"


WHOLE = {
    **{"ended": "done", "code": 0, "why": "", "output": "said", "results": "", "cut": False},
    **{"seconds": 1.0, "tree": "/t", "home": "/h"},
}


@pytest.mark.parametrize(
    "said",
    [
        lambda nonce: "",
        lambda nonce: "1 passed",
        lambda nonce: words(nonce, WHOLE)[:-5],
        lambda nonce: words("0" * 32, WHOLE),
        lambda nonce: f"{nonce} ??? {nonce}",
        lambda nonce: words(nonce, b"not packed"),
        lambda nonce: words(nonce, zlib.compress(b"{")),
        lambda nonce: words(nonce, zlib.compress(b"[" * 100_000)),
        lambda nonce: words(nonce, []),
        lambda nonce: words(nonce, {}),
        lambda nonce: words(nonce, {**WHOLE, "ended": "well"}),
        lambda nonce: words(nonce, {**WHOLE, "code": "0"}),
        lambda nonce: words(nonce, {**WHOLE, "code": True}),
        lambda nonce: words(nonce, {**WHOLE, "code": None}),
        lambda nonce: words(nonce, {**WHOLE, "results": "?"}),
        lambda nonce: words(nonce, {**WHOLE, "seconds": None}),
    ],
)
def test_whatever_does_not_say_how_it_ended_brings_the_job_here(
    tree: Path, said: Callable[[str], str]
) -> None:
    saying = Saying(said)
    ran = AgentCore(saying, Unconfined()).run(job(tree))
    assert (ran.output, ran.where, saying.stopped) == ("ran\n", LOCAL, ["one"])
    assert "tell" in ran.instead_because or "told" in ran.instead_because


def test_the_last_whole_line_counts_whatever_stands_around_it(tree: Path) -> None:
    saying = Saying(lambda nonce: f"noise\n{words(nonce, WHOLE)}\n more noise")
    ran = AgentCore(saying, Refusing()).run(job(tree))
    assert (ran.output, ran.where, ran.code) == ("said", AWAY, 0)


def test_a_report_that_swells_is_not_unpacked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LARGEST_TOLD", 10_000)
    parcel = packed(job(tree), "n" * 32)
    assert isinstance(parcel, Parcel)
    with pytest.raises(NotTold, match="more than 10,000 bytes"):
        read(parcel, words("n" * 32, {**WHOLE, "output": "x" * 50_000}), job(tree))


def test_a_defect_of_ours_is_not_hidden_by_running_here(tree: Path) -> None:
    def broken(nonce: str) -> str:
        raise ZeroDivisionError

    saying = Saying(broken)
    with pytest.raises(ZeroDivisionError):
        AgentCore(saying, Unconfined()).run(job(tree))
    assert saying.stopped == ["one"]


def test_what_holds_is_what_holds_here(tree: Path) -> None:
    saying = Saying(lambda nonce: "")
    assert AgentCore(saying, Refusing()).examine() == Refusing().examine()
    assert Failed(State.DENIED, "kind", "words").told == "denied, kind: words"
