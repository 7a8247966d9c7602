"""What admins see of each room: forms, clients, and of stored things only metadata."""

from apps.console.admin import client_admin, form_admin, stored_admin, token_admin

__all__ = ["client_admin", "form_admin", "stored_admin", "token_admin"]
