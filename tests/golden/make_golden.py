"""Write reference.json from the shared golden cases (run by hand: python tests/golden/make_golden.py SOURCE).

Keeps only numbers that tests use, in this project's own format: sets as lists of indices, mappings as ON counts.
"""

import json
import sys
from pathlib import Path


def side(entry):
    return {"purview": entry["purview"], "phi": entry["phi"], "ties": entry["tied_purviews"]}


def convert(case):
    sia = case["sia"]
    return {
        "name": case["name"],
        "tpm": case["tpm"],
        "edges": case["cm"],
        "state": case["state"],
        "nodes": case["subsystem"],
        "ei": [case["EI_bits"], case["determinism"], case["degeneracy"], case["effectiveness"]],
        "phi": sia["Phi"],
        "sensitive": case["crosscheck"]["emd_backend_sensitive"],
        "cuts": [[c["from_nodes"], c["to_nodes"], c["Phi"]] for c in sia.get("all_cuts", [])],
        "mip": [sia["cut"]["from_nodes"], sia["cut"]["to_nodes"]] if (sia.get("cut") or {}).get("from_nodes") else None,
        "tied_cuts": [[c["from_nodes"], c["to_nodes"]] for c in sia.get("tied_cuts", [])],
        "concepts": [
            {
                "mechanism": c["mechanism"],
                "phi": c["phi"],
                "cause": side(c["cause"]) | {"repertoire": c["cause"]["repertoire"]},
                "effect": side(c["effect"]) | {"repertoire": c["effect"]["repertoire"]},
            }
            for c in sia["concepts"]
        ],
        "candidates": [[c["nodes"], c["Phi"]] for c in case.get("all_candidate_phis", [])],
        "major_complex": [case["major_complex"]["nodes"], case["major_complex"]["Phi"]]
        if "major_complex" in case
        else None,
        "grains": [
            {
                "groups": g["partition"],
                "on": [states[1] for states in g["grouping"]],
                "ei": g["EI_bits"],
                "phi": g.get("Phi"),
                "concepts": [
                    [c["mechanism"], c["phi"], c["cause_purview"], c["effect_purview"]] for c in g.get("concepts", [])
                ],
            }
            for g in case.get("macro", {}).get("coarse_grains", [])
        ],
    }


if __name__ == "__main__":
    cases = json.loads(Path(sys.argv[1]).read_text())["cases"]
    target = Path(__file__).with_name("reference.json")
    target.write_text("[\n" + ",\n".join(json.dumps(convert(c), separators=(",", ":")) for c in cases) + "\n]\n")
    print(target, target.stat().st_size)
