"""Who may use which address: the table behind the permission matrix (SEC-06, SEC-07). A route that is not here fails the build.

To add a route: name its path (as `tests/api/walk.py` prints it), each method it answers, and the rule.
"""

OK = 0  # let in: the answer may still be a 400 or 409 about the request itself
LOGIN = 302  # a page sends the reader to the login

PEOPLE = ("anonymous", "client", "other_client", "manager", "other_manager", "support", "admin")
Rule = dict[str, int]


def rule(everybody: int, **exceptions: int) -> Rule:
    return {**dict.fromkeys(PEOPLE, everybody), **exceptions}


# --- API: `client` owns the account, subscription and positions; `manager` the bot
PUBLIC = rule(OK)
SELF = rule(OK, anonymous=401)  # about the caller alone
SELF_WRITE = rule(OK, anonymous=401, support=403)
OWN = rule(404, anonymous=401, client=OK)
OWN_WRITE = rule(404, anonymous=401, client=OK, support=403)
SEEN = rule(OK, anonymous=401, other_client=404, other_manager=404)  # facts: owner, the bot's manager, backoffice
MANAGERS = rule(OK, anonymous=401, client=403, other_client=403)
MANAGERS_WRITE = rule(OK, anonymous=401, client=403, other_client=403, support=403)
MANAGED = rule(OK, anonymous=401, client=403, other_client=403, other_manager=404)
MANAGED_WRITE = rule(OK, anonymous=401, client=403, other_client=403, other_manager=404, support=403)
BACKOFFICE = rule(403, anonymous=401, support=OK, admin=OK)
ADMINS = rule(403, anonymous=401, admin=OK)

API: dict[str, dict[str, Rule]] = {
    "auth/register": {"POST": PUBLIC},
    "auth/login": {"POST": PUBLIC},
    "auth/refresh": {"POST": PUBLIC},
    "auth/logout": {"POST": PUBLIC},
    "auth/me": {"GET": SELF, "PUT": SELF},
    "auth/password/change": {"POST": SELF},
    "auth/password/reset": {"POST": PUBLIC},
    "auth/password/reset/confirm": {"POST": PUBLIC},
    "auth/email/verify": {"POST": PUBLIC},
    "auth/email/resend": {"POST": SELF},
    "legal/consents": {"GET": SELF, "POST": SELF},
    "legal/terms": {"GET": PUBLIC},
    "legal/privacy": {"GET": PUBLIC},
    "legal/risk": {"GET": PUBLIC},
    "exchanges": {"GET": PUBLIC},
    "exchanges/symbols": {"GET": SELF},
    "exchanges/{exchange}/pairs": {"GET": rule(404, anonymous=401)},  # asked of an exchange that there is not
    "exchanges/{exchange}/candles": {"GET": rule(404, anonymous=401)},  # likewise
    "exchanges/{exchange}/orderbook": {"GET": rule(404, anonymous=401)},
    "exchanges/{exchange}/ticker": {"GET": rule(404, anonymous=401)},
    "exchange-accounts": {"GET": SELF, "POST": SELF_WRITE},
    "exchange-accounts/paper": {"POST": SELF_WRITE},
    "exchange-accounts/{account_id}": {"GET": OWN, "PATCH": OWN_WRITE, "DELETE": OWN_WRITE},
    "exchange-accounts/{account_id}/keys": {"PUT": OWN_WRITE},
    "exchange-accounts/{account_id}/check": {"POST": OWN_WRITE},
    "exchange-accounts/{account_id}/balances": {"GET": OWN},
    "exchange-accounts/{account_id}/health": {"GET": OWN},
    "exchange-accounts/{account_id}/reset": {"POST": OWN_WRITE},
    "bots": {"GET": MANAGERS, "POST": MANAGERS_WRITE},
    "bots/{pk}": {"GET": MANAGED, "PATCH": MANAGED_WRITE, "DELETE": MANAGED_WRITE},
    "bots/{pk}/archive": {"POST": MANAGED_WRITE},
    "bots/{pk}/pause": {"POST": MANAGED_WRITE},
    "bots/{pk}/resume": {"POST": MANAGED_WRITE},
    "bots/{pk}/rotate-secret": {"POST": MANAGED_WRITE},
    "bots/{pk}/webhook": {"GET": MANAGED},
    "bots/{pk}/performance": {"GET": MANAGED},
    "bots/{pk}/signals": {"GET": MANAGED, "POST": MANAGED_WRITE},
    "bots/{pk}/test-signal": {"POST": MANAGED_WRITE},
    "bots/webhook/master/{webhook_path}": {"POST": PUBLIC},  # its own secret lets in
    "bot-subscriptions/available-bots": {"GET": SELF},
    "bot-subscriptions/available-bots/{pk}": {"GET": SELF},
    "bot-subscriptions/available-bots/{pk}/check": {"GET": SELF},
    "bot-subscriptions": {"GET": SELF, "POST": SELF_WRITE},
    "bot-subscriptions/my-subscriptions": {"GET": SELF},
    "bot-subscriptions/{pk}": {"GET": OWN, "PATCH": OWN_WRITE, "DELETE": OWN_WRITE},
    "bot-subscriptions/{pk}/cancel": {"POST": OWN_WRITE},
    "bot-subscriptions/{pk}/pause": {"POST": OWN_WRITE},
    "bot-subscriptions/{pk}/resume": {"POST": OWN_WRITE},
    "dashboard/summary": {"GET": SELF},
    "dashboard/balances": {"GET": SELF},
    "dashboard/performance": {"GET": SELF},
    "dashboard/health": {"GET": SELF},
    "signals": {"GET": SELF},
    "signals/{pk}": {"GET": SEEN},
    "executions": {"GET": SELF},
    "executions/{pk}": {"GET": SEEN},
    "orders": {"GET": SELF},
    "orders/{pk}": {"GET": SEEN},
    "fills": {"GET": SELF},
    "fills/{pk}": {"GET": SEEN},
    "positions": {"GET": SELF},
    "positions/by-strategy": {"GET": SELF},
    "positions/{pk}": {"GET": SEEN},
    # who may see it but not close it is told so
    "positions/{pk}/close": {"POST": rule(404, anonymous=401, client=OK, manager=403, support=403, admin=403)},
    "trades": {"GET": SELF},
    "trades/{pk}": {"GET": OWN},
    "operations/exchanges": {"GET": BACKOFFICE},
    "operations/exchange-pauses": {"GET": BACKOFFICE, "POST": ADMINS},
    # nothing is paused in the matrix's world
    "operations/exchange-pauses/{exchange}/{market_type}": {"DELETE": rule(403, anonymous=401, admin=404)},
    "operations/test-trades": {"GET": BACKOFFICE},
    "operations/protection": {"GET": BACKOFFICE},
    "operations/workflows": {"GET": BACKOFFICE},
    "notices": {"GET": SELF},
    "notices/{pk}/dismiss": {"POST": OWN_WRITE},
}

# Lists in which others than the client find what belongs to the client.
FACTS = frozenset({"client", "manager", "support", "admin"})
SHOWN_TO: dict[str, frozenset[str]] = {
    "signals": FACTS,
    "executions": FACTS,
    "orders": FACTS,
    "fills": FACTS,
    "positions": FACTS,
    "operations/protection": frozenset({"support", "admin"}),
}

# --- pages
PAGE = rule(OK)
MINE = rule(OK, anonymous=LOGIN)
MINE_WRITE = rule(OK, anonymous=LOGIN, support=403)
MY_OBJECT = rule(404, anonymous=LOGIN, client=OK)
MY_OBJECT_WRITE = rule(404, anonymous=LOGIN, client=OK, support=403)
DESK = rule(OK, anonymous=LOGIN, client=403, other_client=403)
DESK_WRITE = rule(OK, anonymous=LOGIN, client=403, other_client=403, support=403)
MY_BOT = rule(OK, anonymous=LOGIN, client=403, other_client=403, other_manager=404)
MY_BOT_WRITE = rule(OK, anonymous=LOGIN, client=403, other_client=403, other_manager=404, support=403)

PAGES: dict[str, dict[str, Rule]] = {
    "": {"GET": PAGE},
    "healthz": {"GET": PAGE},
    "readyz": {"GET": PAGE},
    "metrics": {"GET": PAGE},
    "api/schema": {"GET": PAGE},
    "api/docs": {"GET": PAGE},
    "legal/{kind}/": {"GET": PAGE},
    "language/": {"POST": PAGE},
    "login/": {"GET": PAGE, "POST": PAGE},
    "logout/": {"POST": PAGE},
    "register/": {"GET": PAGE, "POST": PAGE},
    "password/reset/": {"GET": PAGE, "POST": PAGE},
    "password/reset/{uid}/{token}/": {"GET": PAGE, "POST": PAGE},
    "verify-email/{token}/": {"GET": PAGE, "POST": PAGE},
    "dashboard/": {"GET": MINE},
    "dashboard/live/": {"GET": MINE},
    "bots/": {"GET": MINE},
    "bots/{bot_id}/subscribe/": {"GET": MINE, "POST": MINE_WRITE},
    "bots/{bot_id}/preview/": {"POST": MINE_WRITE},
    "subscriptions/": {"GET": MINE},
    "subscriptions/{subscription_id}/": {"GET": MY_OBJECT},
    "subscriptions/{subscription_id}/edit/": {"GET": MY_OBJECT, "POST": MY_OBJECT_WRITE},
    "subscriptions/{subscription_id}/pause/": {"POST": MY_OBJECT_WRITE},
    "subscriptions/{subscription_id}/resume/": {"POST": MY_OBJECT_WRITE},
    "subscriptions/{subscription_id}/cancel/": {"POST": MY_OBJECT_WRITE},
    "positions/{position_id}/close/": {"POST": MY_OBJECT_WRITE},
    "positions/{position_id}/close/{signal_id}/": {"GET": MY_OBJECT},
    "executions/": {"GET": MINE},
    "executions/{execution_id}/": {"GET": rule(OK, anonymous=LOGIN, other_client=404, other_manager=404)},
    "trades/": {"GET": MINE},
    "accounts/": {"GET": MINE},
    "accounts/add/": {"GET": MINE, "POST": MINE_WRITE},
    "accounts/paper/": {"GET": MINE, "POST": MINE_WRITE},
    "accounts/{account_id}/": {"GET": MY_OBJECT},
    "accounts/{account_id}/keys/": {"POST": MY_OBJECT_WRITE},
    "accounts/{account_id}/change/": {"POST": MY_OBJECT_WRITE},
    "accounts/{account_id}/reset/": {"POST": MY_OBJECT_WRITE},
    "accounts/{account_id}/delete/": {"POST": MY_OBJECT_WRITE},
    "notices/": {"GET": MINE},
    "notices/{notice_id}/dismiss/": {"POST": MY_OBJECT_WRITE},
    "operations/pause/": {"POST": rule(403, anonymous=LOGIN, admin=OK)},
    "operations/resume/": {"POST": rule(403, anonymous=LOGIN, admin=OK)},
    "operations/protection/": {"GET": rule(403, anonymous=LOGIN, support=OK, admin=OK)},
    "settings/": {"GET": MINE},
    "settings/password/": {"POST": MINE_WRITE},
    "settings/verification/": {"POST": MINE_WRITE},
    "manage/bots/": {"GET": DESK},
    "manage/bots/new/": {"GET": DESK_WRITE, "POST": DESK_WRITE},
    "manage/bots/preview/": {"POST": DESK_WRITE},
    "manage/bots/{bot_id}/": {"GET": MY_BOT},
    "manage/bots/{bot_id}/edit/": {"GET": MY_BOT, "POST": MY_BOT_WRITE},
    "manage/bots/{bot_id}/status/": {"POST": MY_BOT_WRITE},
    "manage/bots/{bot_id}/secret/": {"POST": MY_BOT_WRITE},
    "manage/bots/{bot_id}/secret/shown/": {"GET": MY_BOT},
    "manage/bots/{bot_id}/archive/": {"POST": MY_BOT_WRITE},
    "manage/bots/{bot_id}/signal/": {"POST": MY_BOT_WRITE},
    "manage/signals/{signal_id}/": {"GET": MY_BOT},
}

# Not asked one by one: aliases are the same views (proved), the admin is asked as a whole, this one adds a slash.
APART = ("{address}",)

# What is sent instead of nothing, so that nothing leaves for the simulator.
BODIES = {"exchange-accounts/paper": {"start_balance": "x"}, "accounts/paper/": {"start_balance": "x"}}
