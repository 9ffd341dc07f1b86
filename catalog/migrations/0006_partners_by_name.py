"""A partner may be named whom nobody is: naming one does not tell which tenants there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_health_of_templates")]

    operations = [
        migrations.AlterField("groupmember", "member_id", models.UUIDField(null=True)),
        migrations.AlterField("templateaudience", "member_id", models.UUIDField(null=True)),
        migrations.RemoveConstraint("groupmember", "a_partner_once_per_group"),
        migrations.AddConstraint(
            "groupmember",
            models.UniqueConstraint(
                fields=["group", "member_slug"], name="a_partner_once_per_group"
            ),
        ),
        migrations.RemoveConstraint("templateaudience", "a_partner_once_per_template_and_group"),
        migrations.AddConstraint(
            "templateaudience",
            models.UniqueConstraint(
                fields=["template", "member_slug", "group"],
                nulls_distinct=False,
                name="a_partner_once_per_template_and_group",
            ),
        ),
    ]
