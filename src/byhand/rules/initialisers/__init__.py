"""The initialisers: one file for each, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.initialiser import Initialiser
from byhand.rules.initialisers.he_normal import HE_NORMAL
from byhand.rules.initialisers.he_uniform import HE_UNIFORM
from byhand.rules.initialisers.lecun_normal import LECUN_NORMAL
from byhand.rules.initialisers.lecun_uniform import LECUN_UNIFORM
from byhand.rules.initialisers.ones import ONES
from byhand.rules.initialisers.orthogonal import ORTHOGONAL
from byhand.rules.initialisers.xavier_normal import XAVIER_NORMAL
from byhand.rules.initialisers.xavier_uniform import XAVIER_UNIFORM
from byhand.rules.initialisers.zeros import ZEROS

INITIALISERS: tuple[Initialiser, ...] = (ZEROS, ONES, XAVIER_UNIFORM, XAVIER_NORMAL, HE_UNIFORM, HE_NORMAL, LECUN_UNIFORM, LECUN_NORMAL, ORTHOGONAL)
BY_NAME: Mapping[str, Initialiser] = {name: one for one in INITIALISERS for name in (one.name, *one.others)}

BIAS, SCALE, WEIGHT, WEIGHT_BEFORE_GAIN = ZEROS, ONES, XAVIER_UNIFORM, HE_NORMAL
"""What is meant where none is named: for what is only added, for what multiplies entry by entry, for weights, and for weights before an
activation that states a gain."""
