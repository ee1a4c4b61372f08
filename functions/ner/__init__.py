"""Named entities in Hugging Face's shape of token classification."""
