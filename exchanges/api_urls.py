from django.urls import re_path

from exchanges import api, market_data_api, markets_api, operations_api

EXCHANGE = r"^exchanges/(?P<exchange>[a-z0-9_]{1,50})"
ACCOUNT = r"^exchange-accounts/(?P<account_id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

urlpatterns = [
    re_path(r"^exchanges/?$", api.Exchanges.as_view(), name="exchanges"),
    re_path(r"^exchanges/symbols/?$", markets_api.Symbols.as_view(), name="exchange-symbols"),
    re_path(r"^exchanges/(?P<exchange>[a-z0-9_]{1,50})/pairs/?$", markets_api.Pairs.as_view(), name="exchange-pairs"),
    re_path(EXCHANGE + r"/candles/?$", market_data_api.Candles.as_view(), name="exchange-candles"),
    re_path(EXCHANGE + r"/orderbook/?$", market_data_api.OrderBook.as_view(), name="exchange-orderbook"),
    re_path(EXCHANGE + r"/ticker/?$", market_data_api.Ticker.as_view(), name="exchange-ticker"),
    re_path(r"^exchange-accounts/?$", api.Accounts.as_view(), name="exchange-accounts"),
    re_path(r"^exchange-accounts/paper/?$", api.PaperAccounts.as_view(), name="paper-accounts"),
    re_path(ACCOUNT + r"/?$", api.Account.as_view(), name="exchange-account"),
    re_path(ACCOUNT + r"/keys/?$", api.AccountKeys.as_view(), name="exchange-account-keys"),
    re_path(ACCOUNT + r"/check/?$", api.AccountCheck.as_view(), name="exchange-account-check"),
    re_path(ACCOUNT + r"/balances/?$", api.AccountBalances.as_view(), name="exchange-account-balances"),
    re_path(ACCOUNT + r"/reset/?$", api.PaperReset.as_view(), name="exchange-account-reset"),
    re_path(r"^operations/exchange-pauses/?$", operations_api.ExchangePauses.as_view(), name="exchange-pauses"),
    re_path(
        r"^operations/exchange-pauses/(?P<exchange>[a-z0-9_]{1,50})/(?P<market_type>futures|spot)/?$",
        operations_api.ExchangePause.as_view(),
        name="exchange-pause",
    ),
    re_path(r"^operations/test-trades/?$", operations_api.CanaryRuns.as_view(), name="test-trades"),
    re_path(r"^operations/exchanges/?$", operations_api.ExchangeStates.as_view(), name="operations-exchanges"),
]
