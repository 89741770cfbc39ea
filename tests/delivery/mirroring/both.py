"""How tests speak on either side of a pull request."""

from typing import Any

from delivery.mirroring import rounds
from tests.delivery.on_github import Stage


def listen(stage: Stage, **later: float) -> str:
    """Let time pass, and bring both sides into step."""
    return rounds.go_round(stage.scene.clock.forward(**(later or {"minutes": 2})))


def there(stage: Stage) -> list[str]:
    """Return what stands on lines there, without our marks."""
    listed = stage.hub.line_comments.get(1, [])
    return [one["body"].split("\n\n<!--")[0] for one in listed]


def edited(comment: dict[str, Any], body: str, at: str = "2026-03-02T12:00:00Z") -> None:
    """Change a comment as its author does there."""
    comment |= {"body": body, "updated_at": at}
