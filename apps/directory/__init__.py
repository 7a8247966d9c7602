"""Who there is: clients, their cards, enrolment, API keys.

Read ``models``, ``enrolment``, ``api_access`` (whom admins refuse) and ``authentication``, then
``views``.
"""
