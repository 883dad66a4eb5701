"""Measures windows: their starts and ends from outside, and what they do while much is said."""
