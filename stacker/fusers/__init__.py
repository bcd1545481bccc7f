"""One fusing method a file."""
