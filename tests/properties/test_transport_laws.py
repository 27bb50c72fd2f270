"""Both transports, on the cube and between lists of masses, against linear programming: no code is shared.

On the cube the program moves mass along the edges (one variable an edge and direction), not between pairs of states.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array

from causalgrain.phi.compiled import kernels

LP = 1e-9  # what the linear program's answer is good for, with these tolerances (its own default is 1e-7)
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
SIZES = st.integers(1, 6)


def least_cost(cost, supply, demand):
    """Least cost of moving `supply` onto `demand` by linear programming."""
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    # The last equation follows from the others: without it, rounding of the totals can't make the program infeasible.
    equations = np.vstack([rows, columns])[:-1]
    masses = np.concatenate([supply, demand])[:-1]
    found = linprog(cost.ravel(), A_eq=equations, b_eq=masses, method="highs", options=TIGHT)
    assert found.success, found.message
    return found.fun


def edge_flow(p, q, n):
    """Least mass times edges that turns `p` into `q` on the n-cube, by linear programming."""
    low = np.array([(x, x | 1 << j) for x in range(1 << n) for j in range(n) if not x >> j & 1])
    tails, heads = np.concatenate([low, low[:, ::-1]]).T
    every = np.arange(len(tails))
    ones = np.ones(len(tails))
    flow = coo_array(
        (np.concatenate([ones, -ones]), (np.concatenate([tails, heads]), np.concatenate([every, every]))),
        shape=(1 << n, len(tails)),
    ).tocsr()[:-1]
    found = linprog(ones, A_eq=flow, b_eq=(p - q)[:-1], method="highs", options=TIGHT)
    assert found.success, found.message
    return found.fun


# -- between lists of masses ---------------------------------------------------------------------------------------


@st.composite
def transports(draw):
    """Costs, supplies and demands with equal totals: zero masses, equal costs, and a null row or column."""
    n, m = draw(SIZES), draw(SIZES)
    mass = draw(st.sampled_from([st.sampled_from([0.0, 0.0, 1.0, 2.0]), st.floats(0, 1, width=32)]))
    plan = np.array(draw(st.lists(mass, min_size=n * m, max_size=n * m))).reshape(n, m)
    price = draw(
        st.sampled_from([st.just(1.0), st.sampled_from([0.0, 1.0, 2.0]), st.sampled_from([0.25, 0.5]), st.floats(0, 8)])
    )
    cost = np.array(draw(st.lists(price, min_size=n * m, max_size=n * m))).reshape(n, m)
    supply, demand = plan.sum(axis=1), plan.sum(axis=0)
    if draw(st.booleans()):
        # The null concept: far from everything, and it takes or gives what the other side lacks.
        far = np.array(draw(st.lists(st.floats(0.5, 8), min_size=n, max_size=n)))
        extra = np.array(draw(st.lists(mass, min_size=n, max_size=n)))
        cost = np.column_stack([cost, far])
        supply, demand = supply + extra, np.append(demand, extra.sum())
    if draw(st.booleans()):
        cost, supply, demand = cost.T.copy(), demand, supply
    return cost, supply, demand


def slack(cost, supply):
    """Allowed error: that of the program, in the units of the cost."""
    return LP * max(1.0, cost.max() * supply.sum())


@settings(max_examples=300)
@given(transports())
def test_transport_agrees_with_linear_programming(case):
    cost, supply, demand = case
    flow = np.full(cost.shape, np.nan)
    value = kernels().matching.transport(cost, supply, demand, flow)
    assert value == pytest.approx(least_cost(cost, supply, demand), abs=slack(cost, supply))
    assert flow.min() >= 0.0
    assert flow.sum(axis=1) == pytest.approx(supply, abs=1e-12)
    assert flow.sum(axis=0) == pytest.approx(demand, abs=1e-12)
    assert (flow * cost).sum() == pytest.approx(value, abs=1e-12 * max(1.0, value))


def started(cost, supply, demand):
    """First potentials and an empty plan: (left, wanted, flow, u, v)."""
    flow = np.full(cost.shape, np.nan)
    u, v = np.full(len(supply), np.nan), np.zeros(len(demand))
    kernels().matching.start(cost, u, flow)
    return supply.copy(), demand.copy(), flow, u, v


@settings(max_examples=200)
@given(transports(), st.floats(0, 1.2))
def test_a_search_that_stops_leaves_a_lower_bound(case, share):
    cost, supply, demand = case
    least = least_cost(cost, supply, demand)
    near = slack(cost, supply)
    left, wanted, flow, u, v = started(cost, supply, demand)
    cutoff = share * least
    value = kernels().matching.solve(cost, supply, demand, left, wanted, flow, u, v, cutoff)
    assert value <= least + near
    assert value > cutoff or value == pytest.approx(least, abs=near)
    # The certificate: potentials that no arc exceeds, whose value this is.
    assert (u[:, None] + v <= cost + 1e-12 * max(1.0, cost.max())).all()
    assert u @ supply + v @ demand == pytest.approx(value, abs=near)


@settings(max_examples=200)
@given(transports(), st.data())
def test_costs_may_rise_between_calls(case, data):
    """What flowed on a dearer arc is taken back, the rest stands, and the end is the least cost of the new prices."""
    cost, supply, demand = case
    left, wanted, flow, u, v = started(cost, supply, demand)
    for _ in range(3):
        kernels().matching.solve(cost, supply, demand, left, wanted, flow, u, v, np.inf)
        rise = data.draw(st.lists(st.sampled_from([0.0, 0.0, 0.5, 2.0]), min_size=cost.size, max_size=cost.size))
        dearer = (np.array(rise).reshape(cost.shape) > 0) & (flow > 0)
        cost = cost + np.where(dearer, np.array(rise).reshape(cost.shape), 0.0)
        taken = np.where(dearer, flow, 0.0)
        left += taken.sum(axis=1)
        wanted += taken.sum(axis=0)
        flow[dearer] = 0.0
    value = kernels().matching.solve(cost, supply, demand, left, wanted, flow, u, v, np.inf)
    near = slack(cost, supply)
    assert value == pytest.approx(least_cost(cost, supply, demand), abs=near)
    assert (flow * cost).sum() == pytest.approx(value, abs=near)
    assert flow.sum(axis=1) == pytest.approx(supply, abs=1e-12)
    assert flow.sum(axis=0) == pytest.approx(demand, abs=1e-12)


# -- on the cube -----------------------------------------------------------------------------------------------------


@st.composite
def spiky(draw, n):
    """A distribution on few states, or one with a spike on a flat or random floor."""
    size = 1 << n
    kind = draw(st.sampled_from(["few", "equal", "spike", "random"]))
    if kind in ("few", "equal"):
        where = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4, unique=True))
        p = np.zeros(size)
        p[where] = (
            1.0 if kind == "equal" else draw(st.lists(st.floats(0.01, 1), min_size=len(where), max_size=len(where)))
        )
    else:
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        p = np.ones(size) if kind == "spike" else rng.dirichlet(np.full(size, draw(st.sampled_from([0.02, 0.3, 3.0]))))
        if kind == "spike":
            p[draw(st.integers(0, size - 1))] += draw(st.sampled_from([1e-6, 1.0, 100.0]))
    return p / p.sum()


@st.composite
def pairs(draw, n):
    return draw(spiky(n)), draw(spiky(n))


@settings(max_examples=250)
@given(pairs(3))
def test_closed_form_of_three_elements(case):
    p, q = case
    assert kernels().cubes.emd_three(p - q) == pytest.approx(edge_flow(p, q, 3), abs=LP)


@settings(max_examples=400)
@given(pairs(4))
def test_closed_form_of_four_elements(case):
    p, q = case
    assert kernels().cubes.emd_four(p - q) == pytest.approx(edge_flow(p, q, 4), abs=LP)


@settings(max_examples=200)
@given(st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), pairs(n))))
def test_distance_of_two_to_six_elements(case):
    n, (p, q) = case
    transport = kernels().transport
    value = transport.emd(p, q, n, transport.emd_scratch(n), np.inf)
    assert value == pytest.approx(edge_flow(p, q, n), abs=LP)


@pytest.mark.parametrize("n", [3, 4])
def test_closed_forms_agree_with_the_flow_to_rounding(n):
    """Both ways in the package, on 3,000 pairs a kind: a potential that the closed form lacks would show."""
    rng = np.random.default_rng(n)
    transport, cubes = kernels().transport, kernels().cubes
    closed = cubes.emd_three if n == 3 else cubes.emd_four
    scratch = transport.emd_scratch(n)
    dual = np.empty(1 << n)
    for sharp in (0.02, 0.3, 3.0):
        for p, q in rng.dirichlet(np.full(1 << n, sharp), (3000, 2)):
            value = transport.emd(p, q, n, scratch, np.inf)
            transport.potentials(scratch, n, dual)
            assert closed(p - q) == value
            assert dual @ (p - q) == pytest.approx(value, abs=1e-14)
