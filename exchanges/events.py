"""What accounts ask and tell the rooms above them. (Django's own signals; trading signals live in the room `signals`.)"""

from django.dispatch import Signal

# How many positions of Batuta's are open on an account? Sent with `account`; every hearer answers a number, they are added.
open_positions_asked = Signal()

# How much is left to be done with an account's keys when nothing is open on it any more: what is not booked, orders that may
# stand? Sent with `account`; every hearer answers a number, they are added.
unfinished_work_asked = Signal()

# What is held on an account for its clients? Sent with `account`; every hearer answers a list of (market type, symbol key, side).
held_symbols_asked = Signal()

# An account's positions shall be closed, on every symbol, for every bot (D1). Sent with `account`, `user` (who asked),
# inside the transaction that deletes the account and before it is marked deleted: what the hearer writes stands with the
# deletion or not at all.
close_requested = Signal()

# An account was deleted; subscriptions on it end. Sent with `account`, `user`, inside the same transaction, after
# `close_requested` where that was wanted.
account_deleted = Signal()

# New entries at an exchange are left out from now on, or no longer. Sent with `pause` (a `VenuePause`), after it was committed.
entries_paused = Signal()
entries_resumed = Signal()

# An account's balances were read and stored. Sent with `account`, after the snapshot was written.
balances_read = Signal()
