"""Django's admin, for those who draft forms and let clients in.

Read ``site`` and ``login``, then ``admin`` (one file a kind of thing), ``drafting`` (what may be
typed into a draft) and ``overview`` (what an admin should know).
"""
