"""What run.py does: set up, start, stop. Standard library only: nothing else is installed yet."""
