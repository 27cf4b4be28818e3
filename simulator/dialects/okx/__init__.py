"""OKX's API v5: perpetual swaps in USDT, in contracts, and spot."""
