"""Who there is: clients, their cards, enrolment, API keys.

Read ``models``, ``enrolment``, ``lines`` (one card follows another), ``kept_copies`` (of key
files), ``api_access`` (whom admins refuse) and ``authentication``, then ``views``.
"""
