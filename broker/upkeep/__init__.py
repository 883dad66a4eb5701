"""What an operator does with a log: verify, back up, restore, move, compact. docs/operations.md."""
