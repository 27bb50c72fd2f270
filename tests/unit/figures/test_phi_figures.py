"""Figures of cause-effect structures: what is drawn is what the result holds."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.figures.cause_effect_space import LARGEST_STAR, positions


@pytest.fixture(scope="module")
def micro():
    return cg.big_phi(cg.published("hoel2016-fig2"), "0000")


@pytest.fixture(scope="module")
def macro():
    return cg.big_phi(cg.published("hoel2016-fig2"), "0000", grain=cg.as_grain(["AB", "CD"], labels="ABCD"))


def stars(figure):
    ax = figure.axes[0]
    return [(np.array(c._offsets3d)[:, 0], c.get_sizes()) for c in ax.collections]


def test_space_has_a_dimension_for_every_past_and_future_state(micro, macro):
    assert positions(micro).shape == (4, 32)  # "a 3D projection of the 32D cause-effect space"
    assert positions(macro).shape == (2, 8)  # "SM's 8D cause-effect space"
    for result in (micro, macro):
        past, future = np.split(positions(result), 2, axis=1)
        np.testing.assert_allclose([past.sum(axis=1), future.sum(axis=1)], 1.0)


def test_positions_by_hand(micro):
    """A off says that C and D were not both on, and nothing of A and B: 3 of 4 states of CD, each with 4 of AB."""
    first = positions(micro)[0]
    cd = np.arange(16) >> 2
    np.testing.assert_allclose(first[:16], np.where(cd == 3, 0.0, 1 / 12))
    # Future: A off gives C and D .3 each (.5 B on: 1, so .3 + .7 / 2 * 0); A, B unconstrained: .25 + .75 * .3.
    on_ab, on_cd = 0.25 + 0.75 * 0.3, 0.3
    p = np.array([on_ab, on_ab, on_cd, on_cd])
    bits = np.arange(16)[:, None] >> np.arange(4) & 1
    np.testing.assert_allclose(first[16:], np.where(bits, p, 1 - p).prod(axis=1))


def test_stars_stand_where_the_concepts_are_as_large_as_their_phi(micro):
    figure = cg.cause_effect_space(micro, axes=[("past", "1100"), ("future", "1100"), ("future", "0011")])
    where = positions(micro)[:, [3, 16 + 3, 16 + 12]]
    found = stars(figure)
    assert len(found) == 2  # A with B, C with D: "overlapping" in the paper
    np.testing.assert_allclose(found[0][0], where[0])
    np.testing.assert_allclose(found[1][0], where[2])
    np.testing.assert_allclose(found[0][1], LARGEST_STAR / 6)
    assert [t.get_text().strip() for t in figure.axes[0].texts] == ["A, B", "C, D"]


def test_default_axes_have_the_largest_variance(macro):
    figure = cg.cause_effect_space(macro)
    ax = figure.axes[0]
    names = [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()]
    spread = positions(macro).var(axis=0)
    drawn = [f"P({side} {state})" for side in ("past", "future") for state in ("00", "10", "01", "11")]
    chosen = [spread[drawn.index(name)] for name in names]
    rest = [s for name, s in zip(drawn, spread, strict=True) if name not in names]
    assert min(chosen) >= max(rest) - 1e-12


def test_repertoires_are_those_of_the_concept(micro):
    figure = cg.repertoires(micro, [0])
    cause, effect = figure.axes
    intact, parted = (patch.get_data().values for patch in cause.patches)
    np.testing.assert_allclose(intact, positions(micro)[0][:16])
    assert parted.sum() == pytest.approx(1.0)
    assert not np.allclose(intact, parted)
    assert "phi = 0.1667 (counts)" in cause.get_title()
    assert "(counts)" not in effect.get_title()
    assert cause.lines[0].get_ydata()[0] == 1 / 16  # the uniform distribution
    bare = cg.repertoires(micro, [0], whole_system=False).axes[0].patches[0].get_data().values
    np.testing.assert_allclose(bare, micro.structure[(0,)].cause.repertoire)


def test_figures_are_saved(micro, tmp_path):
    for name, figure in (("space", cg.cause_effect_space(micro)), ("repertoires", cg.repertoires(micro))):
        for ending in ("png", "pdf", "svg"):
            figure.savefig(tmp_path / f"{name}.{ending}")
            assert (tmp_path / f"{name}.{ending}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: cg.repertoires(r, [0, 1]), r"Concepts here: \(0,\)"),
        (lambda r: cg.cause_effect_space(r, axes=[("past", "11"), ("past", "0000"), ("past", "1000")]), "4 elements"),
        (lambda r: cg.cause_effect_space(r, axes=[("past", "1111")]), "three dimensions"),
        (lambda r: cg.cause_effect_space(cg.big_phi(cg.published("hoel2016-fig2"), "0000", [0])), "no points"),
    ],
)
def test_errors_tell_the_remedy(micro, call, message):
    with pytest.raises(cg.InputError, match=message):
        call(micro)


def test_a_single_concept_is_not_drawn_at_the_origin():
    result = next(
        r
        for seed in range(400)
        if (net := cg.Network(np.random.default_rng(seed).integers(0, 2, (8, 3)).astype(float))).reachable("111")
        and len((r := cg.big_phi(net, "111")).structure) == 1
    )
    figure = cg.cause_effect_space(result)
    assert "1 concept," in figure.axes[0].get_title()
    assert (stars(figure)[0][0] > 0.0).all()


def test_stars_that_only_look_the_same_are_told_apart():
    result = cg.big_phi(cg.published("hoel2016-fig6"), "000000")
    figure = cg.cause_effect_space(result)
    labels = [t.get_text().strip() for t in figure.axes[0].texts]
    assert any(" | " in label for label in labels)
    assert "|: apart in others" in figure.axes[0].get_title()
