"""Which lines do failing tests run through that passing tests mostly do not?"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

Place = tuple[str, int]


def suspicious(
    failing: Collection[str], lines: Mapping[str, Sequence[Place]]
) -> list[tuple[float, Place]]:
    """Rank lines by Ochiai's measure, the most suspicious first; equals in the order of files."""
    failed: Counter[Place] = Counter()
    passed: Counter[Place] = Counter()
    for test, places in lines.items():
        (failed if test in failing else passed).update(set(places))
    most = sum(test in failing for test in lines)
    scores = {
        place: count / math.sqrt(most * (count + passed[place])) for place, count in failed.items()
    }
    ranked = sorted(scores, key=lambda place: (-scores[place], place))
    return [(round(scores[place], 6), place) for place in ranked]
