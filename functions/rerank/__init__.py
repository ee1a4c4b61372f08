"""Documents by their relevance to a query, in the shapes of Cohere and of text-embeddings-inference."""
