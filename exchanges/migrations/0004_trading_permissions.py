from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0003_venue_pause")]

    operations = [
        migrations.AddField("exchangeaccount", "can_trade_spot", models.BooleanField(null=True)),
        migrations.AddField("exchangeaccount", "can_trade_futures", models.BooleanField(null=True)),
    ]
