"""Benchmarks: `./batuta bench fanout | api | pages`. How to read them: bench/README.md."""
