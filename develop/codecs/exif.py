"""The Exif of a result: what the reference frame's camera said, made true of the result.

Exif 2.32 (CIPA DC-008-2019). Tags are carried as they were written; thumbnail and maker notes are not: they speak of
the frame, and a maker note moved to another place is damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from develop.codecs import exif_block, ifd
from develop.codecs.ifd import Directory, Entry
from develop.image import SRGB, ColorSpace

ORIENTATION, SOFTWARE, EXIF_IFD, GPS_IFD = 0x0112, 0x0131, 0x8769, 0x8825
_DATE, _DATE_ORIGINAL = 0x0132, 0x9003
_COLOR_SPACE, _WIDTH, _HEIGHT = 0xA001, 0xA002, 0xA003
_BODY_SERIAL, _LENS_SPECIFICATION = 0xA431, 0xA432
_SHOT_TOGETHER, _SOURCE_COUNT = 0xA460, 0xA461
_DNG_SERIAL, _DNG_LENS = 0xC62F, 0xC630
# Make, Model, DateTime, Artist, Copyright.
_IMAGE_TAGS = frozenset((0x010F, 0x0110, 0x0132, 0x013B, 0x8298))
# Exposure, lens, dates with sub-seconds and offsets, distances, ambient conditions, owner and serials. Left out:
# maker note, comment, subject areas and focal plane resolution (in the frame's pixels), CFA pattern, unique id.
_EXIF_RANGES = (
    *((0x829A, 0x829A), (0x829D, 0x829D), (0x8822, 0x8822), (0x8827, 0x8827), (0x8830, 0x8835), (0x9003, 0x9004)),
    *((0x9010, 0x9012), (0x9201, 0x920A), (0x9290, 0x9292), (0x9400, 0x9405), (0xA217, 0xA217), (0xA300, 0xA301)),
    *((0xA402, 0xA40A), (0xA40C, 0xA40C), (0xA430, 0xA435)),
)
_EXIF_TAGS = frozenset(tag for first, last in _EXIF_RANGES for tag in range(first, last + 1))
_SIGNED = frozenset((0x9201, 0x9203, 0x9204))
"""Speed, brightness and bias, which are below zero at times; the bits of what is not are the same with a sign."""
_GPS_TAGS = frozenset(range(0x20))
_GPS_PLACE = frozenset((0x02, 0x04, 0x07, 0x1D))
_LONGEST_TEXT, _LONGEST = 4096, 400
"""Bytes of one value, of the image and of the other directories: all tags together fit a JPEG's segment of 64 KiB."""
_NO_EXTRA: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedExif:
    """The tags of a result by directory, without those that depend on the file that they are written to."""

    image: Mapping[int, Entry] = field(default_factory=dict)
    exif: Mapping[int, Entry] = field(default_factory=dict)
    gps: Mapping[int, Entry] = field(default_factory=dict)
    orientation: int | None = 1
    """None: the file says it in another way."""
    software: str = "Stackroom"
    sources: int = 0
    """How many frames the result was made of; 0 for a single picture."""

    def without_gps(self) -> CarriedExif:
        """Return the tags without the place."""
        return replace(self, gps={})


def carry_exif(
    reference: Path,
    *,
    orientation: int = 1,
    software: str = "Stackroom",
    sources: int = 0,
    extra: Mapping[str, str] = {},
) -> CarriedExif:
    """Return the reference frame's tags for a result.

    `extra` says what the file itself does not, by the names 'make', 'model', 'taken' (Exif form), 'serial', 'lens';
    it comes from whoever knows the container. A file that cannot be read or has no Exif gives none.
    """
    try:
        blocks = exif_block.read_blocks(reference)
    except OSError:
        blocks = {"image": {}, "exif": {}, "gps": {}}
    image = _kept(blocks["image"], _IMAGE_TAGS, _LONGEST_TEXT)
    exif = _kept(blocks["exif"], _EXIF_TAGS)
    _borrow(blocks["image"].get(_DNG_SERIAL), _BODY_SERIAL, exif)
    _borrow(blocks["image"].get(_DNG_LENS), _LENS_SPECIFICATION, exif)
    for name, (tags, tag) in {
        "make": (image, 0x010F),
        "model": (image, 0x0110),
        "taken": (exif, _DATE_ORIGINAL),
        "serial": (exif, _BODY_SERIAL),
        "lens": (exif, 0xA434),
    }.items():
        if extra.get(name):
            tags.setdefault(tag, ifd.text(tag, extra[name][:_LONGEST]))
    gps = _kept(blocks["gps"], _GPS_TAGS)
    if not _GPS_PLACE & gps.keys():  # many cameras leave a directory with nothing but its version
        gps = {}
    return CarriedExif(image=image, exif=exif, gps=gps, orientation=orientation, software=software, sources=sources)


def _kept(found: Mapping[int, Entry], wanted: frozenset[int], longest: int = _LONGEST) -> dict[int, Entry]:
    return {
        tag: _tidy(entry)
        for tag, entry in found.items()
        if tag in wanted and len(entry.data) <= longest and (entry.kind != ifd.ASCII or entry.data.strip(b"\0 "))
    }


def _tidy(entry: Entry) -> Entry:
    """Cut the padding that cameras leave behind a text, end it as the standard says, and give numbers their sign."""
    if entry.tag in _SIGNED and entry.kind == ifd.RATIONAL:
        return replace(entry, kind=ifd.SRATIONAL)
    if entry.kind != ifd.ASCII:
        return entry
    data = entry.data.split(b"\0")[0].rstrip(b" ") + b"\0"
    return replace(entry, count=len(data), data=data)


def _borrow(entry: Entry | None, tag: int, exif: dict[int, Entry]) -> None:
    if entry is not None and tag not in exif:
        exif[tag] = replace(_tidy(entry), tag=tag)


def directory(tags: CarriedExif, *, space: ColorSpace = SRGB) -> Directory:
    """Return the tags as an image directory with its Exif and GPS directories, for a TIFF; its layout says the rest."""
    image = {**tags.image, **_by_tag(ifd.text(SOFTWARE, tags.software))}
    if tags.orientation is not None:
        image[ORIENTATION] = ifd.shorts(ORIENTATION, tags.orientation)
    own = [
        ifd.raw_bytes(0x9000, b"0232"),
        ifd.raw_bytes(0xA000, b"0100"),
        ifd.shorts(_COLOR_SPACE, 1 if space.name == SRGB.name else 0xFFFF),
    ]
    if tags.sources > 1:
        own += [ifd.shorts(_SHOT_TOGETHER, 2), ifd.shorts(_SOURCE_COUNT, tags.sources, tags.sources)]
    subs = {EXIF_IFD: (Directory({**tags.exif, **_by_tag(*own)}),)}
    if tags.gps:
        subs[GPS_IFD] = (Directory({**_by_tag(ifd.raw_bytes(0, b"\2\3\0\0", ifd.BYTE)), **tags.gps}),)
    return Directory(image, subs)


def _by_tag(*entries: Entry) -> dict[int, Entry]:
    return {entry.tag: entry for entry in entries}


def block(tags: CarriedExif, *, width: int, height: int, space: ColorSpace = SRGB, dpi: int = 300) -> bytes:
    """Return the tags as a block for a JPEG's APP1 (after its name) or a PNG's eXIf chunk, with the layout."""
    about = directory(tags, space=space)
    (shot,) = about.subs[EXIF_IFD]
    shot = shot.with_entries(
        ifd.raw_bytes(0x9101, b"\1\2\3\0"), ifd.longs(_WIDTH, [width]), ifd.longs(_HEIGHT, [height])
    )
    resolution = ifd.rationals(0x011A, [(dpi, 1)]), ifd.rationals(0x011B, [(dpi, 1)]), ifd.shorts(0x0128, 2)
    image = about.with_entries(*resolution, ifd.shorts(0x0213, 1))
    return ifd.header() + ifd.lay_out(Directory(image.entries, {**about.subs, EXIF_IFD: (shot,)}), 8)
