"""What the README says to copy, copied."""

import json
import re
import subprocess
import sys

import otlp
from loupe import ROOT, clean_environment

README = (ROOT / "README.md").read_text()


def test_the_first_trace(loupe, tmp_path):
    code = re.search(r"```python\n(.*?)```", README, re.S)[1]
    (tmp_path / "first.py").write_text("\n".join(line.removeprefix("   ") for line in code.splitlines()))
    environment = clean_environment() | {"OTEL_EXPORTER_OTLP_ENDPOINT": loupe.url("otlp-http")}
    done = subprocess.run([sys.executable, tmp_path / "first.py"], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    found = otlp.wait_for(lambda: json.loads(loupe.get("/api/search")[2])["traces"], note="no trace in the list")
    assert (found[0]["rootServiceName"], found[0]["rootTraceName"]) == ("shop", "GET /checkout")
    names = [span.name for rs in otlp.trace(loupe, found[0]["traceID"]).resource_spans for ss in rs.scope_spans for span in ss.spans]
    assert sorted(names) == ["GET /checkout", "SELECT price"]


def test_the_data_source_is_the_file(loupe):
    assert (ROOT / "deploy" / "grafana-datasource.yaml").read_text() == re.search(r"```yaml\n(.*?)```", README, re.S)[1]


def test_the_ports_in_the_readme_are_the_defaults():
    from loupe import run
    text = run("help").stdout
    for port in set(re.findall(r"\b(?:127\.0\.0\.1|port|localhost):? ?(\d{4,5})", README)):
        assert f":{port}" in text, port
