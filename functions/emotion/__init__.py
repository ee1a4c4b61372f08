"""Which of six emotions a text speaks of."""
