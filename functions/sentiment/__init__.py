"""Whether a text is negative or positive."""
