"""Hypothesis draws the same examples in every run; ``--hypothesis-profile=explore`` draws new ones."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("explore", deadline=None, suppress_health_check=SLOW_IS_FINE, print_blob=True)
settings.load_profile("repeatable")
