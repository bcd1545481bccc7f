"""What the program costs: each file is run by its path or by `python -m benchmarks.NAME`.

A script's own folder comes first among those where modules are looked for, and here it holds a `develop` too: it is
taken out, so that `develop` is the engine whichever way a file is run.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != _HERE]
