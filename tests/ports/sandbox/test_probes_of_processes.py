"""Can a confined command outlive its run, or touch a process that is not its own?"""

import os
import subprocess
from collections.abc import Iterator

import pytest

from ports.sandbox import Ending
from ports.sandbox.launch import LONGEST, Marks
from tests.ports.sandbox.running import NOBODY, Runner, running


@pytest.fixture
def neighbours() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run processes beside the sandbox, of the user that tests are and of the ordinary one."""
    users = [None, NOBODY] if os.geteuid() == 0 else [None]
    found = [subprocess.Popen(["sleep", "86531"], user=user) for user in users]
    yield found
    for process in found:
        process.kill()
        process.wait()


def test_a_fork_bomb_stays_small_and_ends(confined: Runner) -> None:
    script = (
        "import os, time\nos.setsid()\n"
        "while True:\n    try:\n        os.fork()\n    except OSError:\n        time.sleep(0.01)"
    )
    ran = confined(script, processes=40, seconds=5)
    assert ran.ended == Ending.TOO_MANY_PROCESSES
    assert "40 are allowed" in ran.why


def test_the_kernel_gives_no_more_processes_than_a_quarter_above_the_bound(
    confined: Runner,
) -> None:
    script = (
        "import os, threading, time\nevent = threading.Event()\nmade = 0\ntry:\n"
        "    for _ in range(400):\n"
        "        threading.Thread(target=event.wait, daemon=True).start()\n        made += 1\n"
        "except RuntimeError:\n    pass\nprint(made, flush=True)\nos._exit(0)"
    )
    made = int(confined.tells(script, processes=40))
    assert 40 <= made <= 50


def test_runs_do_not_take_processes_from_each_other(confined: Runner) -> None:
    """Two runs of one user at once, each with nearly all that it may have."""
    script = (
        "import subprocess\nall = [subprocess.Popen(['sleep', '0.5']) for _ in range(35)]\n"
        "for one in all:\n    one.wait()\nprint('well')"
    )
    import threading

    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(confined.tells(script, processes=40)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["well", "well"]


DAEMONS = """
import os, signal, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(one, signal.SIG_IGN)
        os.execvpe("sleep", ["sleep", "{mark}"], {{"PATH": os.environ["PATH"]}})
time.sleep({wait})
"""


@pytest.mark.parametrize(("wait", "mark"), [("0.3", "86532"), ("60", "86533")])
def test_daemons_in_sessions_of_their_own_do_not_survive(
    confined: Runner, wait: str, mark: str
) -> None:
    confined(DAEMONS.format(wait=wait, mark=mark), seconds=1.5)
    assert running(mark) == []


def test_processes_beside_it_can_neither_be_seen_nor_signalled(
    confined: Runner, neighbours: list[subprocess.Popen[bytes]]
) -> None:
    pids = [process.pid for process in neighbours]
    script = (
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"for pid in ({', '.join(map(str, pids))}, {os.getpid()}):\n"
        "    try:\n        os.kill(pid, signal.SIGKILL)\n        print('killed')\n"
        "    except OSError:\n        print('none')\n"
        "try:\n    os.kill(-1, signal.SIGTERM)\nexcept OSError:\n    pass\n"
        "print(len([name for name in os.listdir('/proc') if name.isdigit()]))"
    )
    told = confined.tells(script).split()
    assert told == [*["none"] * (len(pids) + 1), "2"]
    assert [process.poll() for process in neighbours] == [None] * len(neighbours)


def test_its_first_process_cannot_be_ended_from_within(confined: Runner) -> None:
    script = (
        "import os, signal, time\n"
        "for one in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):\n"
        "    try:\n        os.kill(1, one)\n    except OSError:\n        pass\n"
        "time.sleep(0.2)\nprint('still here')"
    )
    assert confined.tells(script) == "still here"


def test_an_exit_code_cannot_be_forged_by_way_of_the_first_process(confined: Runner) -> None:
    script = (
        "import glob, os, sys, time\n"
        "for path in glob.glob('/proc/1/fd/*') + [f'/proc/1/fd/{n}' for n in range(20)]:\n"
        "    try:\n        number = os.open(path, os.O_WRONLY | os.O_NONBLOCK)\n"
        """        os.write(number, b'{"exit-code": 0}\\n{"child-pid": 1}\\n')\n"""
        "    except OSError:\n        pass\ntime.sleep(0.2)\nsys.exit(7)"
    )
    ran = confined(script)
    assert (ran.ended, ran.code) == (Ending.DONE, 7)


def test_a_flood_of_marks_is_no_end_and_takes_no_memory_of_ours(confined: Runner) -> None:
    script = (
        "import os, sys\ntry:\n    number = os.open('/proc/1/fd/0', os.O_WRONLY)\n"
        "except OSError:\n    sys.exit(7)\n"
        "for _ in range(2000):\n    os.write(number, b'started\\n' * 8192)\nsys.exit(7)"
    )
    ran = confined(script)
    assert (ran.ended, ran.code) in [(Ending.DONE, 7), (Ending.LOST, None)]
    marks = Marks()
    for _ in range(100):
        marks.add(b"started\n" * 1000)
    assert len(marks.text) == LONGEST


def test_it_is_neither_root_nor_an_account_of_this_machine(confined: Runner) -> None:
    script = (
        "import os\nprint(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())\n"
        "for act in (os.setuid, os.setgid):\n    try:\n        act(0)\n        print('root')\n"
        "    except OSError:\n        print('refused')\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')])"
    )
    uid, effective, _, *rest = confined.tells(script).split()
    assert uid == effective != "0"
    assert uid == str(NOBODY) if confined.who == "nobody" else int(uid) > 0
    assert rest.count("refused") == 2
    rights = rest[rest.index("refused") + 2 :]
    inheritable, permitted, effective_rights, _, ambient = (word.strip("[]',") for word in rights)
    assert {inheritable, permitted, effective_rights, ambient} == {"0" * 16}


def test_each_run_as_root_is_another_user(confined: Runner) -> None:
    if confined.who != "root":
        pytest.skip("an ordinary user has only its own")
    users = {confined.tells("import os; print(os.getuid())") for _ in range(3)}
    assert len(users) == 3


def test_it_has_no_terminal_and_a_session_of_its_own(confined: Runner) -> None:
    script = (
        "import os\ntry:\n    os.open('/dev/tty', os.O_RDWR)\n    print('terminal')\n"
        "except OSError:\n    print('none')\nprint(os.getsid(0) != 0)"
    )
    assert confined.tells(script).split() == ["none", "True"]
