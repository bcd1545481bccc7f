"""What a camera wrote about a capture."""
