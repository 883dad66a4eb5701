"""Work of which `run.py bench --quick` counts what it takes: the same every time."""
