"""Who there is: clients, their cards, enrolment, API keys.

Read ``models``, ``enrolment`` and ``authentication``, then ``views``.
"""
