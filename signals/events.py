"""What trading tells to rooms above it. (Django's own signals; trading signals live in `signals.models`.)"""

from django.dispatch import Signal

# Something went wrong that people must hear of, or is over. Both are sent with `trouble` (a `signals.troubles.Trouble`), from a
# thread of a worker, after what is told was committed. Hearing it twice must do no more than hearing it once.
trouble_found = Signal()
trouble_over = Signal()
