"""Playbooks: ordered procedures, one file for each situation; data that is read, never code."""
