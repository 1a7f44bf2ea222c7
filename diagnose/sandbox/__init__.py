"""The local emulator of an image API: a real HTTP server with known faults.

Nothing in this package imports the client side of routecheck, so the two cannot share a mistake.
"""
