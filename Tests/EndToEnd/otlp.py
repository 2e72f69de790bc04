"""OTLP messages: random ones, ways to send them, and the spans in them in a form that can be compared."""

import base64
import gzip
import json
import math
import random
import time

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


# ---------------------------------------------------------------- sending

class GRPCSender:
    """One connection of its own that exports encoded requests."""

    def __init__(self, address, compressed=False):
        self.channel = grpc.insecure_channel(
            address, options=[("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)],
            compression=grpc.Compression.Gzip if compressed else None)
        self.call = self.channel.unary_unary(EXPORT)

    def send(self, body, timeout=30):
        return ExportTraceServiceResponse.FromString(self.call(body, timeout=timeout))

    def close(self):
        self.channel.close()


def post(loupe, body, listener="otlp-http", compressed=False, timeout=30):
    """Posts encoded protobuf and expects it to be taken whole."""
    headers = PROTOBUF | ({"Content-Encoding": "gzip"} if compressed else {})
    status, headers, answer = loupe.post("/v1/traces", gzip.compress(body, 1) if compressed else body, headers, listener, timeout)
    assert status == 200, (status, answer)
    assert headers["Content-Type"] == "application/x-protobuf"
    assert not ExportTraceServiceResponse.FromString(answer).HasField("partial_success"), answer


def to_json(request):
    """OTLP's JSON: protobuf's, but ids in hexadecimal and enums as numbers."""
    tree = json_format.MessageToDict(request, use_integers_for_enums=True)

    def fix(value):
        if isinstance(value, list):
            return [fix(item) for item in value]
        if isinstance(value, dict):
            return {key: base64.b64decode(item).hex() if key in ("traceId", "spanId", "parentSpanId") else fix(item)
                    for key, item in value.items()}
        return value
    return json.dumps(fix(tree)).encode()


# ---------------------------------------------------------------- comparing

def spans(message):
    """{(trace id, span id): everything about the span, its scope and its resource}, from a request or an answer.

    Raises when a span occurs twice. What Tempo always writes out even when it is empty counts as absent.
    """
    found = {}
    for resource_spans in message.resource_spans:
        resource = resource_spans.resource.SerializeToString(deterministic=True)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope.SerializeToString(deterministic=True)
            for span in scope_spans.spans:
                copy = type(span)()
                copy.CopyFrom(span)
                copy.status.SetInParent()
                key = (span.trace_id.hex(), span.span_id.hex())
                assert key not in found, f"span {key} occurs twice"
                found[key] = (resource, resource_spans.schema_url, scope, scope_spans.schema_url,
                              copy.SerializeToString(deterministic=True))
    return found


def assert_same(sent, got, note=""):
    """Span for span. Tells the first difference in words when there is one."""
    sent, got = (spans(message) if not isinstance(message, dict) else message for message in (sent, got))
    assert sorted(sent) == sorted(got), f"{note}: {len(sent)} spans sent, {len(got)} found"
    for key in sorted(sent):
        if sent[key] != got[key]:
            raise AssertionError(f"{note}: span {key} differs\nsent {describe(sent[key])}\ngot  {describe(got[key])}")


def describe(entry):
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource
    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    resource, resource_schema, scope, scope_schema, span = entry
    return "\n".join(map(str, (Resource.FromString(resource), resource_schema, InstrumentationScope.FromString(scope),
                               scope_schema, Span.FromString(span))))


# ---------------------------------------------------------------- asking

def trace(loupe, trace_id, version=1, form="protobuf"):
    """The trace as TracesData; without spans when there is none."""
    path = f"/api/traces/{trace_id}" if version == 1 else f"/api/v2/traces/{trace_id}"
    accept = "application/protobuf" if form == "protobuf" else "application/json"
    status, headers, body = loupe.get(path, headers={"Accept": accept})
    if version == 1 and status == 404:
        return TracesData()
    assert status == 200, (status, body)
    assert headers["Content-Type"] == accept
    if form == "json":
        tree = json.loads(body)
        if version == 1:
            assert list(tree) == ["batches"]
            return json_format.ParseDict({"resourceSpans": tree["batches"]}, TracesData())
        assert set(tree) <= {"trace", "metrics", "status", "message"} and "trace" in tree and "metrics" in tree
        return json_format.ParseDict(tree["trace"], TracesData())
    return TracesData.FromString(body if version == 1 else field_one(body))


def field_one(body):
    """The bytes of field 1 of a message, which TraceByIDResponse calls trace."""
    def varint(at):
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
            shift += 7
    at = 0
    while at < len(body):
        key, at = varint(at)
        assert key & 7 == 2, f"wire type {key & 7}"
        size, at = varint(at)
        if key >> 3 == 1:
            return body[at:at + size]
        at += size
    raise AssertionError("no field 1: Grafana dereferences null")


def wait_for(condition, seconds=10, note="nothing"):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{note} within {seconds} s")


# ---------------------------------------------------------------- making

class Maker:
    """Random requests from a seed: every field that OTLP has, in odd combinations, all of it valid."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = time.time_ns()

    def text(self, longest=12):
        alphabet = self.random.choice(["abcdefgh ._-/", "äßπжñ中日😀\u200d\"\\<>&'", "\0\n\t\x7f\u2028\ufffd{}[]=,"])
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randrange(longest)))

    def value(self, value, depth=0):
        r = self.random
        kind = r.randrange(10 if depth < 3 else 7)
        if kind in (0, 1): value.string_value = self.text(40)
        elif kind == 2: value.bool_value = r.random() < 0.5
        elif kind == 3: value.int_value = r.choice([0, 1, -1, 2**63 - 1, -2**63, r.getrandbits(40), -r.getrandbits(20)])
        elif kind == 4: value.double_value = r.choice([0.0, -0.0, 1.5, 1e300, 5e-324, math.inf, -math.inf, 2.0**53, r.random()])
        elif kind == 5: value.bytes_value = r.randbytes(r.randrange(20))
        elif kind == 6: pass   # an empty AnyValue
        elif kind == 7:
            value.array_value.SetInParent()
            for _ in range(r.randrange(4)): self.value(value.array_value.values.add(), depth + 1)
        elif kind == 8:
            value.kvlist_value.SetInParent()
            self.attributes(value.kvlist_value.values, 3, depth + 1)
        else:
            value.string_value = "x" * r.choice([0, 1, 127, 128, 5000])

    def attributes(self, target, most, depth=0):
        keys = {self.random.choice(["http.method", "db.statement", "k", "größe", "a b", ""]) + self.random.choice(["", "1", ".x"])
                for _ in range(self.random.randrange(most + 1))}
        for key in self.random.sample(sorted(keys), len(keys)):
            pair = target.add(key=key)
            pair.value.SetInParent()
            self.value(pair.value, depth)

    def request(self, traces=3, most_spans=6):
        """A request over some traces, a few resources and scopes; returns it with the ids of its traces."""
        r = self.random
        message = ExportTraceServiceRequest()
        ids = [self.identifier(16) for _ in range(r.randrange(1, traces + 1))]
        known = {trace_id: [] for trace_id in ids}
        for _ in range(r.randrange(1, 4)):
            resource_spans = message.resource_spans.add(schema_url=r.choice(["", "https://opentelemetry.io/schemas/1.11.0"]))
            # A resource without attributes hides its spans in Grafana, so it is a case of its own, not one of these.
            resource_spans.resource.attributes.add(key="service.name").value.string_value = r.choice(["shop", "lager", "zahlung é"])
            self.attributes(resource_spans.resource.attributes, 4)
            resource_spans.resource.dropped_attributes_count = r.choice([0, 0, 7])
            for _ in range(r.randrange(1, 3)):
                scope_spans = resource_spans.scope_spans.add(schema_url=r.choice(["", "s"]))
                scope_spans.scope.name = r.choice(["", "lib", "django"])
                scope_spans.scope.version = r.choice(["", "1.2"])
                scope_spans.scope.dropped_attributes_count = r.choice([0, 2**32 - 1])
                self.attributes(scope_spans.scope.attributes, 2)
                for _ in range(r.randrange(1, most_spans)):
                    self.span(scope_spans.spans.add(), r.choice(ids), known)
        used = {s.trace_id for rs in message.resource_spans for ss in rs.scope_spans for s in ss.spans}
        return message, sorted(trace_id.hex() for trace_id in used)

    def span(self, span, trace_id, known):
        r = self.random
        span.trace_id = trace_id
        span.span_id = self.identifier(8)
        if known[trace_id] and r.random() < 0.7: span.parent_span_id = r.choice(known[trace_id])
        elif r.random() < 0.2: span.parent_span_id = self.identifier(8)
        known[trace_id].append(span.span_id)
        span.name = r.choice(["GET /", "", self.text(30)])
        span.kind = r.randrange(6)
        span.trace_state = r.choice(["", "", "vendor=1,other=x%20y"])
        span.flags = r.choice([0, 1, 0x100, 0x301, 2**32 - 1])
        span.start_time_unix_nano = self.now - r.randrange(10**12)
        span.end_time_unix_nano = span.start_time_unix_nano + r.choice([0, 1, r.randrange(10**9), r.randrange(10**12)])
        span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count = (r.choice([0, 0, 3, 2**32 - 1]) for _ in range(3))
        self.attributes(span.attributes, 6)
        for _ in range(r.choice([0, 0, 1, 3])):
            event = span.events.add(time_unix_nano=span.start_time_unix_nano + r.randrange(1000), name=r.choice(["", "exception", self.text()]))
            event.dropped_attributes_count = r.choice([0, 1])
            self.attributes(event.attributes, 3)
        for _ in range(r.choice([0, 0, 1, 2])):
            link = span.links.add(trace_id=self.identifier(16), span_id=self.identifier(8), trace_state=r.choice(["", "a=b"]))
            link.dropped_attributes_count, link.flags = r.choice([0, 9]), r.choice([0, 0x101])
            self.attributes(link.attributes, 2)
        if r.random() < 0.5:
            span.status.code = r.randrange(3)
            span.status.message = r.choice(["", "boom", self.text()])

    def identifier(self, size):
        while True:
            value = self.random.randbytes(size)
            if any(value): return value


def plain_trace(trace_id, count=1, service="shop", name="span", attribute_bytes=0, start=None):
    """A small regular trace: a root named `name` and children `name 1`, `name 2`, …"""
    start = start or time.time_ns() - 10**9
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = service
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "end-to-end"
    for number in range(1, count + 1):
        span = scope_spans.spans.add(trace_id=trace_id, span_id=number.to_bytes(8, "big"), kind=2 if number == 1 else 1,
                                     name=name if number == 1 else f"{name} {number - 1}")
        if number > 1: span.parent_span_id = (1).to_bytes(8, "big")
        span.start_time_unix_nano = start + number * 1000
        span.end_time_unix_nano = start + 10**8
        span.attributes.add(key="number").value.int_value = number
        if attribute_bytes: span.attributes.add(key="filler").value.string_value = "x" * attribute_bytes
    return message
