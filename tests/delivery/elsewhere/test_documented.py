"""Does what the manual shows hold: its manifests, messages, units and descriptions?"""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery.elsewhere import reports
from ports.signed import read_secrets
from targets import manifest
from tests.architecture.house import ROOT

MANUAL = (ROOT / "docs" / "deploying.md").read_text()
EXAMPLE = (ROOT / "examples" / "deployer" / "deployer.py").read_text()


def blocks(kind: str) -> list[str]:
    """Return the blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)


def test_its_manifests_can_be_read() -> None:
    health, webhook = (manifest.parse(block.encode()) for block in blocks("toml"))
    assert health.health.url == "https://gateway.example.org/healthz"
    assert webhook.webhook is not None
    assert [step.command for step in webhook.deploy] == [()]


def test_its_reports_are_taken() -> None:
    lines = [line for line in blocks("json")[1].splitlines() if line]
    said = [reports.read(line.encode()) for line in lines]
    assert [one.kind for one in said] == [reports.PROGRESSED, reports.SUCCEEDED, reports.FAILED]
    assert said[0].text == "pulling\nrestarting"


def test_its_order_has_what_a_real_one_has() -> None:
    told = json.loads(blocks("json")[0])
    assert set(told["data"]) == {
        *("deployment", "order", "attempt", "delivery", "target", "branch", "commit", "before"),
        *("takes_back", "steps", "ends_by", "callback"),
    }


@pytest.mark.parametrize("block", blocks("sh"))
def test_its_lines_of_a_shell_can_be_read(block: str) -> None:
    subprocess.run(["sh", "-n"], input=block, text=True, check=True)


def test_the_secret_that_it_makes_is_one() -> None:
    line = next(line for line in blocks("sh")[0].splitlines() if "whsec_" in line)
    made = subprocess.run(
        ["sh", "-c", f"{line.partition('#')[0]}\nprintenv DEPLOY_WEBHOOK_SECRET_GATEWAY"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(read_secrets(made.stdout)[0]) == 32


def test_its_unit_runs_what_there_is(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    text = blocks("ini")[0]
    unit.read_string(text)
    assert unit["Service"]["ExecStart"].split()[-1] == "serve"
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    given = shlex.split(next(line for line in text.splitlines() if "DEPLOYER_COMMAND" in line))
    assert json.loads(given[0].partition("DEPLOYER_COMMAND=")[2]) == ["/srv/deployer/deploy.sh"]
    if shutil.which("systemd-analyze"):
        place = tmp_path / "deployer.service"
        place.write_text(text.replace("/srv/deployer/deployer.py", "/bin/true"))
        subprocess.run(["systemd-analyze", "verify", "--man=no", str(place)], check=True)


def test_its_crontab_has_lines_that_cron_reads() -> None:
    crontab = blocks("crontab")[0].splitlines()
    assert [line.partition("=")[0] for line in crontab[:2]] == [
        "DEPLOYER_SPOOL",
        "DEPLOYER_COMMAND",
    ]
    assert json.loads(crontab[1].partition("=")[2])
    assert re.match(r"\*/5( \*){4} \S", crontab[2])
    assert "%" not in crontab[2]  # cron would end the line there
    subprocess.run(["sh", "-n"], input=crontab[2].split(" ", 5)[5], text=True, check=True)


def described() -> list[dict[str, Any]]:
    return [found for block in blocks("yaml") for found in yaml.safe_load_all(block) if found]


def test_its_compose_file_names_what_it_uses() -> None:
    compose = described()[0]
    service = compose["services"]["deployer"]
    named = {mount.partition(":")[0] for mount in service["volumes"] if mount[0] not in "./"}
    assert named == set(compose["volumes"])
    assert json.loads(service["environment"]["DEPLOYER_COMMAND"])


def test_its_objects_of_kubernetes_fit_together() -> None:
    objects = {found["kind"]: found for found in described()[1:]}
    assert all(found["apiVersion"] and found["metadata"]["name"] for found in objects.values())
    pod = objects["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    assert objects["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert objects["Service"]["spec"]["selector"] == labels
    container = pod["spec"]["containers"][0]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    claim = volumes["spool"]["persistentVolumeClaim"]["claimName"]
    assert claim == objects["PersistentVolumeClaim"]["metadata"]["name"]
    ports = {port["containerPort"] for port in container["ports"]}
    assert {port["targetPort"] for port in objects["Service"]["spec"]["ports"]} == ports
    account = objects["ServiceAccount"]["metadata"]["name"]
    assert pod["spec"]["serviceAccountName"] == account
    assert objects["RoleBinding"]["subjects"][0]["name"] == account
    assert objects["RoleBinding"]["roleRef"]["name"] == objects["Role"]["metadata"]["name"]


def test_every_variable_that_it_names_is_one_of_the_program() -> None:
    for name in set(re.findall(r"DEPLOYER_[A-Z]+", MANUAL)):
        assert name in EXAMPLE, name
