"""The catalog: captures, sequences, edits and results in one SQLite file. Loads no pixels."""
