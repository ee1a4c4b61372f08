"""The typed error family. Adapters turn it into HTTP problems or failed records, in one table each."""

__all__ = ["BundleError", "InputTooLargeError", "InvalidInputError", "ModeletError", "SettingsError"]


class ModeletError(Exception):
    """Base of every error that modelet raises on purpose."""


class SettingsError(ModeletError):
    """An environment variable is unknown or has a value that cannot be used."""


class BundleError(ModeletError):
    """A bundle is missing, damaged, or not what its manifest declares."""


class InvalidInputError(ModeletError):
    """A caller's input cannot be answered. `field` is its path in the request, such as `input.3`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class InputTooLargeError(InvalidInputError):
    """A caller's input, or the answer it asks for, is over a limit."""
