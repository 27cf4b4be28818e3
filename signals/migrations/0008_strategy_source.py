from django.db import migrations, models

CHOICES = [
    ("signal", "Signal"), ("manual", "By hand"), ("smart", "Smart"), ("candle", "Candle"), ("dca", "DCA"), ("grid", "Grid"),
]  # fmt: skip


def field() -> models.CharField:
    return models.CharField(choices=CHOICES, db_default="signal", default="signal", max_length=20)


class Migration(migrations.Migration):
    dependencies = [("signals", "0007_position_opened")]

    operations = [
        migrations.AddField("signal", "strategy_source", field()),
        migrations.AddField("position", "strategy_source", field()),
        migrations.AlterField("order", "strategy_source", field()),
    ]
