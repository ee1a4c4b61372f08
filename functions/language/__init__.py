"""Which of 176 languages a text is in."""
