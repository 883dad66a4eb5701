"""Servers of others, which do the same work where they are installed: `run.py bench --peers`."""
