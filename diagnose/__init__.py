"""routecheck: tells who really served an image request, with evidence."""

__version__ = "0.1.0"
