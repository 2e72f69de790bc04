"""tempopb.StreamingQuerier on the API's port, by grpcio, as Grafana and tempo-cli call it."""

import grpc
import pytest

import otlp
import shop
import tempopb


@pytest.fixture(scope="module", autouse=True)
def span_of_time(loupe):
    return shop.load(loupe)


@pytest.fixture
def call(loupe):
    return lambda method, **fields: tempopb.call(loupe.address("api"), method, **fields)


def failure(address, path, body=b""):
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as error:
        list(channel.unary_stream(path)(body, timeout=10))
    return error.value.code(), error.value.details()


def test_a_quick_search_is_one_message(call, span_of_time):
    messages = call("Search", Query="{}", start=span_of_time.start, end=span_of_time.end, Limit=20, SpansPerSpanSet=3)
    assert len(messages) == 1
    assert [trace.traceID for trace in messages[0].traces] == [shop.LOST.hex(), shop.PAY.hex(), shop.CART.hex()]
    assert messages[0].metrics.completedJobs == messages[0].metrics.totalJobs == 1


def test_the_same_as_over_http(loupe, call, span_of_time):
    path = f"/api/search?q=%7Bstatus%3Derror%7D&start={span_of_time.start}&end={span_of_time.end}"
    over_http = tempopb.strict(loupe.get(path)[2], "SearchResponse")
    assert call("Search", Query="{status=error}", start=span_of_time.start, end=span_of_time.end)[0].traces == over_http.traces


def test_no_hits_is_one_message_with_metrics_alone(call):
    messages = call("Search", Query='{ name = "nothing" }')
    assert len(messages) == 1 and not messages[0].traces and messages[0].HasField("metrics")


def test_the_health_check_of_grafana(call, span_of_time):
    assert len(call("Search", Query="{}", start=span_of_time.end - 900, end=span_of_time.end, Limit=1)[0].traces) == 1


def test_search_by_tags(call, span_of_time):
    messages = call("Search", Tags={"service.name": "pay"}, start=span_of_time.start, end=span_of_time.end)
    assert [trace.traceID for trace in messages[-1].traces] == [shop.PAY.hex()]


def test_tags_and_values(call):
    assert "service.name" in call("SearchTags")[0].tagNames
    assert {scope.name for scope in call("SearchTagsV2", scope="resource")[0].scopes} == {"resource"}
    assert call("SearchTagValues", tagName="service.name")[0].tagValues == ["cart", "frontend", "pay"]
    found = call("SearchTagValuesV2", tagName="span.http.response.status_code", query="{ status = error }")[0]
    assert [(one.type, one.value) for one in found.tagValues] == [("int", "500")] and found.HasField("metrics")


def test_metrics(call, span_of_time):
    start, end = span_of_time.start * 10**9, span_of_time.end * 10**9
    messages = call("MetricsQueryRange", query="{} | count_over_time() by (resource.service.name)", start=start, end=end, step=30 * 10**9)
    assert len(messages) == 1 and messages[0].HasField("metrics") and messages[0].status == 0
    sums = {series.labels[0].value.string_value: sum(sample.value for sample in series.samples) for series in messages[0].series}
    assert sums == {"cart": 3, "frontend": 3, "pay": 1}
    assert call("MetricsQueryRange", query="{} | rate()", start=start, end=end)[0].series[0].samples, "step 0 stands for an automatic one"
    instant = call("MetricsQueryInstant", query="{} | count_over_time()", start=start, end=end)
    assert instant[-1].series[0].value == 7


def test_large_answers_come_in_messages_of_a_megabyte(loupe, call):
    """Grafana refuses messages above 4 MiB."""
    request = otlp.plain_trace(bytes(range(100, 116)), 1)
    spans = request.resource_spans[0].scope_spans[0].spans
    for number in range(2, 2500):
        span = spans.add()
        span.CopyFrom(spans[0])
        span.span_id = number.to_bytes(8, "big")
        span.attributes.add(key="large").value.string_value = f"{number} " + "x" * 1000
    otlp.post(loupe, request.SerializeToString())
    messages = call("SearchTagValuesV2", tagName="span.large")
    assert len(messages) >= 3 and all(message.HasField("metrics") and message.ByteSize() <= 1 << 20 for message in messages)
    assert len({one.value for message in messages for one in message.tagValues}) == 2498


@pytest.mark.parametrize("method, fields, text", [
    ("Search", {"Query": "{ foo="}, "invalid TraceQL query: parse error at line 1, col 3: unknown identifier: foo"),
    ("Search", {"Query": "{}", "start": 5}, "http parameter start must be before end. received start=5 end=0"),
    ("Search", {"Query": "{}", "SpansPerSpanSet": 101}, "spans per span set exceeds 100. received 101"),
    ("MetricsQueryRange", {"query": "{}"}, "not a metrics query"),
    ("MetricsQueryRange", {"query": "{}|rate()", "start": 1, "end": 86402 * 10**9}, "metrics query time range exceeds the maximum allowed duration of 24h0m0s"),
    ("SearchTags", {"scope": "foo"}, "invalid scope: foo"),
])
def test_refusals_come_as_trailers(loupe, call, method, fields, text):
    with pytest.raises(grpc.RpcError) as error:
        call(method, **fields)
    assert (error.value.code(), error.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, text)


def test_unknown_methods_and_services(loupe):
    unimplemented = grpc.StatusCode.UNIMPLEMENTED
    address = loupe.address("api")
    assert failure(address, "/tempopb.StreamingQuerier/Nope") == (unimplemented, "unknown method Nope for service tempopb.StreamingQuerier")
    assert failure(address, "/x/tempopb.StreamingQuerier/Search") == (unimplemented, "unknown service x/tempopb.StreamingQuerier")
    assert failure(address, "/tempopb.StreamingQuerier/Search", b"\x0a\xff")[0] == grpc.StatusCode.INTERNAL


def test_a_cancelled_stream_leaves_the_server_well(loupe, call):
    with grpc.insecure_channel(loupe.address("api")) as channel:
        for _ in range(20):
            stream = channel.unary_stream("/tempopb.StreamingQuerier/SearchTagValuesV2")(
                tempopb.CLASSES["SearchTagValuesRequest"](tagName="span.large").SerializeToString())
            stream.cancel()
    assert call("Search", Query="{}")


def test_health_knows_the_service(loupe):
    with grpc.insecure_channel(loupe.address("api")) as channel:
        name = b"tempopb.StreamingQuerier"
        assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"\x0a" + bytes([len(name)]) + name, timeout=5) == b"\x08\x01"
