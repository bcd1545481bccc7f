"""What a file that is given away says of itself: everything, whose it is, or nothing."""

from __future__ import annotations

from dataclasses import replace

from develop.codecs.exif import CarriedExif
from develop.codecs.tags import NO_TAGS, FileTags
from develop.recipe import ExportRecipe

_OWNER = frozenset((0x013B, 0x8298))
"""Artist and Copyright."""


def disclosed(tags: FileTags, recipe: ExportRecipe) -> FileTags:
    """Return what of the tags the recipe lets out, and how large it prints."""
    return replace(_let_out(tags, recipe), dpi=recipe.dpi)


def _let_out(tags: FileTags, recipe: ExportRecipe) -> FileTags:
    if recipe.metadata == "none":
        return NO_TAGS
    if recipe.metadata == "copyright":
        image = {tag: entry for tag, entry in (tags.exif.image if tags.exif else {}).items() if tag in _OWNER}
        return FileTags(CarriedExif(image=image)) if image else NO_TAGS
    if tags.exif is not None and not recipe.gps:
        return replace(tags, exif=tags.exif.without_gps())
    return tags
