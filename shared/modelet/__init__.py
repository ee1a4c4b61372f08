"""The runtime of a serverless inference function: what ships in the Lambda layer."""
