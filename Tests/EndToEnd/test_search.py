"""/api/search as Grafana, Drilldown and tempo-cli use it."""

import gzip
import json
import subprocess
import urllib.parse

import pytest

import shop
import tempopb

CART, PAY, LOST = shop.CART.hex(), shop.PAY.hex(), shop.LOST.hex()
DRILLDOWN = "nestedSetParent<0 && true"
STRUCTURE = "select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)"


@pytest.fixture(scope="module")
def span_of_time(loupe):
    return shop.load(loupe)


@pytest.fixture
def ask(loupe, span_of_time):
    """Asks with the range of the traces; returns the parsed answer, which must be strictly what clients know."""
    def ask(q=None, **parameters):
        parameters = {"start": span_of_time.start, "end": span_of_time.end} | ({"q": q} if q is not None else {}) | parameters
        status, headers, body = loupe.get("/api/search?" + urllib.parse.urlencode(parameters))
        assert (status, headers["Content-Type"]) == (200, "application/json"), body
        answer = tempopb.strict(body, "SearchResponse")
        assert answer.metrics.completedJobs == answer.metrics.totalJobs == 1
        starts = [trace.startTimeUnixNano for trace in answer.traces]
        assert starts == sorted(starts, reverse=True)
        for trace in answer.traces:
            assert len(trace.traceID) == 32
            assert not trace.spanSets or trace.spanSet == trace.spanSets[0]
            assert all(one.spans and len(one.spans) <= one.matched for one in trace.spanSets)
        return answer
    return ask


def ids(answer):
    return [trace.traceID for trace in answer.traces]


def test_everything_newest_first(ask):
    answer = ask("{}")
    assert ids(answer) == [LOST, PAY, CART]
    lost, pay, cart = answer.traces
    assert (cart.rootServiceName, cart.rootTraceName, cart.durationMs) == ("frontend", "GET /cart", 250)
    assert (lost.rootServiceName, lost.rootTraceName) == ("<root span not yet received>", "")
    assert {name: (one.spanCount, one.errorCount) for name, one in cart.serviceStats.items()} == {"frontend": (2, 0), "cart": (2, 1)}
    assert (cart.spanSet.matched, len(cart.spanSet.spans)) == (4, 3)
    assert cart.spanSet.spans[0].name == "", "the name is told when it was asked for"


def test_numbers_have_the_types_that_browsers_read(loupe, span_of_time):
    _, _, body = loupe.get(f"/api/search?q=%7B%7D&limit=3&start={span_of_time.start}&end={span_of_time.end}")
    cart = json.loads(body)["traces"][2]
    assert isinstance(cart["startTimeUnixNano"], str) and cart["durationMs"] == 250
    span = cart["spanSets"][0]["spans"][0]
    assert isinstance(span["durationNanos"], str) and len(span["spanID"]) == 16
    assert "durationMs" not in json.loads(body)["traces"][0], "defaults are left out"


@pytest.mark.parametrize("query, found", [
    ('{resource.service.name="cart" && name="load cart" && status=error && duration>100ms && traceDuration<1s}', [CART]),
    ('{.http.method="GET"}', [CART]),
    ('{(resource.service.name="pay" || resource.service.name="nobody")}', [PAY]),
    ('{(name!="GET /cart" && name!="late")}', [PAY, CART]),
    ('{resource.service.name=~"pay|nobody"}', [PAY]),
    ("{span.http.response.status_code>=500}", [CART]),
    ('{resource.service.name="cart" && kind=server}', [CART]),
    ('{span.db.name="x" || span.db.system="redis" || span.peer.service="x" || span.messaging.system="x" || span.net.peer.name="x"}', [CART]),
    ('{resource.service.namespace="shop" && resource.service.name="pay"}', [PAY]),
    ('{span.sampled=true}', [PAY]), ("{span.rate < 0.5}", [PAY]),
    ("{ nestedSetParent<0 }", [PAY, CART]),
    ("{} | rate()", [LOST, PAY, CART]),
    ('{event.exception.message =~ "^no.*" }', [CART]), ('{event.exception.type = "KeyError"}', [CART]),
    ('{name="GET /cart"} >> {name="SELECT"}', [CART]), ('{name="GET /cart"} > {name="SELECT"}', []),
    ('{name="nothing"}', []), ("{ status = error } | count() > 1", []), ("{} | count() > 2", [CART]),
    ('{ trace:id = "' + CART.lstrip("0") + '" }', [CART]),
    ("{} with(most_recent=true)", [LOST, PAY, CART]), ("", [LOST, PAY, CART]),
])
def test_queries_that_grafana_writes(ask, query, found):
    assert ids(ask(query)) == found


@pytest.mark.parametrize("query", [
    f"({{{DRILLDOWN} }} &>> {{ kind = server }}) || ({{{DRILLDOWN} }}) | {STRUCTURE}",
    f"({{{DRILLDOWN} && status = error}} &>> {{ status = error }}) || ({{{DRILLDOWN} && status = error}}) | {STRUCTURE}",
    f"({{{DRILLDOWN} && duration > 100ms}} &>> {{ duration > 10ms }}) || ({{{DRILLDOWN} && duration > 100ms}}) | {STRUCTURE}",
])
def test_structure_of_drilldown(ask, query):
    for trace in ask(query, limit=200, spss=20).traces:
        assert len(trace.spanSets) == 1, "the structure tab throws at two"
        for span in trace.spanSets[0].spans:
            attributes = {one.key: one.value for one in span.attributes}
            assert span.name
            for name in ("nestedSetLeft", "nestedSetRight", "nestedSetParent"):
                assert attributes[name].WhichOneof("value") == "int_value"
            assert attributes["status"].string_value in ("unset", "ok", "error")
            assert attributes["service.name"].string_value


def test_exceptions_of_drilldown(ask):
    answer = ask("{true && status = error} | select(resource.service.name, event.exception.message,event.exception.stacktrace,"
                 "event.exception.type) with(most_recent=true)", limit=400, spss=10)
    assert ids(answer) == [CART]
    attributes = {one.key: one.value.string_value for one in answer.traces[0].spanSet.spans[0].attributes}
    assert attributes == {"service.name": "cart", "exception.message": "no such cart", "exception.type": "KeyError", "status": "error"}


def test_one_type_for_each_column(ask):
    answer = ask("{ resource.service.name != nil } | select(span.mixed, span.tags)", spss=10)
    values = [one.value for trace in answer.traces for span in trace.spanSet.spans for one in span.attributes if one.key in ("mixed", "tags")]
    assert {value.WhichOneof("value") for value in values} == {"string_value"}
    assert sorted(value.string_value for value in values) == ["1", "1.5", '["a","b"]', "one"]


def test_groups_and_aggregates(ask):
    answer = ask("{} | by(resource.service.name) | count() > 1")
    sets = answer.traces[0].spanSets
    assert ids(answer) == [CART] and [one.matched for one in sets] == [2, 2]
    assert sorted(attribute.value.string_value for one in sets for attribute in one.attributes if attribute.key == "by(resource.service.name)") == ["cart", "frontend"]
    assert {attribute.value.int_value for one in sets for attribute in one.attributes if attribute.key == "count()"} == {2}


@pytest.mark.parametrize("parameters, found", [
    ({"tags": "service.name=PAY"}, [PAY]), ({"tags": 'service.name="cart" name="load"'}, [CART]), ({"tags": "http.method=get"}, [CART]),
    ({"tags": "service.name=cart", "minDuration": "100ms"}, [CART]), ({"tags": "", "maxDuration": "100ms"}, [LOST, PAY]),
    ({"tags": "root.name=pay"}, [PAY]), ({"tags": "root.service.name=frontend"}, [PAY, CART]), ({"tags": "error=true"}, [CART]),
    ({"tags": "status.code=error"}, [CART]), ({"tags": "nothing=x"}, []), ({}, [LOST, PAY, CART]), ({"limit": 1}, [LOST]),
])
def test_search_by_tags(ask, parameters, found):
    answer = ask(**parameters)
    assert ids(answer) == found
    assert not any(trace.spanSets or trace.serviceStats for trace in answer.traces)


def test_every_other_parameter_is_a_tag(loupe, span_of_time):
    found = tempopb.strict(loupe.get("/api/search?service.name=pay")[2], "SearchResponse")
    assert ids(found) == [PAY]


def test_as_tempo_cli_asks(ask):
    """`spss=0` stands for the default; vulture compares ids after padding."""
    assert ids(ask("{}", spss=0, limit=20)) == [LOST, PAY, CART]


@pytest.mark.parametrize("query, text", [
    ("q=%7B%20foo%3D", "invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo"),
    ("q=%7B%7D&tags=a%3Db", "invalid request: can't specify tags and q in the same query"),
    ("tags=a%3Db%20a%3Dc", "invalid tags: tag a has been set twice"), ("limit=0", "invalid limit: must be a positive number"),
    ("spss=101", "spans per span set exceeds 100. received 101"), ("start=5", "http parameter start must be before end. received start=5 end=0"),
    ("end=5", "error parsing date range: only one of start and end provided: must provide both or neither"),
    ("start=1794638863&end=1795338867", "range specified by start and end exceeds 168h0m0s. received start=1794638863 end=1795338867"),
    ("q=%7B+parent.a+%3D+1+%7D", "not yet supported"), ("q=%7B+name+%3D+5+%7D", "binary operations must operate on the same type: name = 5"),
])
def test_refusals(loupe, query, text):
    status, headers, body = loupe.get(f"/api/search?{query}")
    assert (status, headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert text in body.decode() and "\n" not in body.decode()


def test_a_query_above_128_kib_is_refused(loupe):
    """Such a query does not fit into an HTTP head, so a 431 is as good as a 400."""
    status = loupe.get("/api/search?q=" + "x" * (129 << 10))[0]
    assert status in (400, 414, 431)


@pytest.mark.parametrize("path", ["//api//search", "/api/search/"])
def test_slashes(loupe, span_of_time, path):
    assert loupe.get(f"{path}?q=%7B%7D&start={span_of_time.start}&end={span_of_time.end}")[0] == 200


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT"])
def test_any_method_is_answered_like_get(loupe, span_of_time, method):
    assert loupe.request(method, "/api/search?q=%7B%7D", "api")[0] == 200


@pytest.mark.parametrize("encoded", ["%7Bname%3D%22GET%20/cart%22%7D", "%7Bname%3D%22GET+/cart%22%7D", "%7bname=%22GET%20%2fcart%22%7d"])
def test_ways_to_encode_a_query(loupe, span_of_time, encoded):
    answer = tempopb.strict(loupe.get(f"/api/search?q={encoded}&start={span_of_time.start}&end={span_of_time.end}")[2], "SearchResponse")
    assert ids(answer) == [CART]


def test_compression(loupe, span_of_time):
    path = f"/api/search?q=%7B%7D&spss=100&start={span_of_time.start}&end={span_of_time.end}"
    plain = loupe.get(path)
    _, headers, body = loupe.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert plain[1]["Content-Encoding"] is None and headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in headers["Vary"]
    assert tempopb.strict(gzip.decompress(body), "SearchResponse").traces == tempopb.strict(plain[2], "SearchResponse").traces


def test_protobuf(loupe, span_of_time):
    path = f"/api/search?q=%7B%7D&start={span_of_time.start}&end={span_of_time.end}"
    _, headers, body = loupe.get(path, headers={"Accept": "application/protobuf"})
    assert headers["Content-Type"] == "application/protobuf"
    assert tempopb.CLASSES["SearchResponse"].FromString(body).traces == tempopb.strict(loupe.get(path)[2], "SearchResponse").traces


def test_the_curl_lines_of_the_acceptance_list(loupe, span_of_time):
    base = loupe.url("api")
    for arguments in (["-G", f"{base}/api/search", "--data-urlencode", "q={}"],
                      ["-G", f"{base}/api/metrics/query_range", "--data-urlencode",
                       "q={nestedSetParent<0 && true} | histogram_over_time(duration) with(sample=true)", "-d", "step=30s"],
                      ["-G", f"{base}/api/metrics/query_range", "--data-urlencode", "q={nestedSetParent<0 && true} | compare({status = error}, 10)"],
                      [f"{base}/api/v2/search/tags"], [f"{base}/api/v2/search/tag/resource.service.name/values"]):
        done = subprocess.run(["curl", "-sSf", *arguments], capture_output=True, text=True)
        assert done.returncode == 0 and json.loads(done.stdout)["metrics"] is not None, done.stderr


# ---------------------------------------------------------------- one trace, filtered

@pytest.mark.parametrize("parameters, names", [
    ({}, {"load cart"}), ({"match_depth": 1}, {"load cart", "SELECT"}), ({"match_depth": -1}, {"load cart", "SELECT"}),
    ({"keep_hierarchy": "true"}, {"GET /cart", "load cart"}), ({"keep_hierarchy": "true", "ancestor_depth": 0}, {"load cart"}),
])
def test_filtering_one_trace(loupe, span_of_time, parameters, names):
    query = urllib.parse.urlencode({"q": "{ status = error }"} | parameters)
    answer = tempopb.CLASSES["TraceByIDResponse"].FromString(
        loupe.get(f"/api/v2/traces/{CART}?{query}", headers={"Accept": "application/protobuf"})[2])
    spans = [span for rs in answer.trace.resourceSpans for ss in rs.scope_spans for span in ss.spans]
    assert {span.name for span in spans} == names and answer.status == 1 and answer.message


def test_filters_of_one_trace_that_are_refused(loupe, span_of_time):
    for query in ("q=%7B%7D+%3E%3E+%7B%7D", "q=%7B", "match_depth=-5", "keep_hierarchy=perhaps"):
        assert loupe.get(f"/api/v2/traces/{CART}?{query}")[0] == 400
