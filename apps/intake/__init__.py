"""Forms: drafted by admins, published by their owners, filled by visitors.

Read ``models``, then ``drafting`` with its ``rules``, ``publishing``, ``visiting`` (submissions,
receipts, challenges, failures) and ``pages``; ``owner_views`` and ``visitor_views`` are the API.
"""
