"""``manage.py create_otp_device``: a second factor for an admin."""

from argparse import ArgumentParser
from io import StringIO
from typing import Any

import segno
from django.contrib.auth import get_user_model
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from django_otp.plugins.otp_totp.models import TOTPDevice


class Command(BaseCommand):
    """Make the device and show its secret, once."""

    help = (
        "Give a user of the admin a device for one-time codes, and print its otpauth:// address, "
        "this once, as text and as a QR code for the camera of an authenticator app."
    )

    # Not those of serving: an operator may have her credentials in this shell.
    requires_system_checks = [Tags.models]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say for whom."""
        parser.add_argument("username")
        parser.add_argument("--no-qr", dest="qr", action="store_false", help="print no QR code")
        parser.add_argument("--device", default="authenticator", help="what to call the device")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, unless there is one of that name."""
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("no such user: see the admin's list, or run createsuperuser")
        device, created = TOTPDevice.objects.get_or_create(user=user, name=options["device"])
        if not created:
            raise CommandError(
                "the user has a device of that name, whose secret is not shown again: remove it "
                "in the admin first, or choose another name with --device"
            )
        self.stdout.write(device.config_url)
        if options["qr"]:
            drawn = StringIO()
            segno.make(device.config_url, error="l").terminal(out=drawn, compact=True)
            self.stdout.write(drawn.getvalue())
