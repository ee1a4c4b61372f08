"""The columns that have a meaning of their own."""

__all__ = ["CORRUPT", "ERROR", "ID", "OUTPUT"]

ID, OUTPUT, ERROR = "id", "output", "error"
CORRUPT = "_corrupt_record"  # where Spark's readers put the text of what is no row
