"""The chapter of the team: two at the clinic read as one, one of them leaves.

And one record is forwarded, with two of its fields, until a day.
"""

import json
from datetime import timedelta

from django.utils import timezone

from apps.demo.narrator import Narrator
from apps.directory.models import Client, Group, Membership
from apps.envelope.encoding import GROUP
from apps.envelope.keys import show_fingerprint
from apps.vault.models import Record

STAFF = "clinic-staff"
PENDING = 6
LATE = {"data": {"age": "61", "height": "169", "weight": "74"}}


class TeamChapter(Narrator):
    """The clinic's staff reads ``health``, and so does who is still in it."""

    def tell(self, acme: Client, clinic: Client) -> None:
        """Run every step in order; an earlier run has taken the nurse out already."""
        doctor, nurse = self.enrol("doctor"), self.enrol("nurse")
        group = self.group(clinic)
        has_left = group.version > 1 and not _is_in(group, nurse)
        if not has_left:
            self.take_in(clinic, doctor, nurse)
        self.share_with(acme, clinic, group)
        self.teller.heading("Each member learns, once, who says who is in the group")
        for member in (doctor, nurse):
            self.meet(member, clinic)
        self.teller.heading("The doctor reads health as a member of the group")
        self.read("health", doctor, acme)
        if has_left:
            self.teller.reuse("the nurse has left the group")
        else:
            self.teller.heading("The nurse reads health, too")
            self.read("health", nurse, acme)
            self.teller.heading("The nurse leaves the clinic, which takes her out of the group")
            words = ("groups", "remove", STAFF, str(nurse.id), "--yes")
            self.command(*words, client="clinic", ends_with=PENDING)
        self.write_afterwards()
        self.teller.heading("What was written afterwards: the doctor reads it")
        self.read("health", doctor, acme)
        self.teller.heading("The nurse is given nothing, and has no key to it")
        self.read("health", nurse, acme, "--allow-empty")
        self.forward(acme)

    def group(self, clinic: Client) -> Group:
        """Return the group, made unless an earlier run did."""
        found = Group.objects.filter(owner=clinic, name=STAFF).first()
        if found:
            self.teller.reuse(f"the clinic has a group {STAFF}")
            return found
        self.teller.heading("The clinic makes a group for those of its staff who see patients")
        self.command("groups", "create", STAFF, client="clinic")
        return Group.objects.get(owner=clinic, name=STAFF)

    def take_in(self, clinic: Client, *members: Client) -> None:
        """Let the clinic take clients in, each of whom told it her fingerprint."""
        self.teller.heading("The clinic takes in the doctor and the nurse")
        for member in members:
            pin = show_fingerprint(member.fingerprint)
            words = ("groups", "add", STAFF, str(member.id), "--fingerprint", pin)
            self.command(*words, client=clinic.name)

    def share_with(self, acme: Client, clinic: Client, group: Group) -> None:
        """Share with the group, of which acme was told id and owner."""
        self.teller.heading("Acme shares health with the group: it need not know who is in it")
        words = ("share", "health", "--with", f"{GROUP}{group.id}", "--owner", str(clinic.id))
        self.command(*words, client=acme.name)

    def meet(self, member: Client, clinic: Client) -> None:
        """Let a member know who says who is in the group."""
        pin = show_fingerprint(clinic.fingerprint)
        self.command("trust", "add", str(clinic.id), "--fingerprint", pin, client=member.name)

    def write_afterwards(self) -> None:
        """Let acme write one more record, once."""
        self.teller.heading("Acme writes one more record: under a key that the nurse never gets")
        late = self.directory / "late.jsonl"
        late.touch(mode=0o600)
        late.write_text(json.dumps(LATE) + "\n", encoding="utf-8")
        self.command("write", "health", "--from", str(late), "--run", "late", client="acme")

    def forward(self, acme: Client) -> None:
        """Share two fields of one record until a day."""
        lab = self.enrol("lab")
        self.teller.heading("Acme forwards one record to a lab: two of its fields, for 30 days")
        records = Record.objects.filter(stream__writer=str(acme.id), stream__type="health")
        [first] = records.order_by("pk")[:1]
        until = (timezone.now() + timedelta(days=30)).date().isoformat()
        words = ("share", "--record", str(first.pk), "--with", str(lab.id))
        more = ("--fields", "age,weight", "--until", until)
        pin = show_fingerprint(lab.fingerprint)
        self.command(*words, *more, "--fingerprint", pin, client=acme.name)
        self.teller.heading("The lab reads that, and nothing else")
        self.read("health", lab, acme)


def _is_in(group: Group, client: Client) -> bool:
    return Membership.objects.filter(group=group, client=client).exists()
