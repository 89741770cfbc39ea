"""What is each role told before it is asked anything, and in which version?"""

import hashlib
import re
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent / "prompts"
FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
BYTES_IN_TEN = 32  # of ten tokens: a rule of thumb, so what comes of it is called estimated


class BadPrompt(Exception):
    """Say why a prompt file cannot be used."""


class Prompt(BaseModel):
    """Hold the words of one role; every change of the text gets a new version."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    persona: str
    version: int = Field(ge=1)
    title: str = Field(min_length=1)
    role: str = Field(min_length=1)
    text: str = Field(min_length=1)

    @property
    def digest(self) -> str:
        """Return what tells one text from another: the SHA-256 of the words as they are sent."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def estimated_tokens(text: str) -> int:
    """Estimate the tokens of a text where nobody has counted them.

    By its bytes, so that no script passes for cheap.
    """
    return -(-len(text.encode("utf-8", "surrogatepass")) * 10 // BYTES_IN_TEN)


def read(persona: str, folder: Path = FOLDER) -> Prompt:
    """Return the prompt of a persona; raise BadPrompt with the file and the reason."""
    known = {path.stem: path for path in folder.glob("*.md")}
    if persona not in known:
        raise BadPrompt(f"no prompt {persona}.md; there are {', '.join(sorted(known)) or 'none'}")
    match = FRONT.match(known[persona].read_text(encoding="utf-8"))
    if not match:
        raise BadPrompt(f"{persona}.md does not begin with front matter between --- lines")
    try:
        front = yaml.safe_load(match["front"])
        fields = front if isinstance(front, dict) else {}
        return Prompt(**{**fields, "persona": persona, "text": match["text"].strip()})
    except yaml.YAMLError as error:
        raise BadPrompt(f"{persona}.md: the front matter is not YAML") from error
    except ValidationError as error:
        item = error.errors()[0]
        where = ".".join(str(part) for part in item["loc"])
        raise BadPrompt(f"{persona}.md: {where}: {item['msg']}") from error
