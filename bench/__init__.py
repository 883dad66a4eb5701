"""The broker, measured: `run.py bench`. Figures go to results.jsonl; no test asserts a time."""
