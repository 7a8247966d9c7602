"""Clients and the API keys they call with."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.console.admin.filters import happened
from apps.console.admin.readonly import ActionsOnlyAdmin
from apps.console.typed import Admin, Tabular
from apps.directory.api_access import (
    disable_clients,
    enable_clients,
    revoke_api_keys,
    set_end_of_api_key,
)
from apps.directory.kept_copies import forget_newest_copies
from apps.directory.models import ApiKey, Client, KeyFileCopy, Succession
from apps.envelope.encoding import b64
from apps.envelope.keys import NO_RECOVERY

KEYS = ("id", "signing_key", "sealing_key", "recovery_key")


class LookedAt(Tabular):
    """What belongs to a client, to look at; ``none`` is what people read where there is nothing."""

    template = "console/looked_at.html"
    none: str
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ApiKeyInline(LookedAt):
    """A client's keys."""

    model = ApiKey
    none = "This client has no API key. Its owner enrols again with a new token."
    fields = readonly_fields = ("id", "created", "expires", "last_used", "revoked_at")
    show_change_link = True


class KeyFileCopyInline(LookedAt):
    """The copies of its key file that are kept here, the newest first; nobody here opens them."""

    model = KeyFileCopy
    verbose_name_plural = "copies of the key file"
    none = "None is kept here. Its owner leaves one with: sealform keys upload"
    fields = readonly_fields = ("serial", "stored", "displaced")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("file", "memory")


class SuccessionInline(LookedAt):
    """The cards that a client had before today's: nothing of them is secret."""

    model = Succession
    verbose_name, verbose_name_plural = "earlier card", "earlier cards"
    none = "There is none: its keys were never rotated."
    fields = readonly_fields = ("number", "old_fingerprint", "stored", "why")
    ordering = ("number",)

    @admin.display(description="why")
    def why(self, step: Succession) -> str:
        """In words: a tick would say that all is well."""
        return "its keys were stolen" if step.compromised else "rotated"

    @admin.display(description="fingerprint")
    def old_fingerprint(self, step: Succession) -> SafeString:
        return format_html('<code class="fingerprint">{}</code>', step.shown_fingerprint)


@admin.register(Client)
class ClientAdmin(ActionsOnlyAdmin):
    """A client alone changes its card, with its recovery key; it can be kept from calling."""

    list_display = ("name", "short_fingerprint", "enabled", "created")
    list_filter = (happened("disabled_at", "enabled", "disabled"),)
    search_fields = ("name", "id")
    fieldsets = [
        (None, {"fields": ["name", "short_fingerprint", "fingerprint", "created", "disabled_at"]}),
        ("Id and public keys", {"fields": list(KEYS), "classes": ["collapse"]}),
    ]
    readonly_fields = ("name", "short_fingerprint", "fingerprint", "created", "disabled_at", *KEYS)
    inlines = [SuccessionInline, ApiKeyInline, KeyFileCopyInline]
    actions = ["disable", "enable", "forget_newest_copy"]

    @admin.display(description="fingerprint")
    def short_fingerprint(self, client: Client) -> SafeString:
        return format_html("<code>{}…</code>", client.shown_fingerprint[:19])

    @admin.display(description="whole fingerprint")
    def fingerprint(self, client: Client) -> SafeString:
        return format_html('<code class="fingerprint">{}</code>', client.shown_fingerprint)

    @admin.display(boolean=True)
    def enabled(self, client: Client) -> bool:
        return client.disabled_at is None

    @admin.display(description="signing key (Ed25519)")
    def signing_key(self, client: Client) -> SafeString:
        return format_html('<code class="key">{}</code>', b64(bytes(client.sig_pk)))

    @admin.display(description="sealing key (X-Wing)")
    def sealing_key(self, client: Client) -> SafeString:
        return format_html('<code class="key">{}</code>', b64(bytes(client.kem_pk)))

    @admin.display(description="recovery key (Ed25519)", empty_value="none")
    def recovery_key(self, client: Client) -> SafeString | None:
        recovery = bytes(client.recovery)
        shown = recovery != NO_RECOVERY
        return format_html('<code class="key">{}</code>', b64(recovery)) if shown else None

    @admin.action(description="Disable: refuse the client's calls", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        disabled = disable_clients(clients=queryset)
        text = f"{len(disabled)} disabled. What they were given before stays theirs."
        self.message_user(request, text)

    @admin.action(description="Enable again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        enabled = enable_clients(clients=queryset)
        self.message_user(request, f"{len(enabled)} enabled.")

    @admin.action(
        description="Forget the newest copy of the key file: the client did not leave it",
        permissions=["change"],
    )
    def forget_newest_copy(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        forgotten = forget_newest_copies(clients=queryset)
        text = f"{forgotten} forgotten. The copy before each is the one that is handed out now."
        self.message_user(request, text)


@admin.register(ApiKey)
class ApiKeyAdmin(Admin):
    """Only when a key ends can be changed; its secret is known to the client alone."""

    list_display = ("short_id", "client", "live", "created", "expires", "last_used")
    list_filter = (happened("revoked_at", "not revoked", "revoked"), "client")
    list_select_related = ("client",)
    search_fields = ("id", "client__name")
    fields = ("id", "client", "created", "last_used", "revoked_at", "expires")
    readonly_fields = ("id", "client", "created", "last_used", "revoked_at")
    actions = ["revoke"]

    @admin.display(description="id", ordering="id")
    def short_id(self, key: ApiKey) -> str:
        return f"{str(key.id)[:8]}…"

    @admin.display(boolean=True)
    def live(self, key: ApiKey) -> bool:
        return key.is_live(timezone.now())

    @admin.action(description="Revoke: for good", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = revoke_api_keys(keys=queryset)
        text = f"{len(revoked)} revoked. The client enrols again for a new one."
        self.message_user(request, text)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Change when it ends, and nothing else."""
        set_end_of_api_key(key=obj, expires=form.cleaned_data["expires"])

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no log of saving what was not changed."""
        return super().log_change(request, obj, message) if message else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
