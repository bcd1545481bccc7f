"""Have pictures looked at in a process of its own: a decoder that crashes takes down that process and no command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
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
class Unseen:
    """A picture that could not be looked at, and why: one line that names it."""

    why: str


def light_of(path: Path) -> Light:
    """Return what the white balance words mean for a picture. Raises PictureUnreadable."""
    [seen] = _looked_at(_light, [Wish(str(path), DevelopSettings())])
    if isinstance(seen, Unseen):
        raise PictureUnreadable(seen.why)
    return seen


def auto_settings(wishes: Sequence[Wish]) -> list[DevelopSettings | Unseen]:
    """Return each wish's settings with tone and white balance found from its picture."""
    return _looked_at(_auto, wishes)


def fringe_settings(wishes: Sequence[Wish]) -> list[DevelopSettings | Unseen]:
    """Return each wish's settings with the lens's colour fringes measured."""
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


def _looked_at(look: Callable[[Wish], T | Unseen], wishes: Sequence[Wish]) -> list[T | Unseen]:
    """Return what is seen in each picture; one that takes its decoder down costs the others nothing."""
    found = _in_pool(look, wishes, 2)
    suspects = [index for index, seen in enumerate(found) if seen is None]
    while suspects:
        # Which of those at hand when the worker died took it down shows only one by one.
        again = _in_pool(look, [wishes[index] for index in suspects], 1)
        for index, seen in zip(suspects, again, strict=True):
            found[index] = seen
        lost = [index for index in suspects if found[index] is None]
        if lost:
            path = wishes[lost[0]].path
            found[lost[0]] = Unseen(f"{path}: crashes its decoder; take it out, or convert it")
        suspects = lost[1:]
    return [seen for seen in found if seen is not None]


def _in_pool(look: Callable[[Wish], T | Unseen], wishes: Sequence[Wish], workers: int) -> list[T | Unseen | None]:
    """Return what is seen in each picture in the order given; None from where a worker died."""
    if not wishes:
        return []
    found: list[T | Unseen | None] = [None] * len(wishes)
    with ProcessPoolExecutor(min(workers, len(wishes)), WORKERS, prepare_worker, (0,)) as pool:
        futures: list[Future[T | Unseen]] = []
        with contextlib.suppress(BrokenExecutor):
            futures.extend(pool.submit(look, wish) for wish in wishes)
        for index, future in enumerate(futures):
            with contextlib.suppress(BrokenExecutor):
                found[index] = future.result()
    return found


def _light(wish: Wish) -> Light | Unseen:
    from develop import auto, decode, raw  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415
    from develop.operations import white_balance  # noqa: PLC0415

    path = Path(wish.path)
    try:
        as_shot = raw.as_shot_white_point(path) if decode.is_raw(path) else None
        return Light(as_shot, auto.white_point(decode.read_reduced(path, _SIDE), as_shot or white_balance.DAYLIGHT))
    except (DevelopError, OSError) as error:
        return Unseen(str(error))


def _auto(wish: Wish) -> DevelopSettings | Unseen:
    from develop import auto, decode  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415

    try:
        return auto.auto_settings(decode.read_reduced(Path(wish.path), _SIDE), wish.settings)
    except (DevelopError, OSError) as error:
        return Unseen(str(error))


def _fringes(wish: Wish) -> DevelopSettings | Unseen:
    from develop import decode, fringes  # noqa: PLC0415 - runs in the worker; loads the pixels' libraries
    from develop.errors import DevelopError  # noqa: PLC0415

    try:
        return replace(wish.settings, **fringes.measure(decode.read_reduced(Path(wish.path), fringes.SIDE)))
    except (DevelopError, OSError) as error:
        return Unseen(str(error))
