"""Exchange accounts in the admin: to look after, never to look into. No key is shown but its last 4 characters (EXC-20)."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from accounts.backoffice import BackofficeAdmin
from accounts.ringing import ring_worker
from exchanges.lifecycle import CHECK_TASK
from exchanges.models import ExchangeAccount
from exchanges.queries import SEALED
from exchanges.reasons import text_of


@admin.register(ExchangeAccount)
class ExchangeAccountAdmin(BackofficeAdmin):
    list_display = (
        "name",
        "user",
        "exchange",
        "testnet",
        "show_status",
        "is_active",
        "is_main",
        "masked_key",
        "checked_at",
    )
    list_filter = (
        "status",
        "exchange",
        "is_active",
        "testnet",
        "ip_restricted",
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "user__email", "key_last4")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    actions = ("check_keys",)
    readonly_fields = (
        "user",
        "name",
        "exchange",
        "testnet",
        "is_active",
        "is_main",
        "show_status",
        "status_text",
        "status_detail",
        "checked_at",
        "position_mode",
        "can_withdraw",
        "can_trade_spot",
        "can_trade_futures",
        "ip_restricted",
        "masked_key",
        "key_version",
        "key_id",
        "start_balance",
        "reconciled_at",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExchangeAccount]:
        return super().get_queryset(request).defer(*SEALED)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # keys are entered by their owner only

    @action(description=_("Check the keys at the exchange now"), permissions=["change"])
    def check_keys(self, request: HttpRequest, queryset: QuerySet[ExchangeAccount]) -> None:
        ids = list(queryset.filter(deleted_at=None).values_list("pk", flat=True))
        if ring_worker(CHECK_TASK, *ids):
            text = ngettext("%d account is being checked.", "%d accounts are being checked.", len(ids))
            messages.success(request, text % len(ids))
        else:
            messages.error(request, _("No worker could be reached."))

    @display(
        description=_("status"),
        label={"verified": "success", "checking": "info", "invalid": "danger", "needs_attention": "warning"},
        ordering="status",
    )
    def show_status(self, account: ExchangeAccount) -> tuple[str, str]:
        return account.status, account.get_status_display()

    @display(description=_("reason"))
    def status_text(self, account: ExchangeAccount) -> str:
        return text_of(account.status_code) or "–"

    @display(description=_("API key"))
    def masked_key(self, account: ExchangeAccount) -> str:
        return f"••••{account.key_last4}" if account.key_last4 else "–"
