"""Ask the gates about every case and write down what caught it: python tests/cheats/record.py."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "selfimprove.settings")


def main() -> None:
    """Try, tell and write."""
    import django
    from django.utils import timezone

    django.setup()
    from validation.proving import corpus

    found = []
    for case in corpus.read(HERE):
        if sys.argv[1:] and case.name not in sys.argv[1:]:
            continue
        seen = corpus.tried(case, python=Path(sys.executable), at=timezone.now())
        sys.stdout.write(f"{'  ' if seen.right else '✗ '}{seen.kind}/{seen.name}: {seen.words}\n")
        sys.stdout.flush()
        found.append(seen)
    if not sys.argv[1:]:
        corpus.INDEX.write_text(corpus.written(found), encoding="utf-8")


if __name__ == "__main__":
    main()
