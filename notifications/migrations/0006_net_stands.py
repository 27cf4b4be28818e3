from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_incidents")]

    operations = [
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                choices=[
                    ("closed_unprotected", "Position closed without a stop loss"),
                    ("account_attention", "Account needs attention"),
                    ("foreign_position", "Unknown position on the account"),
                    ("foreign_orders", "Unknown orders on the account"),
                    ("net_stands", "A stop stands that should be gone"),
                    ("workflow_failing", "Recurring work fails"),
                    ("workflow_recovered", "Recurring work succeeds again"),
                    ("entries_paused", "New entries at an exchange are paused"),
                    ("signals_missed", "Signals were missed"),
                    ("execution_given_up", "An execution was given up"),
                ],
                max_length=30,
            ),
        ),
    ]
