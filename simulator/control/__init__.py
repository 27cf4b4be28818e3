"""The control API under `/_control/`: for the product (paper accounts) and for tests (prices, faults, ledger)."""
