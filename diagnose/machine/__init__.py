"""What this computer says: environment, OpenClaw's installation and config, credentials. Only ever read."""
