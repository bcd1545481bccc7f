"""One develop operation a file."""
