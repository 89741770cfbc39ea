"""How does a mistake on the command line end with a code that says nothing about the log?"""

from typing import ClassVar

from django.core.management.base import BaseCommand, CommandError


class OwnCode(BaseCommand):
    """Answer with an exit code; what was asked wrongly has one of its own, not argparse's 2."""

    mistake: ClassVar[int]

    def run_from_argv(self, argv: list[str]) -> None:
        """End with that code before anything is done."""
        try:
            self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        except CommandError as error:
            self.stderr.write(f"{error}\nSee `{argv[0]} {argv[1]} --help`.")
            raise SystemExit(self.mistake) from error
        super().run_from_argv(argv)
