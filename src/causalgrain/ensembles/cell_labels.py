"""What cell type a word means: excitatory, inhibitory, or nothing that is known.

Conventions. Case, and what stands between words (space, hyphen, underscore), don't count. A word names a cell type, a
marker, or a transmitter, of cortex and hippocampus; "+", "/", "," and "&" join several ("PV + VGAT"), which must
agree. Words on the waveform alone ("narrow", "wide", "fast") name no type: a narrow spike is evidence, see
:mod:`.waveform_mixture`. Words that say that nothing is known ("", "unknown", "mua") are taken as that; all other
words are listed, never guessed. "RS" and "FS" (regular and fast spiking) count as excitatory and inhibitory, as use
has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split("|"))


EXCITATORY = _words(
    """e|ex|exc|excit|excitatory|excitatory cell|excitatory neuron|excitatory unit|pyr|pyram|pyramid|pyramidal|
    pyramidal cell|pyramidal neuron|pyramidal cells|pyramidal neurons|pc|pn|py|principal|principal cell|
    principal neuron|projection neuron|glu|glut|glutamate|glutamatergic|vglut|vglut1|vglut2|
    camk2|camk2a|camkii|camkiia|emx1|rbp4|
    cux2|ntsr1|it|et|regular spiking|rs|granule cell|mossy cell|spiny stellate|spiny stellate cell|intratelencephalic|
    deep pyramidal cell|superficial pyramidal cell"""
)
INHIBITORY = _words(
    """i|in|inh|inhib|inhibitory|inhibitory cell|inhibitory neuron|inhibitory unit|int|inter|interneuron|interneurons|
    inhibitory interneuron|narrow interneuron|wide interneuron|narrow waveform interneuron|wide waveform interneuron|
    pv|pvalb|parvalbumin|parv|pv cell|pv interneuron|sst|som|somatostatin|sst cell|sst interneuron|vip|vip cell|
    vip interneuron|vasoactive intestinal peptide|gaba|gabaergic|gad|gad1|gad2|gad65|gad67|vgat|slc32a1|lamp5|sncg|ndnf|
    cck|npy|nos1|id2|5ht3a|5ht3ar|htr3a|calretinin|chandelier|chandelier cell|axo axonic|
    axo axonic cell|axoaxonic|axoaxonic cell|aac|basket|basket cell|martinotti|martinotti cell|neurogliaform|
    neurogliaform cell|bistratified|bistratified cell|o lm|olm|olm cell|o lm cell|ivy|ivy cell|fast spiking|fs|fsi|
    fast spiking interneuron|pvvgat|purkinje|purkinje cell"""
)
NOTHING = frozenset(
    ("", "unknown", "unk", "unclassified", "unidentified", "undefined", "undetermined", "unlabeled", "unlabelled")
    + ("unsure", "uncertain", "none", "nan", "na", "n a", "null", "?", "mixed", "other", "neuron", "cell", "unit")
    + ("single unit", "sua", "mua", "multi unit", "multiunit", "noise", "good", "unsorted", "juxta", "juxtacellular")
)
KNOWN = tuple(sorted(EXCITATORY | INHIBITORY))


def inhibitory_word(word: str) -> float | None:
    """Return 1.0 for a word that means inhibitory, 0.0 for excitatory, NaN for nothing known, None for no such word.

    Parameters
    ----------
    word : str

    Examples
    --------
    >>> [inhibitory_word(word) for word in ("Narrow Interneuron", "axo_axonic", "PV + VGAT", "Pyramidal Cell", "tall")]
    [1.0, 1.0, 1.0, 0.0, None]
    """
    plain = _plain(word)
    found = _one(plain)
    if found is not None:
        return found
    parts = [_plain(part) for part in re.split(r"[+/,&;]", word)]
    if len(parts) < 2:
        return None
    meant = [_one(part) for part in parts]
    if any(value is None for value in meant):
        return None
    sure = {value for value in meant if value is not None and value == value}
    return sure.pop() if len(sure) == 1 else float("nan")


def read_words(words: Sequence[str]) -> tuple[list[float], list[str]]:
    """Return (meaning of each word, 1 inhibitory, 0 excitatory, NaN unknown; the words that mean nothing to us).

    >>> read_words(["PV", "exc", "", "tall"])
    ([1.0, 0.0, nan, nan], ['tall'])
    """
    meant, strange = [], []
    for word in words:
        value = inhibitory_word(word)
        if value is None and word not in strange:
            strange.append(word)
        meant.append(float("nan") if value is None else value)
    return meant, strange


def _plain(word: str) -> str:
    return " ".join(re.sub(r"[\s_\-]+", " ", word.strip().lower()).split())


def _one(plain: str) -> float | None:
    for words, value in ((INHIBITORY, 1.0), (EXCITATORY, 0.0), (NOTHING, float("nan"))):
        if plain in words:
            return value
    return None
