"""A file that lands in the bucket of inputs becomes a job: cut into parts, a message for each."""
