"""OpenClaw on this machine: what is installed, what it is told, what it would do, and what it does when it is run.

`setting` gathers what is read; `predict` says which route follows from it; `program` runs the real thing.
"""
