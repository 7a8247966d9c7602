"""How a draft comes into force by its owner's signature.

Read ``publication``, ``stored_manifests``, ``states``, and ``handing_over`` for another owner, and
``rotated_owners`` for its next card.
"""
