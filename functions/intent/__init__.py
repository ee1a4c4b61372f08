"""Which of 150 intents a request has, or that it has none of them."""
