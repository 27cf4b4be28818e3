"""Bybit v5 as its documentation describes it: one unified account, categories linear (USDT perpetuals) and spot."""
