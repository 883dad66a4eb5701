"""What is measured: each file holds the scenarios of one kind, and `table.py` names all of them."""
