"""Which price table is in force?"""

from django.conf import settings

from personas.ledger.prices import BadPrices, Prices, read

NAME = "prices.toml"


def in_force() -> Prices:
    """Return the table of the configuration; raise BadPrices."""
    path = settings.CONFIG_DIR / NAME
    try:
        return read(path.read_text(encoding="utf-8"), NAME)
    except FileNotFoundError:
        raise BadPrices([f"{path}: there is no such file; without it no cost is known"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadPrices([f"{path}: it cannot be read: {error}"]) from error
