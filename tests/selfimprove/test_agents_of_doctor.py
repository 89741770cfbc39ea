"""Does the doctor tell of agents that cannot be asked, now or soon?"""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from selfimprove.doctor import findings
from selfimprove.doctor.findings import BAD, GOOD, WARN

OLD = "claude-sonnet-4-5-20250929"


def configured(folder: Path, settings: Settings, *, model: str, ends: str = "") -> None:
    """Work with other files: the agents ask this model, which ends on that day."""
    for name in ("agents.yaml", "prices.toml"):
        text = (settings.CONFIG_DIR / name).read_text(encoding="utf-8")
        text = text.replace("model: claude-sonnet-5-5", f"model: {model}")
        text = text.replace("retires_on = 2026-11-30", f"retires_on = {ends}" if ends else "")
        (folder / name).write_text(text, encoding="utf-8")
    settings.CONFIG_DIR = folder


def asking_models(settings: Settings, section: str) -> None:
    """Choose a language model as the engine of evaluations or of generations."""
    now = settings.SELFIMPROVE
    chosen = getattr(now, section).model_copy(update={"engine": "model"})
    settings.SELFIMPROVE = now.model_copy(update={section: chosen})


def test_agents_whose_models_go_on_are_well() -> None:
    found = findings.agents()
    assert (found.state, found.words) == (GOOD, "5 are declared")


@pytest.mark.parametrize("section", ["evaluation", "generations"])
def test_a_model_that_ended_is_lacking_where_models_are_asked(
    tmp_path: Path, settings: Settings, section: str
) -> None:
    configured(tmp_path, settings, model=OLD, ends="2020-01-01")
    assert findings.agents().state == WARN  # the rule engine answers
    asking_models(settings, section)
    found = findings.agents()
    assert found.state == BAD
    assert f"Builder asks {OLD}, which retired on 2020-01-01" in found.words
    assert found.remedy


def test_an_end_that_is_far_off_is_not_told(tmp_path: Path, settings: Settings) -> None:
    configured(tmp_path, settings, model=OLD, ends="2999-01-01")
    assert findings.agents().state == GOOD


@pytest.mark.parametrize("name", ["agents.yaml", "prices.toml"])
def test_a_file_that_cannot_be_used_is_lacking(
    tmp_path: Path, settings: Settings, name: str
) -> None:
    configured(tmp_path, settings, model=OLD)
    (tmp_path / name).write_text("price = 3\n", encoding="utf-8")
    found = findings.agents()
    assert found.state == BAD
    assert name in found.words


def test_validating_the_configuration_says_it_too(tmp_path: Path, settings: Settings) -> None:
    configured(tmp_path, settings, model=OLD, ends="2020-01-01")
    out = StringIO()
    call_command("config", "validate", stdout=out)
    assert "valid: " in out.getvalue()
    assert f"agents: Architect asks {OLD}, which retired on 2020-01-01" in out.getvalue()
