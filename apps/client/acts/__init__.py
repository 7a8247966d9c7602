"""What a client does.

Read ``enrolling``, ``key_slots`` with ``server_copies``, ``reading`` with ``opening``, ``writing``,
``sharing``, ``publishing`` with ``drafts``, ``splitting`` with ``split_rules``, ``rotating`` with
``renewing`` (of keys), ``giving`` (of forms), ``recovering``; ``overview``,
``own_forms`` and ``writer_names`` say what there is, and whose.
"""
