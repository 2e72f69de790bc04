"""Metrics made of spans: what a scraper sees, and Grafana's service graph below /prometheus without a Prometheus."""

import json
import signal
import time
import urllib.parse

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import otlp

CLIENT, SERVER = 3, 2
ERROR = 2
CALLS, FAILED, QUERIES = 40, 10, 25


def request(now):
    """CALLS from `app` to `shop`, of which FAILED fail, and QUERIES of `shop` to its database."""
    message = ExportTraceServiceRequest()
    scopes = {}
    for service in ("app", "shop"):
        resource = message.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = service
        scopes[service] = resource.scope_spans.add()

    def span(service, trace, number, parent, kind, name, millis, failed=False):
        one = scopes[service].spans.add(
            trace_id=trace.to_bytes(16, "big"), span_id=number.to_bytes(8, "big"), kind=kind, name=name,
            parent_span_id=parent.to_bytes(8, "big") if parent else b"",
            start_time_unix_nano=now - millis * 1_000_000, end_time_unix_nano=now)
        if failed:
            one.status.code = ERROR
        return one

    for call in range(1, CALLS + 1):
        span("app", call, 1, 0, CLIENT, "GET", 300)
        span("shop", call, 2, 1, SERVER, "GET /cart", 150, failed=call <= FAILED)
        if call <= QUERIES:
            query = span("shop", call, 3, 2, CLIENT, "SELECT", 10)
            for key, value in (("db.system", "postgresql"), ("server.address", "pg")):
                query.attributes.add(key=key).value.string_value = value
    return message.SerializeToString()


def ask(loupe, path, method="POST", **parameters):
    form = urllib.parse.urlencode(parameters, doseq=True)
    if method == "GET":
        status, _, body = loupe.get(f"/prometheus/api/v1/{path}?{form}")
    else:
        status, _, body = loupe.post(f"/prometheus/api/v1/{path}", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"}, "api")
    answer = json.loads(body)
    assert (status, answer["status"]) == (200, "success"), body
    return answer["data"]


def vector(loupe, query, *labels):
    """Values by the named labels."""
    data = ask(loupe, "query", query=query, time=time.time())
    assert data["resultType"] == "vector"
    return {tuple(one["metric"].get(label, "") for label in labels): float(one["value"][1]) for one in data["result"]}


EDGES = {("app", "shop"): CALLS, ("shop", "pg"): QUERIES}


@pytest.fixture(scope="module")
def counted(loupe):
    """A server that has the spans, and has recorded their metrics once, which it does every 15 s."""
    otlp.post(loupe, request(time.time_ns()))
    deadline = time.monotonic() + 40
    while vector(loupe, "traces_service_graph_request_total", "client", "server") != EDGES:
        assert time.monotonic() < deadline, (vector(loupe, "traces_service_graph_request_total", "client", "server"), loupe.log())
        time.sleep(0.5)
    return loupe


def test_a_scraper_sees_the_metrics_as_soon_as_spans_are_counted(counted):
    found = {}
    for family in text_string_to_metric_families(counted.get("/metrics")[2].decode()):
        found |= {(sample.name, frozenset(sample.labels.items())): sample.value for sample in family.samples}

    def value(name, **labels):
        return found[name, frozenset(labels.items())]
    assert value("traces_service_graph_request_total", client="app", server="shop") == CALLS
    assert value("traces_service_graph_request_failed_total", client="app", server="shop") == FAILED
    assert value("traces_service_graph_request_total", client="shop", server="pg", connection_type="database") == QUERIES
    calls = {"service": "shop", "span_name": "GET /cart", "span_kind": "SPAN_KIND_SERVER"}
    assert value("traces_spanmetrics_calls_total", **calls, status_code="STATUS_CODE_ERROR") == FAILED
    assert value("traces_spanmetrics_calls_total", **calls, status_code="STATUS_CODE_UNSET") == CALLS - FAILED
    for _ in range(2):                                      # to a scraper, a series begins at 0
        openmetrics = counted.get("/metrics", "metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})[2].decode()
    families = {family.name: family for family in openmetrics_families(openmetrics)}       # refuses what breaks the format
    assert any(sample.exemplar for sample in families["traces_spanmetrics_latency"].samples)


def test_what_a_data_source_asks_first(counted):
    assert ask(counted, "query", query="1+1", time=4) == {"resultType": "scalar", "result": [4, "2"]}
    names = ask(counted, "label/__name__/values", "GET")
    assert {"traces_service_graph_request_total", "traces_spanmetrics_calls_total"} <= set(names)
    kept = "traces_service_graph_request_server_seconds_sum|traces_service_graph_request_total|traces_service_graph_request_failed_total"
    assert {"client", "server"} <= set(ask(counted, "labels", **{"match[]": f'{{__name__=~"{kept}"}}'}))
    assert ask(counted, "series", **{"match[]": "traces_service_graph_request_server_seconds"}) == []
    assert ask(counted, "metadata", "GET")["traces_service_graph_request_total"][0]["type"] == "counter"


@pytest.mark.parametrize("metric, edges", [
    ("traces_service_graph_request_total", EDGES),
    ("traces_service_graph_request_failed_total", {("app", "shop"): FAILED}),
    ("traces_service_graph_request_server_seconds_sum", {("app", "shop"): CALLS * 0.15, ("shop", "pg"): QUERIES * 0.01}),
    ("traces_service_graph_request_server_seconds_bucket", None),
])
def test_the_queries_of_the_service_graph(counted, metric, edges):
    rates = vector(counted, f"sum by (client, server) (rate({metric}[3600s]))", "client", "server")
    kinds = ask(counted, "query", query=f"group by (client, connection_type, server) ({metric})", time=time.time())["result"]
    wanted = {("app", "shop"): "", ("shop", "pg"): "database"}
    found = {(one["metric"]["client"], one["metric"]["server"]): one["metric"]["connection_type"] for one in kinds}
    assert found == {edge: kind for edge, kind in wanted.items() if edge in (edges or EDGES)}
    assert set(rates) == set(found) and all(rate > 0 for rate in rates.values())
    for edge, value in (edges or {}).items():
        assert vector(counted, metric, "client", "server")[edge] == pytest.approx(value)


def test_the_table_below_the_graph(counted):
    top = vector(counted, 'topk(5, sum(rate(traces_spanmetrics_calls_total{span_kind="SPAN_KIND_SERVER"}[3600s])) by (span_name))', "span_name")
    assert set(top) == {("GET /cart",)}
    p90 = vector(counted, 'histogram_quantile(.9, sum(rate(traces_spanmetrics_latency_bucket{span_name=~"GET /cart"}[3600s])) by (le))')
    assert 0.128 <= p90[()] <= 0.256
    exemplars = ask(counted, "query_exemplars", query="traces_spanmetrics_latency_bucket", start=time.time() - 600, end=time.time())
    assert exemplars and exemplars[0]["exemplars"][0]["labels"]["traceID"]


def test_kept_over_kill_and_restart(counted):
    counted.signal(signal.SIGKILL)
    counted.process.wait()
    counted.start()
    query = "max_over_time(traces_service_graph_request_total[600s])"
    assert vector(counted, query, "client", "server") == EDGES


def test_off(start):
    loupe = start(metrics_generator="off")
    otlp.post(loupe, request(time.time_ns()))
    assert b"traces_spanmetrics" not in loupe.get("/metrics")[2]
    assert vector(loupe, "traces_service_graph_request_total") == {}
