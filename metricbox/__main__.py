"""`python -m metricbox` and the console script."""

from metricbox.cli import main

if __name__ == "__main__":
    main()
