"""Password and one-time code on one page."""

import sys
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from django_otp import devices_for_user
from django_otp.admin import OTPAdminAuthenticationForm

from apps.web.addresses import is_of_many

WRONG_PASSWORDS = 5


def failure_limit(request: HttpRequest, credentials: Any = None) -> int:
    """How many wrong passwords for one name close the door to who comes from that address.

    Not where the address is a proxy's, and so everybody's: one stranger would lock out the admin.
    There the number of attempts is bounded by LOGIN_RATE alone.
    """
    return sys.maxsize if is_of_many(request) else WRONG_PASSWORDS


class OneTimeCodeForm(OTPAdminAuthenticationForm):
    """Asks which device only from who has several, and tells who has none how to get one."""

    otp_token = forms.CharField(
        label="One-time code",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    otp_error_messages = {
        **OTPAdminAuthenticationForm.otp_error_messages,
        "token_required": "Please enter the one-time code that your device shows.",
        "device_required": "Please choose the device whose code you entered.",
        "invalid_token": "That code is not right. Codes change every 30 seconds: try the next one.",
    }

    def clean_otp(self, user: AbstractUser | None) -> None:
        """Check the code of a user whose password was right."""
        if user is not None and not any(devices_for_user(user)):
            raise forms.ValidationError(
                "This account has no device for one-time codes yet. On the server, run: "
                "manage.py create_otp_device %(name)s",
                params={"name": user.get_username()},
                code="no_device",
            )
        super().clean_otp(user)

    def _chosen_device(self, user: AbstractUser) -> Any:
        chosen = super()._chosen_device(user)
        devices = list(devices_for_user(user))
        return devices[0] if chosen is None and len(devices) == 1 else chosen

    def _update_form(self, user: AbstractUser) -> None:
        """Offer several devices; unlike the parent, never write the password into the page."""
        choices = self.device_choices(user)  # a blank one first
        self.fields["otp_device"].widget.choices = choices if len(choices) > 2 else []
