"""What the OpenTelemetry Python SDK sends comes back exactly, over every exporter, compression and listener."""

import time

import pytest
from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import grpc
import otlp
from loupe import OTLP_LISTENERS


def record(children=20, attribute_bytes=0):
    """Spans of one trace as an instrumented application makes them."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "shop-web", "service.version": "1.7.3"}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("shop", "1.0")
    with tracer.start_as_current_span("POST /checkout", kind=api.SpanKind.SERVER) as root:
        root.set_attributes({"http.method": "POST", "http.status_code": 502, "ratio": 0.25, "cart": ["ring", "chain"], "vip": True})
        for number in range(children):
            link = api.Link(root.get_span_context(), {"why": "test"})
            with tracer.start_as_current_span(f"SELECT {number}", kind=api.SpanKind.CLIENT, links=[link]) as child:
                child.set_attribute("db.statement", "SELECT price FROM item" + "x" * attribute_bytes)
                child.add_event("row", {"n": number})
        try:
            raise ValueError("card refused")
        except ValueError as error:
            root.record_exception(error)
            root.set_status(api.Status(api.StatusCode.ERROR, "card refused"))
    provider.shutdown()
    return memory.get_finished_spans()


def exporter(loupe, protocol, compressed, listener):
    if protocol == "grpc":
        return GRPCExporter(endpoint=loupe.url(listener), insecure=True,
                            compression=grpc.Compression.Gzip if compressed else None)
    return HTTPExporter(endpoint=loupe.url(listener, "/v1/traces"), compression=Compression.Gzip if compressed else Compression.NoCompression)


@pytest.mark.parametrize("listener", OTLP_LISTENERS)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_comes_back_exactly(loupe, protocol, compressed, listener):
    spans = record()
    sender = exporter(loupe, protocol, compressed, listener)
    assert sender.export(spans) == SpanExportResult.SUCCESS
    sender.shutdown()
    trace_id = f"{spans[0].context.trace_id:032x}"
    for version in (1, 2):
        for form in ("protobuf", "json"):
            otlp.assert_same(encode_spans(spans), otlp.trace(loupe, trace_id, version, form), f"v{version} {form}")


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_a_message_larger_than_4_MiB(loupe, protocol, compressed):
    spans = record(children=600, attribute_bytes=9000)
    assert encode_spans(spans).ByteSize() > 5 << 20
    sender = exporter(loupe, protocol, compressed, "otlp-grpc" if protocol == "grpc" else "otlp-http")
    assert sender.export(spans) == SpanExportResult.SUCCESS
    sender.shutdown()
    otlp.assert_same(encode_spans(spans), otlp.trace(loupe, f"{spans[0].context.trace_id:032x}"))


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_batch_processor_with_default_settings(loupe, protocol):
    """The way an application really runs it: many small traces, flushed at exit."""
    sender = exporter(loupe, protocol, False, "otlp-grpc" if protocol == "grpc" else "otlp-http")
    provider = TracerProvider(resource=Resource.create({"service.name": "worker"}))
    provider.add_span_processor(BatchSpanProcessor(sender))
    tracer = provider.get_tracer("batch")
    ids = []
    for _ in range(300):
        with tracer.start_as_current_span("task") as root, tracer.start_as_current_span("step"):
            ids.append(f"{root.get_span_context().trace_id:032x}")
    provider.shutdown()
    for trace_id in ids:
        assert len(otlp.spans(otlp.trace(loupe, trace_id))) == 2


def test_a_retry_is_stored_once(loupe):
    spans = record(children=3)
    for protocol, listener in (("grpc", "otlp-grpc"), ("http", "otlp-http"), ("grpc", "otlp-grpc")):
        assert exporter(loupe, protocol, False, listener).export(spans) == SpanExportResult.SUCCESS
    otlp.assert_same(encode_spans(spans), otlp.trace(loupe, f"{spans[0].context.trace_id:032x}"))


def test_metrics_and_logs_do_not_cost_the_traces(loupe):
    """An SDK with all three signals on must neither be told to retry forever nor lose its traces."""
    with grpc.insecure_channel(loupe.address("otlp-grpc")) as channel:
        for service in ("metrics.v1.MetricsService", "logs.v1.LogsService"):
            try:
                channel.unary_unary(f"/opentelemetry.proto.collector.{service}/Export")(b"", timeout=5)
            except grpc.RpcError as error:
                assert error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNKNOWN)
        trace_id = bytes(range(1, 17))
        request = otlp.plain_trace(trace_id, 2)
        channel.unary_unary(otlp.EXPORT)(request.SerializeToString(), timeout=5)
        otlp.assert_same(request, otlp.trace(loupe, trace_id.hex()))
    for path in ("/v1/metrics", "/v1/logs"):
        status, _, _ = loupe.post(path, b"", otlp.PROTOBUF)
        assert status not in (429, 502, 503, 504)


def test_accepted_spans_are_counted(loupe):
    name = "otelcol_receiver_accepted_spans"
    before = {transport: loupe.metric(name, transport=transport) or 0 for transport in ("grpc", "http")}
    exporter(loupe, "grpc", False, "otlp-grpc").export(record(children=4))
    exporter(loupe, "http", False, "otlp-http").export(record(children=6))
    assert loupe.metric(name, transport="grpc") - before["grpc"] == 5
    assert loupe.metric(name, transport="http") - before["http"] == 7


def test_visible_at_once_and_after_a_restart(start):
    server = start()
    spans = record(children=5)
    exporter(server, "grpc", False, "otlp-grpc").export(spans)
    trace_id = f"{spans[0].context.trace_id:032x}"
    otlp.assert_same(encode_spans(spans), otlp.trace(server, trace_id), "at once")
    assert server.stop() == 0, server.log()
    server.start()
    otlp.assert_same(encode_spans(spans), otlp.trace(server, trace_id), "after a restart")
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 10
