"""Let a generation end because review is full."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('generations', '0003_programs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='generation',
            name='reason_kind',
            field=models.CharField(blank=True, choices=[('no_plan', 'No plan that can be used'), ('no_change', 'Nothing would change'), ('edits', 'The edits fit nowhere'), ('outside', 'A file outside of the plan'), ('gates', 'A gate refused it'), ('too_large', 'Too large'), ('no_tests', 'No test came with it'), ('review', 'The review did not agree'), ('worse', 'Something got worse'), ('no_gain', 'No gain beyond noise'), ('not_measured', 'It could not be measured'), ('known', 'It was tried before'), ('budget', 'The budget is used up'), ('model', 'The model gave no answer'), ('ours', 'An error on our side'), ('stopped', 'A person or the clock ended it'), ('review_full', 'Review is full')], max_length=20),
        ),
    ]
