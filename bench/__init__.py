"""Benchmarks: `./batuta bench fanout | api | pages | ordeal`. How to read them: bench/README.md."""
