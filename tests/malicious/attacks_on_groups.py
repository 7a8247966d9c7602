"""Groups: the server wants mallory to read what is written for a team, or to say who is in it.

The clinic owns the group, marketing is in it, acme writes for it. Who wins is seen in what was
sent: mallory has all of that, and the seeds of the epochs in which she was a member.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from apps.client.acts import grouping, writing
from apps.client.session import Session
from apps.client.state import StreamMemory
from apps.client.trust import groups, own_rosters, pins, succeeded
from apps.envelope import grants as sealed
from apps.envelope import rosters
from apps.envelope.encoding import GROUP, load_json, unb64
from apps.envelope.errors import EnvelopeError
from apps.envelope.grants import EPOCH, INBOX, TYPE, parse_grant, seal_grant
from apps.envelope.primitives import KemKey, random
from apps.envelope.records import open_record, parse_record
from apps.envelope.rosters import Member, Roster, parse_roster, sign_roster
from apps.envelope.shapes import Integer, Object, Octets, Reader
from apps.envelope.statements import Leave, sign_leave
from apps.vault.models import Grant as Row
from tests.malicious.attacks import Attack, Deed, off
from tests.malicious.lying import Answer, Asked, PassOn, answering
from tests.malicious.parties import Party, World

SIGNED = off(groups, "verify_roster")
SIGNED_BY_MYSELF = off(own_rosters, "verify_roster")
FOLLOWS = off(groups, "check_follows")
IN_FORCE = off(groups, "check_in_force")
OF_TODAY = off(succeeded, "_of_other_epochs", lambda *_, **__: set())
REMEMBERED = off(StreamMemory, "held_by", lambda *_: b"")
ENDS = off(writing, "ROUNDS", 30)
LEFT = off(own_rosters, "verify_statement")
ABOUT_NOW = off(own_rosters, "check_leave")
OLDER = off(own_rosters, "check_restored") + off(own_rosters, "removed", lambda *_: set())
VERIFY_GRANT = off(sealed, "verify_grant")
_known_card = pins.known_card


def _known(session: Session, id: str, fingerprint: str = "") -> Any:
    if groups.is_group(id):
        return groups.known_epoch(session, id)
    return _known_card(session, id, fingerprint)


CLIENTS_ONLY = (
    off(grouping, "check_client")
    + off(pins, "known_card", lambda session, *named: _known(session, *named))
    + off(sealed, "_check_epoch")
    + off(
        rosters,
        "MEMBER",
        Object(
            "member",
            {"id": Reader(), "fp": Octets(32), "since": Integer("since")},
            versioned=False,
        ),
    )
)


@dataclass
class Team:
    """A group of the clinic's, as a server that lies shows it; ``shown`` replaces its roster.

    ``seeds`` are those of the epochs that mallory has a key of.
    """

    world: World
    reader: str
    shown: Roster | None = None
    leaves: list[Leave] | None = None
    seeds: list[bytes] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.reader.removeprefix(GROUP)

    @property
    def roster(self) -> Roster:
        """The latest, as it is stored."""
        answer = self.world.clinic.client().session
        answer.verified.rosters.clear()
        return groups.served(answer, self.id).roster

    def taps(self, member: Party) -> None:
        """Remember the seeds that a member holds now."""
        for row in Row.objects.filter(reader=member.row, stream__writer=self.reader):
            grant = parse_grant(load_json(bytes(row.body)))
            self.seeds.append(unb64(load_json(member.keys.kem.open(grant.keys, grant.info))[INBOX]))

    def lies(self) -> None:
        """From now on the server shows what it wants to, and takes whatever it is sent."""
        self.world.server.lie = self._lie

    def _lie(self, asked: Asked, pass_on: PassOn) -> Answer:
        answer = pass_on()
        if asked.is_about("GET", start=f"/groups/{self.id}", end=self.id):
            roster = self.shown.to_wire() if self.shown else answer.json["roster"]
            leaves = answer.json["leaves"]
            if self.leaves is not None:
                leaves = [one.to_wire() for one in self.leaves]
            return answer.telling({"roster": roster, "leaves": leaves})
        if asked.method == "POST" and not answer.status.startswith("20"):
            return self._taken(asked) or answer
        return answer

    def _taken(self, asked: Asked) -> Answer | None:
        if asked.path == "/grants":
            return answering({"results": [{"status": "created"} for _ in asked.json["grants"]]})
        if asked.path == "/records":
            ids = [one["id"] for one in asked.json["records"]]
            return answering({"results": [{"id": id, "status": "created"} for id in ids]})
        if asked.path.endswith("/rosters"):
            roster = asked.json["roster"]
            return answering({"version": roster["version"], "epoch": roster["epoch"]})
        if asked.path == "/revocations":
            return answering({"closed": asked.json["gen"], "removed": 0})
        return None

    # --- What was sent ---------------------------------------------------------------------

    def sent(self, end: str, member: str) -> Iterator[dict[str, Any]]:
        for asked in self.world.server.asked:
            if asked.method == "POST" and asked.path.endswith(end):
                yield from asked.json[member]

    def last_signed(self) -> Roster:
        """The roster that was posted last."""
        posted = [one for one in self.world.server.asked if one.path.endswith("/rosters")]
        return parse_roster(posted[-1].json["roster"])

    def opens(self, *openers: KemKey) -> bool:
        """Whether the canary opens with what mallory has, and these keys."""
        mine = self.world.mallory.keys.kem
        keys = list[bytes]()
        for grant in map(parse_grant, self.sent("/grants", "grants")):
            for opener in (mine, *map(KemKey, self.seeds), *openers):
                try:
                    found = load_json(opener.open(grant.keys, grant.info))
                except EnvelopeError:
                    continue
                keys += [unb64(found[TYPE])] if TYPE in found else []
        for record in map(parse_record, self.sent("/records", "records")):
            for key in keys:
                try:
                    if self.world.canary in open_record(record, key).values():
                        return True
                except EnvelopeError:
                    continue
        return False


def team(
    world: World, *members: Party, name: str = "clinic-staff", owner: Party | None = None
) -> Team:
    owner = owner or world.clinic
    reader = owner.client().groups.create(name)
    for member in members:
        owner.client().groups.add(reader, member.id, fingerprint=member.fingerprint)
        member.knows(owner)
    return Team(world, reader)


def shared(world: World, *members: Party) -> Team:
    """acme shares contact with the group, and has met its roster."""
    made = team(world, *members)
    clinic = world.clinic
    world.acme.client().share(
        "contact", made.reader, owner=clinic.id, fingerprint=clinic.fingerprint, allow_empty=True
    )
    return made


def with_mallory_out(world: World, *, met: bool = True) -> tuple[Team, Roster]:
    """mallory was in, and is out; acme has met the roster without her, or not yet.

    Returns the roster of before, too.
    """
    made = shared(world, world.marketing, world.mallory)
    made.taps(world.mallory)
    before = made.roster
    world.clinic.client().groups.remove(made.reader, world.mallory.id)
    if met:
        world.write("contact", name="first")
    return made, before


def acme_writes(made: Team) -> Deed:
    """acme writes the canary; mallory wins if it opens."""
    return Deed(lambda: made.world.write("contact"), lambda _: made.opens())


# --- To who writes ---------------------------------------------------------------------------


def a_fake_member(world: World) -> Deed:
    """A next version with mallory in it and a key of hers, which the clinic never signed."""
    made = shared(world, world.marketing)
    world.write("contact", name="first")
    seed, true = random(32), made.roster
    member = Member(world.mallory.id, world.mallory.card.fingerprint, true.version + 1)
    forged = replace(
        true, version=true.version + 1, epoch=true.epoch + 1, kem_pk=KemKey(seed).public,
        prev=true.digest, members=tuple(sorted([*true.members, member])),
    )  # fmt: skip
    made.shown, made.seeds = sign_roster(forged, world.mallory.keys), [seed]
    made.lies()
    return acme_writes(made)


def an_old_version(world: World) -> Deed:
    made, before = with_mallory_out(world)
    made.shown = before
    made.lies()
    return acme_writes(made)


def an_old_key_under_a_new_version(world: World) -> Deed:
    """The epoch's number is today's, its key the one that mallory has."""
    made, before = with_mallory_out(world)
    true = made.roster
    forged = replace(true, version=true.version + 1, prev=true.digest, kem_pk=before.kem_pk)
    made.shown = sign_roster(forged, world.mallory.keys)
    made.lies()
    return acme_writes(made)


def help_for_who_is_out(world: World) -> Deed:
    """The server never says that an epoch has ended, and hands mallory all there is."""
    made, _ = with_mallory_out(world, met=False)
    Row.objects.filter(group=UUID(made.id)).update(epoch=made.roster.epoch)
    made.lies()
    return acme_writes(made)


def another_owner(world: World) -> Deed:
    """acme knows mallory, who signs a roster of her own for the clinic's group."""
    made = shared(world, world.marketing)
    world.acme.knows(world.mallory)
    world.write("contact", name="first")
    seed, true = random(32), made.roster
    forged = replace(
        true, owner=world.mallory.id, version=true.version + 1, epoch=true.epoch + 1,
        kem_pk=KemKey(seed).public, prev=true.digest,
    )  # fmt: skip
    made.shown, made.seeds = sign_roster(forged, world.mallory.keys), [seed]
    made.lies()
    return acme_writes(made)


def a_frozen_roster(world: World) -> Deed:
    """acme never hears that mallory is out; a month later the roster that it knows has ended."""
    made, before = with_mallory_out(world, met=False)
    Row.objects.filter(group=UUID(made.id)).update(epoch=made.roster.epoch)
    made.shown = before
    made.lies()

    def act() -> None:
        client = world.acme.client()
        client.session.now = lambda: before.expires + 1
        client.write("contact", {"name": world.canary})

    return Deed(act, lambda _: made.opens())


def hides_grants(world: World) -> None:
    """From now on no grant to a group is listed, so that nothing tells which epoch has a key."""
    lie = world.server.lie

    def hidden(asked: Asked, pass_on: PassOn) -> Answer:
        answer = lie(asked, pass_on)
        if not asked.is_about("GET", start="/grants"):
            return answer
        items = [x for x in answer.json["items"] if not x["grant"]["reader"].startswith(GROUP)]
        return answer.telling(answer.json | {"items": items})

    world.server.lie = hidden


def hidden_help_for_who_is_out(world: World) -> Deed:
    """acme learns that mallory is out, and not that the key in force was granted to her epoch."""
    deed = help_for_who_is_out(world)
    hides_grants(world)
    return deed


def a_frozen_roster_of_hidden_grants(world: World) -> Deed:
    deed = a_frozen_roster(world)
    hides_grants(world)
    return deed


def a_roster_by_old_keys(world: World) -> Deed:
    """mallory stole the clinic's keys, which it has given up since, and acme has compared those."""
    made = shared(world, world.marketing)
    world.write("contact", name="first")
    true = made.roster
    stolen = world.clinic.rotate(compromised=True)
    world.acme.client().pin(world.clinic.id, world.clinic.fingerprint)
    seed = random(32)
    forged = replace(
        true, version=true.version + 1, epoch=true.epoch + 1, kem_pk=KemKey(seed).public,
        prev=true.digest,
    )  # fmt: skip
    made.shown, made.seeds = sign_roster(forged, stolen), [seed]
    made.lies()
    return acme_writes(made)


def forked(world: World, renewals: int) -> Deed:
    """Of two machines of the clinic, one does not hear that the other took mallory out."""
    made = shared(world, world.marketing, world.mallory)
    made.taps(world.mallory)
    before = made.roster
    others = list[Roster]()
    for _ in range(renewals):
        last = others[-1] if others else before
        others.append(
            sign_roster(
                replace(last, version=last.version + 1, prev=last.digest, expires=last.expires + 1),
                world.clinic.keys,
            )
        )
    world.clinic.client().groups.remove(made.reader, world.mallory.id)
    world.write("contact", name="first")
    made.shown = others[-1]
    made.lies()
    return acme_writes(made)


def a_forked_history(world: World) -> Deed:
    return forked(world, 1)


def a_cut_history(world: World) -> Deed:
    return forked(world, 2)


def stale_for_ever(world: World) -> Deed:
    """Whatever is written is refused as stale: the writer is to go round and round."""
    made = shared(world, world.marketing)
    said = {"error": {"code": "generation_stale", "message": "stale", "hint": ""}}

    def lie(asked: Asked, pass_on: PassOn) -> Answer:
        if asked.is_about("POST", start="/records"):
            return answering(said, status="409 Conflict")
        return pass_on()

    world.server.lie = lie

    def won(_: object) -> bool:
        return len([one for one in world.server.asked if one.path == "/records"]) > 5

    return Deed(lambda: made.world.write("contact"), won)


# --- To the owner ----------------------------------------------------------------------------


def clinic_does(made: Team, act: Callable[[], Any], won: Callable[[], bool]) -> Deed:
    count = len(made.world.server.asked)

    def posted() -> bool:
        asked = made.world.server.asked[count:]
        return any(one.path.endswith("/rosters") for one in asked)

    return Deed(act, lambda _: posted() and won())


def a_member_smuggled_in(world: World) -> Deed:
    """The roster that the clinic goes on from has mallory in it: the next epoch is for her too."""
    made = team(world, world.marketing, world.acme)
    world.clinic.knows(world.mallory)
    true = made.roster
    member = Member(world.mallory.id, world.mallory.card.fingerprint, true.version)
    forged = replace(true, members=tuple(sorted([*true.members, member])))
    made.shown = sign_roster(forged, world.mallory.keys)
    made.lies()

    def won() -> bool:
        return any(
            grant.reader == world.mallory.id
            for grant in map(parse_grant, made.sent("/rosters", "grants"))
        )

    return clinic_does(
        made, lambda: world.clinic.client().groups.remove(made.reader, world.marketing.id), won
    )


def members_who_are_missing(world: World) -> Deed:
    made = team(world, world.marketing, world.acme)
    true = made.roster
    trimmed = tuple(one for one in true.members if one.id != world.marketing.id)
    made.shown = replace(true, members=trimmed)
    made.lies()
    return clinic_does(
        made,
        lambda: world.clinic.client().groups.renew(made.reader),
        lambda: made.last_signed().member(world.marketing.id) is None,
    )


def a_removal_taken_back(world: World) -> Deed:
    """The server shows the roster from before mallory was taken out."""
    made = team(world, world.marketing, world.mallory)
    before = made.roster
    world.clinic.client().groups.remove(made.reader, world.mallory.id)
    made.shown = before
    made.lies()
    return clinic_does(
        made,
        lambda: world.clinic.client().groups.renew(made.reader),
        lambda: made.last_signed().member(world.mallory.id) is not None,
    )


def a_leave_of_nobody(world: World) -> Deed:
    """mallory signs that marketing has left."""
    made = team(world, world.marketing, world.acme)
    mine = made.roster.member(world.marketing.id)
    assert mine
    leave = Leave(made.id, world.marketing.id, mine.since)
    made.leaves = [sign_leave(leave, world.mallory.keys)]
    made.lies()
    return clinic_does(
        made,
        lambda: world.clinic.client().groups.renew(made.reader),
        lambda: made.last_signed().member(world.marketing.id) is None,
    )


def a_leave_of_before(world: World) -> Deed:
    """marketing left once, and came back."""
    made = team(world, world.marketing, world.acme)
    mine = made.roster.member(world.marketing.id)
    assert mine
    leave = sign_leave(Leave(made.id, world.marketing.id, mine.since), world.marketing.keys)
    world.marketing.client().groups.leave(made.reader)
    world.clinic.client().groups.renew(made.reader)
    world.clinic.client().groups.add(made.reader, world.marketing.id)
    made.leaves = [leave]
    made.lies()
    return clinic_does(
        made,
        lambda: world.clinic.client().groups.renew(made.reader),
        lambda: made.last_signed().member(world.marketing.id) is None,
    )


def a_group_in_a_group(world: World) -> Deed:
    """The clinic is asked to take in a group of mallory's, who could take in whom she likes."""
    made = team(world, world.marketing)
    other = team(world, name="friends", owner=world.mallory)
    other.taps(world.mallory)
    world.clinic.knows(world.mallory)
    groups.pin_group(world.clinic.client().session, other.reader, world.mallory.id)
    made.lies()

    def won() -> bool:
        opener = KemKey(other.seeds[0])
        for grant in map(parse_grant, made.sent(f"{made.id}/rosters", "grants")):
            if grant.reader == other.reader:
                return INBOX in load_json(opener.open(grant.keys, grant.info))
        return False

    return clinic_does(
        made, lambda: world.clinic.client().groups.add(made.reader, other.reader), won
    )


def an_epoch_by_another(world: World) -> Deed:
    """What came before a cut is granted to the clinic by mallory, under a key of hers."""
    made = team(world, world.marketing)
    clinic = world.clinic
    clinic.client().groups.add(
        made.reader, world.acme.id, fingerprint=world.acme.fingerprint, from_now=True
    )
    [row] = Row.objects.filter(reader=clinic.row, stream__writer=made.reader, generation__number=1)
    true, seed = parse_grant(load_json(bytes(row.body))), random(32)
    forged = seal_grant(
        granter=world.mallory.keys, reader=clinic.card, writer=made.reader, type=EPOCH, gen=1,
        akid=sealed.inbox_id(KemKey(seed).public), keys={INBOX: seed},
    )  # fmt: skip
    assert true.gen == forged.gen
    Row.objects.filter(pk=row.pk).update(body=forged.raw, akid=forged.akid)
    made.lies()
    clinic.knows(world.mallory)

    def won() -> bool:
        return any(
            grant.akid == forged.akid and grant.reader == world.mallory.id
            for grant in map(parse_grant, made.sent("/rosters", "grants"))
        )

    return clinic_does(made, lambda: clinic.client().groups.add(made.reader, world.mallory.id), won)


ATTACKS: dict[str, Attack] = {
    "puts a fake member into a roster": Attack(a_fake_member, (SIGNED,), "signature"),
    "replays a version of a roster": Attack(an_old_version, (FOLLOWS,), "mismatch"),
    "shows an old key under a new version": Attack(
        an_old_key_under_a_new_version, (SIGNED, FOLLOWS), "signature"
    ),
    "helps a removed member, and replays her epoch": Attack(help_for_who_is_out, (OF_TODAY,), ""),
    "helps a removed member, and hides her epoch": Attack(
        hidden_help_for_who_is_out, (REMEMBERED,), ""
    ),
    "freezes a roster, and hides who has the key": Attack(
        a_frozen_roster_of_hidden_grants, (REMEMBERED,), ""
    ),
    "names another owner": Attack(another_owner, (SIGNED, FOLLOWS), "mismatch"),
    "freezes a roster until it ends": Attack(
        a_frozen_roster, (IN_FORCE,), "", "until its owner renews it"
    ),
    "shows a roster by stolen keys": Attack(
        a_roster_by_old_keys, (SIGNED,), "", "that were succeeded"
    ),
    "forks a group's history": Attack(a_forked_history, (FOLLOWS,), "mismatch"),
    "cuts a group's history": Attack(a_cut_history, (FOLLOWS,), "mismatch"),
    "calls each generation stale": Attack(stale_for_ever, (ENDS,), "ApiRefused"),
    "smuggles a member into the owner's roster": Attack(
        a_member_smuggled_in, (SIGNED_BY_MYSELF, FOLLOWS), "signature"
    ),
    "trims the members of a roster": Attack(
        members_who_are_missing, (SIGNED_BY_MYSELF, FOLLOWS), "signature"
    ),
    "takes a removal back": Attack(a_removal_taken_back, (OLDER,), "rollback"),
    "shows a leave that nobody signed": Attack(
        a_leave_of_nobody, (LEFT,), "", "refused a leave of group"
    ),
    "replays a leave": Attack(a_leave_of_before, (ABOUT_NOW,), "", "refused a leave of group"),
    "makes a group a member": Attack(a_group_in_a_group, (CLIENTS_ONLY,), "UsageError"),
    "grants an epoch by another than the owner": Attack(an_epoch_by_another, (VERIFY_GRANT,), ""),
}
