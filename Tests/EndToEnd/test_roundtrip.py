"""Loupe's decoders and encoders, without a server between, against the official protobuf classes."""

import subprocess
import sys

import pytest

from loupe import ROOT

TOOL = ROOT / ".build" / "debug" / "otlp-roundtrip"


@pytest.mark.skipif(not TOOL.exists(), reason="swift build --product otlp-roundtrip makes it")
def test_random_requests_through_both_decoders_and_all_encoders():
    done = subprocess.run([sys.executable, ROOT / "Tests" / "OTLPRoundtrip" / "compare.py", TOOL, "400"], capture_output=True, text=True, timeout=170)
    print(done.stdout[-2000:])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
