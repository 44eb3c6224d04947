"""Hypothesis draws the same examples in every run; ``--hypothesis-profile=explore`` draws new ones. Each file of tests starts with a small heap."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

# JAX is an oracle here, on functions that run once: what it would save in running them it costs several times over in compiling.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("explore", deadline=None, suppress_health_check=SLOW_IS_FINE, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True, scope="module")
def heap_of_its_own() -> None:
    """What earlier files of tests left in caches is not gone over again: a collection of ten thousand tests' leftovers would take longer than what is timed."""
    gc.collect()
    gc.freeze()
