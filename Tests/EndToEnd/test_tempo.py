"""The operational calls and trace by id, as Grafana and Tempo's own clients use them."""

import json
import re

import pytest

import otlp

TRACE = bytes.fromhex("00a1b2c3d4e5f60718293a4b5c6d7e8f")


@pytest.fixture(scope="module", autouse=True)
def one_trace(loupe):
    otlp.post(loupe, otlp.plain_trace(TRACE, 4, name="GET /cart").SerializeToString())


@pytest.mark.parametrize("path, body", [("/ready", b"ready\n"), ("/api/echo", b"echo\n")])
def test_short_answers(loupe, path, body):
    status, headers, answer = loupe.get(path)
    assert (status, headers["Content-Type"], answer) == (200, "text/plain; charset=utf-8", body)


def test_buildinfo(loupe):
    status, headers, body = loupe.get("/api/status/buildinfo")
    info = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/json"
    assert list(info) == ["version", "revision", "branch", "buildUser", "buildDate", "goVersion"]
    assert all(isinstance(value, str) for value in info.values())
    major, minor, _ = map(int, re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", info["version"]).groups())
    assert (major, minor) >= (2, 7), "Grafana switches streaming off below 2.2.0 and metrics below 2.7.0"


def test_miss_v1_is_an_empty_404(loupe):
    status, headers, body = loupe.get("/api/traces/ffff")
    assert (status, body, headers["Content-Type"]) == (404, b"", None)


def test_miss_v2_is_200_with_an_empty_trace(loupe):
    status, headers, body = loupe.get("/api/v2/traces/ffff")
    assert (status, headers["Content-Type"], json.loads(body)) == (200, "application/json", {"trace": {}, "metrics": {}})
    status, headers, body = loupe.get("/api/v2/traces/ffff", headers={"Accept": "application/protobuf"})
    assert (status, headers["Content-Type"], body) == (200, "application/protobuf", b"\x0a\x00\x12\x00")


@pytest.mark.parametrize("version", ["/api/traces", "/api/v2/traces"])
@pytest.mark.parametrize("identifier, text", [
    ("zz", "trace IDs can only contain hex characters: invalid character 'z' at position 1"),
    ("0g", "trace IDs can only contain hex characters: invalid character 'g' at position 2"),
    ("f" * 33, "trace IDs can't be larger than 128 bits"),
])
def test_bad_ids(loupe, version, identifier, text):
    status, headers, body = loupe.get(f"{version}/{identifier}")
    assert (status, headers["Content-Type"], body.decode()) == (400, "text/plain; charset=utf-8", text)


@pytest.mark.parametrize("identifier", [TRACE.hex(), TRACE.hex().upper(), TRACE.hex().lstrip("0"), TRACE.hex()[1:]])
def test_ways_to_write_an_id(loupe, identifier):
    assert len(otlp.spans(otlp.trace(loupe, identifier))) == 4


def test_bad_range(loupe):
    status, _, body = loupe.get(f"/api/traces/{TRACE.hex()}?start=20&end=10")
    assert (status, body) == (400, b"http parameter start must be before end. received start=20 end=10")


def test_json_of_v1(loupe):
    batches = json.loads(loupe.get(f"/api/traces/{TRACE.hex()}")[2])["batches"]
    span = next(span for span in batches[0]["scopeSpans"][0]["spans"] if span["name"] == "GET /cart")
    assert span["traceId"] == "AKGyw9Tl9gcYKTpLXG1+jw==" and span["spanId"] == "AAAAAAAAAAE="
    assert span["kind"] == "SPAN_KIND_SERVER" and span["status"] == {} and "parentSpanId" not in span
    assert isinstance(span["startTimeUnixNano"], str)
    assert {"key": "number", "value": {"intValue": "1"}} in span["attributes"]
    assert batches[0]["resource"] == {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}


def test_what_grafana_dereferences_is_present(loupe):
    """`resource`, `scope` and `status` stand there even when empty, or the trace view throws."""
    trace_id = bytes(range(9, 25))
    request = otlp.plain_trace(trace_id, 1)
    request.resource_spans[0].scope_spans[0].ClearField("scope")
    otlp.post(loupe, request.SerializeToString())
    trace = otlp.trace(loupe, trace_id.hex())
    assert trace.resource_spans[0].HasField("resource")
    assert trace.resource_spans[0].scope_spans[0].HasField("scope")
    assert trace.resource_spans[0].scope_spans[0].spans[0].HasField("status")


def test_double_slashes_of_a_grafana_with_a_trailing_slash_in_its_url(loupe):
    assert loupe.get(f"//api/v2/traces/{TRACE.hex()}")[0] in (200, 301)


def test_gzip_only_when_asked(loupe):
    path = f"/api/traces/{TRACE.hex()}"
    assert loupe.get(path)[1]["Content-Encoding"] is None
    _, headers, body = loupe.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert headers["Content-Encoding"] in (None, "gzip")
    if headers["Content-Encoding"]:
        assert body[:2] == b"\x1f\x8b" and "Accept-Encoding" in headers["Vary"]


def test_search_without_a_query_lists_the_newest_first(loupe):
    otlp.post(loupe, otlp.plain_trace(bytes(range(40, 56)), 2, service="lager", name="pick").SerializeToString())
    status, headers, body = loupe.get("/api/search?limit=20")
    assert status == 200 and headers["Content-Type"] == "application/json"
    traces = json.loads(body)["traces"]
    mine = {trace["traceID"].rjust(32, "0"): trace for trace in traces}[bytes(range(40, 56)).hex()]
    assert (mine["rootServiceName"], mine["rootTraceName"]) == ("lager", "pick")
    assert mine["durationMs"] == 99 or mine["durationMs"] == 100
    starts = [int(trace["startTimeUnixNano"]) for trace in traces]
    assert starts == sorted(starts, reverse=True)


def test_unknown_paths(loupe):
    assert loupe.get("/api/nothing")[0] == 404
    assert loupe.get("/")[0] in (301, 302, 307, 308)


@pytest.mark.parametrize("accept, kind, ending", [
    (None, "text/plain; version=0.0.4; charset=utf-8", b"\n"),
    ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text; version=1.0.0; charset=utf-8", b"\n# EOF\n"),
])
def test_metrics(loupe, accept, kind, ending):
    _, headers, body = loupe.get("/metrics", headers={"Accept": accept} if accept else {})
    assert headers["Content-Type"] == kind and body.endswith(ending)
    for name in (b"tempo_build_info{", b"tempo_distributor_spans_received_total{", b"tempo_ingester_blocks_flushed_total",
                 b"otelcol_process_uptime", b"otelcol_receiver_refused_spans{", b"process_open_fds"):
        assert b"\n" + name in body, name


def test_health_says_since_when(loupe):
    status, headers, body = loupe.get("/", "health")
    answer = json.loads(body)
    assert (status, headers["Content-Type"], answer["status"]) == (200, "application/json", "Server available")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", answer["upSince"])
    assert re.fullmatch(r"(\d+h)?(\d+m)?(\d+(\.\d+)?(s|ms|µs|ns))", answer["uptime"])
