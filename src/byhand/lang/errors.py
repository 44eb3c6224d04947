"""The one exception that bad input raises anywhere in byhand."""

from __future__ import annotations


class ByhandError(ValueError):
    """Something a person wrote cannot be done; the message says what, and what usually mends it.

    ``line`` and ``column`` (both from 1) say where in the sheet, once a reader knows.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def at(self, line: int | None, column: int | None) -> ByhandError:
        """The same error, placed; a place already known is kept."""
        if self.line is not None:
            return self
        placed = type(self)(self.message, line, column)
        placed.__cause__ = self.__cause__
        return placed

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        return f"line {self.line}, column {self.column}: {self.message}" if self.column else f"line {self.line}: {self.message}"


class ShapeError(ByhandError):
    """Operands whose shapes do not fit."""


class NotYetError(ByhandError):
    """Something the language knows of and byhand does not do."""
