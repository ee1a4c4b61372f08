"""`modelet tune`: what a function's memory size does to its latency, its cost and its energy."""
