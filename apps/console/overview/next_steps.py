"""What to do next on a server that has no form in use yet."""

from dataclasses import dataclass

from apps.directory.models import Client
from apps.intake.models import Form, Manifest
from apps.vault.models import Record


@dataclass(frozen=True)
class Step:
    """One step towards the first answer; ``url_name`` is where in the admin it is taken."""

    title: str
    text: str
    done: bool
    url_name: str = ""
    link: str = ""


def next_steps() -> list[Step]:
    """Return the way to the first sealed answer, [] once it has been walked."""
    steps = [
        Step(
            "Enrol a client",
            "Issue an enrolment token and hand it to the operator. Her command makes the keys on "
            "her own machine; this server only ever sees their public half.",
            Client.objects.exists(),
            "admin:directory_enrolmenttoken_add",
            "Issue a token",
        ),
        Step(
            "Draft a form",
            "Name its fields and the record type that each goes to.",
            Form.objects.exists(),
            "admin:intake_form_add",
            "Draft a form",
        ),
        Step(
            "Have its owner publish it",
            "The owner's client signs the form: sealform publish SLUG. Visitors' browsers "
            "accept nothing else.",
            Manifest.objects.exists(),
            "admin:intake_form_changelist",
            "See the forms",
        ),
        Step(
            "Receive the first answer",
            "Open the hosted page, or embed the form in a site, and fill it.",
            Record.objects.filter(stream__writer__startswith="form:").exists(),
            "admin:intake_form_changelist",
            "See the forms",
        ),
    ]
    return [] if all(step.done for step in steps) else steps
