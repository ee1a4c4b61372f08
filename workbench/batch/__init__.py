"""Batch jobs from a user's side: on this machine, in a cloud, and what is told of them."""
