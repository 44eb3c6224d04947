"""The rules: one file for each, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from byhand.lang.rule import Rule
from byhand.rules.attention import ATTENTION
from byhand.rules.batch_norm import BATCH_NORM
from byhand.rules.binary_cross_entropy import BCE_WITH_LOGITS, BINARY_CROSS_ENTROPY
from byhand.rules.clip import CLIP
from byhand.rules.conv import CONV1D, CONV2D
from byhand.rules.cosine_similarity import COSINE_SIMILARITY
from byhand.rules.cross_entropy import CROSS_ENTROPY
from byhand.rules.elu import ELU
from byhand.rules.embedding import EMBEDDING
from byhand.rules.gelu import GELU
from byhand.rules.hinge import HINGE
from byhand.rules.huber import HUBER
from byhand.rules.kl_divergence import KL_DIVERGENCE
from byhand.rules.label_smoothing import LABEL_SMOOTHING
from byhand.rules.layer_norm import LAYER_NORM, RMS_NORM
from byhand.rules.leaky_relu import LEAKY_RELU, PRELU
from byhand.rules.log_softmax import LOG_SOFTMAX
from byhand.rules.logsumexp import LOGSUMEXP
from byhand.rules.masked_softmax import CAUSAL_SOFTMAX, MASKED_SOFTMAX
from byhand.rules.maximum import MAXIMUM, MINIMUM
from byhand.rules.penalties import L1_PENALTY, L2_PENALTY
from byhand.rules.pool import AVG_POOL2D, MAX_POOL2D, MAX_UNPOOL2D
from byhand.rules.silu import SILU
from byhand.rules.softmax import SOFTMAX
from byhand.rules.softplus import LOG_SIGMOID, SOFTPLUS
from byhand.rules.squared_error import MSE, SQUARED_ERROR
from byhand.rules.standardise import STANDARDISE

ACTIVATIONS = (LEAKY_RELU, PRELU, ELU, GELU, SILU, SOFTPLUS, LOG_SIGMOID, HUBER, CLIP, MAXIMUM, MINIMUM)
SOFTMAXES = (SOFTMAX, LOG_SOFTMAX, LOGSUMEXP, MASKED_SOFTMAX, CAUSAL_SOFTMAX)
LOSSES = (CROSS_ENTROPY, BINARY_CROSS_ENTROPY, BCE_WITH_LOGITS, SQUARED_ERROR, MSE, HINGE, KL_DIVERGENCE, COSINE_SIMILARITY)
TARGETS_AND_PENALTIES = (LABEL_SMOOTHING, L1_PENALTY, L2_PENALTY)
LAYERS = (STANDARDISE, LAYER_NORM, RMS_NORM, BATCH_NORM, CONV1D, CONV2D, MAX_POOL2D, MAX_UNPOOL2D, AVG_POOL2D, ATTENTION, EMBEDDING)

RULES: tuple[Rule, ...] = (*ACTIVATIONS, *SOFTMAXES, *LOSSES, *TARGETS_AND_PENALTIES, *LAYERS)
BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}
