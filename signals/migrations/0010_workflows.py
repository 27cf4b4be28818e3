from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signals", "0009_fill_strategy_source")]

    operations = [
        migrations.CreateModel(
            name="Workflow",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("succeeded", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("total_ms", models.BigIntegerField(default=0)),
                ("failures_in_a_row", models.PositiveIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("last_run_at", models.DateTimeField()),
                ("last_success_at", models.DateTimeField(blank=True, null=True)),
                ("alerted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="WorkflowHour",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("hour", models.DateTimeField()),
                ("succeeded", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("total_ms", models.BigIntegerField(default=0)),
                ("slowest_ms", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["hour"], name="workflow_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=["name", "hour"], name="one_row_per_workflow_and_hour"),
                ],
            },
        ),
    ]
