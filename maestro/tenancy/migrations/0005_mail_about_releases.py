"""Whether a person wants mails about releases and installations."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_installer")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="release_mail",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="mail about releases"
            ),
        ),
    ]
