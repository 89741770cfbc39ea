"""Which settings does the chat door have? Its secrets come from the environment alone."""

from pydantic import BaseModel, ConfigDict, Field

SECRET = "CHAT_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable
SLACK_SECRET = "SLACK_SIGNING_SECRET"  # noqa: S105  # the name of a variable


class Chat(BaseModel):
    """Bound how old a request, a reading and how long an answer may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_seconds: int = Field(default=300, ge=10, le=3600)
    read_minutes: int = Field(default=60, ge=1)
    longest_answer: int = Field(default=8000, ge=1000, le=30_000)
