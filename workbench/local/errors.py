"""What can go wrong between a template, an event and a function."""

__all__ = ["EventError", "FunctionError", "LocalError", "PortInUseError", "TemplateError", "ThrottledError"]


class LocalError(Exception):
    """Base of all errors of the local emulation; the message is one line for the user."""


class TemplateError(LocalError):
    """template.yaml does not say what is needed, or says it in a way that is not supported locally."""


class EventError(LocalError):
    """An event file cannot be read, or no function of the template takes it."""


class PortInUseError(LocalError):
    """The address to listen on is taken."""


class FunctionError(LocalError):
    """A function failed: at INIT, with an exception, by a time-out, or its process ended.

    kind is Lambda's `errorType` (an exception's class name, or `Runtime.*` / `Sandbox.*`), logs what it wrote.
    """

    def __init__(self, function: str, kind: str, message: str, logs: str = "") -> None:
        super().__init__(f"{function}: {kind}: {message}")
        self.function = function
        self.kind = kind
        self.message = message
        self.logs = logs


class ThrottledError(FunctionError):
    """No execution environment is free and the function may have no more: Lambda's 429."""

    def __init__(self, function: str) -> None:
        super().__init__(function, "TooManyRequestsException", "Rate Exceeded.")
