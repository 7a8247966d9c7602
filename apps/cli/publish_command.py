"""``manage.py publish``: sign the form that an admin drafted, and put it into force."""

from argparse import ArgumentParser
from typing import Any

from rich.table import Table

from ..client.acts import publishing
from ..client.acts.drafts import TEXTS
from ..client.acts.publishing import DAYS, Plan
from ..client.days import show_day
from ..embed.release import released_files, sentences_for
from ..embed.tags import embed_tags
from ..envelope.manifests import Manifest
from ..envelope.questions import Field
from .commanding import ClientCommand, add_yes
from .display import filled_table, plain
from .questionnaire import HEADINGS, cells, outline, said

PARTS = (*TEXTS, "languages", "sections")


class Command(ClientCommand):
    """Publish a form, or renew it."""

    help = (
        "Show the form that an admin drafted, sign it with this client's key, and put it into "
        "force with inboxes whose keys are made here. Read what is shown: the signature says "
        "that these questions are yours. Running it again renews the form."
    )
    example = """
example:
  manage.py publish signup --days 90
"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which form, and for how long."""
        super().add_arguments(parser)
        parser.add_argument("form", help="the form's slug or id")
        parser.add_argument(
            "--days", type=int, default=DAYS, help=f"how long it is valid, default {DAYS}"
        )
        add_yes(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Show, ask, publish, and say where the form is."""
        with self.client(options) as client:
            plan = publishing.prepare(client.session, options["form"], days=options["days"])
            self._show(plan)
            self.confirm("Sign and publish this?", options)
            manifest = publishing.publish(client.session, plan)
            self._report(plan, manifest, client.fingerprint, client.session.api.url)

    def _show(self, plan: Plan) -> None:
        manifest = plan.manifest
        title = plain(said(manifest.title))
        self.say(f"{title}, version {manifest.version} of {plan.form.slug}")
        for words in (manifest.description, manifest.confirmation):
            if words:
                self.say(f"  {plain(said(words))}")
        self.say(f"  valid until {show_day(manifest.expires)}\n")
        self.show(fields_table(plan))
        for line in outline(manifest):
            self.say(plain(line))
        for part in changed_parts(plan):
            self.say(f"The {part} changed.")
        self.say()

    def _report(self, plan: Plan, manifest: Manifest, fingerprint: str, server: str) -> None:
        until = show_day(manifest.expires)
        self.say(f"Published version {manifest.version} of {plan.form.slug}, valid until {until}.")
        address = server or "https://YOUR-SERVER"
        self.say(f"\nThe page: {address}/f/{plan.form.slug}/")
        self.say("Or on a site of your own, where this server cannot change the page:\n")
        tags = embed_tags(
            manifest,
            fingerprint=fingerprint,
            slug=plan.form.slug,
            server=address,
            files=released_files(),
            sentences=sentences_for(manifest),
        )
        self.say(tags.rendered)


def changed_parts(plan: Plan) -> list[str]:
    """Return which parts beside the fields differ from the manifest in force."""
    if plan.previous is None:
        return []
    return [name for name in PARTS if getattr(plan.previous, name) != getattr(plan.manifest, name)]


def fields_table(plan: Plan) -> Table:
    """Return all fields of the draft, and what changed since the manifest in force."""
    before = {one.name: one for one in plan.previous.fields} if plan.previous else {}
    now = {one.name: one for one in plan.manifest.fields}
    rows = [[_change(plan, before.get(one.name), one), *cells(one)] for one in now.values()]
    rows += [["removed", *cells(one)] for name, one in before.items() if name not in now]
    return filled_table(("", *HEADINGS), rows)


def _change(plan: Plan, before: Field | None, now: Field) -> str:
    if plan.previous is None or before == now:
        return ""
    return "changed" if before else "new"
