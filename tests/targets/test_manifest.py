"""Is a target's manifest read from its base, and a wrong one explained by place?"""

import re
from pathlib import Path

import pytest

from targets import manifest
from targets.manifest import BadManifest, Manifest
from tests.architecture.house import ROOT
from tests.targets.origins import AT, make_clone

WHOLE = b"""
[tests]
command = ["python3", "-m", "unittest"]
timeout_seconds = 60
[validation]
forbidden_paths = ["gateway/auth.py"]
[[entry]]
command = ["python3", "-m", "gateway"]
[replay]
command = ["python3", "ops/replay.py", "{case}"]
timeout_seconds = 30
[[deploy]]
name = "reload gateway"
paths = ["config/**", "gateway/**"]
command = ["python3", "ops/reload.py"]
dry_command = ["python3", "ops/reload.py", "--dry-run"]
timeout_seconds = 2.5
"""


def test_a_whole_manifest_is_read() -> None:
    read = manifest.parse(WHOLE)
    assert read.tests.command == ("python3", "-m", "unittest")
    assert read.tests.timeout_seconds == 60
    assert read.validation.forbidden_paths == ("gateway/auth.py",)
    (step,) = read.deploy
    assert (step.name, step.timeout_seconds) == ("reload gateway", 2.5)
    assert step.paths == ("config/**", "gateway/**")
    assert step.dry_command == ("python3", "ops/reload.py", "--dry-run")
    assert [entry.command for entry in read.entry] == [("python3", "-m", "gateway")]
    assert read.replay.command == ("python3", "ops/replay.py", "{case}")
    assert read.replay.timeout_seconds == 30


def test_it_may_say_whose_a_path_is_and_that_it_is_nobodys() -> None:
    read = manifest.parse(b"[parts]\n'tools/search/**' = ['web_search', 'fetch']\n'ops/*' = []\n")
    assert read.parts == {"tools/search/**": ("web_search", "fetch"), "ops/*": ()}


def test_what_the_manual_shows_of_parts_can_be_read() -> None:
    shown = "\n".join((ROOT / "docs" / name).read_text() for name in ("watching.md", "targets.md"))
    blocks = [
        one for one in re.findall(r"```toml\n(.*?)```", shown, re.DOTALL) if "[parts]" in one
    ]
    read = [manifest.parse(block.encode()).parts for block in blocks]
    assert [len(parts) for parts in read] == [3, 1]
    assert read[0]["dashboards/**"] == ()


def test_a_target_without_one_has_the_defaults(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    read = manifest.read(clone, clone.head("main"))
    assert read == Manifest()
    assert (read.tests.command, read.deploy) == ((), ())
    assert (read.replay.command, read.entry) == ((), ())


def test_the_named_commit_decides_and_not_a_later_one(tmp_path: Path) -> None:
    clone = make_clone(tmp_path)
    base = clone.head("main")
    later = clone.commit_files("main", {manifest.FILE: WHOLE}, "Declare", AT)
    assert manifest.read(clone, base) == Manifest()
    assert manifest.read(clone, later).deploy


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"[tests\n", "line 1", "not TOML"),
        (b"[tests]\ncommand = [1]", "tests.command.0", "string"),
        (b'[tests]\ncommand = "pytest"', "tests.command", "tuple"),
        (b'[tests]\ntimeout_seconds = "60"', "tests.timeout_seconds", "number"),
        (b"[tests]\ntimeout_seconds = 0", "tests.timeout_seconds", "greater than 0"),
        (b"[tests]\ntimeout_seconds = 9999", "tests.timeout_seconds", "3600"),
        (b"[test]\n", "test", "no such setting"),
        (b"[tests]\nshell = true", "tests.shell", "no such setting"),
        (b"[[deploy]]\nname = 'x'", "deploy.0.paths", "required"),
        (b"[[deploy]]\nname='x'\npaths=['**']\ncommand=[]", "deploy.0.command", "needs a command"),
        (b"[webhook]\nurl='http://deploy.example.org/'", "webhook.url", "write https://"),
        (b"[webhook]\nurl='https://u:p@deploy.example.org/'", "webhook.url", "write https://"),
        (b"[webhook]\ntimeout_seconds=5", "webhook.url", "required"),
        (b"[health]\nurl='ftp://example.org/'", "health.url", "write https://"),
        (
            b"[webhook]\nurl='https://a.example/'\n[health]\ncommand=['x']",
            "health.command",
            "there is no checkout here",
        ),
        (b"[[deploy]]\nname='x'\npaths=['**']\ncommand=['']", "deploy.0.command.0", "at least 1"),
        (b"[[deploy]]\nname='x'\npaths=['**']\ncommand=['a']\n" * 2, "deploy.1.name", "two steps"),
        (b"[[entry]]\ncommand = []", "entry.0.command", "at least 1"),
        (b"[replay]\ncommand = ['a', 'b']", "replay.command", "has to be {case}"),
        (b"[replay]\ncommand = ['a', '--case={case}']", "replay.command", "has to be {case}"),
        (b"[replay]\ncommand = ['{case}', '{case}']", "replay.command", "no more"),
        (b"[replay]\nhook = 'a'", "replay.hook", "no such setting"),
        (b"[parts]\n'tools/**' = 'web_search'", "parts.tools/**", "tuple"),
        (b"[parts]\n'tools/**' = [1]", "parts.tools/**.0", "string"),
        (b"[parts]\n'tools/**' = ['']", "parts.tools/**.0", "at least 1"),
        (b"[parts]\n'' = ['web_search']", "parts", "at least 1"),
        (b"[parts]\n'/tools/*' = ['web_search']", "parts.'/tools/*'", "from the root"),
        (b"[parts]\n'../a' = ['web_search']", "parts.'../a'", "from the root"),
        (b"[parts]\n'./a/' = ['web_search']", "parts.'./a/'", "from the root"),
        (b"parts = ['tools/**']", "parts", "dictionary"),
        (b"\xff", "byte 0", "UTF-8"),
        (b"#" * 70_000, "the file", "allowed"),
    ],
)
def test_a_wrong_manifest_says_where_and_what(content: bytes, where: str, what: str) -> None:
    with pytest.raises(BadManifest) as refusal:
        manifest.parse(content)
    assert where in refusal.value.where
    assert what in refusal.value.what
    assert manifest.FILE in str(refusal.value)
