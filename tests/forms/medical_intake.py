"""A medical intake form: 40 questions on 4 pages, in English and Arabic, for three readers.

Every kind of question, conditions on questions and on whole sections, and each answer routed to
``contact`` (the reception), ``health`` (the doctor) or ``billing`` (the accountant).
"""

from tests.forms import medical_pages as pages
from tests.forms.asking import draft, words

SLUG = "medical-intake"
LANGUAGES = ["en", "ar"]
TYPES = ("contact", "health", "billing")

MEDICAL_INTAKE = draft(
    title=words("Medical intake", "استمارة استقبال المرضى"),
    description=words(
        "Please fill this in before your first visit. It takes about ten minutes.",
        "يرجى ملء هذه الاستمارة قبل زيارتك الأولى. يستغرق ذلك نحو عشر دقائق.",
    ),
    confirmation=words(
        "Thank you. Your answers were encrypted and have arrived at the practice.",
        "شكرًا لك. تم تشفير إجاباتك ووصلت إلى العيادة.",
    ),
    languages=LANGUAGES,
    sections=[*pages.ABOUT_YOU, *pages.YOUR_HEALTH, *pages.HOW_YOU_LIVE, *pages.INSURANCE],
)

NAMES = tuple(field["name"] for field in MEDICAL_INTAKE["fields"])
ROUTES = {
    type: tuple(field["name"] for field in MEDICAL_INTAKE["fields"] if field["type"] == type)
    for type in TYPES
}
