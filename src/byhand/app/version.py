"""The version, in one place: the installed package's."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("byhand")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0+unknown"
