"""Many visitors and a publisher who takes a reader away, on PostgreSQL."""

import threading
import time
from typing import Any

import pytest
from django.test import override_settings

from apps.envelope.manifests import Manifest
from apps.envelope.submissions import dump_submission, seal_submission
from apps.vault.lanes import LANES
from apps.vault.models import Generation, Grant, Record
from tests.intake.people import Person, Publisher, post
from tests.vault.counting import check_counters
from tests.vault.test_concurrency import check_nothing_after_closing, deadlocks
from tests.vault.threads import SOON, threads

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

ROUNDS = 8


class Visitor:
    """Sends one submission after the other, each sealed for the manifest in force."""

    def __init__(self, publisher: Publisher, manifests: list[Manifest]) -> None:
        self.publisher, self.manifests = publisher, manifests
        self.ids: list[str] = []
        self.superseded = 0

    def go_on_until(self, done: threading.Event) -> None:
        while not done.is_set():
            manifest = self.manifests[-1]
            answers: dict[str, Any] = {field.name: "1" for field in manifest.fields}
            records, _ = seal_submission(manifest, answers)
            body = dump_submission(records)
            answer = post(f"{self.publisher.path}/submissions", body)
            if answer.status_code == 201:
                self.ids += answer.json()["records"]
            else:
                assert answer.json()["error"]["code"] == "manifest_superseded", answer.content
                self.superseded += 1


def test_sixteen_visitors_and_a_publisher_who_revokes(
    publisher: Publisher, marketing: Person
) -> None:
    """Nothing is stored under a closed inbox, nobody deadlocks, nobody waits for ever."""
    publisher.form.fields.filter(name="comments").update(type="health")
    manifests = [publisher.publish()]
    types = [inbox.type for inbox in manifests[0].types]
    assert len(types) == 2
    visitors = [Visitor(publisher, manifests) for _ in range(LANES)]
    done, waits, before = threading.Event(), list[float](), deadlocks()

    def share_and_revoke() -> None:
        for version in range(2, ROUNDS + 2):
            type = types[version % len(types)]
            grant = publisher.grant(type, marketing)
            assert publisher.owner.post("/api/v1/grants", {"grants": [grant.to_wire()]})
            revocation = publisher.revocation(type, marketing, publisher.inboxes[type][0])
            publisher.new_inbox(type)
            manifest = publisher.manifest(version)
            own = (publisher.grant(type),)
            body = publisher.body(manifest, grants=own, revocations=(revocation,))
            start = time.monotonic()
            answer = publisher.owner.post(f"{publisher.path}/manifests", body)
            waits.append(time.monotonic() - start)
            assert answer.status_code == 201, answer.content
            assert not Grant.objects.filter(reader=marketing.row, stream__type=type).exists()
            manifests.append(manifest)
            time.sleep(0.2)

    with override_settings(SUBMISSION_RATE="1000000/minute"), threads(LANES + 1) as run:
        sending = [run(visitor.go_on_until, done) for visitor in visitors]
        start = time.monotonic()
        try:
            run(share_and_revoke).result(120)
        finally:
            done.set()
            seconds = time.monotonic() - start
        for each in sending:
            each.result(SOON)

    sent = [id for visitor in visitors for id in visitor.ids]
    assert {str(id) for id in Record.objects.values_list("pk", flat=True)} == set(sent)
    assert len(sent) == len(set(sent)) > 0
    check_nothing_after_closing()
    check_counters()
    assert deadlocks() == before
    assert Generation.objects.filter(closed__isnull=False).count() == ROUNDS
    superseded = sum(visitor.superseded for visitor in visitors)
    print(
        f"16 visitors: {len(sent)} records in {seconds:.1f} s, {superseded} times superseded, "
        f"{ROUNDS} revocations, the longest waited {max(waits):.2f} s, 0 deadlocks"
    )
