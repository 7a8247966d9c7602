"""What admins see of each room: forms, clients, and of stored things only metadata."""

from apps.console.admin import clients, forms, stored, tokens

__all__ = ["clients", "forms", "stored", "tokens"]
