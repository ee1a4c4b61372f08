"""Whether a text is toxic, hateful or offensive."""
