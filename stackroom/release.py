"""Which release of the program this is: said once, here, for the package as well."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"

SOFTWARE: Final = f"Stackroom {VERSION}"
"""What results name as the program that made them."""
