"""GET /generations?writer&type"""

from apps.envelope.encoding import b64
from apps.envelope.keys import akid
from tests.people import Person, Type, accepted, error, send


def test_the_owner_sees_its_generations_in_order(
    acme: Person, clinic: Person, contact: Type
) -> None:
    accepted(acme.post("/revocations", contact.revocation(clinic).to_wire()))
    contact.open()

    answer = accepted(acme.get("/generations", writer=acme.id, type="contact"))

    assert answer == {
        "generations": [
            {"gen": 1, "akid": b64(akid(contact.access_keys[1])), "open": False},
            {"gen": 2, "akid": b64(akid(contact.access_keys[2])), "open": True},
        ]
    }


def test_readers_and_mallory_see_none(marketing: Person, mallory: Person, contact: Type) -> None:
    contact.share(marketing)

    for person in (marketing, mallory):
        answer = person.get("/generations", writer=contact.owner.id, type="contact")
        assert accepted(answer) == {"generations": []}


def test_a_type_without_any_has_none(acme: Person) -> None:
    assert accepted(acme.get("/generations", writer=acme.id, type="health")) == {"generations": []}


def test_it_refuses_other_parameters(acme: Person) -> None:
    assert error(acme.get("/generations", writer=acme.id)) == (400, "invalid")
    assert error(acme.get("/generations", writer=acme.id, type="X")) == (400, "malformed")
    assert error(acme.get("/generations", writer=acme.id, type="x", after="1")) == (400, "invalid")


def test_it_wants_an_api_key(contact: Type) -> None:
    path = f"/generations?writer={contact.owner.id}&type=contact"

    assert error(send("GET", path, b"")) == (401, "not_authenticated")
