"""What all parts of a draft have in common that an admin edits in rows."""

from apps.console.typed import ModelFormOf

GONE = (
    "Somebody deleted this after you opened the page. Tick “Delete” here, too; or copy what you "
    "need and add it anew."
)


class PartForm(ModelFormOf):
    """A question, a section or a further language."""

    def clean(self) -> None:
        """Say aloud what would stand beside the row's id, which nobody sees."""
        super().clean()
        if "id" in self.errors:
            self.add_error(None, GONE)
