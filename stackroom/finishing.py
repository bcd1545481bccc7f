"""Make files of a stack or a picture: toned once, its depth looked at once, however many files are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from develop import depth_export, export, pipeline, raw
from develop.codecs.tags import FileTags
from develop.decode import is_raw
from develop.image import Image
from develop.recipe import ExportRecipe
from develop.relief import Relief
from develop.settings import DevelopSettings
from stackroom import layered
from stackroom.layered import Look
from stackroom.stacking import Progress, Stacked


def look_of(settings: DevelopSettings, lead: Path) -> Look:
    """Return how a picture of which `lead` is the reference is toned."""
    as_shot = raw.as_shot_white_point(lead) if is_raw(lead) else None
    return Look(settings=settings.poststack_part(), as_shot=as_shot)


@dataclass(slots=True)
class Finishing:
    """A picture, upright and not yet toned, on its way into files; `stacked` is there where frames are wanted."""

    image: Image
    look: Look
    tags: FileTags
    stacked: Stacked | None = None
    _rendered: Image | None = field(default=None, init=False)
    _relief: Relief | None = field(default=None, init=False)

    def write(self, recipe: ExportRecipe, path: Path, progress: Progress) -> None:
        """Write one file, whole or not at all. Raises DevelopError."""
        if recipe.layered and self.stacked is not None:
            layered.write(replace(self.stacked, image=self.image), self.look, recipe, path, self.tags, progress)
        elif recipe.shows_depth and self.stacked is not None:
            depth_export.export_depth(self._toned(), self._depth(self.stacked), recipe, path, self.tags)
        else:
            # What opens a raw file tones it itself.
            image = self.image if recipe.format == "dng" else self._toned()
            export.export_image(image, recipe, path, self.tags)

    def _toned(self) -> Image:
        if self._rendered is None:
            self._rendered = pipeline.render(self.image, self.look.settings, as_shot=self.look.as_shot)
        return self._rendered

    def _depth(self, stacked: Stacked) -> Relief:
        if self._relief is None:
            self._relief = layered.relief(replace(stacked, image=self.image), self.look)
        return self._relief
