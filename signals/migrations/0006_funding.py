import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchanges", "__first__"),
        ("signals", "0005_lease_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="position",
            name="funding_read_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="Funding",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("symbol_key", models.CharField(max_length=50)),
                ("payment_id", models.CharField(max_length=64)),
                ("amount", models.DecimalField(decimal_places=8, max_digits=28)),
                ("currency", models.CharField(max_length=20)),
                ("paid_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fundings",
                        to="exchanges.exchangeaccount",
                    ),
                ),
                (
                    "position",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fundings",
                        to="signals.position",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["position"], name="funding_position")],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "payment_id"), name="one_row_per_funding_payment")
                ],
            },
        ),
    ]
