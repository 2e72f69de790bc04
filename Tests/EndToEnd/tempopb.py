"""The messages of package tempopb, described by hand from their public reference, and a client for StreamingQuerier."""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from opentelemetry.proto.common.v1 import common_pb2  # noqa: F401  (registers KeyValue)
from opentelemetry.proto.trace.v1 import trace_pb2  # noqa: F401

# name: (number, type); a type with * is repeated, one in <> is a map from text to it.
MESSAGES = {
    "Trace": {"resourceSpans": (1, "*.opentelemetry.proto.trace.v1.ResourceSpans")},
    "TraceByIDMetrics": {"inspectedBytes": (1, "uint64")},
    "TraceByIDResponse": {"trace": (1, "Trace"), "metrics": (2, "TraceByIDMetrics"), "status": (3, "PartialStatus"), "message": (4, "string")},
    "SearchRequest": {"Tags": (1, "<string>"), "MinDurationMs": (2, "uint32"), "MaxDurationMs": (3, "uint32"), "Limit": (4, "uint32"),
                      "start": (5, "uint32"), "end": (6, "uint32"), "Query": (8, "string"), "SpansPerSpanSet": (9, "uint32"),
                      "RF1After": (10, "Timestamp"), "skipASTTransformations": (11, "*string")},
    "Timestamp": {"seconds": (1, "int64"), "nanos": (2, "int32")},
    "SearchResponse": {"traces": (1, "*TraceSearchMetadata"), "metrics": (2, "SearchMetrics")},
    "TraceSearchMetadata": {"traceID": (1, "string"), "rootServiceName": (2, "string"), "rootTraceName": (3, "string"),
                            "startTimeUnixNano": (4, "uint64"), "durationMs": (5, "uint32"), "spanSet": (6, "SpanSet"),
                            "spanSets": (7, "*SpanSet"), "serviceStats": (8, "<ServiceStats>")},
    "ServiceStats": {"spanCount": (1, "uint32"), "errorCount": (2, "uint32")},
    "SpanSet": {"spans": (1, "*Span"), "matched": (2, "uint32"), "attributes": (3, "*KeyValue")},
    "Span": {"spanID": (1, "string"), "name": (2, "string"), "startTimeUnixNano": (3, "uint64"), "durationNanos": (4, "uint64"),
             "attributes": (5, "*KeyValue")},
    "SearchMetrics": {"inspectedTraces": (1, "uint32"), "inspectedBytes": (2, "uint64"), "totalBlocks": (3, "uint32"),
                      "completedJobs": (4, "uint32"), "totalJobs": (5, "uint32"), "totalBlockBytes": (6, "uint64"), "inspectedSpans": (7, "uint64")},
    "MetadataMetrics": {"inspectedBytes": (1, "uint64"), "totalJobs": (2, "uint32"), "completedJobs": (3, "uint32"),
                        "totalBlocks": (4, "uint32"), "totalBlockBytes": (5, "uint64")},
    "SearchTagsRequest": {"scope": (1, "string"), "query": (2, "string"), "start": (3, "uint32"), "end": (4, "uint32"),
                          "maxTagsPerScope": (5, "uint32"), "staleValuesThreshold": (6, "uint32"), "RF1After": (7, "Timestamp")},
    "SearchTagsResponse": {"tagNames": (1, "*string"), "metrics": (2, "MetadataMetrics")},
    "TagScope": {"name": (1, "string"), "tags": (2, "*string")},
    "SearchTagsV2Response": {"scopes": (1, "*TagScope"), "metrics": (2, "MetadataMetrics")},
    "SearchTagValuesRequest": {"tagName": (1, "string"), "query": (2, "string"), "start": (4, "uint32"), "end": (5, "uint32"),
                               "maxTagValues": (6, "uint32"), "staleValueThreshold": (7, "uint32"), "RF1After": (8, "Timestamp")},
    "SearchTagValuesResponse": {"tagValues": (1, "*string"), "metrics": (2, "MetadataMetrics")},
    "TagValue": {"type": (1, "string"), "value": (2, "string")},
    "SearchTagValuesV2Response": {"tagValues": (1, "*TagValue"), "metrics": (2, "MetadataMetrics")},
    "QueryInstantRequest": {"query": (1, "string"), "start": (2, "uint64"), "end": (3, "uint64")},
    "QueryInstantResponse": {"series": (1, "*InstantSeries"), "metrics": (2, "SearchMetrics"), "status": (3, "PartialStatus"), "message": (4, "string")},
    "InstantSeries": {"labels": (1, "*KeyValue"), "value": (2, "double")},
    "QueryRangeRequest": {"query": (1, "string"), "start": (2, "uint64"), "end": (3, "uint64"), "step": (4, "uint64"),
                          "queryMode": (7, "string"), "exemplars": (16, "uint32"), "maxSeries": (17, "uint32")},
    "QueryRangeResponse": {"series": (1, "*TimeSeries"), "metrics": (2, "SearchMetrics"), "status": (3, "PartialStatus"), "message": (4, "string")},
    "TimeSeries": {"labels": (1, "*KeyValue"), "samples": (2, "*Sample"), "exemplars": (4, "*Exemplar")},
    "Sample": {"value": (1, "double"), "timestamp_ms": (2, "int64")},
    "Exemplar": {"labels": (1, "*KeyValue"), "value": (2, "double"), "timestamp_ms": (3, "int64")},
}
METHODS = {"Search": ("SearchRequest", "SearchResponse"), "SearchTags": ("SearchTagsRequest", "SearchTagsResponse"),
           "SearchTagsV2": ("SearchTagsRequest", "SearchTagsV2Response"), "SearchTagValues": ("SearchTagValuesRequest", "SearchTagValuesResponse"),
           "SearchTagValuesV2": ("SearchTagValuesRequest", "SearchTagValuesV2Response"),
           "MetricsQueryRange": ("QueryRangeRequest", "QueryRangeResponse"), "MetricsQueryInstant": ("QueryInstantRequest", "QueryInstantResponse")}
ZERO_TIME = -62135596800   # the seconds that Go's clients always send as RF1After


def full_name(kind):
    if kind.startswith("."): return kind
    return ".opentelemetry.proto.common.v1.KeyValue" if kind == "KeyValue" else f".tempopb.{kind}"


def add_field(message, name, number, kind):
    field = message.field.add(name=name, number=number, label=3 if kind[0] in "*<" else 1)
    plain = kind.strip("*<>")
    if kind[0] == "<":
        entry = message.nested_type.add(name=name[0].upper() + name[1:] + "Entry")
        entry.options.map_entry = True
        add_field(entry, "key", 1, "string")
        add_field(entry, "value", 2, plain)
        field.type, field.type_name = 11, f".tempopb.{message.name}.{entry.name}"
    elif plain == "PartialStatus":
        field.type, field.type_name = 14, ".tempopb.PartialStatus"
    elif plain in ("double", "int64", "uint64", "int32", "string", "uint32"):
        field.type = {"double": 1, "int64": 3, "uint64": 4, "int32": 5, "string": 9, "uint32": 13}[plain]
    else:
        field.type, field.type_name = 11, full_name(plain)


def build():
    file = descriptor_pb2.FileDescriptorProto(name="tempopb.proto", package="tempopb", syntax="proto3", dependency=[
        "opentelemetry/proto/common/v1/common.proto", "opentelemetry/proto/trace/v1/trace.proto"])
    status = file.enum_type.add(name="PartialStatus")
    for number, name in enumerate(("COMPLETE", "PARTIAL")): status.value.add(name=name, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items(): add_field(message, field, number, kind)
    pool = descriptor_pool.Default()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tempopb.{name}")) for name in MESSAGES}


CLASSES = build()


def strict(body, name):
    """The message that an answer in JSON stands for. A field that the message does not have is an error, as it is in Grafana."""
    return json_format.Parse(body, CLASSES[name]())


def call(address, method, timeout=20, **fields):
    """All messages of a stream."""
    request, response = METHODS[method]
    message = CLASSES[request](**fields)
    if "RF1After" in MESSAGES[request]: message.RF1After.seconds = ZERO_TIME
    with grpc.insecure_channel(address) as channel:
        stream = channel.unary_stream(f"/tempopb.StreamingQuerier/{method}", request_serializer=lambda m: m.SerializeToString(),
                                      response_deserializer=CLASSES[response].FromString)
        return list(stream(message, timeout=timeout))
