"""Long searches for a file that breaks a reader; not part of the gate."""
