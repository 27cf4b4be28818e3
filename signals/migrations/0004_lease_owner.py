from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signals", "0003_lease")]

    operations = [
        migrations.AddField(
            model_name="execution",
            name="lease_owner",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
    ]
