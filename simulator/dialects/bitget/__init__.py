"""Bitget: classic accounts (v2: USDT futures and spot) and unified accounts (v3: USDT futures and spot)."""
