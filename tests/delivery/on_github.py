"""A delivery whose target lies on a GitHub on loopback, over the same bare repository."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from delivery.models import Delivery
from ports.forge.github.options import GitHub as Options
from ports.git import Git
from tests.delivery.scene import Scene, make_scene
from tests.ports.github import answers
from tests.ports.github.hub import Hub
from tests.ports.github.server import TOKEN, GitHub


@dataclass
class Stage:
    """Hold the scene, the server, and a delivery that was begun."""

    scene: Scene
    server: GitHub
    settings: LazySettings
    delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self.delivery = self.scene.begin()

    @property
    def hub(self) -> Hub:
        """Return what GitHub remembers."""
        return self.server.hub

    def choose(self, **options: Any) -> None:
        """Change settings of GitHub."""
        ours = self.settings.SELFIMPROVE
        chosen = Options(**{**ours.github.model_dump(), **options})
        self.settings.SELFIMPROVE = ours.model_copy(update={"github": chosen})

    def drive(self, **later: float) -> str:
        """Let time pass, drive, and return why it waits or how it ended."""
        self.scene.clock.forward(**(later or {"minutes": 2}))
        self.scene.drive(self.delivery)
        return self.delivery.detail

    def review(self, login: str, state: str, text: str = "") -> None:
        """Let somebody review."""
        listed = self.hub.reviews.setdefault(1, [])
        at = f"2026-03-02T10:{len(listed):02}:00Z"
        listed.append(answers.review(login, state, text, self.hub.pulls[1].head, at))

    def check(self, name: str, status: str, conclusion: str | None = None) -> None:
        """Let a check say how it goes."""
        head = self.hub.pulls[1].head
        self.hub.check_runs[head] = [answers.check_run(name, status, conclusion, head)]

    def said(self) -> list[str]:
        """Return our own comments."""
        return [one["body"] for one in self.hub.comments.get(1, [])]


@contextmanager
def staged(
    folder: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> Iterator[Stage]:
    """Set it up, and hold every request against GitHub's description at the end."""
    scene = make_scene(folder)
    scene.target.forge = "github"
    scene.target.save()
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.delenv("GITHUB_APP_ID", raising=False)
    with GitHub(Hub(Git(Path(scene.target.origin)))) as server:
        stage = Stage(scene, server, settings)
        stage.choose(url=server.address, repositories={"gateway": "acme/agents"}, **options)
        yield stage
    assert server.wrong == []
