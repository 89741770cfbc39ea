"""Can a confined command read what is ours, or leave something in a place that is not its own?"""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ports.sandbox import view
from ports.sandbox.bubblewrap import Bubblewrap
from tests.ports.sandbox.running import Runner

SECRET = "swordfish-of-the-host"


@pytest.fixture
def secrets(place: Path) -> Path:
    """Plant secrets that every user of this machine may read."""
    for name in (".env", "db.sqlite3", "keys/log.key"):
        path = place / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET)
        path.chmod(0o644)
    return place / "data"


def test_secrets_databases_and_keys_are_not_there(confined: Runner, secrets: Path) -> None:
    script = (
        "import pathlib\n"
        f"for name in ('.env', 'db.sqlite3', 'keys/log.key'):\n"
        f"    print((pathlib.Path({str(secrets)!r}) / name).exists())\n"
    )
    assert confined.tells(script).split() == ["False"] * 3


def test_no_search_of_everything_finds_a_secret(confined: Runner, secrets: Path) -> None:
    script = (
        "import os\nseen = 0\n"
        "for root, folders, files in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if f not in ('dev', 'proc', 'usr')]\n"
        "    for name in files:\n"
        "        seen += 1\n"
        "        try:\n"
        "            text = open(os.path.join(root, name), 'rb').read(999)\n"
        "        except OSError:\n"
        "            continue\n"
        f"        assert {SECRET.encode()!r} not in text, os.path.join(root, name)\n"
        "assert seen > 2\nprint('nothing')"
    )
    assert confined.tells(script) == "nothing"


@pytest.mark.parametrize("name", ["/etc/hostname", "/etc/shadow", "/home", "/sys", "/var"])
def test_what_identifies_or_governs_this_machine_is_not_there(confined: Runner, name: str) -> None:
    assert confined.tells(f"import os; print(os.path.lexists({name!r}))") == "False"


def test_accounts_are_not_ours(confined: Runner) -> None:
    assert confined.tells("import pwd; print([one.pw_name for one in pwd.getpwall()])") == (
        "['sandbox']"
    )


@pytest.mark.parametrize("link", ["/proc/1/root", "/proc/self/root", "/proc/1/cwd"])
def test_no_way_leads_out_through_proc(confined: Runner, secrets: Path, link: str) -> None:
    script = (
        "import os\ntry:\n"
        f"    print(os.path.exists({link!r} + {str(secrets)!r}), os.listdir({link!r}))\n"
        "except PermissionError:\n    print('False')"
    )
    assert confined.tells(script).startswith("False")


def test_the_environment_of_others_is_not_there(confined: Runner) -> None:
    other = subprocess.Popen(["sleep", "86511"], env={"PLANTED": SECRET})
    try:
        script = (
            "import glob\n"
            "for name in glob.glob('/proc/[0-9]*/environ'):\n"
            "    try:\n        print(open(name).read())\n"
            "    except PermissionError:\n        print('refused')"
        )
        told = confined.tells(script)
    finally:
        other.kill()
        other.wait()
    assert SECRET not in told
    assert "PATH=" in told


def test_writing_outside_leaves_nothing_here(confined: Runner, place: Path) -> None:
    mark = f"left-{place.name}"
    script = (
        "import os\nfor folder in ('/tmp', '/dev/shm', '/var/tmp', '/usr', '/', '/etc', '/given',"
        f" '/run', '/dev', {str(place)!r}, '/proc/1/root/tmp', {view.SOURCE!r}):\n"
        f"    try:\n        open(folder + '/{mark}', 'w').close()\n        print(folder)\n"
        "    except OSError:\n        pass"
    )
    assert confined.tells(script).split()[:2] == ["/tmp", "/dev/shm"]
    for folder in (
        "/tmp",
        "/dev/shm",
        "/var/tmp",
        "/usr",
        "/",
        "/etc",
        "/run",
        "/dev",
        str(place),
    ):
        assert not Path(folder, mark).exists()


def test_only_three_places_can_be_written_and_each_is_bounded(confined: Runner) -> None:
    script = (
        "for line in open('/proc/mounts'):\n"
        "    _, place, kind, options, *_ = line.split()\n"
        "    if options.startswith('rw') and kind not in ('proc', 'devpts', 'devtmpfs'):\n"
        "        print(place, 'size=' in options)"
    )
    told = confined.tells(script).splitlines()
    assert [line for line in told if not line.startswith("/dev/")] == ["/tmp True", "/box True"]
    assert "/dev/shm True" in told


def test_a_planted_git_configuration_is_not_obeyed_here(confined: Runner, place: Path) -> None:
    ran = place / "ran"
    script = (
        "import os, pathlib\n"
        "for top in ('.', '/run/tree', '/tmp'):\n"
        "    try:\n        os.makedirs(top + '/.git/objects'); os.makedirs(top + '/.git/refs')\n"
        "    except OSError:\n        continue\n"
        "    pathlib.Path(top, '.git/HEAD').write_text('ref: refs/heads/main')\n"
        "    pathlib.Path(top, '.git/config').write_text("
        f"'[core]\\n  repositoryformatversion = 0\\n  fsmonitor = touch {ran}\\n')\n"
        "print('planted')"
    )
    assert confined.tells(script) == "planted"
    subprocess.run(["git", "status"], cwd=confined.tree, check=False, capture_output=True)
    assert not (confined.tree / ".git").exists()
    assert not ran.exists()


def test_links_of_the_tree_lead_nowhere_of_ours(confined: Runner, secrets: Path) -> None:
    (confined.tree / "results").symlink_to(secrets / ".env")
    (confined.tree / "up").symlink_to("../data")
    script = (
        "import os\nfor name in ('results', 'up/.env'):\n    print(os.path.exists(name))\n"
        "os.write(int(os.environ['SANDBOX_RESULTS']), b'mine')"
    )
    ran = confined.command("python3", "-c", script, results=True)
    assert (ran.output.split(), ran.results) == (["False", "False"], b"mine")


def test_a_link_in_the_place_of_results_is_never_followed(confined: Runner, secrets: Path) -> None:
    script = (
        "import os\nnumber = int(os.environ['SANDBOX_RESULTS'])\n"
        "os.close(number)\n"
        f"os.symlink({str(secrets / '.env')!r}, 'results.json')\n"
        "os.link('app.py', 'also')"
    )
    ran = confined.command("python3", "-c", script, results=True)
    assert (ran.code, ran.results) == (0, b"")


def test_no_device_of_this_machine_can_be_made_or_read(confined: Runner) -> None:
    script = (
        "import os, stat\n"
        "for kind, major, minor in ((stat.S_IFBLK, 254, 0), (stat.S_IFCHR, 1, 1)):\n"
        "    try:\n        os.mknod('/box/device', kind | 0o666, os.makedev(major, minor))\n"
        "        print(os.open('/box/device', os.O_RDONLY))\n"
        "    except OSError as error:\n        print(error.strerror)\n"
        "print(sorted(set(os.listdir('/dev')) - {'core', 'fd', 'full', 'null', 'ptmx', 'pts',"
        " 'random', 'shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero', 'console'}))"
    )
    told = confined.tells(script).splitlines()
    assert told[-1] == "[]"
    assert set(told[:-1]) <= {"Operation not permitted", "Permission denied"}


def test_a_set_uid_bit_gives_nothing_and_stays_inside(confined: Runner, place: Path) -> None:
    script = (
        "import os, shutil, subprocess\nshutil.copy('/usr/bin/id', 'id')\nos.chmod('id', 0o6777)\n"
        "print(subprocess.run(['./id', '-u'], capture_output=True, text=True).stdout.strip()"
        " == str(os.getuid()) != '0')\n"
        "print('NoNewPrivs:\\t1' in open('/proc/self/status').read())"
    )
    assert confined.tells(script).split() == ["True", "True"]
    assert not [path for path in place.rglob("*") if path.lstat().st_mode & 0o6000]


def test_a_given_file_cannot_be_changed(confined: Runner) -> None:
    script = (
        "import os\nfor act in (lambda: open('/given/a', 'w'), lambda: os.remove('/given/a'),"
        " lambda: os.chmod('/given/a', 0o777), lambda: os.rename('/given', '/box/g')):\n"
        "    try:\n        act()\n        print('done')\n"
        "    except OSError as error:\n        print('refused')"
    )
    ran = confined.command("python3", "-c", script, given={"a": b"driver"})
    assert ran.output.split() == ["refused"] * 4


def test_a_visible_folder_can_be_read_and_not_written(confined: Runner, place: Path) -> None:
    venv = place / "venv" / "lib"
    venv.mkdir(parents=True)
    (venv / "module.py").write_text("")
    script = (
        f"import os\nprint(os.listdir({str(venv)!r}), os.path.exists({str(place / 'tree')!r}))\n"
        f"try:\n    open({str(venv / 'more')!r}, 'w')\nexcept OSError as error:\n"
        "    print(error.strerror)"
    )
    ran = confined.command("python3", "-c", script, visible=(venv,))
    assert ran.output == "['module.py'] False\nRead-only file system\n"


def test_a_folder_that_lies_in_our_own_tmp_is_visible_and_nothing_beside_it(
    confined: Runner,
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as top:
        shown = Path(top, "venv")
        shown.mkdir()
        (shown / "module.py").write_text("")
        Path(top, "beside").write_text(SECRET)
        Path(top).chmod(0o755)
        script = (
            f"import os\nprint(os.listdir({top!r}), os.listdir({str(shown)!r}))\n"
            f"try:\n    open({str(shown / 'more')!r}, 'w')\nexcept OSError as error:\n"
            "    print(error.strerror)\n"
            "open('/tmp/mine', 'w')\nprint(len(os.listdir('/tmp')))"
        )
        ran = confined.command("python3", "-c", script, visible=(shown,))
    assert ran.output == "['venv'] ['module.py']\nRead-only file system\n3\n"


def test_our_own_folders_stay_hidden_within_what_is_shown(confined: Runner, place: Path) -> None:
    (place / "app" / "data").mkdir(parents=True)
    (place / "app" / "data" / "secret").write_text(SECRET)
    (place / "app" / "data" / "lib").mkdir()
    (place / "app" / "data" / "lib" / "module.py").write_text("")
    hiding = Runner(confined.who, confined.tree, Bubblewrap(hidden=(place / "app" / "data",)))
    script = (
        f"import os\nos.chdir({str(place / 'app' / 'data')!r})\n"
        "print(os.listdir('.'), os.listdir('lib'))\n"
        "try:\n    open('more', 'w')\nexcept OSError as error:\n    print(error.strerror)"
    )
    shown = (place / "app", place / "app" / "data" / "lib")
    ran = hiding.command("python3", "-c", script, visible=shown)
    assert ran.output.startswith("['lib'] ['module.py']\n")
    assert ran.output.splitlines()[1] in ("Read-only file system", "Permission denied")


@pytest.fixture
def listening(place: Path) -> Iterator[Path]:
    """Listen on a socket of this machine that every user may connect to."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place / "socket"))
        (place / "socket").chmod(0o777)
        server.listen()
        yield place / "socket"


def test_a_socket_file_cannot_be_reached(confined: Runner, listening: Path) -> None:
    (confined.tree / "link").symlink_to(listening)
    script = (
        f"import socket\nfor path in ({str(listening)!r}, 'link', '/proc/1/root{listening}'):\n"
        "    try:\n        socket.socket(socket.AF_UNIX).connect(path)\n        print('reached')\n"
        "    except OSError:\n        print('not')"
    )
    assert confined.tells(script).split() == ["not"] * 3


def test_execute_bits_of_the_tree_are_kept(confined: Runner) -> None:
    script = "import os; print(os.access('run.sh', os.X_OK), os.access('app.py', os.X_OK))"
    assert confined.tells(script) == "True False"


def test_a_tree_that_does_not_fit_was_not_started(confined: Runner) -> None:
    (confined.tree / "large").write_bytes(os.urandom(3_000_000))
    ran = confined("print('ran')", disk=1_000_000)
    assert (str(ran.ended), ran.code) == ("not started", None)
    assert "could not be copied" in ran.why
