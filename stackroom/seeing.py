"""Have pictures looked at in a process of its own: a decoder that crashes takes down that process and no command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from catalog.worker_process import WORKERS
from develop.settings import DevelopSettings
from develop.white_point import WhitePoint
from stackroom.errors import PictureUnreadable
from watcher.engine import prepare_worker

_SIDE = 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Light:
    """What 'as shot' and 'auto' mean for one picture; None where the picture does not say."""

    as_shot: WhitePoint | None
    auto: WhitePoint | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture and the settings that its automatic ones are laid over."""

    path: str
    settings: DevelopSettings


@dataclass(frozen=True, slots=True)
class _Failed:
    why: str


def light_of(path: Path) -> Light:
    """Return what the white balance words mean for a picture. Raises PictureUnreadable."""
    return _looked_at(_light, [Wish(str(path), DevelopSettings())])[0]


def auto_settings(wishes: Sequence[Wish]) -> list[DevelopSettings]:
    """Return each wish's settings with tone and white balance found from its picture. Raises PictureUnreadable."""
    return _looked_at(_auto, wishes)


def fringe_settings(wishes: Sequence[Wish]) -> list[DevelopSettings]:
    """Return each wish's settings with the lens's colour fringes measured. Raises PictureUnreadable."""
    return _looked_at(_fringes, wishes)


def crashing(paths: Sequence[Path]) -> Path | None:
    """Return the first picture that takes its decoder down; None where none does."""
    with ProcessPoolExecutor(1, WORKERS, prepare_worker, (0,)) as pool:
        for path in paths:
            try:
                pool.submit(_decode, str(path)).result()
            except BrokenExecutor:
                return path
    return None


def _decode(path: str) -> None:
    from develop import decode  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415

    with contextlib.suppress(DevelopError, OSError):
        decode.read_image(Path(path))


def _looked_at(look: Callable[[Wish], T | _Failed], wishes: Sequence[Wish]) -> list[T]:
    if not wishes:
        return []
    found: list[T] = []
    with ProcessPoolExecutor(min(2, len(wishes)), WORKERS, prepare_worker, (0,)) as pool:
        futures = [pool.submit(look, wish) for wish in wishes]
        for wish, future in zip(wishes, futures, strict=True):
            try:
                seen = future.result()
            except BrokenExecutor as error:
                raise PictureUnreadable(f"{wish.path}: crashes its decoder; take it out, or convert it") from error
            if isinstance(seen, _Failed):
                raise PictureUnreadable(seen.why)
            found.append(seen)
    return found


def _light(wish: Wish) -> Light | _Failed:
    from develop import auto, decode, raw  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415
    from develop.operations import white_balance  # noqa: PLC0415

    path = Path(wish.path)
    try:
        as_shot = raw.as_shot_white_point(path) if decode.is_raw(path) else None
        return Light(as_shot, auto.white_point(decode.read_reduced(path, _SIDE), as_shot or white_balance.DAYLIGHT))
    except (DevelopError, OSError) as error:
        return _Failed(str(error))


def _auto(wish: Wish) -> DevelopSettings | _Failed:
    from develop import auto, decode  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415

    try:
        return auto.auto_settings(decode.read_reduced(Path(wish.path), _SIDE), wish.settings)
    except (DevelopError, OSError) as error:
        return _Failed(str(error))


def _fringes(wish: Wish) -> DevelopSettings | _Failed:
    from develop import decode, fringes  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415

    try:
        return replace(wish.settings, **fringes.measure(decode.read_reduced(Path(wish.path), fringes.SIDE)))
    except (DevelopError, OSError) as error:
        return _Failed(str(error))
