"""``publish``: sign the form that an admin drafted, and put it into force."""

import click
from rich.table import Table

from ..client.acts import publishing
from ..client.acts.drafts import TEXTS
from ..client.acts.publishing import DAYS, Plan
from ..client.days import show_day
from ..client.quoting import plain
from ..embed.release import released_files, sentences_for
from ..embed.tags import embed_tags
from ..envelope.manifests import Manifest
from ..envelope.questions import Field
from .commanding import Connect, client_command, confirm, say, show
from .questionnaire import HEADINGS, cells, outline, said
from .safe_output import filled_table

PARTS = (*TEXTS, "languages", "sections")
SUMMARY = "Sign a drafted form, and put it into force."
HELP = f"""\
Show the form that an admin drafted, sign it with this client's key, and put it into force with
inboxes whose keys are made here.

Read what is shown: the signature says that these questions are yours. Running it again renews the
form, which is valid for {DAYS} days unless --days says otherwise.

What visitors send is lost if this client's keys are: before the first form is published, `keys
verify` has to show that the recovery sheet works.

The draft comes from the server, so a person has to agree to it. --yes renews what this client
signed last, and nothing else; --draft names a draft that somebody has read.
"""
EXAMPLES = """
{program} publish signup
{program} publish signup --days 365 --yes
{program} publish signup --dry-run
{program} publish signup --draft 0123456789abcdef0123456789abcdef
"""


@client_command("publish", summary=SUMMARY, help=HELP, examples=EXAMPLES)
@click.argument("form", metavar="FORM")
@click.option("--days", type=int, default=DAYS, help=f"How long it is valid; default {DAYS}.")
@click.option("--yes", is_flag=True, help="Do not ask, if this client signed the same last.")
@click.option(
    "--draft", default="", metavar="DIGEST", help="Do not ask, if this is the draft; --dry-run."
)
@click.option("--dry-run", is_flag=True, help="Only show the draft, and what names it.")
@click.option(
    "--without-recovery",
    is_flag=True,
    help="Publish though no recovery sheet was proved (`keys verify`): for a trial.",
)
def publish(
    connect: Connect,
    *,
    form: str,
    days: int,
    yes: bool,
    draft: str,
    dry_run: bool,
    without_recovery: bool,
) -> None:
    """Show, ask, publish, and say where the form is."""
    with connect() as client:
        plan = publishing.prepare(client.session, form, days=days)
        show_plan(plan)
        if dry_run:
            return
        publishing.check_recoverable(client.session, without_recovery=without_recovery)
        if not (yes or draft):
            confirm("Sign and publish this?", yes=False, otherwise=f"--draft {plan.draft}")
            draft = plan.draft
        manifest = publishing.publish(
            client.session, plan, agreed=draft, without_recovery=without_recovery
        )
        _report(plan, manifest, client.fingerprint, client.session.api.url)


def show_plan(plan: Plan) -> None:
    """Print all that will be signed, and what changed."""
    manifest = plan.manifest
    title = plain(said(manifest.title))
    say(f"{title}, version {manifest.version} of {plan.form.slug}")
    for words in (manifest.description, manifest.confirmation):
        if words:
            say(f"  {plain(said(words))}")
    say(f"  valid until {show_day(manifest.expires)}")
    say(f"  draft {plan.draft}\n")
    show(fields_table(plan))
    for line in outline(manifest):
        say(plain(line))
    for part in changed_parts(plan):
        say(f"The {part} changed.")
    say()


def _report(plan: Plan, manifest: Manifest, fingerprint: str, server: str) -> None:
    until = show_day(manifest.expires)
    say(f"Published version {manifest.version} of {plan.form.slug}, valid until {until}.")
    address = server or "https://YOUR-SERVER"
    say(f"\nThe page: {address}/f/{plan.form.slug}/")
    say("Or on a site of your own, where this server cannot change the page:\n")
    tags = embed_tags(
        manifest,
        fingerprint=fingerprint,
        slug=plan.form.slug,
        server=address,
        files=released_files(),
        sentences=sentences_for(manifest),
    )
    say(tags.rendered)


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
