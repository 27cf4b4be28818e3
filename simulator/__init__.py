"""An exchange that is not real: it checks signatures, filters, margin and ids, fills orders and remembers what it acknowledged."""
