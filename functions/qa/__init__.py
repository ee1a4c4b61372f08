"""Extractive question answering in Hugging Face's shape."""
