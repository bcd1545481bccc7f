"""Decipher what Nikon enciphers with the body's serial number and shutter count."""

from __future__ import annotations

# The two substitution tables of the cipher that dcraw (Dave Coffin, 2005) first published.
_BY_SERIAL = bytes.fromhex(
    "c1bf6d0d59c5139d83616b4fc77f3d3d5359e3c7e92f95a7951fdf7f2b29c70ddf07ef71893d133d3b13fb0d89c1651f"
    "b30d6b29e3fbefa36b477f9535a7474fc7f1599535112961f13db32b0d4389c19d9d8965f1e9dfbf3d7f5397e5e99517"
    "1d3d8bfbc7e367a707f171a753b52989e52ba71729e94fc5656d6bef0d89492fb34353651d49a3138959ef6bef651d0b"
    "5913e34f9db329432b071d95595947fbe5e961472f357f177fef7f959571d3a30b71a3ad0b3bb5fba3bf4f831dade92f"
    "7165a3e507353d0db5e9e5473b9def35a3bfb3df53d397534971073561712f432f11df1797fb953b7f6bd325bfadc7c5"
    "c5b58bef2fd3076b25499525496d71c7"
)
_BY_COUNT = bytes.fromhex(
    "a7bcc9ad91df85e5d478d517467c294c4d03e925681186b3bdf76f6122a226342abe1e4614689d4418c240f47e5f1bad"
    "0b94b667b40be1ea959c66dce75d6c05dad5df7aeff6db1f824cc06847a1bdee3950564adddfa5f8c6daca90ca01429d"
    "8b0c7343750594de24b38034e52cdc9b3fca3345d0db5ff552c321dae222726b3ed05ba8878c065d0fdd091993d0b9fc"
    "8b0f8460331c9b45f1f0a3943a1277334d4478283c9efd655716946bfb59d0c82236dbd2639843a1048786f7a626bbd6"
    "594dbf6a2eaa2befe678b64ee02fdc7cbe5719327e2ad0b8ba29003c527da8493b2deb2549faa3aa39a7c5a7501136fb"
    "c6674af5a512657eb0dfaf4eb3617f2f"
)
_PLAIN = 4
"""Bytes at the head of a block, its version, that are not enciphered."""


def serial_key(serial: str | None, model: str | None) -> int:
    """Give the number that a serial stands for; bodies that write none, or letters, use a constant."""
    if serial and serial.isascii() and serial.isdigit():
        return int(serial)
    return 0x22 if (model or "").endswith("D50") else 0x60


def decipher(data: bytes, serial: int, count: int, at: int = _PLAIN) -> bytes:
    """Give in plain the bytes that lie `at` bytes into an enciphered block, at least four."""
    key = 0
    for shift in (0, 8, 16, 24):
        key ^= count >> shift & 0xFF
    step, before = _BY_SERIAL[serial & 0xFF], at - _PLAIN
    # The key stream adds step * factor a byte, and factor rises by one: what came before is a sum of a series.
    value = _BY_COUNT[key] + step * (before * 0x60 + before * (before - 1) // 2) & 0xFF
    plain = bytearray(data)
    for index in range(len(data)):
        value = value + step * (0x60 + before + index & 0xFF) & 0xFF
        plain[index] ^= value
    return bytes(plain)
