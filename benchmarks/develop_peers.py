"""How other raw developers are told to do comparable work: white balance, exposure, contrast, highlights and shadows,
local contrast, vibrance, a colour adjustment, sharpening, vignette, and their own defaults beside.

Noise reduction is left out of theirs, though ours does it: theirs takes as long as all the rest, and would flatter us.
"""

from __future__ import annotations

import struct
from pathlib import Path


def _packed(layout: str, *values: float) -> str:
    return struct.pack("<" + layout, *values).hex()


_DARKTABLE = (
    ("sharpen", 1, _packed("3f", 1.0, 0.5, 0.5)),
    ("vibrance", 2, _packed("f", 25.0)),
    ("bilat", 3, _packed("I4f", 1, 0.5, 0.5, 0.25, 0.5)),
    ("shadhi", 5, _packed("i8fIfi", 0, 100.0, 30.0, 0.0, -40.0, 0.0, 50.0, 100.0, 50.0, 127, 1e-6, 0)),
    ("vignette", 4, _packed("8f3i", 80.0, 50.0, -0.3, 0.0, 0.0, 0.0, 1.0, 1.0, 0, 0, 0)),
    ("colorcontrast", 2, _packed("4fi", 1.1, 0.0, 1.1, 0.0, 1)),
)
"""Module, version, parameters, beside those that it applies by itself: white balance, exposure, filmic and so on."""

_RAWTHERAPEE = """[Version]
AppVersion=5.9
Version=349
[Exposure]
Auto=false
Compensation=0.4
Contrast=15
[White Balance]
Enabled=true
Setting=Camera
[Shadows & Highlights]
Enabled=true
Highlights=40
Shadows=30
Radius=40
[Local Contrast]
Enabled=true
Radius=80
Amount=0.2
[Vibrance]
Enabled=true
Pastels=20
Saturated=20
[HSV Equalizer]
Enabled=true
HCurve=1;0;0.5;0.35;0.35;0.333;0.55;0.35;0.35;0.7;0.5;0.35;0.35;
[Sharpening]
Enabled=true
Method=usm
Amount=100
[PCVignette]
Enabled=true
Strength=0.6
"""


def darktable(raw: Path, target: Path, folder: Path) -> list[str]:
    """Return the command that exports a raw file with these adjustments."""
    modules = "".join(
        f'<rdf:li darktable:num="{number}" darktable:operation="{name}" darktable:enabled="1" '
        f'darktable:modversion="{version}" darktable:params="{values}" darktable:multi_priority="0"/>'
        for number, (name, version, values) in enumerate(_DARKTABLE)
    )
    sidecar = folder / "ten.xmp"
    sidecar.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:darktable="http://darktable.sf.net/" darktable:xmp_version="4" '
        f'darktable:auto_presets_applied="0" darktable:history_end="{len(_DARKTABLE)}"><darktable:history>'
        f"<rdf:Seq>{modules}</rdf:Seq></darktable:history></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    home = folder / "darktable"
    return ["darktable-cli", str(raw), str(sidecar), str(target), "--core", "--configdir", str(home)]


def rawtherapee(raw: Path, target: Path, folder: Path) -> list[str]:
    """Return the command that exports a raw file with these adjustments."""
    profile = folder / "ten.pp3"
    profile.write_text(_RAWTHERAPEE)
    return ["rawtherapee-cli", "-o", str(target), "-p", str(profile), "-Y", "-j95", "-c", str(raw)]
