"""Answers of other programs, and what made them."""
