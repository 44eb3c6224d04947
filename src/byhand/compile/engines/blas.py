"""The matrix products of the BLAS that NumPy brings, by their address."""

from __future__ import annotations


def products(size: int) -> int:
    """The address of cblas_sgemm (``size`` 4) or cblas_dgemm (8) with 64-bit integers, or 0."""
    return 0
