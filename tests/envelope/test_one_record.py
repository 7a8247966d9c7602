"""A grant of one record: its reader cannot check the generation (docs/protocol.md §7)."""

from uuid import uuid4

from apps.envelope.grants import open_grant, seal_grant
from apps.envelope.keys import ClientKeys, akid, make_card
from apps.envelope.records import new_access_key, open_data_keys, open_values, seal_record


def test_it_is_used_by_record_and_akid_whatever_its_generation() -> None:
    owner, reader = ClientKeys.generate(), ClientKeys.generate()
    granter = make_card(keys=owner, id=str(uuid4()), name="acme")
    me = make_card(keys=reader, id=str(uuid4()), name="clinic")
    access_key = new_access_key()
    record = seal_record(
        keys=owner, writer=granter.id, id=str(uuid4()), type="contact", rev=1,
        access_key=access_key, values={"name": "Ann", "zip": "12345"},
    )  # fmt: skip

    for gen in (1, 2, 99):
        grant = seal_grant(
            granter=owner, reader=me, writer=granter.id, type="contact", gen=gen,
            akid=akid(access_key), keys=open_data_keys(record, access_key, ("name",)),
            record=record.id,
        )  # fmt: skip
        keys = open_grant(grant, keys=reader, me=me, granter=granter, now=0)
        assert open_values(record, keys) == {"name": "Ann"}
