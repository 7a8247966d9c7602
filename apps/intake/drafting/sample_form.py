"""A form to begin with: the sign-up form of the demonstration and the tests."""

from django.db import transaction

from apps.directory.models import Client
from apps.intake.models import Form, FormField

# name, kind, label, help, required; what browsers may fill in stands in FILLED.
SIGNUP = (
    ("fullname", "text", "Full name", "", True),
    ("address1", "text", "Address", "Street and number", False),
    ("address2", "text", "Address, second line", "Flat, floor, care of", False),
    ("city", "text", "City", "", False),
    ("state", "text", "State", "", False),
    ("zip", "text", "ZIP code", "", False),
    ("age", "number", "Age", "In years", False),
    ("height", "text", "Height", "For example 172 cm", False),
    ("weight", "text", "Weight", "For example 68 kg", False),
    ("comments", "textarea", "Comments", "Anything else that we should know", False),
)
FILLED = {
    "fullname": "name",
    "address1": "address-line1",
    "address2": "address-line2",
    "city": "address-level2",
    "state": "address-level1",
    "zip": "postal-code",
}


@transaction.atomic
def create_signup_form(*, owner: Client) -> Form:
    """Draft the form ``signup``, ready for its owner to publish."""
    form = Form.objects.create(
        slug="signup",
        owner=owner,
        title="Sign up",
        description="Tell us who you are and how to reach you. Only your name is required.",
        confirmation="Thank you. Your answers were encrypted and have arrived.",
    )
    FormField.objects.bulk_create(
        FormField(
            form=form,
            order=order,
            name=name,
            kind=kind,
            label=label,
            help=help,
            required=required,
            autocomplete=FILLED.get(name, ""),
            sensitive=name not in FILLED,
            min="0" if kind == "number" else "",
        )
        for order, (name, kind, label, help, required) in enumerate(SIGNUP, start=1)
    )
    return form
