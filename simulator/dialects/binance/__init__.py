"""Binance: USDT-M futures (`/fapi`), spot (`/api`) and the few wallet paths that clients ask (`/sapi`)."""
