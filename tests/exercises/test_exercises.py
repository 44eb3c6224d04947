"""Every exercise through the command's own JSON answer, against JAX to 1e-9."""

from __future__ import annotations

import importlib
import itertools
import json
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
