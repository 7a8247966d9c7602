"""Sealform's protocol ``sealform/1``: pure functions, no Django, no network, no files.

Read the modules in this order; docs/protocol.md is the specification they
follow, and static/src/envelope/ holds the same names in JavaScript:

1. ``errors``      one typed error per failing step
2. ``encoding``    contexts, base64url, canonical JSON, names and ids
3. ``primitives``  the only place that imports a cryptographic library
4. ``keys``        client keys, cards, fingerprints, access and column keys
5. ``fields``      padding and the two layers of a sealed field
6. ``records``     one document of one type, signed by its writer
7. ``grants``      keys handed to one reader, signed by the granter
8. ``manifests``   what a form is, signed by its owner; its parts are in ``words``,
                   ``patterns``, ``formats``, ``questions``, ``conditions``, ``sections``
9. ``answers``     what a form asks of its answers
10. ``receipts``   what a visitor keeps of a submission
11. ``submissions`` one sealed record for each type; inboxes
12. ``work``       what a server may ask of who submits
13. ``statements`` signed deletions and revocations
"""
