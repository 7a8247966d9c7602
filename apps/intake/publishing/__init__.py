"""How a draft comes into force by its owner's signature.

Read ``publication``, ``stored_manifests``, ``states``, and ``handing_over`` for another owner, and
``rotations`` for its next card.
"""
