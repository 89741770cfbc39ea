"""A change that a gate refuses for what a person can see is no danger."""

from django.contrib.auth.models import Permission, User

from proposals import checks
from proposals.models import Proposal
from targets.models import Target
from tests.factories import FILES, NOW, make_proposal, make_user
from validation.models import Finding

WITHOUT_TESTS = {path: text for path, text in FILES.items() if path != ".selfimprove.toml"}
LINE = 'STATUS = "https://status.gateway-team.io/now"'


def diff_with(*lines: str) -> str:
    """Return a diff that adds lines to the end of a file."""
    added = "".join(f"+{line}\n" for line in lines)
    return (
        "--- a/gateway/limits.py\n+++ b/gateway/limits.py\n"
        f'@@ -1,3 +1,{3 + len(lines)} @@\n """Limits."""\n \n LONGEST = 10\n{added}'
    )


def make_refused(target: Target, *lines: str) -> Proposal:
    """Hand in a change that brings in an address, and check it for real."""
    proposal = make_proposal(target, diff=diff_with(*(lines or (LINE,))))
    return checked(proposal)


def checked(proposal: Proposal) -> Proposal:
    """Check again and return what is so now."""
    checks.check(proposal, NOW)
    return Proposal.objects.select_related("report", "target").get(pk=proposal.pk)


def refusing(proposal: Proposal) -> list[Finding]:
    """Return the findings that refuse; what the policies make of the others is left out."""
    refused = Finding.objects.filter(result__report=proposal.report, refuses=True)
    rows = refused.exclude(result__gate="authorised")
    return list(rows.select_related("result").order_by("pk"))


def make_waiver_person(name: str = "wanda") -> User:
    """Let somebody waive, and nothing else beside what reviewers may."""
    person = make_user("reviewer", name=name)
    person.user_permissions.add(*Permission.objects.filter(codename="waive_finding"))
    return User.objects.get(pk=person.pk)
