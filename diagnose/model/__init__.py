"""The shared types: what is claimed, what was seen, and what follows. No I/O, and no import of ours."""
