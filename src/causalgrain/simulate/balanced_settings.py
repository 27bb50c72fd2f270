"""The parameters of the balanced network, frozen, and one set of them for each regime.

Conventions: potentials in mV, times in s, rates in Hz, conductances in units of the leak conductance. Membrane and
synapses are those of the conductance-based benchmark of Brette et al. (2007, J Comput Neurosci 23:349, Appendix B,
benchmark 1), after Vogels & Abbott (2005, J Neurosci 25:10786): 200 pF and 10 nS (20 ms), leak -60, threshold -50,
reset -60, refractory 5 ms, synapses 0 and -80 mV, 5 and 10 ms, 6 and 67 nS, 80 inputs a cell (2 % of 4,000), 20 % of
the cells inhibitory. The drive, the adaptation and the failure of inhibition are ours, chosen so that each regime
shows what its name says; `benchmarks/balanced_network.py` has the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from .._checks import as_number, choose
from .._errors import InputError

MAY_BE_ZERO = (
    "refractory",
    "excitatory_weight",
    "inhibitory_weight",
    "inputs",
    "adaptation",
    "tonic",
    "drive_rate",
) + ("drive_weight", "common", "kick_rate", "kick", "ramp", "reach", "settle")
SHARES = ("failed_efficacy", "failed_efficacy_inhibitory")
POTENTIALS = (
    "leak_reversal",
    "threshold",
    "reset",
    "excitatory_reversal",
    "inhibitory_reversal",
    "adaptation_reversal",
)


@dataclass(frozen=True)
class NetworkSettings:
    """What cells, synapses and drive are like.

    Attributes
    ----------
    tau_membrane : float, s
    leak_reversal, threshold, reset : float, mV
    refractory : float, s
        The membrane stays at `reset` so long after a spike.
    excitatory_reversal, inhibitory_reversal : float, mV
    tau_excitatory, tau_inhibitory : float, s
        Decay of the synaptic conductances.
    excitatory_weight, inhibitory_weight : float, leak conductances
        What one spike adds to the conductance of each target.
    delay : float, s
        From a spike to its targets; at least one step, at most .1 s.
    inputs : float
        Mean number of cells that project to a cell; the connection probability is inputs / (cells - 1), at most 1.
    reach : float, um
        Connections fall with distance as a Gaussian of this standard deviation, on a sheet without edges; their mean
        number stays. 0: all distances are alike.
    adaptation : float, leak conductances
        What a spike adds to the potassium conductance of its own cell, excitatory cells only.
    tau_adaptation : float, s
    adaptation_reversal : float, mV
    tonic : float, leak conductances
        Constant excitatory conductance of all cells.
    drive_rate : float, Hz
        Rate of the Poisson train that excites each cell; the trains are independent given their rate.
    drive_weight : float, leak conductances
        What one spike of the drive adds.
    common : float
        Standard deviation, relative to the mean, of the drive's rate, which is the same for all cells at a moment: a
        rectified Ornstein-Uhlenbeck process. 0 is no common drive.
    tau_common : float, s
        Its correlation time.
    kick, kick_rate : float, s and Hz
        For the first `kick` seconds of the settling the drive's rate is `kick_rate` higher.
    failed_efficacy, failed_efficacy_inhibitory : float
        Efficacy, 0 to 1, of inhibitory synapses onto excitatory cells while inhibition fails, and of those onto
        inhibitory cells. By default only the former fail, as when chloride loads pyramidal cells.
    ramp : float, s
        How long efficacy takes to fall at the onset of the failure, and to return before its end.
    settle : float, s
        Simulated before time 0 and thrown away, kick included.

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(REGIMES["driven"], drive_rate=300.0).drive_rate
    300.0
    """

    tau_membrane: float = 0.020
    leak_reversal: float = -60.0
    threshold: float = -50.0
    reset: float = -60.0
    refractory: float = 0.005
    excitatory_reversal: float = 0.0
    inhibitory_reversal: float = -80.0
    tau_excitatory: float = 0.005
    tau_inhibitory: float = 0.010
    excitatory_weight: float = 0.6
    inhibitory_weight: float = 6.7
    delay: float = 1e-4
    inputs: float = 80.0
    reach: float = 0.0
    adaptation: float = 0.0
    tau_adaptation: float = 0.5
    adaptation_reversal: float = -80.0
    tonic: float = 0.0
    drive_rate: float = 0.0
    drive_weight: float = 0.6
    common: float = 0.0
    tau_common: float = 0.05
    kick: float = 0.0
    kick_rate: float = 0.0
    failed_efficacy: float = 1.0
    failed_efficacy_inhibitory: float = 1.0
    ramp: float = 0.5
    settle: float = 0.5

    @property
    def fails(self) -> bool:
        """Whether inhibition fails for a while."""
        return self.failed_efficacy < 1.0 or self.failed_efficacy_inhibitory < 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in POTENTIALS:
                as_number(value, field.name, low=-200.0, high=200.0)
            elif field.name == "delay":
                as_number(value, field.name, low=1e-6, high=0.1)
            elif field.name in SHARES:
                as_number(value, field.name, low=0.0, high=1.0)
            elif field.name in MAY_BE_ZERO:
                as_number(value, field.name, low=0.0, high=1e6)
            else:
                as_number(value, field.name, low=1e-6, high=1e3)
        if not self.reset < self.threshold:
            raise InputError(
                "reset",
                expected=f"a potential below the threshold ({self.threshold:g} mV)",
                got=f"{self.reset:g} mV",
                remedy="A cell reset to its threshold would never stop firing.",
            )


REGIMES = {
    "self-sustained": NetworkSettings(kick=0.05, kick_rate=400.0),
    "driven": NetworkSettings(
        excitatory_weight=0.2, inhibitory_weight=3.3, drive_rate=300.0, drive_weight=0.6, common=0.4
    ),
    "up-down": NetworkSettings(adaptation=0.1, drive_rate=5.0),
    "seizure": NetworkSettings(adaptation=0.2, tau_adaptation=0.3, drive_rate=300.0, failed_efficacy=0.6),
}


def settings_of(regime: str, settings: NetworkSettings | None) -> NetworkSettings:
    """Return the settings given, or those of the regime."""
    known = REGIMES[choose(regime, tuple(REGIMES), "regime")]
    if settings is None or isinstance(settings, NetworkSettings):
        return settings or known
    raise InputError(
        "settings",
        expected="NetworkSettings",
        got=type(settings).__name__,
        remedy='Change those of a regime: dataclasses.replace(REGIMES["driven"], drive_rate=300.0).',
    )
