"""What admins see of each room: forms, clients, groups, and of stored things only metadata."""

from apps.console.admin import client_admin, form_admin, group_admin, stored_admin, token_admin

__all__ = ["client_admin", "form_admin", "group_admin", "stored_admin", "token_admin"]
