"""Exposure: light multiplied by powers of two."""

from __future__ import annotations

from develop.settings import DevelopSettings


def gain(settings: DevelopSettings) -> float:
    """Return what linear light is multiplied by."""
    return float(2.0**settings.exposure)
