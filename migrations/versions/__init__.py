"""One frozen migration a file."""
