"""The command line: one file per command. It alone composes checks and reports."""
