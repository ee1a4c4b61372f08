"""Labels of the caller's own, in Hugging Face's shape of zero-shot classification."""
