"""What is told to the policies about a change, and how do we know it?"""

from pathlib import PurePosixPath

from targets.changes import Change
from validation.authorising.deciding import Facts
from validation.authorising.kinds import kind_of
from validation.gates import addresses, forbidden_paths, privileges, secrets, weakened_tests
from validation.verdicts import Context, Gate
from validation.waiving import binding


def facts(change: Change, context: Context) -> Facts:
    """Work out every fact from git's own tree diff, from the gates and from the origin."""
    origin, limits = context.origin, context.limits
    return {
        "paths": sorted(change.paths),
        "folders": sorted({str(up) for path in change.paths for up in _above(path)}),
        "endings": sorted({PurePosixPath(path).suffix for path in change.paths} - {""}),
        "kinds": sorted({_kind(path, context) for path in change.paths}),
        "files": len(change.files),
        "lines": sum(file.added + file.removed for file in change.files),
        "recent": origin.recent,
        "most": {
            "files": limits.max_files,
            "lines": limits.max_lines,
            "recent": limits.max_changes_per_day,
        },
        "protected": sorted(forbidden_paths.protected(change, context)),
        "weakened": sorted(_weakened(change, context)),
        "new_privileges": _refusing(privileges, change, context),
        "new_addresses": _refusing(addresses, change, context),
        "new_secrets": _refusing(secrets, change, context),
        "risk": origin.risk,
    }


def _kind(path: str, context: Context) -> str:
    return kind_of(path, holds_parameters=context.parameters.covers(path))


def _above(path: str) -> list[PurePosixPath]:
    return list(PurePosixPath(path).parents)[:-1]


def _refusing(gate: Gate, change: Change, context: Context) -> int:
    """Count what a gate refuses and nobody waived; what it notes is for the reviewer."""
    found = binding.bound(context.answer(gate, change), change, context, version=gate.VERSION)
    return sum(mark.refuses for mark in binding.applied(found, context.waivers).findings)


def _weakened(change: Change, context: Context) -> set[str]:
    """Name the files in which tests became weaker."""
    return {mark.path for mark in context.answer(weakened_tests, change).findings if mark.path}
