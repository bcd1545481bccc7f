"""Which captures belong together, and what they are: on evidence, pure, and explained in words."""
