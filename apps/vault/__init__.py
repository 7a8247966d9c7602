"""What is stored, and who may fetch it: records, generations, grants.

Read ``models`` and ``streams`` (the lock that every change takes first), ``stored_records`` and
``stored_grants`` (what may be written), ``visibility`` and ``listings`` (what may be read), then
``record_views`` and ``grant_views``.
"""
