"""Who there is: clients, their cards, enrolment, API keys, and groups of clients.

Read ``models``, ``enrolment``, ``lines`` (one card follows another), ``memberships`` (who is
in a group), ``kept_copies`` (of key
files), ``api_access`` (whom admins refuse) and ``authentication``, then ``views``.
"""
