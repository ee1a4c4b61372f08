"""Sentence embeddings in OpenAI's and Hugging Face's shapes."""
