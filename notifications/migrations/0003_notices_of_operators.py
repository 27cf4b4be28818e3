import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0001_initial"), ("notifications", "0002_seen_at")]

    operations = [
        migrations.AlterField(
            "notice",
            "account",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="exchanges.exchangeaccount",
            ),
        ),
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                choices=[
                    ("closed_unprotected", "Position closed without a stop loss"),
                    ("account_attention", "Account needs attention"),
                    ("foreign_position", "Unknown position on the account"),
                    ("foreign_orders", "Unknown orders on the account"),
                    ("workflow_failing", "Recurring work fails"),
                    ("workflow_recovered", "Recurring work succeeds again"),
                ],
                max_length=30,
            ),
        ),
    ]
