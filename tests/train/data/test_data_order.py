"""Orders, splits and scales."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.lang.errors import ByhandError, ShapeError
from byhand.train.data.order import order
from byhand.train.data.split import split
from byhand.train.data.standardise import Standardise, standardise


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 2**64 - 1), st.integers(0, 1000))
def test_each_row_comes_once(rows: int, batch: int, seed: int, epoch: int) -> None:
    if batch > rows:
        with pytest.raises(ByhandError, match="choose a batch of at most"):
            order(rows, batch, seed, epoch)
        return
    steps, rest = order(rows, batch, seed, epoch)
    assert steps.shape == (rows // batch, batch)
    assert steps.dtype == rest.dtype == np.int64
    assert sorted([*steps.ravel().tolist(), *rest.tolist()]) == list(range(rows))
    again = order(rows, batch, seed, epoch)
    np.testing.assert_array_equal(again.steps, steps)
    np.testing.assert_array_equal(again.rest, rest)


def test_orders_differ_and_are_those_of_always() -> None:
    """A run that is taken up years later goes on with the same batches."""
    assert order(10, 5, 1, 2).steps.tolist() == [[1, 4, 5, 0, 7], [6, 8, 2, 3, 9]]
    found = {tuple(order(10, 10, seed, epoch).steps[0].tolist()) for seed in range(30) for epoch in range(30)}
    assert len(found) == 900


def test_places_are_alike() -> None:
    """Each row comes to each place about as often: χ² of 6 × 6 cells over 6000 epochs, 25 degrees of freedom."""
    counts = np.zeros((6, 6))
    for epoch in range(6000):
        counts[np.arange(6), order(6, 6, 0, epoch).steps[0]] += 1
    assert ((counts - 1000) ** 2 / 1000).sum() < 60


@pytest.mark.parametrize(("rows", "batch", "seed"), [(5, 0, 0), (5, -1, 0), (5, 1, -1), (5, 1, 2**64)])
def test_no_order(rows: int, batch: int, seed: int) -> None:
    with pytest.raises(ByhandError):
        order(rows, batch, seed, 0)


# --------------------------------------------------------------------------------------------------------- split


@given(st.integers(1, 100), st.floats(0, 0.99), st.integers(0, 99))
def test_parts(rows: int, share: float, seed: int) -> None:
    count = round(rows * share)
    if share and not 0 < count < rows:
        with pytest.raises(ByhandError, match=r"leaves none for (holding back|training)"):
            split(rows, share, seed)
        return
    kept, held = split(rows, share, seed)
    assert len(held) == count
    assert sorted([*kept.tolist(), *held.tolist()]) == list(range(rows))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held) > 0).all()


@given(st.lists(st.integers(0, 4), min_size=2, max_size=80), st.floats(0.05, 0.95), st.integers(0, 9))
def test_strata(codes: list[int], share: float, seed: int) -> None:
    found = np.array(codes, dtype=np.int32)
    count = round(len(codes) * share)
    if not 0 < count < len(codes):
        return
    kept, held = split(len(codes), share, seed, found)
    assert len(held) == count
    assert sorted([*kept.tolist(), *held.tolist()]) == list(range(len(codes)))
    sizes = np.bincount(found, minlength=5)
    taken = np.bincount(found[held], minlength=5)
    often = sizes >= 2
    if len(codes) - len(set(codes)) >= count:
        assert (sizes - taken)[sizes > 0].min() >= 1
        if often.sum() <= count:
            assert taken[often].min() >= 1
    roomy = sizes * share >= 1.5
    if roomy[sizes > 0].all() and (sizes * (1 - share) >= 1.5)[sizes > 0].all():
        assert (np.abs(taken - sizes * (count / len(codes))) <= 1).all()


def test_as_scikit_learn_shares_them_out() -> None:
    selection = pytest.importorskip("sklearn.model_selection")
    codes = np.repeat(np.arange(3, dtype=np.int32), [50, 70, 30])
    _, theirs = selection.train_test_split(np.arange(150), test_size=0.2, stratify=codes, random_state=0)
    _, ours = split(150, 0.2, 0, codes)
    np.testing.assert_array_equal(np.bincount(codes[ours]), np.bincount(codes[theirs]))


def test_splits_depend_on_the_seed() -> None:
    assert split(20, 0.2, 0).held.tolist() == split(20, 0.2, 0).held.tolist()
    assert len({tuple(split(20, 0.2, seed).held.tolist()) for seed in range(20)}) > 15
    assert split(20, 0, 0).held.tolist() == []
    for share in (-0.1, 1, 1.5):
        with pytest.raises(ByhandError, match="a share lies between 0 and 1"):
            split(20, share, 0)
    with pytest.raises(ByhandError, match=r"^a share of 0\.01 of 20 rows leaves none for holding back: choose another share, or more rows\.$"):
        split(20, 0.01, 0)


# -------------------------------------------------------------------------------------------------------- scales


@given(st.integers(1, 40), st.integers(1, 4), st.integers(1, 10), st.sampled_from([0.0, 1e3, 1e8]), st.integers(0, 99))
def test_in_pieces_as_at_once(rows: int, columns: int, size: int, far: float, seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(rows, columns)) + far
    pieces = [features[start : start + size] for start in range(0, rows, size)]
    found = standardise(pieces)
    np.testing.assert_allclose(found.shift, features.mean(axis=0), rtol=1e-14, atol=1e-15)
    deviation = features.std(axis=0)
    np.testing.assert_allclose(found.scale, np.where(deviation > 0, deviation, 1), rtol=1e-6 if far == 1e8 else 1e-10)
    scaled = found(features)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6 if far == 1e8 else 1e-10)
    np.testing.assert_allclose(found.back(scaled), features, rtol=1e-12)


def test_as_scikit_learn_scales() -> None:
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    features = np.random.default_rng(0).normal(size=(50, 4)) * [1, 1e-8, 1e8, 0] + [0, 5, -1e9, 7]
    for scaling, theirs in (("standard", preprocessing.StandardScaler()), ("minmax", preprocessing.MinMaxScaler())):
        found = standardise([features[:20], features[20:]], scaling)  # type: ignore[arg-type]
        np.testing.assert_allclose(found(features), theirs.fit_transform(features), rtol=1e-6, atol=1e-6)  # theirs is in one pass over what is far from zero


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e30, -3.7])
def test_what_is_constant_keeps_its_scale(constant: float) -> None:
    features = np.full((1000, 2), constant)
    for scaling in ("standard", "minmax"):
        found = standardise([features[:300], features[300:]], scaling)  # type: ignore[arg-type]
        assert found.scale.tolist() == [1, 1]
        np.testing.assert_allclose(found(features), 0, atol=1e-9 * abs(constant))


def test_images_unchanged_and_errors() -> None:
    images = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    found = standardise([images], "minmax")
    assert found.shift.shape == (4, 4)
    assert found(images, np.float32).dtype == np.float32
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(standardise([images], "none")(images), images)
    with pytest.raises(ShapeError, match=r"samples of shape \(4,\).* fitted to samples of shape \(4, 4\)"):
        found(np.zeros((3, 4)))
    with pytest.raises(ByhandError, match="no rows"):
        standardise([np.zeros((0, 3))])
    with pytest.raises(ByhandError, match=r"^the feature \[1\] has numbers too large for a scale to be fitted"):
        standardise([np.array([[1, 1e300], [2, -1e300]])])
    with pytest.raises(ByhandError, match=r"^X\[0, 1\] is 1e\+39, too large for 32-bit floats, which hold numbers up to 3\.4e\+38: scale the feature"):
        Standardise("none", np.zeros(2), np.ones(2))(np.array([[0, 1e39]]), np.float32)
