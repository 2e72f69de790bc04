internal import Store
internal import Trace

/// The services that take part in one trace, in the order of their first rows, with what each did.
struct TraceServices {
    struct Entry: Equatable {
        var name: String
        /// Colour slot, 1…24.
        var slot: Int
        var spans = 0
        /// Sum of its spans' durations.
        var nanos: UInt64 = 0
        var errors = 0
    }
    private(set) var entries: [Entry] = []
    /// Scope → index into `entries`, −1 without a service name.
    private var ofScope: ContiguousArray<Int32>

    /// At most so many: the wire format counts them with 16 bits.
    static let limit = 65_535

    init(_ trace: OpenedTrace, slots: [String: Int]) {
        let batch = trace.stored.batch
        let names = batch.resources.map { batch.serviceName($0) }
        ofScope = ContiguousArray(repeating: -1, count: batch.scopes.count)
        var numbers: [String: Int] = [:]
        var seen = ContiguousArray(repeating: false, count: batch.scopes.count)
        for row in trace.order {
            let span = batch.spans[Int(row)], scope = Int(span.scope)
            if !seen[scope] {
                seen[scope] = true
                if let name = names[Int(batch.scopes[scope].resource)] {
                    ofScope[scope] = Int32(Self.number(of: name, slots, &numbers, &entries) ?? -1)
                }
            }
            guard ofScope[scope] >= 0 else { continue }
            let place = Int(ofScope[scope])
            entries[place].spans += 1
            entries[place].nanos &+= span.durationNanos
            if span.status == SpanStatus.error.rawValue { entries[place].errors += 1 }
        }
    }

    func index(of span: SpanRecord) -> Int? {
        let index = ofScope[Int(span.scope)]
        return index < 0 ? nil : Int(index)
    }

    private static func number(
        of name: String, _ slots: [String: Int], _ numbers: inout [String: Int], _ entries: inout [Entry]
    ) -> Int? {
        if let number = numbers[name] { return number }
        guard entries.count < limit else { return nil }
        numbers[name] = entries.count
        entries.append(Entry(name: name, slot: slots[name] ?? entries.count % 24 + 1))
        return entries.count - 1
    }
}

extension SpanBatch {
    /// The resource's `service.name`; nil when it has none or an empty one.
    func serviceName(_ resource: ResourceRecord) -> String? {
        withBytes(resource.message) { message in
            var name: String?
            AttributeReader.forEach(in: message) { key, type, bits in
                let keyBytes = message[key.start..<key.end]
                guard type == .string, keyBytes.elementsEqual("service.name".utf8) else { return true }
                let range = AttributeRecord(key: key, type: type, bits: bits).range
                name = String(decoding: message[range.start..<range.end], as: UTF8.self)
                return false
            }
            return name == "" ? nil : name
        }
    }
}
