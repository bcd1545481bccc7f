"""The fusing methods by the name that the settings give them."""

from __future__ import annotations

from stacker.fusers.auto import Auto
from stacker.fusers.depth import Depth
from stacker.fusers.law import Law
from stacker.fusers.pyramid import Pyramid
from stacker.fusers.weighted import Weighted
from stacker.settings import Method

FUSERS: dict[Method, Law] = {"auto": Auto, "pyramid": Pyramid, "depth": Depth, "weighted": Weighted}
