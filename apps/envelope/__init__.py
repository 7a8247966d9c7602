"""Sealform's protocol ``sealform/1``: pure functions, no Django, no network, no files.

Read the modules in this order; docs/protocol.md is the specification they
follow, and static/src/envelope/ holds the same names in JavaScript:

1. ``errors``      one typed error per failing step
2. ``encoding``    contexts, base64url, canonical JSON, names and ids
   and ``shapes``  what each object's members are, in tables
3. ``primitives``  the only place that imports a cryptographic library
4. ``holders``     what a key has to do, wherever it lives
5. ``keys``        client keys, cards, fingerprints, access and column keys
   and ``key_files`` where they rest, with ``passphrases``, ``passkeys``, ``codes`` (on paper),
   ``key_copies`` (at a server) and ``tokens``
   and ``successions`` what follows on a card
6. ``fields``      padding and the two layers of a sealed field
7. ``records``     one document of one type, signed by its writer
8. ``grants``      keys handed to one reader, signed by the granter
9. ``manifests``   what a form is, signed by its owner; its parts are in ``words``,
                   ``patterns``, ``formats``, ``questions``, ``conditions``, ``sections``,
                   and ``drafted_forms`` are what its owner is asked to sign
10. ``answers``    what a form asks of its answers
11. ``receipts``   what a visitor keeps of a submission
12. ``submissions`` one sealed record for each type; inboxes
13. ``proof_of_work`` what a server may ask of who submits
14. ``statements`` signed deletions and revocations, ``hand_overs`` of a form
"""
