"""A form to begin with: the sign-up form of the demonstration and the tests."""

from django.db import transaction

from apps.directory.models import Client
from apps.intake.models import Form, FormField

# name, kind, label, help, required
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
            form=form, order=order, name=name, kind=kind, label=label, help=help, required=required
        )
        for order, (name, kind, label, help, required) in enumerate(SIGNUP, start=1)
    )
    return form
