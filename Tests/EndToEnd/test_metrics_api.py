"""TraceQL metrics over HTTP: alignment, labels, errors, and the queries of Drilldown."""

import json
import time
import urllib.parse

import pytest

import shop
import tempopb

P = "nestedSetParent<0 && true"


@pytest.fixture(scope="module")
def span_of_time(loupe):
    return shop.load(loupe, seconds_ago=600)


@pytest.fixture
def ask(loupe, span_of_time):
    """A range of ten minutes around the traces, in steps of 30 s; the answer must be strictly what clients know."""
    def ask(q, path="query_range", message="QueryRangeResponse", **parameters):
        parameters = {"q": q, "start": span_of_time.start, "end": span_of_time.end} | ({"step": "30s"} if path == "query_range" else {}) | parameters
        status, headers, body = loupe.get(f"/api/metrics/{path}?" + urllib.parse.urlencode(parameters))
        assert (status, headers["Content-Type"]) == (200, "application/json"), body
        answer = tempopb.strict(body, message)
        assert answer.metrics.completedJobs == answer.metrics.totalJobs == 1 and not answer.message
        return answer
    return ask


def labels(series):
    """Values by key, with their types' names."""
    return {one.key: (one.value.WhichOneof("value").removesuffix("_value"), getattr(one.value, one.value.WhichOneof("value"))) for one in series.labels}


def total(series):
    return sum(sample.value for sample in series.samples)


def test_samples_are_aligned_with_one_step_in_front(ask, span_of_time):
    """Tempo's rule: floor(start), then every step, to ceil(end)."""
    for start, end, step in ((span_of_time.start, span_of_time.end, 30), (span_of_time.start + 13, span_of_time.end - 7, 20)):
        answer = ask("{} | count_over_time()", start=start, end=end, step=step)
        times = [sample.timestamp_ms // 1000 for sample in answer.series[0].samples]
        assert times == list(range(start // step * step, -(-end // step) * step + 1, step))
    assert labels(answer.series[0]) == {"__name__": ("string", "count_over_time")}


def test_a_step_that_is_not_over_counts_what_has_come_so_far(ask):
    now = int(time.time())
    answer = ask("{} | rate()", start=now - 300, end=now, step=60)
    assert answer.series[0].samples[-1].timestamp_ms // 1000 == -(-now // 60) * 60


def test_zeros_are_written_out(loupe, span_of_time):
    body = loupe.get(f"/api/metrics/query_range?q=%7B%7D%7Crate()&step=30&start={span_of_time.start}&end={span_of_time.end}")[2]
    samples = json.loads(body)["series"][0]["samples"]
    assert all("value" in sample and isinstance(sample["timestampMs"], str) for sample in samples)
    assert any(sample["value"] == 0 for sample in samples) and any(sample["value"] > 0 for sample in samples)


def test_counts_equal_matches_of_the_search(ask, loupe, span_of_time):
    """What vulture checks: one series, whose samples sum up to what a search over the same range matched."""
    for query in ('{.service.name = "cart"}', '{.http.method = "GET"}', "{}"):
        series = ask(f"{query} | count_over_time()", step="10s").series
        assert len(series) == 1
        found = tempopb.strict(loupe.get("/api/search?" + urllib.parse.urlencode(
            {"q": query, "start": span_of_time.start, "end": span_of_time.end}))[2], "SearchResponse")
        assert total(series[0]) == sum(one.matched for trace in found.traces for one in trace.spanSets) > 0


@pytest.mark.parametrize("query, series", [
    (f"{{{P}}} | rate() with(sample=true)", 1), (f"{{{P} && status=error}} | rate()  with(sample=true)", 1),
    (f"{{{P} && resource.service.name != nil}} | rate() by(resource.service.name)", 1),
    ("{true && status=error && span.db.system != nil} | rate() by(span.db.system)", 1),
    ("{true && resource.service.name != nil} | quantile_over_time(duration, 0.9) by(resource.service.name)", 3),
    ("{true && resource.service.name != nil} | quantile_over_time(duration, 0.9,0.5) by(resource.service.name)", 6),
    ('{true && resource.service.name="cart"} | rate() by(resource.service.name)', 1),
    ("{ kind = server } | rate() by (name) | topk(1)", None), ("({ status = error } | rate()) / ({} | rate())", 1), ("{} | rate() by (span.nothing)", 1),
])
def test_queries_of_drilldown(ask, query, series):
    found = ask(query, limit=100, spss=10).series
    assert found if series is None else len(found) == series


def test_labels_are_typed_and_named_as_written(ask):
    found = ask("{ span.http.response.status_code != nil } | rate() by(span.http.response.status_code, resource.service.name)").series
    assert sorted(map(labels, found), key=str) == [
        {"span.http.response.status_code": ("int", 200), "resource.service.name": ("string", "pay")},
        {"span.http.response.status_code": ("int", 500), "resource.service.name": ("string", "cart")}]


def test_heatmap(ask):
    """`__bucket` is the only label, in seconds, a power of two of nanoseconds."""
    found = ask(f"{{{P}}} | histogram_over_time(duration) with(sample=true)").series
    assert [labels(one) for one in found] == [{"__bucket": ("double", 2 ** 26 / 1e9)}, {"__bucket": ("double", 2 ** 28 / 1e9)}]
    assert [total(one) for one in found] == [1, 1]


@pytest.mark.parametrize("selection", ["{status = error}, 10", "{duration >= 100ms && duration <= 2s}, 10", "{status = error}, 10, 1, 9223372036854775807"])
def test_comparison(ask, span_of_time, selection):
    step = f"{span_of_time.end - span_of_time.start}s"
    found = [labels(one) for one in ask(f"{{true}} | compare({selection})", step=step).series]
    assert {one["__meta_type"][1] for one in found} >= {"baseline", "selection", "baseline_total", "selection_total"}
    assert any(one.get("resource.service.name") == ("string", "frontend") for one in found)
    assert all(one["__meta_type"][1].endswith("_total") == (("string", "nil") in one.values()) for one in found)


def test_exemplars(ask):
    exemplars = [one for series in ask("{ status = error } | quantile_over_time(duration, .9) by (resource.service.name)").series for one in series.exemplars]
    found = {one.key: one.value.string_value for one in exemplars[0].labels}
    assert found["trace:id"] == shop.CART.hex() and exemplars[0].value == 0.15 and exemplars[0].timestamp_ms > 0
    assert not [one for series in ask("{} | rate() with(exemplars=false)").series for one in series.exemplars]


def test_instant(ask):
    found = ask("{} | count_over_time() by (resource.service.name)", "query", "QueryInstantResponse").series
    assert {labels(one)["resource.service.name"][1]: one.value for one in found} == {"cart": 3, "frontend": 3, "pay": 1}
    assert ask("{ name = \"nothing\" } | count_over_time() by (name)", "query", "QueryInstantResponse").series == []


def test_instant_zero_is_written_out(loupe):
    body = loupe.get('/api/metrics/query?q=%7Bname%3D%22nothing%22%7D%7Crate()')[2]
    assert json.loads(body)["series"][0]["value"] == 0


@pytest.mark.parametrize("start, end", [("{s}", "{e}"), ("{s}000000000", "{e}000000000"), ("{s}.0", "{e}.0"), ("{S}", "{E}")])
def test_ways_to_write_a_time(ask, span_of_time, start, end):
    names = {"s": span_of_time.start, "e": span_of_time.end} | {
        key.upper(): time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value)) for key, value in (("s", span_of_time.start), ("e", span_of_time.end))}
    assert total(ask("{} | count_over_time()", start=start.format(**names), end=end.format(**names)).series[0]) == 7


@pytest.mark.parametrize("step", ["30", "30s", "0.5m", "30.0", "30000ms"])
def test_ways_to_write_a_step(ask, step):
    times = [sample.timestamp_ms for sample in ask("{} | rate()", step=step).series[0].samples]
    assert times[1] - times[0] == 30_000


def test_as_grafana_10_and_tempo_cli_ask(loupe, span_of_time):
    path = f"/api/metrics/query_range?query=%7B%7D+%7C+rate()&start={span_of_time.start}&end={span_of_time.end}"
    assert tempopb.strict(loupe.get(path)[2], "QueryRangeResponse").series
    path = (f"/api/metrics/query_range?q=%7B%7D%7Crate()&start={span_of_time.start}000000000&end={span_of_time.end}000000000&step=&exemplars=0&maxSeries=0"
            "&mode=&blockID=&startPage=0&pagesToSearch=0&version=&size=0&footerSize=0&dc=&instant=false")
    assert tempopb.strict(loupe.get(path, headers={"Accept": "application/protobuf"})[2], "QueryRangeResponse").series


@pytest.mark.parametrize("query, text", [
    ("q=%7B%7D", "not a metrics query"), ("", "parse error : syntax error: unexpected $end"), ("q=%7B%7D%7Crate()&start=20&end=10", "end must be greater than start"),
    ("q=%7B%7D%7Crate()&start=1&end=86402", "metrics query time range exceeds the maximum allowed duration of 24h0m0s"),
    ("q=%7B%7D%7Crate()&start=1&end=80001&step=1", "step of 1s is too small, minimum step for given range is 8s"),
    ("q=%7B%7D%7Crate()&start=4102444800&end=4102444900", "query window falls entirely within query_end_cutoff"),
    ("q=%7B%20foo%20%7D%7Crate()", "unknown identifier: foo"),
])
@pytest.mark.parametrize("path", ["query_range", "query"])
def test_refusals(loupe, path, query, text):
    if "step" in query and path == "query": return
    status, headers, body = loupe.get(f"/api/metrics/{path}?{query}")
    assert (status, headers["Content-Type"]) == (400, "text/plain; charset=utf-8") and text in body.decode()
    assert "localblocks" not in body.decode()


def test_double_slash(loupe, span_of_time):
    assert loupe.get("//api/metrics/query_range?q=%7B%7D%7Crate()")[0] == 200


def test_summary_of_grafana_10(loupe, span_of_time):
    body = loupe.get(f"/api/metrics/summary?q=%7B%7D&groupBy=resource.service.name&start={span_of_time.start}&end={span_of_time.end}")[2]
    found = {one["series"][0]["value"]["s"]: one for one in json.loads(body)["summaries"]}
    assert {name: (one["spanCount"], one.get("errorSpanCount")) for name, one in found.items()} == {
        "cart": ("3", "1"), "frontend": ("3", None), "pay": ("1", None)}
    assert all(int(one["p50"]) <= int(one["p99"]) for one in found.values())
