"""`python -m simulator`."""

from simulator.server import main

if __name__ == "__main__":
    main()
