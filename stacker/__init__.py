"""The stacking engine: align and fuse frames. Knows no files and no database."""
