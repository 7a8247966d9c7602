"""``manage.py create_recovery_codes``: a way back in for who has lost a device."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

CODES = 10
DEVICE = "recovery codes"


class Command(BaseCommand):
    """Make the codes and show them, once."""

    help = (
        "Give a user of the admin ten codes, each good for one log-in in the place of a one-time "
        "code, and print them, this once: for paper, in a safe place. Earlier ones end."
    )

    # Not those of serving: an operator may have her credentials in this shell.
    requires_system_checks = [Tags.models]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say for whom."""
        parser.add_argument("username")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make new ones in the place of all that were made before."""
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("no such user: see the admin's list, or run createsuperuser")
        StaticDevice.objects.filter(user=user, name=DEVICE).delete()
        device = StaticDevice.objects.create(user=user, name=DEVICE)
        codes = [StaticToken.random_token() for _ in range(CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
        self.stdout.write("\n".join(codes))
