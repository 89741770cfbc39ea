"""Let a consideration say that review is full."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0010_programs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='consideration',
            name='outcome',
            field=models.CharField(choices=[('proposed', 'Proposed'), ('duplicate', 'Answered before'), ('below_threshold', 'Too few'), ('no_remedy', 'No remedy known'), ('malformed', 'Answer not usable'), ('unanswered', 'Nothing proposed'), ('set_aside', 'Muted or known'), ('review_full', 'Review is full')], max_length=30),
        ),
    ]
