"""The house: imports point down, kernels are the one home of numba, importing the package is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "causalgrain"

# Top to bottom; a room may import from its own and from lower ones only.
ROOMS = [
    {"cli", "__main__"},
    {"reproductions"},
    {"figures"},
    {"grains"},
    {"phi"},
    {"learned"},
    {"information"},
    {"ensembles"},
    {"systems"},
    {"simulate"},
    {"recordings"},
    {"surrogates"},
    {"profile", "store"},
    {"_doubt"},
    {"_checks", "_errors", "_kernel_cache", "_provenance", "_progress"},
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")
LINES = 600


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Absolute names of all modules imported anywhere in a file, inside functions and type blocks too."""
    package = ["causalgrain", *path.relative_to(PACKAGE).with_suffix("").parts]
    if path.name == "__init__.py":
        package = package[:-1] + ["__init__"]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else []
            stem = [*base, *(node.module.split(".") if node.module else [])]
            yield ".".join(stem)
            yield from (".".join([*stem, alias.name]) for alias in node.names)


def test_every_room_is_known():
    assert {room_of(p) for p in MODULES} <= set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "causalgrain" and len(parts) > 1 and parts[1] in FLOOR:
            assert FLOOR[parts[1]] >= FLOOR[room_of(path)], f"{path.name} imports {name}, which stands above it"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_kernels_import_numba(path):
    uses = any(name.split(".")[0] in ("numba", "llvmlite") for name in imported(path))
    assert not uses or path.parent in (PACKAGE / "phi" / "kernels", PACKAGE / "simulate" / "kernels")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_can_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= LINES


def test_importing_the_package_is_light():
    heavy = ("numba", "jax", "matplotlib", "pandas", "xarray", "scipy", "h5py", "rich", "typer")
    code = f"import sys, causalgrain; print([m for m in {heavy!r} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_every_public_name_is_there_and_documented():
    import causalgrain as cg

    for name in cg.__all__:
        thing = getattr(cg, name)
        assert name == "__version__" or thing.__doc__, name
    with pytest.raises(AttributeError, match="Did you mean 'big_phi'"):
        cg.bigphi  # noqa: B018
