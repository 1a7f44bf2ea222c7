"""Lets the tests import the modules beside them, as `python tests/accuracy` does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
