"""A loopback proxy for a child process: it refuses every request, or passes it on and notes what it names."""
