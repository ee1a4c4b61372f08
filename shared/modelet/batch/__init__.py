"""Batch jobs: a file in a bucket is cut into parts, and each part's rows are answered exactly once."""
