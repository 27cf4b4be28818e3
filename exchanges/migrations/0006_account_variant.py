from django.db import migrations, models


class Migration(migrations.Migration):
    """Accounts that are there learn theirs when their keys are checked next, within a day."""

    dependencies = [("exchanges", "0005_canary_runs_begin")]

    operations = [
        migrations.AddField(
            "exchangeaccount", "variant", models.CharField(blank=True, default="", editable=False, max_length=20),
            preserve_default=False,
        ),
    ]  # fmt: skip
