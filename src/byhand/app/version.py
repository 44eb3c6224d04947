"""The version, in one place: the installed package's."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("byhand")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0+unknown"


VERSION = _installed()
