"""A small shop's traces for questions: two whole ones, one whose root never came, with every kind of attribute."""

import time
import types

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CART = bytes.fromhex("00a1b2c3d4e5f60718293a4b5c6d7e8f")
PAY = bytes.fromhex("10a1b2c3d4e5f60718293a4b5c6d7e8f")
LOST = bytes.fromhex("20a1b2c3d4e5f60718293a4b5c6d7e8f")
UNSET, OK, ERROR = 0, 1, 2
INTERNAL, SERVER, CLIENT = 1, 2, 3


def traces(seconds_ago=120):
    """(request, start of CART in ns). PAY starts 1 s, LOST 2 s after CART."""
    start = (time.time_ns() // 10**9 - seconds_ago) * 10**9
    message = ExportTraceServiceRequest()
    scopes = {}
    for service in ("frontend", "cart", "pay"):
        resource_spans = message.resource_spans.add()
        resource_spans.resource.attributes.add(key="service.name").value.string_value = service
        resource_spans.resource.attributes.add(key="service.namespace").value.string_value = "shop"
        scopes[service] = resource_spans.scope_spans.add()
        scopes[service].scope.name = "lib"

    def span(service, trace, number, parent, name, at, millis, kind=INTERNAL, status=UNSET, **attributes):
        begun = start + at * 10**6
        one = scopes[service].spans.add(trace_id=trace, span_id=number.to_bytes(8, "big"), name=name, kind=kind,
                                        start_time_unix_nano=begun, end_time_unix_nano=begun + millis * 10**6)
        if parent: one.parent_span_id = parent.to_bytes(8, "big")
        one.status.code = status
        for key, value in attributes.items():
            target = one.attributes.add(key=key.replace("__", ".")).value
            if isinstance(value, bool): target.bool_value = value
            elif isinstance(value, int): target.int_value = value
            elif isinstance(value, float): target.double_value = value
            elif isinstance(value, list):
                for item in value: target.array_value.values.add().string_value = item
            else: target.string_value = value
        return one

    span("frontend", CART, 1, 0, "GET /cart", 0, 250, SERVER, http__method="GET", mixed=1, tags=["a", "b"])
    span("frontend", CART, 2, 1, "render", 10, 50, mixed="one")
    failed = span("cart", CART, 3, 1, "load cart", 70, 150, SERVER, ERROR, http__response__status_code=500, db__system="redis", mixed=1.5)
    event = failed.events.add(name="exception", time_unix_nano=start + 10**8)
    event.attributes.add(key="exception.message").value.string_value = "no such cart"
    event.attributes.add(key="exception.type").value.string_value = "KeyError"
    span("cart", CART, 4, 3, "SELECT", 80, 100, CLIENT, db__system="postgresql", **{"a/b": "slash"})
    span("frontend", PAY, 1, 0, "POST /pay", 1000, 40, SERVER, http__method="POST", sampled=True)
    span("pay", PAY, 2, 1, "charge", 1005, 30, SERVER, http__response__status_code=200, rate=0.25)
    span("cart", LOST, 7, 99, "late", 2000, 0)
    return message, start


def load(server, seconds_ago=120):
    """Sends them and returns where they are in time, in seconds."""
    import otlp
    message, start = traces(seconds_ago)
    otlp.post(server, message.SerializeToString())
    seconds = start // 10**9
    return types.SimpleNamespace(start=seconds - 60, end=seconds + 60, first=seconds)
