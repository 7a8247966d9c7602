"""What a client does.

Read ``enrolling``, ``key_slots`` with ``server_copies``, ``reading`` with ``opening``, ``fetching``
(by ids), ``writing``, ``storing`` (again) and ``updating``,
``sharing``, ``publishing`` with ``drafts``, ``splitting`` with ``split_rules``, ``rotating`` with
``renewing`` (of keys), ``giving`` (of forms), ``recovering``; ``overview``,
``own_forms`` and ``writer_names`` say what there is, and whose.
"""
