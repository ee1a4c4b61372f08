"""One class for each family of tasks."""
