"""WhiteBIT as an exchange speaks it: spot, API v4."""
