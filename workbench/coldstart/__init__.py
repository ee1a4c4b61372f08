"""`modelet coldstart`: where the time goes between the start of a process and its first answer."""
