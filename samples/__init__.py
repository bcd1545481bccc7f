"""The sample card: small rendered focus stacks, and the program that renders them."""
