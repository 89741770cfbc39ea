"""Does every sandbox that runs something keep the contract?"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports.sandbox import LOCAL, RESULTS, Bounds, Ending, Given, Job, Level, PermanentError
from ports.sandbox.away.agentcore import AWAY
from ports.sandbox.refusing import Refusing
from ports.sandbox.unconfined import Unconfined
from tests.ports.agentcore.interpreter import there
from tests.ports.sandbox.running import IDENTITIES, Runner, Sent, becomes, running

WAYS = ["unconfined", AWAY, *(f"bubblewrap as {who}" for who in IDENTITIES)]


@pytest.fixture(params=sorted(WAYS))
def runner(request: pytest.FixtureRequest, tree: Path) -> Iterator[Runner]:
    if request.param == "unconfined":
        yield Runner("me", tree, Unconfined())
    elif request.param == AWAY:
        with there() as found:
            yield Runner(AWAY, tree, Sent(found.interpreter, Refusing()))
            assert sorted(found.machine.ended) == sorted(set(found.machine.ended))
            assert not found.played.account.sessions
    else:
        request.getfixturevalue("machine")
        yield Runner(request.param.split()[-1], tree)


@pytest.mark.parametrize("code", [0, 1, 77, 255])
def test_the_exit_code_comes_through(runner: Runner, code: int) -> None:
    ran = runner(f"raise SystemExit({code})")
    assert (ran.ended, ran.code, ran.violations) == (Ending.DONE, code, ())


def test_death_by_signal_is_told_as_a_shell_does(runner: Runner) -> None:
    ran = runner("import os; os.kill(os.getpid(), 9)")
    assert (ran.ended, ran.code) == (Ending.DONE, 128 + signal.SIGKILL)


def test_both_outputs_are_kept_in_order(runner: Runner) -> None:
    script = "import sys\nprint('one', flush=True)\nprint('two', file=sys.stderr, flush=True)\n"
    assert runner(script + "print('three')").output == "one\ntwo\nthree\n"


def test_an_output_that_fits_is_kept_whole_and_a_longer_one_at_both_ends(runner: Runner) -> None:
    assert runner("print('x' * 9_999)", output=10_000).output == "x" * 9_999 + "\n"
    cut = runner("print('begin' + 'x' * 20_000 + 'end')", output=10_000).output
    assert cut.startswith("begin")
    assert cut.endswith("end\n")
    assert f"{10_000 + len('begin' + 'end') + 1} bytes left out" in cut


def test_binary_output_does_no_harm(runner: Runner) -> None:
    ran = runner(r"import sys; sys.stdout.buffer.write(b'\xff\x00ok')")
    assert ran.output.endswith("ok")


def test_output_is_heard_while_the_command_runs(tree: Path, runner: Runner) -> None:
    if runner.who == "nobody":
        pytest.skip("what a forked process hears stays there")
    if runner.who == AWAY:
        pytest.skip("elsewhere all is heard at the end")
    heard: list[bytes] = []
    script = "import time\nprint('begun', flush=True)\ntime.sleep(86_501)"
    ran = runner.command(
        "python3",
        "-c",
        script,
        heard=heard.append,
        stopped=lambda: b"begun" in b"".join(heard),
    )
    assert (ran.ended, ran.code, ran.output) == (Ending.STOPPED, None, "begun\n")


def test_a_command_beyond_its_time_is_ended_with_all_that_it_started(runner: Runner) -> None:
    script = (
        "import signal, subprocess, time\n"
        "for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(one, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '86502'], start_new_session=True)\n"
        "print('begun', flush=True)\ntime.sleep(86_502)\n"
    )
    ran = runner(script, seconds=1.5)
    assert (ran.ended, ran.code, ran.output) == (Ending.TIMED_OUT, None, "begun\n")
    assert len(ran.violations) == 1
    assert running("86502") == []


def test_what_it_leaves_running_is_ended(runner: Runner) -> None:
    script = (
        "import subprocess\n"
        "for _ in range(3):\n"
        "    subprocess.Popen(['sleep', '86503'], start_new_session=True)\n"
    )
    ran = runner(script)
    assert (ran.ended, ran.code) == (Ending.DONE, 0)
    assert running("86503") == []


@pytest.mark.parametrize("name", ["./nowhere.sh", "no-such-thing"])
def test_a_command_that_is_not_there_was_not_started(runner: Runner, name: str) -> None:
    ran = runner.command(name)
    assert (ran.ended, ran.code) == (Ending.NOT_STARTED, None)
    assert name in ran.why


def test_a_script_of_the_tree_runs_in_the_tree(runner: Runner) -> None:
    assert runner.command("./run.sh").output == "ran\n"
    ran = runner("import os; print(os.getcwd()); print(os.environ['HOME'])")
    assert ran.output.split() == [ran.tree, ran.home]


def test_what_it_is_told_can_be_read_once_and_found_nowhere_after(runner: Runner) -> None:
    script = (
        "import os, pathlib\nprint(len(open(0, 'rb', closefd=False).read()))\n"
        "os.dup2(os.open(os.devnull, os.O_RDONLY), 0)\n"
        "print(sorted(one.name for one in pathlib.Path.home().rglob('*')))\n"
        "for number in os.listdir('/proc/self/fd'):\n"
        "    if os.path.isfile(f'/proc/self/fd/{number}'):\n"
        "        print(b'secret' in open(f'/proc/self/fd/{number}', 'rb').read())\n"
    )
    ran = runner(script, words=b"secret" * 20_000)
    first, places, *files = ran.output.splitlines()
    assert first == "120000"
    assert places == "[]"
    assert "True" not in files


def test_who_is_told_nothing_reads_nothing(runner: Runner) -> None:
    assert runner("import sys; print(repr(sys.stdin.read()))").output == "''\n"


def test_the_tree_stays_as_it_is(runner: Runner, tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.iterdir()}
    script = (
        "import os, pathlib\npathlib.Path('app.py').write_text('no')\n"
        "os.remove('run.sh')\nos.mkdir('more')\npathlib.Path('more/x').write_text('x')\n"
    )
    assert runner(script).code == 0
    assert {path: path.read_bytes() for path in tree.iterdir()} == before


def test_links_of_the_tree_stay_links(runner: Runner, tree: Path) -> None:
    (tree / "link").symlink_to("app.py")
    assert runner("import os; print(os.readlink('link'))").output == "app.py\n"


def test_each_run_begins_with_an_empty_home(runner: Runner) -> None:
    script = (
        "import os, pathlib\nhome = os.environ['HOME']\nprint(os.listdir(home))\n"
        "pathlib.Path(home, 'left').write_text('x')"
    )
    assert [runner(script).output for _ in range(2)] == ["[]\n", "[]\n"]


def test_given_files_lie_outside_the_tree(runner: Runner) -> None:
    given = {"driver.py": b"import os, sys; print(sys.argv[1:], os.path.exists('driver.py'))"}
    ran = runner.command("python3", Given("driver.py"), "word", given=given)
    assert ran.output == "['word'] False\n"


def test_entries_of_the_environment_are_added_and_none_of_ours_is_there(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "planted")
    script = "import os; print(os.environ['ADDED'], os.environ.get('SECRET_KEY'))"
    ran = runner.command("python3", "-c", script, environment={"ADDED": "yes"})
    assert ran.output == "yes None\n"


def test_nothing_can_be_read_from_the_input(runner: Runner) -> None:
    assert runner("import sys; print(repr(sys.stdin.read()))").output == "''\n"


def test_results_come_apart_from_the_output(runner: Runner) -> None:
    script = f"import os; os.write(int(os.environ['{RESULTS}']), b'1 passed'); print('said')"
    ran = runner.command("python3", "-c", script, results=True)
    assert (ran.results, ran.output) == (b"1 passed", "said\n")


def test_results_beyond_the_bound_are_cut_and_told(runner: Runner) -> None:
    script = (
        f"import os\nfor _ in range(100):\n    os.write(int(os.environ['{RESULTS}']), b'x' * 999)"
    )
    bounds = Bounds(seconds=30, results=5_000)
    ran = runner.command("python3", "-c", script, results=True, bounds=bounds)
    assert ran.results == b"x" * 5_000
    assert ran.violations == ("more than 5000 bytes of results",)


def test_without_results_no_descriptor_of_ours_is_open(runner: Runner) -> None:
    script = "import os\nprint(sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])"
    assert runner(script).output == "[0, 1, 2]\n"
    ran = runner.command("python3", "-c", script, results=True)
    assert len(ran.output.split()) == 4


def test_memory_beyond_the_bound_is_not_given(runner: Runner) -> None:
    ran = runner("x = bytearray(600 * 1024 * 1024)", memory=300 * 1024 * 1024)
    assert (ran.ended, ran.code) == (Ending.DONE, 1)
    assert "MemoryError" in ran.output


def test_a_file_beyond_the_bound_is_not_written(runner: Runner) -> None:
    ran = runner("open('big', 'wb').write(b'x' * 20_000)", file=10_000)
    assert (ran.ended, ran.code) == (Ending.DONE, 1)
    assert "File too large" in ran.output


def test_a_tree_with_a_git_folder_is_not_run(runner: Runner, tree: Path) -> None:
    (tree / ".git").mkdir()
    with pytest.raises(PermanentError, match=r"has a \.git"):
        runner("print('ran')")


def test_a_killed_caller_takes_its_run_along(runner: Runner) -> None:
    if runner.who == "nobody":
        pytest.skip("it is the same code as for root")
    if runner.who == AWAY:
        pytest.skip("a session elsewhere ends by itself, later")
    child = os.fork()
    if child == 0:
        runner.command("sleep", "86504")
        os._exit(0)
    assert becomes(lambda: bool(running("86504")))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert becomes(lambda: not running("86504"))


def test_the_level_is_on_every_result(runner: Runner) -> None:
    ran = runner("pass")
    unconfined = isinstance(runner.sandbox, Unconfined)
    lower = {"me": Level.L0, AWAY: Level.L2}
    assert ran.level == lower.get(runner.who, Level.L3)
    assert (ran.where, ran.instead_because) == (AWAY if runner.who == AWAY else LOCAL, "")
    assert ran.sandboxed is not unconfined
    assert ("without a sandbox" in ran.level.words) is unconfined


@pytest.mark.parametrize("name", ["", ".", "..", "../app.py", "/etc/passwd", "a/b"])
def test_a_given_file_cannot_lie_elsewhere(tree: Path, name: str) -> None:
    with pytest.raises(ValueError, match="has a plain name"):
        Job(command=("true",), tree=tree, bounds=Bounds(seconds=1), given={name: b"x"})


def test_refusing_runs_nothing_and_says_why(tree: Path) -> None:
    with pytest.raises(PermanentError, match="lets no code of a target run"):
        Runner("me", tree, Refusing())("print('ran')")
    assert not Refusing().examine().enough
