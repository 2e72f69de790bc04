"""The expected decisions of the samplers, which the Swift tests compare with, are what their script works out."""

import runpy

from loupe import ROOT


def test_decisions():
    folder = ROOT / "Tests" / "Golden" / "sampling"
    lines = list(runpy.run_path(folder / "decisions.py")["lines"]())
    assert lines == (folder / "decisions.txt").read_text().splitlines()
    shares = {name: int(line.split(": ")[1].split()[0]) / 100_000 for name, line in zip((line.split(":")[0] for line in lines), lines)}
    assert 0.095 < shares["hash_seed 10"] < 0.105 and 0.095 < shares["equalizing 10"] < 0.105 and 0.32 < shares["hash_seed 33.3"] < 0.346
