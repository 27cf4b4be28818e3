"""BingX: USDT perpetuals (`/openApi/swap`), spot (`/openApi/spot`) and what a key may do (`/openApi/v1/account`)."""
