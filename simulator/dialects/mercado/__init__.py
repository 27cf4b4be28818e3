"""Mercado Bitcoin's API v4: spot in reais, bearer tokens, orders looked for in lists."""
