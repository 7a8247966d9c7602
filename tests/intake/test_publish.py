"""POST /api/v1/forms/ID/manifests"""

import time
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection

from apps.envelope.encoding import b64
from apps.envelope.manifests import Manifest, sign_manifest
from apps.intake.errors import FormNotFound
from apps.intake.models import Form
from apps.intake.models import Manifest as StoredManifest
from apps.intake.publishing import publication
from apps.intake.publishing.publication import read_publication
from apps.vault.models import Generation, Grant, Stream
from tests.intake.people import Person, Publisher, error, post

pytestmark = pytest.mark.database


def publish(publisher: Publisher, manifest: Manifest, **parts: object) -> tuple[int, str]:
    """Try, and return the status and the error's code, if any."""
    body = publisher.body(manifest, **parts)  # type: ignore[arg-type]
    response = publisher.owner.post(f"{publisher.path}/manifests", body)
    return error(response) if response.status_code >= 400 else (response.status_code, "")


def nothing_is_stored() -> bool:
    models = (StoredManifest, Generation, Grant)
    return not any(model._default_manager.exists() for model in models)


def test_the_first_version_opens_its_inboxes(acme: Person, publisher: Publisher) -> None:
    manifest = publisher.manifest()

    response = acme.post(f"{publisher.path}/manifests", publisher.body(manifest))

    assert response.status_code == 201
    assert response.json() == {"version": 1, "hash": b64(manifest.hash)}
    stored = StoredManifest.objects.get()
    assert stored.text.encode() == manifest.raw
    assert bytes(stored.hash) == manifest.hash
    generation = Generation.objects.get()
    assert (generation.stream.writer, generation.stream.type) == (publisher.form.writer, "account")
    assert (generation.number, generation.closed) == (1, None)
    assert Grant.objects.get().reader == acme.row


def test_the_same_again_answers_200_and_changes_nothing(acme: Person, publisher: Publisher) -> None:
    body = publisher.body(publisher.manifest())
    first = acme.post(f"{publisher.path}/manifests", body)

    again = acme.post(f"{publisher.path}/manifests", body)

    assert again.status_code == 200
    assert again.json() == first.json()
    assert StoredManifest.objects.count() == Generation.objects.count() == 1


def test_a_later_repeat_of_an_old_version_brings_nothing_back(
    acme: Person, publisher: Publisher
) -> None:
    body = publisher.body(publisher.manifest())
    acme.post(f"{publisher.path}/manifests", body)
    publisher.new_inbox("account")
    publisher.publish(2)

    assert acme.post(f"{publisher.path}/manifests", body).status_code == 200
    latest = Form.objects.get().latest
    assert latest is not None
    assert latest.version == 2
    assert [generation.number for generation in Generation.objects.filter(closed=None)] == [2]


def test_the_next_version_may_keep_the_inbox(publisher: Publisher, manifest: Manifest) -> None:
    assert publish(publisher, publisher.manifest(2, title="Join"), grants=()) == (201, "")
    assert Generation.objects.get().closed is None


def test_a_new_inbox_closes_the_one_before(publisher: Publisher, manifest: Manifest) -> None:
    publisher.new_inbox("account")

    assert publish(publisher, publisher.manifest(2)) == (201, "")

    old, new = Generation.objects.order_by("number")
    assert old.closed is not None
    assert (new.number, new.closed) == (2, None)


def test_readers_are_granted_the_inbox_in_the_same_request(
    publisher: Publisher, marketing: Person
) -> None:
    manifest = publisher.manifest()
    grants = (publisher.grant("account"), publisher.grant("account", marketing))

    assert publish(publisher, manifest, grants=grants) == (201, "")
    assert Grant.objects.filter(reader=marketing.row).count() == 1


def test_a_revocation_ends_access_and_comes_with_a_new_inbox(
    publisher: Publisher, marketing: Person, clinic: Person
) -> None:
    publisher.publish()
    acme = publisher.owner
    shared = [publisher.grant("account", who).to_wire() for who in (marketing, clinic)]
    assert acme.post("/api/v1/grants", {"grants": shared}).status_code == 200
    revocation = publisher.revocation("account", marketing, gen=1)
    publisher.new_inbox("account")
    regranted = (publisher.grant("account"), publisher.grant("account", clinic))

    result = publish(publisher, publisher.manifest(2), grants=regranted, revocations=(revocation,))

    assert result == (201, "")
    assert not Grant.objects.filter(reader=marketing.row).exists()
    assert Grant.objects.filter(reader=clinic.row).count() == 2
    assert Generation.objects.get(number=1).closed is not None


@pytest.mark.parametrize("gen", [1, 2])
def test_a_revocation_without_a_new_inbox_is_refused(
    gen: int, publisher: Publisher, manifest: Manifest, marketing: Person
) -> None:
    revocation = publisher.revocation("account", marketing, gen=gen)

    result = publish(publisher, publisher.manifest(2), grants=(), revocations=(revocation,))

    assert result == (409, "revocation_not_in_force")
    assert StoredManifest.objects.count() == 1


def test_a_revocation_signed_by_mallory_is_refused(
    publisher: Publisher, manifest: Manifest, marketing: Person, mallory: Person
) -> None:
    forged = Publisher(mallory, publisher.form).revocation("account", marketing, gen=1)
    publisher.new_inbox("account")

    _, code = publish(publisher, publisher.manifest(2), revocations=(forged,))

    assert code == "signature"
    assert Generation.objects.get().closed is None


def test_the_owner_cannot_revoke_itself(publisher: Publisher, manifest: Manifest) -> None:
    revocation = publisher.revocation("account", publisher.owner, gen=1)
    publisher.new_inbox("account")

    result = publish(publisher, publisher.manifest(2), revocations=(revocation,))

    assert result == (409, "own_access")


@pytest.mark.parametrize("version", [1, 6, 7])
def test_a_version_that_is_not_above_the_last_is_refused(
    publisher: Publisher, version: int
) -> None:
    """Numbers are left out after a restore: the owner remembers more than there is."""
    assert publish(publisher, publisher.manifest(7))[0] == 201
    other = publisher.manifest(version, title="Another")

    assert publish(publisher, other, grants=()) == (409, "manifest_not_next")
    assert StoredManifest.objects.count() == 1


def test_another_manifest_of_the_same_version_is_refused(
    publisher: Publisher, manifest: Manifest
) -> None:
    other = publisher.manifest(1, title="Another")

    assert publish(publisher, other, grants=()) == (409, "manifest_not_next")


def test_an_expired_manifest_is_refused(publisher: Publisher) -> None:
    past = int(time.time()) - 10

    _, code = publish(publisher, publisher.manifest(expires=past, issued=past - 100))

    assert code == "expired"
    assert nothing_is_stored()


def test_an_inbox_without_the_owners_grant_is_refused(publisher: Publisher) -> None:
    assert publish(publisher, publisher.manifest(), grants=()) == (409, "inbox_not_next")
    assert nothing_is_stored()


def test_a_grant_of_another_inbox_does_not_open_this_one(publisher: Publisher) -> None:
    manifest = publisher.manifest()
    publisher.inboxes.clear()
    publisher.new_inbox("account")

    result = publish(publisher, manifest, grants=(publisher.grant("account"),))

    assert result == (409, "inbox_not_next")
    assert nothing_is_stored()


def test_an_inbox_is_of_a_generation_above_the_last(
    publisher: Publisher, manifest: Manifest
) -> None:
    publisher.new_inbox("account")
    publisher.new_inbox("account")
    assert publish(publisher, publisher.manifest(2))[0] == 201
    publisher.inboxes.clear()

    assert publish(publisher, publisher.manifest(3))[0] == 409
    assert StoredManifest.objects.count() == 2


def test_a_replaced_inbox_of_the_same_generation_is_refused(
    publisher: Publisher, manifest: Manifest
) -> None:
    publisher.inboxes.clear()
    publisher.new_inbox("account")

    assert publish(publisher, publisher.manifest(2))[0] == 409
    assert Generation.objects.count() == 1


def test_grants_of_another_form_are_refused(publisher: Publisher, marketing: Person) -> None:
    manifest = publisher.manifest()
    elsewhere = publisher.grant("account", marketing, writer=f"form:{uuid4()}")

    _, code = publish(publisher, manifest, grants=(publisher.grant("account"), elsewhere))

    assert code == "mismatch"
    assert nothing_is_stored()


def test_a_manifest_of_another_form_is_refused(acme: Person, publisher: Publisher) -> None:
    other = Form.objects.create(slug="other", owner=acme.row, title="Other")

    _, code = publish(publisher, publisher.manifest(form=str(other.id)))

    assert code == "mismatch"
    assert nothing_is_stored()


def test_a_manifest_that_names_another_owner_is_refused(
    publisher: Publisher, marketing: Person
) -> None:
    _, code = publish(publisher, publisher.manifest(owner=marketing.card.id))

    assert code == "mismatch"
    assert nothing_is_stored()


def test_mallory_cannot_publish_the_form_of_acme(mallory: Person, publisher: Publisher) -> None:
    hers = Publisher(mallory, publisher.form)

    assert publish(hers, hers.manifest()) == (404, "form_not_found")
    assert nothing_is_stored()


def test_mallory_cannot_post_what_acme_signed(mallory: Person, publisher: Publisher) -> None:
    body = publisher.body(publisher.manifest())

    response = mallory.post(f"{publisher.path}/manifests", body)

    assert error(response) == (404, "form_not_found")


def test_nobody_can_publish_without_credentials(publisher: Publisher) -> None:
    body = publisher.body(publisher.manifest())

    response = post(f"{publisher.path}/manifests", body)

    assert error(response) == (401, "not_authenticated")
    assert nothing_is_stored()


def test_a_manifest_signed_by_mallory_is_refused(
    acme: Person, mallory: Person, publisher: Publisher
) -> None:
    manifest = publisher.manifest()
    _, sig = sign_manifest(manifest, mallory.keys)
    body = publisher.body(manifest) | {"sig": b64(sig)}

    _, code = error(acme.post(f"{publisher.path}/manifests", body))

    assert code == "signature"
    assert nothing_is_stored()


def test_an_altered_manifest_is_refused(acme: Person, publisher: Publisher) -> None:
    body = publisher.body(publisher.manifest())
    body["manifest"] = body["manifest"].replace("Sign up", "Sign in")

    _, code = error(acme.post(f"{publisher.path}/manifests", body))

    assert code == "signature"


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": {"v": "sealform/1"}},
        {"sig": "short"},
        {"grants": None},
        {"revocations": "none"},
        {"revocations": [{}]},
        {"more": 1},
    ],
)
def test_a_malformed_body_is_refused(
    change: dict[str, object], acme: Person, publisher: Publisher
) -> None:
    body = publisher.body(publisher.manifest()) | change

    _, code = error(acme.post(f"{publisher.path}/manifests", body))

    assert code == "malformed"
    assert nothing_is_stored()


def test_all_of_it_is_undone_when_one_grant_is_bad(publisher: Publisher, marketing: Person) -> None:
    manifest = publisher.manifest()
    bad = replace(publisher.grant("account", marketing), sig=bytes(64))

    _, code = publish(publisher, manifest, grants=(publisher.grant("account"), bad))

    assert code == "signature"
    assert nothing_is_stored()


def test_a_stored_manifest_is_never_altered(manifest: Manifest) -> None:
    stored = StoredManifest.objects.get()
    stored.text = "{}"

    with pytest.raises(TypeError, match="written once"):
        stored.save()


@pytest.mark.postgres
def test_a_publication_locks_its_own_inboxes_alone(
    acme: Person, publisher: Publisher, manifest: Manifest
) -> None:
    """PostgreSQL has room for some thousand such locks in all, of everybody together."""
    for number in range(40):
        stream = Stream.objects.create(
            writer=publisher.form.writer, type=f"old_{number}", owner=acme.row
        )
        stream.generations.create(number=1, akid=bytes([number]) * 32)
    publisher.new_inbox("account")

    publisher.publish(2)

    with connection.cursor() as cursor:
        cursor.execute(LOCKS)
        assert cursor.fetchone()[0] == len(manifest.types)


LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


def test_a_form_that_is_given_to_somebody_else_meanwhile_is_not_published(
    publisher: Publisher, mallory: Person
) -> None:
    body = read_publication(publisher.body(publisher.manifest()))
    Form.objects.update(owner=mallory.row)

    with pytest.raises(FormNotFound):
        publication.publish(caller=publisher.owner.row, form=publisher.form, **body._asdict())

    assert not StoredManifest.objects.exists()
