"""Full generation through a route: the very request of the smoke, with the operator's prompt and parameters."""
