"""Extractive summaries in Hugging Face's shape, by the bundle of embed."""
