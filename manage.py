#!/usr/bin/env python3
"""The front door: make the environment if need be, then run a command."""

import os
import sys

from selfimprove import bootstrap


def main() -> None:
    """Run a management command; say what is wrong in one sentence where we can."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")
    bootstrap.enter(sys.argv)
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError

    from selfimprove.config import BadConfiguration

    try:
        execute_from_command_line(bootstrap.take_settings(sys.argv))
    except BadConfiguration as error:
        sys.exit(f"Configuration: {error}")
    except DatabaseError:
        from selfimprove import setup

        if not setup.is_behind():
            raise
        sys.exit(
            "The database lacks tables of this version: manage.py migrate makes them, as"
            " manage.py up does by itself."
        )


if __name__ == "__main__":
    main()
