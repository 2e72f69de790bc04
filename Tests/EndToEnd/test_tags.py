"""Tag names and tag values, as Grafana's query editor asks for them."""

import json
import urllib.parse

import pytest

import shop
import tempopb

INTRINSICS = ["duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "link:spanID",
              "link:traceID", "name", "rootName", "rootServiceName", "span:duration", "span:id", "span:kind", "span:name", "span:parentID",
              "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration", "trace:id", "trace:rootName",
              "trace:rootService", "traceDuration"]


@pytest.fixture(scope="module", autouse=True)
def span_of_time(loupe):
    return shop.load(loupe)


def names(loupe, path="/api/v2/search/tags", **parameters):
    status, _, body = loupe.get(f"{path}?{urllib.parse.urlencode(parameters)}")
    assert status == 200, body
    return {scope.name: list(scope.tags) for scope in tempopb.strict(body, "SearchTagsV2Response").scopes}


def values(loupe, name, **parameters):
    status, _, body = loupe.get(f"/api/v2/search/tag/{name}/values?{urllib.parse.urlencode(parameters)}")
    assert status == 200, body
    return {(one.type, one.value) for one in tempopb.strict(body, "SearchTagValuesV2Response").tagValues}


def test_names_by_scope(loupe):
    found = names(loupe, limit=5000)
    assert sorted(found) == ["event", "intrinsic", "resource", "span"]
    assert found["resource"] == ["service.name", "service.namespace"] and found["event"] == ["exception.message", "exception.type"]
    assert found["intrinsic"] == INTRINSICS and {"http.method", "db.system", "a/b"} <= set(found["span"])
    assert found["span"] == sorted(found["span"])


@pytest.mark.parametrize("scope, expected", [("resource", ["resource"]), ("intrinsic", ["intrinsic"]), ("link", []), ("trace", []),
                                             ("none", ["event", "intrinsic", "resource", "span"])])
def test_one_scope(loupe, scope, expected):
    assert sorted(names(loupe, scope=scope)) == expected


def test_limit_counts_in_each_scope(loupe):
    assert len(names(loupe, scope="resource", limit=1)["resource"]) == 1


def test_names_on_spans_that_match(loupe):
    found = names(loupe, q='{ name = "charge" }', scope="span")
    assert found["span"] == ["http.response.status_code", "rate"]
    assert names(loupe, q="{ name = ", scope="span")["span"] == names(loupe, scope="span")["span"], "half-typed: no filter"


def test_names_of_v1_are_one_list(loupe):
    found = tempopb.strict(loupe.get("/api/search/tags")[2], "SearchTagsResponse").tagNames
    assert {"service.name", "http.method", "exception.message"} <= set(found) and "status" not in found
    assert list(tempopb.strict(loupe.get("/api/search/tags?scope=intrinsic")[2], "SearchTagsResponse").tagNames) == INTRINSICS


@pytest.mark.parametrize("tag, expected", [
    ("resource.service.name", {("string", "cart"), ("string", "frontend"), ("string", "pay")}),
    (".service.name", {("string", "cart"), ("string", "frontend"), ("string", "pay")}),
    ("span.http.response.status_code", {("int", "500"), ("int", "200")}), ("span.rate", {("float", "0.25")}), ("span.sampled", {("bool", "true")}),
    ("span.tags", {("string", "a"), ("string", "b")}), ("event.exception.type", {("string", "KeyError")}), ("event:name", {("string", "exception")}),
    ("span.mixed", {("int", "1"), ("float", "1.5"), ("string", "one")}), ("span.nothing", set()), ("duration", set()), ("traceDuration", set()),
    ("status", {("keyword", "unset"), ("keyword", "ok"), ("keyword", "error")}),
    ("kind", {("keyword", kind) for kind in ("unspecified", "internal", "server", "client", "producer", "consumer")}),
    ("rootServiceName", {("string", "frontend")}),
    ("span.a%2Fb", {("string", "slash")}), ("span.a%252Fb", {("string", "slash")}), ("span.a/b", {("string", "slash")}),
    ("span.%22a%2Fb%22", {("string", "slash")}),
])
def test_values_with_their_types(loupe, tag, expected):
    found = values(loupe, tag, limit=5000, tag=tag)
    assert expected <= found if tag == "rootServiceName" else found == expected


def test_values_are_always_strings(loupe):
    for one in json.loads(loupe.get("/api/v2/search/tag/span.http.response.status_code/values")[2])["tagValues"]:
        assert list(one) == ["type", "value"] and isinstance(one["value"], str)


@pytest.mark.parametrize("query, expected", [
    ('{ resource.service.name = "pay" }', {"charge"}), ("{ span.db.system != nil && status = error }", {"load cart"}),
    ('{ resource.service.name = "pay" && span.x = }', {"charge"}), ('{ resource.service.name = "pay"', {"charge"}),
    ('{ resource.service.name = "pay" || span.rate > 0 } | rate()', {"charge"}),
])
def test_values_on_spans_that_match(loupe, query, expected):
    assert {value for _, value in values(loupe, "name", q=query)} == expected


@pytest.mark.parametrize("query", ["{}", "nonsense", '{ name = "charge" && }', '{ .x = "y" }', '{ name = "charge" } >> { name = "x" }'])
def test_queries_that_filter_nothing(loupe, query):
    assert values(loupe, "name", q=query) == values(loupe, "name")


@pytest.mark.parametrize("tag, expected", [
    ("service.name", ["cart", "frontend", "pay"]), ("http.response.status_code", ["200", "500"]), ("error", ["true"]), ("status.code", ["error", "ok", "unset"]),
    ("a%2Fb", ["slash"]), ("root.name", ["GET /cart", "POST /pay"]), ("root.service.name", ["frontend"]),
])
def test_values_of_v1(loupe, tag, expected):
    found = list(tempopb.strict(loupe.get(f"/api/search/tag/{tag}/values")[2], "SearchTagValuesResponse").tagValues)
    assert [value for value in found if value] == expected


def test_a_range(loupe, span_of_time):
    assert values(loupe, "resource.service.name", start=span_of_time.start - 500, end=span_of_time.start - 400) == set()
    assert values(loupe, "resource.service.name", start=span_of_time.start, end=span_of_time.end)


@pytest.mark.parametrize("path, text", [
    ("/api/v2/search/tags?scope=foo", "invalid scope: foo"),
    ("/api/v2/search/tag/foo.bar/values", "please provide a valid tagName: failed to parse identifier foo.bar: parse error at line 1, col "),
    ("/api/v2/search/tag/name/values?q=" + urllib.parse.quote("{" + " || ".join(f'name="{number}"' for number in range(101)) + "}"), "alternatives"),
])
def test_refusals(loupe, path, text):
    status, headers, body = loupe.get(path)
    assert (status, headers["Content-Type"]) == (400, "text/plain; charset=utf-8") and text in body.decode()
