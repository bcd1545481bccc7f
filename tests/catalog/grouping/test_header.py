from __future__ import annotations

from dataclasses import MISSING, fields

import msgspec

from catalog.grouping.header import Header
from catalog.metadata.record import Metadata


def test_a_header_has_the_names_and_defaults_of_the_whole_record() -> None:
    whole = {field.name: None if field.default is MISSING else field.default for field in fields(Metadata)}
    for field in msgspec.structs.fields(Header):
        assert field.default == whole[field.name], field.name
