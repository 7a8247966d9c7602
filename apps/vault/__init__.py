"""What is stored, and who may fetch it: records, generations, grants.

Read ``models`` (with the order of locks), ``lanes``, ``streams`` and ``counters`` (the locks that
every change takes first), ``stored_records``, ``form_records`` and ``stored_grants`` (what may be
written), ``stored_rosters`` (who is in a group, with the keys of its epoch), ``rotations`` (what
they close), ``visibility``, ``cursors``, ``page_selection`` (which records make a page) and
``listings`` (what may be read), ``tallies`` (how much there is), then
``record_views``, ``grant_views`` and ``group_views``.
"""
