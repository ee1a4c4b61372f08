"""The ways in: HTTP through API Gateway, and queues."""
