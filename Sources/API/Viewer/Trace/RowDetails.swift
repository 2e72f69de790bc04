internal import OTLP
internal import Store
internal import Trace

/// Whole spans as the details pane shows them, with the resources they come from.
struct RowDetails {
    private let trace: OpenedTrace
    private let batch: SpanBatch

    init(_ trace: OpenedTrace) {
        self.trace = trace
        batch = trace.stored.batch
    }

    func answer(_ rows: [Int]) -> [UInt8] {
        var resources: Set<Int> = []
        var answer = JSONAnswer(reserving: rows.count * 1_024)
        answer.object { answer in
            answer.member("rev", trace.revision)
            answer.array("rows") { list in
                for row in rows {
                    let span = trace.span(row)
                    resources.insert(Int(batch.scopes[Int(span.scope)].resource))
                    list.object { write(span, row, &$0) }
                }
            }
            answer.object("resources") { table in
                for number in resources.sorted() {
                    table.key(String(number))
                    table.object { write(batch.resources[number], &$0) }
                }
            }
        }
        return answer.array()
    }

    private func write(_ span: SpanRecord, _ row: Int, _ object: inout JSONAnswer) {
        let scope = batch.scopes[Int(span.scope)]
        object.member("row", row)
        object.member("spanId", span.spanID.hex)
        object.member("parentId", span.parentID.isZero ? nil : span.parentID.hex)
        member("name", span.name, &object)
        object.member("kind", Int(span.kind))
        object.member("status", Int(span.status))
        member("statusMessage", span.statusMessage, &object)
        object.member("start", quoted: span.startNanos)
        object.member("end", quoted: span.endNanos)
        member("traceState", span.traceState, &object)
        object.member("flags", Int(span.flags))
        attributes(span.attributes, &object)
        object.member("droppedAttributes", Int(span.droppedAttributes))
        object.member("resource", Int(scope.resource))
        object.object("scope") { write(scope, &$0) }
        object.array("events") { list in for index in span.events.indices { list.object { write(batch.events[index], &$0) } } }
        object.member("droppedEvents", Int(span.droppedEvents))
        object.array("links") { list in for index in span.links.indices { list.object { write(batch.links[index], &$0) } } }
        object.member("droppedLinks", Int(span.droppedLinks))
    }

    private func write(_ event: EventRecord, _ object: inout JSONAnswer) {
        object.member("time", quoted: event.timeNanos)
        member("name", event.name, &object)
        attributes(event.attributes, &object)
        object.member("dropped", Int(event.droppedAttributes))
    }

    private func write(_ link: LinkRecord, _ object: inout JSONAnswer) {
        object.member("traceId", link.traceID.hex)
        object.member("spanId", link.spanID.hex)
        member("traceState", link.traceState, &object)
        attributes(link.attributes, &object)
        object.member("dropped", Int(link.droppedAttributes))
    }

    private func write(_ scope: ScopeRecord, _ object: inout JSONAnswer) {
        batch.withBytes(scope.message) { message in
            var cursor = ProtobufCursor(message)
            var name = ByteRange.empty, version = ByteRange.empty
            while !cursor.isAtEnd, let tag = try? cursor.tag() {
                switch tag {
                case 1 << 3 | 2: name = (try? cursor.lengthDelimited()) ?? .empty
                case 2 << 3 | 2: version = (try? cursor.lengthDelimited()) ?? .empty
                default: if (try? cursor.skip(tag)) == nil { cursor.position = cursor.end }
                }
            }
            object.key("name")
            object.string(UnsafeRawBufferPointer(rebasing: message[name.start..<name.end]))
            object.key("version")
            object.string(UnsafeRawBufferPointer(rebasing: message[version.start..<version.end]))
            object.array("attributes") { Self.attributes(in: message, field: 3, &$0) }
        }
    }

    private func write(_ resource: ResourceRecord, _ object: inout JSONAnswer) {
        batch.withBytes(resource.message) { message in object.array("attributes") { Self.attributes(in: message, field: 1, &$0) } }
        member("schemaUrl", resource.schemaURL, &object)
    }

    private func attributes(_ rows: RowRange, _ object: inout JSONAnswer) {
        batch.withArena { arena in
            object.array("attributes") { list in
                for index in rows.indices { Self.write(batch.attributes[index], arena, &list) }
            }
        }
    }

    /// Those of an encoded message, whose field `field` they are.
    private static func attributes(in message: UnsafeRawBufferPointer, field: UInt64, _ list: inout JSONAnswer) {
        let arena = Arena(body: message)
        AttributeReader.forEach(in: message, field: field) { key, type, bits in
            write(AttributeRecord(key: key, type: type, bits: bits), arena, &list)
            return true
        }
    }

    private static func write(_ attribute: AttributeRecord, _ arena: Arena, _ list: inout JSONAnswer) {
        list.object {
            $0.key("k")
            $0.string(arena[attribute.key])
            $0.key("v")
            $0.value { $0.json(value: attribute, arena) }
        }
    }

    private func member(_ key: StaticString, _ text: ByteRange, _ object: inout JSONAnswer) {
        object.key(key)
        batch.withBytes(text) { object.string($0) }
    }
}
