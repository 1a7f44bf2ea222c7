"""Image bytes: take them out of a response, measure them, read who signed them, save them.

Every module stands alone: import the one that is needed, nothing is loaded here.
"""
