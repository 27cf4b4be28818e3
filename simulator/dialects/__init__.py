"""How exchanges are spoken to over HTTP: one package per exchange, each translating its paths to the core's rules."""
