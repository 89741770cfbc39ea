import uuid

import django.db.models.deletion
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
    "proposal.taken_over",
    "delivery.started",
    "delivery.moved",
    "delivery.ended",
]


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0005_anchors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transition",
            fields=[
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("source", models.CharField(blank=True, max_length=60)),
                ("destination", models.CharField(max_length=60)),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audit.entry",
                        to_field="uid",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "version"), name="transition_numbered_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="entry",
            name="transition",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="audit.transition",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("transition__isnull", False)),
                fields=("transition",),
                name="transition_told_once",
            ),
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
