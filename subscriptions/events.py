"""What subscriptions tell to rooms above them. (Django's own signals; trading signals live in the room `signals`.)"""

from django.dispatch import Signal

# A subscription's positions shall be closed, on every symbol (D1). Sent with `subscription`, `user` (who asked), inside the
# transaction that cancels it: what the hearer writes stands with the cancellation or not at all.
close_requested = Signal()
