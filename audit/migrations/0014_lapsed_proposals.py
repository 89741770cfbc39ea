"""Let an approval that ends be a move: its entry has a transition, as every other move's."""

from django.db import migrations, models
from django.db.models.lookups import Exact, In, IsNull

TIED = [
    "proposal.created",
    "proposal.reworded",
    "proposal.approved",
    "proposal.rejected",
    "proposal.pr_opened",
    "proposal.implemented",
    "proposal.reverted",
    "proposal.failed",
    "proposal.superseded",
    "proposal.lapsed",
    "proposal.taken_over",
    "standing.granted",
    "standing.confirmed",
    "standing.suspended",
    "standing.revoked",
    "delivery.started",
    "delivery.moved",
    "delivery.ended",
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_standing_approvals")]

    operations = [
        migrations.RemoveConstraint(
            model_name="entry", name="entry_of_a_move_has_its_transition"
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=Exact(
                    In(models.F("event"), TIED), IsNull(models.F("transition"), False)
                ),
                name="entry_of_a_move_has_its_transition",
            ),
        ),
    ]
