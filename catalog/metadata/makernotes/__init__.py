"""One decoder a maker for the focus fields."""
