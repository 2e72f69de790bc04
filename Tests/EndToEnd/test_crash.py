"""A few rounds of `make crash`, which has more."""

import pathlib
import subprocess
import sys

import pytest


@pytest.mark.timeout(400)
def test_a_few_rounds_of_kill_9():
    done = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("crash.py"), "--rounds", "5"], capture_output=True, text=True, timeout=390)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
