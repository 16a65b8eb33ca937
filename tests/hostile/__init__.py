"""Hostile files, composed byte by byte, and a process that loads them under observation."""
