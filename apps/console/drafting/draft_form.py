"""What an admin may type into a form's own part; apps/intake says what a manifest can hold."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import Textarea, TextInput
from django.http import QueryDict

from apps.console.drafting.line_fields import OriginsField
from apps.console.typed import ModelFormOf
from apps.intake.drafting.draft_store import mark_of
from apps.intake.models import Address, Form
from apps.intake.rules import looks, validators

MIN_SECONDS = 2  # what a new form asks for unless its admin says otherwise
SLUG_KEPT = (
    "The hosted page's address: /f/%(slug)s/. You may change it: what was handed out before, the "
    "addresses of pages, frames and receipts, goes on to the new one, and the old one stays this "
    "form's for good. `publish` takes the new one."
)
ORIGINS = "Sites that may embed it"
OVERTAKEN = (
    "Somebody saved this form after you opened it, and nothing of yours was saved. Look in another "
    "tab at what it says now. Saving again puts what stands here in its place."
)
COLOUR = TextInput(attrs={"placeholder": "theme", "size": 10, "spellcheck": "false"})


class MarkField(forms.CharField):
    """What a draft was when its page was opened; nobody edits it."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class DraftForm(ModelFormOf):
    """A form's own texts, its look, and what is asked of who sends it."""

    seen = MarkField(required=False)
    origins = OriginsField(
        label=ORIGINS,
        validators=[validators.validate_origins],
        help_text="Exact origins, one a line, such as https://www.example.com, or * for any. "
        "The hosted page needs none.",
    )
    logo_file = forms.FileField(
        label="Logo",
        required=False,
        help_text=f"PNG, JPEG or WebP, at most {looks.MAX_LOGO // 1024} KiB. Its text is the "
        "form's title.",
        widget=forms.FileInput(attrs={"accept": ",".join(looks.LOGOS)}),
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)

    class Meta:
        model = Form
        fields = (
            "title", "slug", "owner", "description", "confirmation", "language", "origins",
            "closed", "min_seconds", "work_bits", "accent", "accent_dark", "font", "radius",
        )  # fmt: skip
        widgets = {
            "description": Textarea(attrs={"rows": 4, "cols": 60}),
            "confirmation": Textarea(attrs={"rows": 3, "cols": 60}),
            "language": TextInput(attrs={"size": 10, "spellcheck": "false"}),
            "accent": COLOUR,
            "accent_dark": COLOUR,
        }
        labels = {
            "accent": "Colour on light pages",
            "accent_dark": "Colour on dark pages",
            "radius": "Rounding of corners",
        }
        help_texts = {
            "language": "What all of this is written in: en or pt-BR, for example. Visitors' "
            "browsers go by it; translations need it.",
            "min_seconds": "Seconds, 0 to 60. What is sent sooner was not typed by a person.",
            "work_bits": "0 to 24. What a browser computes before it may send, each step twice as "
            "much as the one before; 0 for nothing, 16 for about a second on a phone.",
            "accent": "Of buttons and links, such as #1f5f5b. It must be readable on white.",
            "accent_dark": "Empty: a lighter shade of the one above.",
            "radius": "0 to 24 pixels.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["min_seconds"] = MIN_SECONDS
        elif not self.is_bound:
            self.initial["seen"] = mark_of(form=self.instance)
        if "slug" in self.fields and not self.instance._state.adding and self.instance.latest:
            self.fields["slug"].help_text = SLUG_KEPT % {"slug": self.instance.slug}
        if not self.instance.logo:
            self.fields.pop("remove_logo", None)

    def clean_slug(self) -> str:
        """Take no address that was handed out for another form."""
        slug = str(self.cleaned_data["slug"])
        others = Address.objects.filter(slug=slug).exclude(form=self.instance.pk)
        if taken := others.select_related("form").first():
            raise ValidationError(
                "This is an address of %(form)s, or was: it leads there for good. Choose another.",
                params={"form": taken.form},
            )
        return slug

    def clean_accent(self) -> str:
        """Colours are kept in lower case."""
        return str(self.cleaned_data["accent"]).lower()

    def clean_accent_dark(self) -> str:
        """Colours are kept in lower case."""
        return str(self.cleaned_data["accent_dark"]).lower()

    def clean_logo_file(self) -> Any:
        """Take an image for what its first bytes say, whatever it is called."""
        upload = self.cleaned_data["logo_file"]
        if upload is None:
            return None
        if upload.size > looks.MAX_LOGO:
            raise ValidationError(looks.TOO_LARGE)
        content = upload.read()
        return content, looks.logo_type(content)

    def clean(self) -> None:
        """Put the logo where it belongs, and nothing in the place of what nobody here has seen."""
        super().clean()
        self._compare()
        if self.cleaned_data.get("logo_file"):
            self.instance.logo, self.instance.logo_type = self.cleaned_data["logo_file"]
        elif self.cleaned_data.get("remove_logo"):
            self.instance.logo, self.instance.logo_type = b"", ""

    def _compare(self) -> None:
        """Complain once if the form was saved by somebody else since its page was opened."""
        seen = self.cleaned_data.get("seen")
        if not seen or self.instance._state.adding:
            return
        now = mark_of(form=self.instance, lock=True)
        if seen != now:
            shown = cast("QueryDict", self.data).copy()  # by the page that says so
            shown["seen"] = now
            self.data = shown
            self.add_error(None, OVERTAKEN)
