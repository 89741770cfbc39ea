
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0012_people'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='entry',
            name='entry_of_a_move_has_its_transition',
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.lookups.In(models.F('event'), ('proposal.created', 'proposal.reworded', 'proposal.approved', 'proposal.rejected', 'proposal.pr_opened', 'proposal.implemented', 'proposal.reverted', 'proposal.failed', 'proposal.superseded', 'proposal.taken_over', 'standing.granted', 'standing.confirmed', 'standing.suspended', 'standing.revoked', 'delivery.started', 'delivery.moved', 'delivery.ended')), django.db.models.lookups.IsNull(models.F('transition'), False)), name='entry_of_a_move_has_its_transition'),
        ),
    ]
