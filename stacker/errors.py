"""What can go wrong while stacking.

StackError
├── SettingsError     a setting has a value that does not exist or is out of range
├── NoFrames          there is nothing to stack
├── FrameTooSmall     frames have too few pixels to look for detail in
├── FrameMismatch     a frame differs in size or bit depth from the reference
├── AlignmentError    too few frames show what the reference shows
└── NothingCommon     the aligned frames have no area in common
"""

from __future__ import annotations


class StackError(Exception):
    """Base of the stacker's errors; the message is one clear line."""


class SettingsError(StackError):
    """A setting has a value that does not exist or is out of range."""


class NoFrames(StackError):
    """There is nothing to stack."""


class FrameTooSmall(StackError):
    """Frames have too few pixels to look for detail in."""


class FrameMismatch(StackError):
    """A frame differs in size or bit depth from the reference."""


class AlignmentError(StackError):
    """Too few frames show what the reference shows."""


class NothingCommon(StackError):
    """The aligned frames have no area in common."""
