"""Forms as an admin drafts them, and manifests as their owner signed them."""

from apps.intake.models.counts import Failure, RefusedSite
from apps.intake.models.form_fields import FormField, FormSection
from apps.intake.models.forms import Address, Form, Manifest
from apps.intake.models.ownership import HandOver
from apps.intake.models.translations import FormTranslation

__all__ = [
    "Address",
    "Failure",
    "Form",
    "FormField",
    "FormSection",
    "FormTranslation",
    "HandOver",
    "Manifest",
    "RefusedSite",
]
