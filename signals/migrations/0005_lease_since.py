from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signals", "0004_lease_owner")]

    operations = [
        migrations.AddField(
            model_name="lease",
            name="since",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
