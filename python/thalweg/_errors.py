"""Exceptions and warnings. Every message is a whole sentence, followed by advice where there is some."""


class ThalwegError(Exception):
    """What thalweg raises.

    Attributes
    ----------
    message : str
        What is wrong, with the offending value.
    advice : str or None
        What to do about it, where known.
    """

    def __init__(self, message, advice=None):
        super().__init__(message, advice)
        self.message = message
        self.advice = advice

    def __str__(self):
        return self.message if self.advice is None else f"{self.message} {self.advice}"


class InputError(ThalwegError, ValueError):
    """Bad input or usage; nothing was started."""


class NotFittedError(InputError, AttributeError):
    """An estimator was asked for what it has only once it is fitted."""


class FailedError(ThalwegError, RuntimeError):
    """Work that was started and failed: divergence, a budget, a disk that refused."""


class DataWarning(UserWarning):
    """Something about the data that the user should know."""


class NotConvergedWarning(UserWarning):
    """A training or a solve that ended before its stopping rule was met; it says which budget ran out and what helps."""
