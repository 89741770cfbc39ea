"""Does every change meet the policies, with facts that come from git and from us alone?"""

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings

from targets.manifest import Manifest, Policies
from targets.repository import Repository
from tests.validation.authorising.asked import AGENT, PERSON
from tests.validation.changing import AT, LIMITS, TOOLS, WHITELIST, ask, changed, make_repository
from validation import policy
from validation.authorising import sources
from validation.authorising.facts import facts
from validation.authorising.origin import Origin
from validation.authorising.reading import BadPolicies
from validation.gates import addresses, authorised
from validation.models import Outcome
from validation.verdicts import Context, CouldNotRun, GateVerdict, Waived
from validation.waiving import binding

NO_CODE = """
@id("no_code")
@says("Code is for people here.")
forbid (principal is Agent, action, resource) when { resource.kinds.contains("code") };
"""
FILES = {
    "README.md": b"# Gateway\n",
    "config/tools.yaml": TOOLS,
    "gateway/app.py": b"ANSWER = 42\n",
    "benchmarks/speed.py": b"LIMIT = 3\n",
    "tests/test_app.py": b"def test_it():\n    assert True\n",
    "ops/policies/code.cedar": NO_CODE.encode(),
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path, FILES)


def judged(
    repository: Repository,
    files: dict[str, str | None],
    origin: Origin = AGENT,
    manifest: Manifest | None = None,
) -> GateVerdict:
    change = changed(repository, dict(files))
    return ask(authorised, change, repository, origin=origin, manifest=manifest)


def deciders(verdict: GateVerdict) -> tuple[str, ...]:
    assert verdict.decision is not None
    return verdict.decision.policies


@pytest.mark.parametrize(
    ("files", "policies"),
    [
        ({"README.md": "# Gate\n"}, ("base",)),
        ({"gateway/app.py": "ANSWER = 41\n"}, ("base",)),
        ({"benchmarks/speed.py": "LIMIT = 9\n"}, ("judge",)),
        ({".github/workflows/ci.yml": "on: push\n"}, ("judge",)),
        ({"docker-compose.yml": "services: {}\n"}, ("protected_paths",)),
        ({"Docker-Compose.yml": "services: {}\n"}, ("protected_paths",)),
        ({".selfimprove.toml": "[tests]\n"}, ("judge", "protected_paths")),
        ({"config/policies/x.cedar": "x"}, ("judge", "protected_paths")),
        ({"config/access.yaml": "allowed_tools: [shell]\n"}, ("privileges",)),
        ({"app/permissions.py": "X = 1\n"}, ("privileges",)),
        (
            {"gateway/app.py": "U = 'https://data.attacker.io/collect'\n"},
            ("secrets_and_network",),
        ),
        (
            {"gateway/app.py": "K = 'ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'\n"},
            ("secrets_and_network",),
        ),
        ({f"docs/{number}.md": "x\n" for number in range(11)}, ("size_and_rate",)),
        ({"docs/long.md": "x\n" * 1001}, ("size_and_rate",)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_each_policy_meets_the_changes_that_it_is_about(
    repository: Repository, files: dict[str, str | None], policies: tuple[str, ...]
) -> None:
    verdict = judged(repository, files)
    assert deciders(verdict) == policies
    permitted = policies == ("base",)
    assert verdict.outcome == (Outcome.PASSED if permitted else Outcome.REFUSED)
    assert [mark.message.partition(":")[0] for mark in verdict.findings] == (
        [] if permitted else list(policies)
    )


def test_the_summary_names_writer_policies_and_set(repository: Repository) -> None:
    verdict = judged(repository, {"benchmarks/speed.py": None})
    assert verdict.summary == (
        f'Agent::"EvalAgent" is denied by judge (policies {sources.in_force().digest[:12]})'
    )


def test_a_person_is_named_in_no_answer(repository: Repository) -> None:
    verdict = judged(repository, {"benchmarks/speed.py": "LIMIT = 9\n"}, PERSON)
    assert verdict.outcome == Outcome.PASSED
    assert "ada" not in str(verdict)


def test_too_many_changes_of_one_agent_in_a_day_are_denied(repository: Repository) -> None:
    change = {"README.md": "# Gate\n"}
    most = replace(AGENT, recent=LIMITS.max_changes_per_day)
    assert deciders(judged(repository, dict(change), most)) == ("base",)
    over = replace(most, recent=most.recent + 1)
    assert deciders(judged(repository, dict(change), over)) == ("size_and_rate",)


def test_a_change_that_nobody_named_the_writer_of_is_an_agents(repository: Repository) -> None:
    change = changed(repository, {"benchmarks/speed.py": "LIMIT = 9\n"})
    assert deciders(ask(authorised, change, repository)) == ("judge",)


def test_the_facts_are_gits_and_ours(repository: Repository) -> None:
    change = changed(
        repository,
        {
            "config/tools.yaml": TOOLS.decode().replace("400", "900"),
            "gateway/app.py": None,
            "gateway/deep/er/main.py": "ANSWER = 42\n",
            "tests/test_app.py": None,
            "NOTES": "x\n",
        },
    )
    context = Context(repository, Manifest(), WHITELIST, LIMITS, origin=replace(AGENT, recent=7))
    assert facts(change, context) == {
        "paths": [
            *("NOTES", "config/tools.yaml", "gateway/app.py", "gateway/deep/er/main.py"),
            "tests/test_app.py",
        ],
        "folders": ["config", "gateway", "gateway/deep", "gateway/deep/er", "tests"],
        "endings": [".py", ".yaml"],
        "kinds": ["code", "other", "parameters", "tests"],
        "files": 5,
        "lines": 7,
        "recent": 7,
        "most": {"files": 10, "lines": 1000, "recent": 50},
        "protected": [],
        "weakened": ["tests/test_app.py"],
        "new_privileges": 0,
        "new_addresses": 0,
        "new_secrets": 0,
        "risk": "low",
    }


def test_a_target_tightens_from_its_base(repository: Repository) -> None:
    tighter = Manifest(policies=Policies(files=("ops/policies/*.cedar",)))
    code: dict[str, str | None] = {"gateway/app.py": "ANSWER = 41\n"}
    assert deciders(judged(repository, code, manifest=tighter)) == ("no_code",)
    assert deciders(judged(repository, code)) == ("base",)
    assert deciders(judged(repository, code, PERSON, tighter)) == ("base",)


def test_a_change_cannot_take_the_policies_of_its_target_away(repository: Repository) -> None:
    tighter = Manifest(policies=Policies(files=("ops/policies/*.cedar",)))
    files: dict[str, str | None] = {
        "gateway/app.py": "ANSWER = 41\n",
        "ops/policies/code.cedar": None,
    }
    assert deciders(judged(repository, files, manifest=tighter)) == (
        *("judge", "no_code", "protected_paths"),
    )


@pytest.mark.parametrize(
    ("text", "pattern", "words"),
    [
        ("permit (principal, action, resource);", "ops/*.cedar", "ops/bad.cedar:1: bad permits"),
        ("forbid (principal action);", "ops/*.cedar", "ops/bad.cedar:2: unexpected token"),
        ("forbid (principal, action, resource);", "none/*.cedar", "none/*.cedar fits no file"),
    ],
)
def test_nothing_passes_while_a_policy_of_the_target_is_wrong(
    tmp_path: Path, text: str, pattern: str, words: str
) -> None:
    policies = {"ops/bad.cedar": f'@id("bad") @says("Bad.")\n{text}\n'.encode()}
    repository = make_repository(tmp_path, {**FILES, **policies})
    with pytest.raises(CouldNotRun) as caught:
        judged(
            repository,
            {"README.md": "# x\n"},
            manifest=Manifest(policies=Policies(files=(pattern,))),
        )
    assert words in str(caught.value)


@pytest.fixture
def own(tmp_path: Path, settings: LazySettings) -> Path:
    folder = tmp_path / "own"
    section = settings.SELFIMPROVE.validation.model_copy(update={"own_policies": str(folder)})
    settings.SELFIMPROVE = settings.SELFIMPROVE.model_copy(update={"validation": section})
    return folder


def test_an_operators_policies_hold_too_and_are_part_of_the_rules(
    repository: Repository, own: Path
) -> None:
    own.mkdir()
    before = policy.digest(LIMITS, WHITELIST)
    (own / "code.cedar").write_text(NO_CODE)
    assert policy.digest(LIMITS, WHITELIST) != before
    assert deciders(judged(repository, {"gateway/app.py": "A = 1\n"})) == ("no_code",)


def test_an_operators_permit_is_refused_with_its_place(own: Path) -> None:
    own.mkdir()
    (own / "open.cedar").write_text(NO_CODE.replace("forbid", "permit").lstrip())
    with pytest.raises(BadPolicies, match=r"open\.cedar:1: no_code permits.*only tighten"):
        sources.in_force()


def test_a_folder_that_is_gone_lets_nothing_pass(repository: Repository, own: Path) -> None:
    with pytest.raises(CouldNotRun, match="is no folder: make it, or change"):
        judged(repository, {"README.md": "# x\n"})
    assert policy.digest(LIMITS, WHITELIST), "the rules still have a name"


def test_a_shipped_policy_that_is_gone_or_altered_is_noticed(
    tmp_path: Path, settings: LazySettings, repository: Repository
) -> None:
    rules = policy.digest(LIMITS, WHITELIST)
    copy = tmp_path / "config" / "policies"
    copy.mkdir(parents=True)
    for path in (Path(settings.CONFIG_DIR) / "policies").iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    settings.CONFIG_DIR = tmp_path / "config"
    assert policy.digest(LIMITS, WHITELIST) == rules
    (copy / "judge.cedar").write_text(NO_CODE)
    assert policy.digest(LIMITS, WHITELIST) != rules
    with pytest.raises(CouldNotRun, match=r"judge is missing: bring judge\.cedar back"):
        judged(repository, {"README.md": "# x\n"})
    (copy / "selfimprove.cedarschema").unlink()
    with pytest.raises(CouldNotRun, match=r"cedarschema: cannot be read"):
        judged(repository, {"README.md": "# x\n"})


def test_what_a_person_waived_is_no_new_address_to_the_policies(repository: Repository) -> None:
    change = changed(repository, {"gateway/app.py": "U = 'https://data.attacker.io/collect'\n"})
    context = Context(repository, Manifest(), WHITELIST, LIMITS, origin=AGENT)
    found = binding.bound(
        addresses.run(change, context), change, context, version=addresses.VERSION
    )
    (mark,) = found.findings
    waived = {mark.bound: Waived(1, "e", "wanda", AT, "it is ours")}
    assert facts(change, context)["new_addresses"] == 1
    assert facts(change, replace(context, waivers=waived))["new_addresses"] == 0
    assert authorised.run(change, replace(context, waivers=waived)).outcome == Outcome.PASSED
    other = {"0" * 64: waived[mark.bound]}
    assert authorised.run(change, replace(context, waivers=other)).outcome == Outcome.REFUSED
