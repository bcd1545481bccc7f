"""Two camera bodies: what they write into a file's header, and how they store a picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

OFFSET = "+02:00"
QUALITY = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A camera body as its files name it."""

    make: str
    model: str
    serial: str
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How a frame was taken; focal length and focus in mm, exposure time in seconds, bias in EV."""

    lens: str
    focal: int
    f_number: float
    time: Fraction
    iso: int
    bias: int = 0
    bracketed: bool = False


BODIES = {
    "A": Body(make="Canon", model="Canon EOS R5", serial="032024001187", software="Firmware Version 1.8.1"),
    "B": Body(make="NIKON CORPORATION", model="NIKON Z 8", serial="7206643", software="Ver.02.01"),
}


def header(body: Body, exposure: Exposure, at: datetime, focus: float, orientation: int) -> bytes:
    """Return the Exif block of a frame focused at `focus` mm, as JPEG segment content."""
    exif = Image.Exif()
    when, part = at.strftime("%Y:%m:%d %H:%M:%S"), f"{at.microsecond // 10000:02d}"
    base = ExifTags.Base
    exif.update(
        {
            base.Make: body.make,
            base.Model: body.model,
            base.Orientation: orientation,
            base.Software: body.software,
            base.DateTime: when,
        }
    )
    details: dict[int, object] = {
        base.ExposureTime: IFDRational(exposure.time),
        base.FNumber: IFDRational(round(exposure.f_number * 10), 10),
        base.ISOSpeedRatings: exposure.iso,
        base.ExifVersion: b"0232",
        base.DateTimeOriginal: when,
        base.DateTimeDigitized: when,
        base.OffsetTime: OFFSET,
        base.OffsetTimeOriginal: OFFSET,
        base.OffsetTimeDigitized: OFFSET,
        base.SubsecTimeOriginal: part,
        base.SubsecTimeDigitized: part,
        base.ExposureBiasValue: IFDRational(exposure.bias, 1),
        base.SubjectDistance: IFDRational(round(focus * 10), 10000),
        base.FocalLength: IFDRational(exposure.focal, 1),
        base.ColorSpace: 1,
        base.ExposureMode: 2 if exposure.bracketed else 1,
        base.BodySerialNumber: body.serial,
        base.LensModel: exposure.lens,
    }
    exif.get_ifd(ExifTags.IFD.Exif).update(details)
    return exif.tobytes()


def stored(picture: np.ndarray, exif: bytes) -> bytes:
    """Return a JPEG file of an 8-bit RGB picture as it lies on the sensor."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=QUALITY, subsampling="4:2:0", optimize=True, exif=exif)
    return file.getvalue()
