"""Transport between structures: dust left by rounding must end the search, not loop in it."""

import numpy as np

from causalgrain.phi.compiled import kernels


def test_what_rounding_leaves_over_ends_the_search():
    # A supply keeps 1.1e-16, just above the dust, when every open demand is below it. Met in a surrogate of a nearly
    # independent system; it used to loop for ever.
    cost = np.array(
        [
            [0.0006439683323479217, 0.00972431015855818, 0.009422380340017578, 0.00853172010626474],
            [0.010163938142696116, 0.0003438865461701246, 0.012581444668769037, 0.0051328379941711355],
            [0.00842061568171859, 0.013161034676423211, 0.0017463941964362406, 0.016087011315487343],
        ]
    )
    supply = np.array([0.00521628598874152, 0.0013451470496186335, 0.0032706068283189227])
    demand = np.array([0.005216285988741548, 0.0013451470496186335, 0.0032706068283188117, 8.326672684688674e-17])
    flow = np.zeros(cost.shape)
    value = kernels().matching.transport(cost, supply, demand, flow)
    by_hand = sum(cost[i, i] * supply[i] for i in range(3))  # each stays where it is cheapest
    assert abs(value - by_hand) < 1e-17
    assert np.abs(flow.sum(axis=1) - supply).max() < 1e-15
    assert np.abs(flow.sum(axis=0) - demand).max() < 1e-15
