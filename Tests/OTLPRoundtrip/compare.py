#!/usr/bin/env python3
"""Random requests through Loupe's decoders and encoders, compared with what the official protobuf classes say.

    python3 -m venv v && v/bin/pip install opentelemetry-proto
    swift build --product otlp-roundtrip && v/bin/python Tests/OTLPRoundtrip/compare.py .build/debug/otlp-roundtrip [count] [seed]
    v/bin/python Tests/OTLPRoundtrip/compare.py --seeds FOLDER      writes small requests for the protobuf fuzzer to begin with
"""
import base64, json, random, re, subprocess, sys

from google.protobuf.json_format import MessageToDict
from google.protobuf.unknown_fields import UnknownFieldSet  # noqa: F401  (proves that the runtime keeps unknown fields)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TEXTS = ["", "a", "service.name", "GET /cart", "naïve", "日本語", "😀 emoji", '"quoted\\"', "line\nbreak\ttab\r", "\x00\x01\x1f\x7f", "</script>&",
         "\u2028\u2029", "x" * 127, "y" * 128, "z" * 20000, "\U0010ffff", "\ud7ff\ue000"]
INTS = [0, 1, -1, 127, 128, -(1 << 63), (1 << 63) - 1, 1 << 53, (1 << 53) + 1]
DOUBLES = [0.0, -0.0, 1.0, 1.5, -2.25, 1e300, 5e-324, 1e21, 123456789.125, float("inf"), float("-inf"), float("nan"), 0.1, 1e15, 1e16, 1e-7]
TIMES = [0, 1, 1544712660000000000, (1 << 64) - 1, (1 << 53) + 1, 1 << 63]
COUNTS = [0, 0, 0, 1, 127, 128, (1 << 32) - 1]
FLAGS = [0, 0, 1, 0x100, 0x301, 0xFFFFFFFF, 0xABCDE000]


class Maker:
    def __init__(self, seed): self.r = random.Random(seed)
    def text(self): return self.r.choice(TEXTS) if self.r.random() < .6 else "".join(self.r.choice("abcæ語😀\"\\\n /") for _ in range(self.r.randrange(40)))
    def blob(self): return self.r.randbytes(self.r.choice([0, 1, 2, 3, 4, 16, 200]))

    def value(self, v, depth=0):
        kind = self.r.randrange(8 if depth < 5 else 6)
        if kind == 0: v.SetInParent()
        elif kind == 1: v.string_value = self.text()
        elif kind == 2: v.bool_value = self.r.random() < .5
        elif kind == 3: v.int_value = self.r.choice(INTS)
        elif kind == 4: v.double_value = self.r.choice(DOUBLES)
        elif kind == 5: v.bytes_value = self.blob()
        elif kind == 6:
            v.array_value.SetInParent()
            for _ in range(self.r.randrange(4)): self.value(v.array_value.values.add(), depth + 1)
        else:
            v.kvlist_value.SetInParent()
            self.attributes(v.kvlist_value.values, depth + 1)

    def attributes(self, where, depth=0):
        for _ in range(self.r.randrange(4)):
            pair = where.add()
            pair.key = self.r.choice(["k", "k", self.text()])
            self.value(pair.value, depth)

    def id(self, n): return self.r.choice([self.r.randbytes(n), b"\xff" * n, b"\x00" * (n - 1) + b"\x01"])

    def span(self, s):
        r = self.r
        s.trace_id, s.span_id, s.name = self.id(16), self.id(8), self.text()
        if r.random() < .5: s.parent_span_id = self.id(8)
        if r.random() < .3: s.trace_state = self.text()
        s.kind = r.choice([0, 1, 2, 3, 4, 5, 6, 99, -1])
        s.start_time_unix_nano, s.end_time_unix_nano = r.choice(TIMES), r.choice(TIMES)
        self.attributes(s.attributes)
        s.dropped_attributes_count, s.dropped_events_count, s.dropped_links_count = r.choice(COUNTS), r.choice(COUNTS), r.choice(COUNTS)
        for _ in range(r.choice([0, 0, 1, 3])):
            e = s.events.add()
            e.time_unix_nano, e.name, e.dropped_attributes_count = r.choice(TIMES), self.text(), r.choice(COUNTS)
            self.attributes(e.attributes)
        for _ in range(r.choice([0, 0, 1, 2])):
            l = s.links.add()
            if r.random() < .8: l.trace_id, l.span_id = self.id(16), self.id(8)
            l.trace_state, l.flags, l.dropped_attributes_count = self.text(), r.choice(FLAGS), r.choice(COUNTS)
            self.attributes(l.attributes)
        if r.random() < .6:
            s.status.code, s.status.message = r.choice([0, 1, 2, 3, 77]), self.text()
        s.flags = r.choice(FLAGS)

    def request(self):
        r, m = self.r, ExportTraceServiceRequest()
        for _ in range(r.choice([0, 1, 1, 1, 2, 3])):
            rs = m.resource_spans.add()
            if r.random() < .8:
                rs.resource.SetInParent()
                self.attributes(rs.resource.attributes)
                rs.resource.dropped_attributes_count = r.choice(COUNTS)
                for _ in range(r.choice([0, 0, 1, 2])):
                    ref = rs.resource.entity_refs.add()
                    ref.schema_url, ref.type = self.text(), self.text()
                    ref.id_keys.extend(self.text() for _ in range(r.randrange(3)))
                    ref.description_keys.extend(self.text() for _ in range(r.randrange(3)))
            rs.schema_url = self.text()
            for _ in range(r.choice([0, 1, 1, 2])):
                ss = rs.scope_spans.add()
                if r.random() < .8:
                    ss.scope.name, ss.scope.version, ss.scope.dropped_attributes_count = self.text(), self.text(), r.choice(COUNTS)
                    self.attributes(ss.scope.attributes)
                ss.schema_url = self.text()
                for _ in range(r.choice([0, 1, 1, 2, 5])): self.span(ss.spans.add())
        return m


def filled(m):
    """What Loupe makes of `m`: the messages that clients must find are there."""
    m = type(m).FromString(m.SerializeToString())
    for rs in m.resource_spans:
        rs.resource.SetInParent()
        for ss in rs.scope_spans:
            ss.scope.SetInParent()
            for s in ss.spans: s.status.SetInParent()
    return m


def canonical(m): return m.SerializeToString(deterministic=True)


def tempo(m): return MessageToDict(m)


def otlp(m):
    d = MessageToDict(m, use_integers_for_enums=True)
    for rs in d.get("resourceSpans", []):
        for ss in rs.get("scopeSpans", []):
            for s in ss.get("spans", []):
                for o in [s] + s.get("links", []):
                    for k in ("traceId", "spanId", "parentSpanId"):
                        if k in o: o[k] = base64.b64decode(o[k]).hex()
    return d


def ordered(x):
    """Lists keep their order, objects do not have one; NaN equals itself."""
    return json.dumps(x, sort_keys=True)


def varint(n):
    b = bytearray()
    while n > 127: b.append(n & 127 | 128); n >>= 7
    return bytes(b + bytes([n]))


def run(binary, source, target, bodies):
    result = subprocess.run([binary, source, target], input=b"".join(varint(len(b)) + b for b in bodies), stdout=subprocess.PIPE, check=True).stdout
    out, i = [], 0
    while i < len(result):
        n = shift = 0
        while True:
            c = result[i]; i += 1
            n |= (c & 127) << shift; shift += 7
            if c < 128: break
        out.append(result[i:i + n]); i += n
    assert len(out) == len(bodies), (len(out), len(bodies))
    return out


UNKNOWN = [varint(77 << 3) + b"\x05", varint(200 << 3 | 2) + b"\x03abc", varint(99 << 3 | 5) + b"1234", varint(98 << 3 | 1) + b"12345678",
           varint(97 << 3 | 3) + b"\x08\x01" + varint(97 << 3 | 4)]


def with_unknown(r, m):
    """`m` on the wire with unknown fields in every message, fields in random order where proto allows it (repeated ones keep theirs)."""
    def message(m):
        parts = []
        for f, v in m.ListFields():
            repeated = f.label == f.LABEL_REPEATED if hasattr(f, "label") else f.is_repeated
            if f.message_type is None:
                one = type(m)()
                if repeated: getattr(one, f.name).extend(v)
                else: setattr(one, f.name, v)
                parts.append([one.SerializeToString()])
            else:
                parts.append([varint(f.number << 3 | 2) + varint(len(b)) + b for b in map(message, v if repeated else [v])])
        parts += [[r.choice(UNKNOWN)] for _ in range(r.choice([0, 0, 1]))]
        out = []
        while parts:
            p = r.choice(parts)
            out.append(p.pop(0))
            if not p: parts.remove(p)
        return b"".join(out)
    return message(m)


SNAKE = re.compile(r"(?<!^)(?=[A-Z])")
KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
CODES = ["UNSET", "OK", "ERROR"]


def lenient(r, x, key=None):
    """JSON text for `x` with every liberty that senders take."""
    blank = lambda: r.choice(["", "", "", " ", "\n\t"])
    if isinstance(x, dict):
        pairs = [(k, lenient(r, v, k)) for k, v in x.items()]
        if r.random() < .3: r.shuffle(pairs)
        if r.random() < .1: pairs.insert(r.randrange(len(pairs) + 1), ("unknown", r.choice(['[1,{"a":[]}]', '"s"', "null", "-1.5e3", "true"])))
        if r.random() < .1 and pairs:                            # an earlier occurrence that the last one replaces
            at = r.randrange(len(pairs))
            k = pairs[at][0]
            earlier = {"name": '"earlier"', "attributes": '[{"key":"gone","value":{"stringValue":"x"}}]', "status": '{"code":2,"message":"gone"}',
                       "value": '{"stringValue":"gone"}', "spans": '[{"traceId":"%s","spanId":"%s"}]' % ("1" * 32, "2" * 16), "values": "[]",
                       "resource": '{"droppedAttributesCount":7}', "events": '[{"name":"gone"}]'}.get(k, "null")
            pairs.insert(r.randrange(at + 1), (k, earlier))
        name = lambda k: json.dumps(SNAKE.sub("_", k).lower() if r.random() < .2 else k)
        return "{" + blank() + ",".join(blank() + name(k) + blank() + ":" + blank() + v + blank() for k, v in pairs) + "}"
    if isinstance(x, list):
        return "[" + blank() + ",".join(blank() + lenient(r, v, "element") + blank() for v in x) + "]"
    if key == "kind" and 0 <= x <= 5 and r.random() < .5: return '"SPAN_KIND_%s"' % KINDS[x]
    if key == "code" and 0 <= x <= 2 and r.random() < .5: return '"STATUS_CODE_%s"' % CODES[x]
    if key == "doubleValue": return json.dumps(x if isinstance(x, str) or r.random() < .7 else repr(x))
    if isinstance(x, bool): return json.dumps(x)
    if isinstance(x, int): return json.dumps(x) if key in ("kind", "code") or r.random() < .8 else '"%d"' % x
    if key in ("intValue", "startTimeUnixNano", "endTimeUnixNano", "timeUnixNano") and r.random() < .5: return x
    if key in ("traceId", "spanId", "parentSpanId") and r.random() < .3: x = x.upper()
    text = json.dumps(x, ensure_ascii=r.random() < .5)
    return text.replace("/", "\\/") if r.random() < .2 else text


def write_seeds(folder):
    maker, n = Maker(1), 0
    while n < 300:
        body = with_unknown(maker.r, maker.request())
        if len(body) < 3000:
            n += 1
            open("%s/seed-%03d" % (folder, n), "wb").write(body)


def main():
    if sys.argv[1] == "--seeds": return write_seeds(sys.argv[2])
    binary, count, seed = sys.argv[1], int((sys.argv + ["", ""])[2] or 2000), int((sys.argv + ["", "", ""])[3] or 1)
    maker = Maker(seed)
    made = [maker.request() for _ in range(count)]
    want = [filled(m) for m in made]
    wire = [m.SerializeToString() for m in made]
    failures = 0

    def check(name, results, expected, view):
        nonlocal failures
        bad = 0
        for i, (got, want) in enumerate(zip(results, expected)):
            try: got = view(got)
            except Exception as e: got = "%s: %r" % (e, got[:300])
            if got != want:
                bad += 1
                if bad == 1: print("  request %d of seed %d\n  got  %.1500r\n  want %.1500r" % (i, seed, got, want))
        failures += bad
        print("%-44s %6d requests, %d differ" % (name, len(results), bad))

    parsed = lambda b: canonical(ExportTraceServiceRequest.FromString(b))
    check("protobuf -> protobuf, byte for byte", run(binary, "protobuf", "protobuf", wire), [w.SerializeToString() for w in want], bytes)
    check("protobuf -> OTLP JSON", run(binary, "protobuf", "json", wire), [ordered(otlp(w)) for w in want], lambda b: ordered(json.loads(b)))
    check("protobuf -> Tempo JSON", run(binary, "protobuf", "tempo", wire), [ordered(tempo(w)) for w in want], lambda b: ordered(json.loads(b)))
    texts = [json.dumps(otlp(m)).encode() for m in made]
    check("OTLP JSON -> protobuf, byte for byte", run(binary, "json", "protobuf", texts), [w.SerializeToString() for w in want], bytes)
    texts = [lenient(maker.r, otlp(m)).encode() for m in made]
    check("lenient JSON -> protobuf", run(binary, "json", "protobuf", texts), [canonical(w) for w in want], parsed)

    def known(b):
        m = ExportTraceServiceRequest.FromString(b)
        m.DiscardUnknownFields()
        return canonical(m)
    odd = [with_unknown(maker.r, m) for m in made]
    for b, m in zip(odd, made): assert known(b) == canonical(m)
    check("unknown fields, any order -> protobuf", run(binary, "protobuf", "protobuf", odd), [canonical(w) for w in want], known)
    check("unknown fields, any order -> OTLP JSON", run(binary, "protobuf", "json", odd), [ordered(otlp(w)) for w in want], lambda b: ordered(json.loads(b)))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
