"""What visitors answer on each of the ten pages, and what tells that the page's own code ran."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.envelope.fields import Value


@dataclass(frozen=True)
class RealForm:
    """``ran`` is true once the page's submit listener has run, and read before the page goes.

    ``spoilt`` are answers that the page itself, or its browser, does not let pass.
    ``unasked`` has what is sealed though the visitor could not answer it.
    ``plain`` is what the site's own server gets besides the record's id; None if the page
    has no action and stays where it is.
    """

    answers: Mapping[str, Value]
    ran: str
    spoilt: Mapping[str, Value]
    plain: tuple[str, ...] | None
    unasked: Mapping[str, Value] = field(default_factory=dict)


REAL_FORMS = {
    "sign_up": RealForm(
        answers={
            "first_name": "Małgorzata",
            "last_name": "D'Angelo-Śmigły",
            "email": "gosia.dangelo@example.org",
            "password": 'correct "horse" battery',
            "password2": 'correct "horse" battery',
            "terms": True,
            "tips": False,
        },
        spoilt={"password2": "another one"},
        ran="dataLayer.some(({ event }) => event === 'sign_up')",
        plain=("csrf_token", "next", "action"),
    ),
    "checkout": RealForm(
        answers={
            "full_name": "Bao Nguyen",
            "address": "240 Orchard Road",
            "zip": "78701",
            "country": "AT",
            "shipping": "express",
            "card_number": "4111 1111 1111 1111",
            "card_expires": "09/31",
            "card_cvc": "123",
            "gift_note": "Happy birthday, dear grandfather!",
        },
        spoilt={"card_expires": "09/19"},
        ran="checked === 1",
        plain=("cart_id",),
    ),
    "patient_intake": RealForm(
        answers={
            "patient_name": "Ingeborg Weiß",
            "dob": "1938-07-04",
            "sex": "F",
            "phone": "030 5550100",
            "insurance_no": "A123456780",
            "symptoms": ["cough", "other"],
            "allergies": "Penicillin,\nhazelnuts",
            "weight": "61.5",
        },
        spoilt={"insurance_no": "12345"},
        ran="document.title === 'Sending...'",
        plain=("form_version",),
    ),
    "job_application": RealForm(
        answers={
            "applicant_name": "Chidi Okonkwo",
            "applicant_email": "chidi@example.net",
            "applicant_phone": "+234 803 555 0100",
            "website": "https://okonkwo.example",
            "years": "3 to 5",
            "salary": "42000",
            "first_day": "2026-02-01",
            "letter": "Nights are when patients need somebody most.",
            "license": False,
            "privacy": True,
        },
        spoilt={"letter": "too short"},
        ran="globalThis.tracked?.join() === 'job'",
        plain=("job",),
    ),
    "contact": RealForm(
        answers={
            "your_name": "Søren Kjær",
            "your_email": "soren@example.dk",
            "subject": "Appointment on Tuesday",
            "message": "Could I come an hour later?\nMy bus is late.",
        },
        spoilt={"your_name": ""},
        ran="tries === 1",
        plain=(),
    ),
    "survey": RealForm(
        answers={
            "q1_clean": "3",
            "q1_staff": "1",
            "q2_again": "8",
            "q3_used": ["library", "chapel"],
            "q4_else": "The tea was cold, the nurses were not.",
            "q5_age": "30 to 60",
        },
        spoilt={},
        ran="document.body.dataset.done === 'yes'",
        plain=None,
    ),
    "event_registration": RealForm(
        answers={
            "attendee_name": "Tove Janssen",
            "attendee_email": "tove@example.fi",
            "condition": "Fabry disease",
            "seats": "2",
            "arrival": "2026-05-02",
            "arrival_time": "17:45",
            "meal": "vegan",
            "companion": True,
            "companion_name": "Tuulikki Pietilä",
        },
        spoilt={"seats": "9"},
        ran="sessionStorage.getItem('registered') === '_token,event,source'",
        plain=("_token", "event", "source"),
    ),
    "newsletter": RealForm(
        answers={"email": "kidney.reader@example.org", "patient": True},
        spoilt={"email": "not an address"},
        ran="localStorage.getItem('subscribed') === '1'",
        plain=("list", "go"),
    ),
    "complaint": RealForm(
        answers={
            "provider": "Saint Mary's, ward 4",
            "incident_date": "2025-08-17",
            "about": "behaviour",
            "story": "The night nurse laughed at me when I asked for help.\nTwice.",
            "phone": "+44 1632 960 001",
            "answer_in": "cy",
            "truthful": True,
        },
        spoilt={"truthful": False},
        ran="asked.length === 1",
        plain=("reference",),
    ),
    "address_change": RealForm(
        answers={
            "customer_no": "20481632",
            "old_street": "1 Long Acre",
            "old_postcode": "WC2E 9LH",
            "old_town": "London",
            "new_street": "Ffordd y Môr 7",
            "new_postcode": "SY23 2AZ",
            "new_town": "Aberystwyth",
            "from": "2026-01-15",
            "who": "all",
        },
        spoilt={"customer_no": "12"},
        ran="document.documentElement.dataset.saving === 'Save'",
        plain=("authenticity_token", "commit"),
    ),
}  # fmt: skip
