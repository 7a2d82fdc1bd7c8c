"""All tests, and what they share."""

from __future__ import annotations

from pathlib import Path

# The checkout that these tests are in.
ROOT = Path(__file__).parents[1]
