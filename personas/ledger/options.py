"""Which settings bound what is spent on language models?"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=10, decimal_places=3)]
Tokens = Annotated[int, Field(ge=0)]


class Spending(BaseModel):
    """Set budgets in dollars and tokens; one that is not set bounds nothing, zero allows nothing.

    `purposes` bounds purposes of a kind and their parts by name, besides `purpose_usd` for any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    call_usd: Dollars | None = Decimal(1)
    purpose_usd: Dollars | None = Decimal(5)
    target_day_usd: Dollars | None = None
    target_month_usd: Dollars | None = None
    day_usd: Dollars | None = Decimal(10)
    month_usd: Dollars | None = Decimal(100)
    call_tokens: Tokens | None = None
    purpose_tokens: Tokens | None = None
    target_day_tokens: Tokens | None = None
    target_month_tokens: Tokens | None = None
    day_tokens: Tokens | None = None
    month_tokens: Tokens | None = None
    purposes: dict[str, Dollars] = Field(default_factory=dict)
    unknown_price: Literal["refuse", "allow"] = "refuse"
    reservation_minutes: int = Field(default=30, ge=1, le=1440)
    exchange_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("*", mode="before")
    @classmethod
    def _none_in_words(cls, given: object) -> object:
        """Let a file take a budget away: TOML has no word for nothing."""
        return None if given == "none" else given

    @field_validator("purposes")
    @classmethod
    def _kinds_only(cls, given: dict[str, Decimal]) -> dict[str, Decimal]:
        for name in given:
            if not name or ":" in name:
                raise ValueError(f"{name!r}: name a kind such as generation, or generation/build")
        return given
