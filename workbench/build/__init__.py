"""What `make build` does: the lock, the layer and the functions as they lie in Lambda, and what they weigh."""

__all__: list[str] = []
