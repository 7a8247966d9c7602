"""Who fills the medical intake form, what they type page by page, and what must be opened."""

from dataclasses import dataclass, field

from apps.envelope.fields import Value
from tests.forms.medical_intake import MEDICAL_INTAKE, ROUTES

Answers = dict[str, Value]

UNTICKED: Answers = {"checkboxes": [], "checkbox": False, "consent": False}
EMPTY: Answers = {one["name"]: UNTICKED.get(one["kind"], "") for one in MEDICAL_INTAKE["fields"]}


@dataclass(frozen=True)
class Visitor:
    """``pages`` are the answers in the order of the form, for those questions that are shown.

    ``regretted`` is typed first, page by page, and then taken back: it must not be sent.
    ``campaign`` comes with the address and is never asked.
    """

    language: str
    pages: tuple[Answers, Answers, Answers, Answers]
    regretted: dict[int, Answers] = field(default_factory=dict)
    campaign: str = ""

    @property
    def fragment(self) -> str:
        """What follows the # in the address that the visitor was sent."""
        return f"#campaign={self.campaign}" if self.campaign else ""

    def expected(self) -> dict[str, Answers]:
        """By record type: what was typed, and empty for what was not shown or not answered."""
        typed = {name: value for page in self.pages for name, value in page.items()}
        whole = EMPTY | typed | {"campaign": self.campaign}
        return {type: {name: whole[name] for name in names} for type, names in ROUTES.items()}


LEILA = Visitor(
    language="ar",
    campaign="spring-letter",
    pages=(
        {
            "given_name": "ليلى",
            "family_name": "حدّاد",
            "birth_date": "1991-03-08",
            "sex": "female",
            "language": "ar",
            "interpreter": True,
            "email": "layla.haddad@example.org",
            "phone": "+49 30 901820",
            "street": "شارع الزيتون ١٢",
            "city": "برلين",
            "postal_code": "10115",
            "best_time": "09:30",
            "contact_ways": ["phone", "email"],
            "emergency_name": "سامي حدّاد",
            "emergency_phone": "+49 (30) 901-821",
        },
        {
            "height": "165",
            "weight": "61.5",
            "blood_type": "ab-",
            "complaint": "صداع شديد منذ أسبوعين،\n- يزداد في المساء.",
            "since": "2025-10-30",
            "pain": "7",
            "diagnoses": ["diabetes", "asthma"],
            "diabetes_type": "2",
            "allergic": "yes",
            "allergies": "البنسلين 🐝",
            "medicines": "Metformin 500 mg",
            "pregnant": "yes",
            "due_date": "2026-02-14",
        },
        {
            "smoker": "former",
            "quit_year": "2015",
            "drinks": "never",
            "sleep": "6.5",
            "exercise": "4",
        },
        {
            "insured": "yes",
            "insurer": "شركة الأمان",
            "policy": "DE-204816",
            "invoice_to": "",
            "consent": True,
        },
    ),
)

# He changes his mind: what he typed into questions that vanish again is his own business.
MARCO = Visitor(
    language="en",
    pages=(
        {
            "given_name": "Marco",
            "family_name": "O'Neill-Ruíz",
            "birth_date": "1974-11-30",
            "sex": "male",
            "language": "en",
            "email": "marco@example.net",
            "phone": "(503) 555-0142",
            "street": "7 Mill Lane",
            "postal_code": "97205-1234",
            "contact_ways": ["sms"],
            "emergency_name": "Dana",
        },
        {
            "height": "181",
            "weight": "90",
            "blood_type": "unknown",
            "complaint": "Cough that will not go away <b>&amp;</b>",
            "pain": "0",
            "allergic": "no",
        },
        {"smoker": "current", "cigarettes": "12", "drinks": "weekly", "sleep": "7"},
        {"insured": "no", "invoice_to": "My employer, ACME Ltd.", "consent": True},
    ),
    regretted={
        0: {"sex": "female", "language": "fr", "interpreter": True},
        1: {
            "diagnoses": ["diabetes"],
            "diabetes_type": "1",
            "allergic": "yes",
            "allergies": "regretted canary",
        },
        2: {"smoker": "former", "quit_year": "1999"},
        3: {"insured": "yes", "insurer": "regretted canary", "policy": "XX-000000"},
    },
)

# Only what has to be answered.
NOOR = Visitor(
    language="ar",
    pages=(
        {
            "given_name": "نور",
            "family_name": "العلي",
            "birth_date": "2004-02-29",
            "sex": "other",
            "email": "noor@example.com",
            "phone": "0555-0100",
            "emergency_name": "أمي",
        },
        {
            "height": "170",
            "weight": "70.0",
            "complaint": "فحص عام فقط",
            "pain": "10",
            "allergic": "no",
        },
        {"smoker": "never"},
        {"insured": "no", "consent": True},
    ),
)

VISITORS = {"leila": LEILA, "marco": MARCO, "noor": NOOR}
