"""Writes section 12 of docs/protocol.md from the vectors ``example-*``."""

import json
from pathlib import Path
from typing import Any

from apps.envelope.encoding import b64, unb64
from apps.envelope.fields import Place, read_sealed
from tests.envelope.operations import Json

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
HEADING = "\n## 12 Worked examples\n"
WIDTH = 96


def section(vectors: dict[str, Json]) -> str:
    """Return the section, its heading included."""
    given = {name: vector["input"] for name, vector in vectors.items()}
    shown = {name: vector.get("output", {}) for name, vector in vectors.items()}

    def of(name: str) -> Json:
        return given[f"example-{name}"] | shown[f"example-{name}"]

    return (
        HEADING
        + _INTRODUCTION
        + "".join(
            f"\n### {title}\n\n{text}\n```text\n{_lines(rows)}```\n"
            for title, text, rows in _parts(of)
        )
    )


def _lines(rows: list[tuple[str, Any]]) -> str:
    """Return rows of a name and a value, wrapped; a wide value begins on its own line."""
    lines = []
    indent = max(len(name) for name, _ in rows) + 2
    for name, value in rows:
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        if indent + len(text) <= WIDTH:
            lines.append(f"{name:{indent}}{text}")
        else:
            lines += [name, *(f"  {text[i : i + WIDTH]}" for i in range(0, len(text), WIDTH))]
    return "".join(f"{line}\n" for line in lines)


def _ends(data: str) -> str:
    return f"{data[:24]} ... {data[-24:]} ({len(data) // 2} bytes)"


_INTRODUCTION = """
The values below are those of the scenarios `example-*` in `tests/vectors/`, where long ones that
are shown here by their ends stand in full. Bytes are hex, but base64url inside JSON. Lines that
begin with two spaces continue one value; the breaks and those spaces are not part of it.
Everything can be recomputed but the HPKE seals, which are random: those can be opened.
"""


def _parts(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    keys, form = [*_keys(of), *_changing(of)], [*_form(of), _statements(of), _token(of)]
    return [*keys, *_record(of), _grant(of), *_group(of), *form]


def _keys(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    keys, card = of("client-keys"), of("card")["card"]
    return [
        ("Context (§2, §3)", "A string, an integer and two bytes.\n", [
            ('ctx("example", "zip", 7, 00ff)', of("context")["bytes"]),
            ('H("example", "zip", 7, 00ff)', of("hash")["hash"]),
        ]),
        ("Client keys (§4)", "All of acme's keys grow from one seed.\n", [
            ("client seed", keys["seed"]), ("X-Wing seed", of("kem-seed")["key"]),
            ("kem_pk", _ends(keys["kem_pk"])), ("sig_pk", keys["sig_pk"]),
            ("state key", keys["state"]), ("ids key", keys["ids"]),
        ]),
        ("Card and fingerprint (§4)", "`kem_pk` and `sig_pk` in the card are the keys above.\n", [
            ("id", card["id"]), ("name", card["name"]),
            ("recovery", unb64(card["recovery"]).hex()), ("sig", unb64(card["sig"]).hex()),
            ("fingerprint", of("card")["fingerprint"]), ("shown", of("fingerprint")["shown"]),
        ]),
        ("Access key, column key, split id (§4)",
         "The split id is of the record below, made into type `contact`. The source is that of\n"
         "the first record of a run that is called `import of March`.\n", [
            ("AK", of("akid")["access_key"]), ("akid", of("akid")["akid"]),
            ('CK of "zip"', of("column-key")["column_key"]), ("split id", of("split-id")["id"]),
            ("source", of("run-source")["id"]),
        ]),
    ]  # fmt: skip


def _changing(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    step = of("succession")["succession"]
    [past], [signed] = of("past")["parts"], of("step")["parts"]
    return [
        ("Code (§4)", "32 bytes, as they stand on a recovery sheet.\n", [
            ("secret", of("code")["secret"]),
            *((f"row {number}", row) for number, row in enumerate(of("code")["rows"], 1)),
        ]),
        ("Succession (§4)",
         "From the card above to acme's next one. What is signed is a context of one part, the\n"
         "canonical JSON of the step.\n", [
            ("past", bytes.fromhex(past["hex"]).decode()),
            ("digest of the past", of("past")["hash"]),
            ("signed", _ends(signed["hex"])), ("digest of the step", of("step")["hash"]),
            *((name, unb64(step[name]).hex()) for name in ("by_old", "by_next", "by_recovery")),
        ]),
    ]  # fmt: skip


def _record(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    field = of("field")
    place = Place(**field["place"] | {"akid": bytes.fromhex(field["place"]["akid"])})
    sealed = read_sealed(field["sealed"])
    return [
        ("Field (§5)", 'The value `"12345"` of `zip`, under the column key above.\n', [
            ("padded", of("padding")["padded"]), ("dk", field["data_key"]),
            ("nonce of k", field["key_nonce"]), ("nonce of c", field["value_nonce"]),
            ("aad of k", place.key_aad("zip").hex()), ("aad of c", place.value_aad("zip").hex()),
            ("k", sealed.k.hex()), ("c", sealed.c.hex()), ("wire", field["sealed"]),
            ("d", of("field-digest")["digest"]),
        ]),
        ("Record (§6)",
         "acme's, of two fields and with meta; it opens to the values below under AK.\n", [
            ("record", of("record")["record"]), ("message", of("record-message")["message"]),
            ("values", of("record-open")["values"]),
        ]),
    ]  # fmt: skip


def _grant(of: Any) -> tuple[str, str, list[tuple[str, Any]]]:
    grant = of("grant")
    return (
        "Grant (§7)",
        "acme grants its type `contact` to marketing, whose client seed opens `keys`. The bytes\n"
        "that are signed are `ctx(\"grant-sig\", info, keys)`.\n",
        [
            ("reader's seed", grant["seed"]), ("grant", grant["grant"]),
            ("info", of("grant-info")["info"]), ("key map", {"*": _key_of(grant)}),
            ("AK", grant["keys"]["*"]),
        ],
    )  # fmt: skip


def _group(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    roster, link = of("roster"), of("link")
    owner, epoch, shared = of("roster-verify")["owner"], of("epoch-grant"), of("group-grant")
    return [
        ("Roster, epoch and link (§7)",
         "The clinic's group in its second version, which began its second epoch: its one link\n"
         'leads to the first. What is signed is `ctx("roster-sig", hash)`.\n', [
            ("roster", roster["roster"]), ("hash", roster["digest"]),
            ("owner's sig_pk", unb64(owner["sig_pk"]).hex()),
            ("seed of epoch 2", link["seed"]), ("fingerprint", roster["fingerprint"]),
            ("akid of its grants", roster["akid"]),
            ("key of the link", of("link-key")["key"]), ("seed of epoch 1", link["former"]),
        ]),
        ("Grant of an epoch (§7)",
         "The clinic grants the epoch's seed to marketing, whose client seed opens `keys`.\n", [
            ("grant", epoch["grant"]), ("info", of("epoch-grant-info")["info"]),
            ("key map", {"@": b64(bytes.fromhex(epoch["keys"]["@"]))}),
        ]),
        ("Grant to the group (§7)",
         "acme grants its type `contact` to the epoch, whose seed opens `keys`.\n", [
            ("grant", shared["grant"]), ("info", of("group-grant-info")["info"]),
            ("key map", {"*": _key_of(shared)}),
        ]),
    ]  # fmt: skip


def _key_of(grant: Json) -> str:
    return b64(bytes.fromhex(grant["keys"]["*"]))


def _form(of: Any) -> list[tuple[str, str, list[tuple[str, Any]]]]:
    manifest, submission = of("manifest"), of("submission")
    return [
        ("Manifest (§8)", "Signed by acme.\n", [
            ("M", manifest["text"]), ("hash", manifest["hash"]), ("sig", manifest["sig"]),
        ]),
        ("Inbox and submission (§8)",
         "The inbox's seed opens `ak` of the one record that a submission to this form has.\n", [
            ("inbox seed", submission["inbox_seed"]),
            ("akid of its grants", of("inbox-id")["akid"]),
            ("record", submission["record"]), ("info", of("inbox-info")["info"]),
            ("AK", of("access-key")["access_key"]), ("values", submission["values"]),
        ]),
        ("Receipt (§8)",
         "Of a submission to the same form with the same keys and values; `ak` stands in full in\n"
         "`example-receipt` of `tests/vectors/receipt.json`.\n", [
            ("s", of("record-id")["secret"]), ("record id", of("record-id")["id"]),
            ("message", of("form-record-message")["message"]),
            ("ak", _ends(of("stored")["parts"][1]["hex"])),
            ("R_1", of("stored")["hash"]), ("receipt", of("receipt")["receipt"]),
            ("shown", of("receipt-shown")["shown"]),
        ]),
    ]  # fmt: skip


def _statements(of: Any) -> tuple[str, str, list[tuple[str, Any]]]:
    rows = []
    for kind in ("deletion", "revocation", "leave"):
        rows += [(kind, of(kind)[kind]), ("message", of(kind)["message"])]
    told = "acme signed the first two, marketing that it leaves the clinic's group.\n"
    return ("Statements (§9)", told, rows)


def _token(of: Any) -> tuple[str, str, list[tuple[str, Any]]]:
    rows = [("token", of("token")["token"]), ("digest", of("token-digest")["digest"])]
    return ("Token (§10)", "acme's client seed as an `sfk`.\n", rows)


def document(text: str, vectors: dict[str, Json]) -> str:
    """Return the document's text with section 12 as the vectors have it."""
    return text.partition(HEADING)[0].rstrip("\n") + "\n" + section(vectors)
