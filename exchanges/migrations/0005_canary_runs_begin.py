import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0004_trading_permissions")]

    operations = [
        migrations.AddField("canaryrun", "run_id", models.UUIDField(default=uuid.uuid4, editable=False)),
        migrations.AddField("canaryrun", "symbol", models.CharField(blank=True, max_length=50)),
        migrations.AddField("canaryrun", "may_hold", models.BooleanField(default=False)),
    ]
