internal import Trace

/// A resource whose attributes were looked up once. Kept for as long as the same bytes come again.
final class Resource {
    /// The encoded message.
    let message: [UInt8]
    /// By the number of an attribute's key: the first attribute that has it.
    let found: [AttributeRecord?]
    let hasAttributes: Bool
    /// `service.name` as text; nil when there is none.
    let service: [UInt8]?
    let job: [UInt8]
    let instance: [UInt8]
    /// What resources have in common that give the same labels to spans.
    var labelGroup: UInt64 = 0
    /// By policy: whether its conditions on the resource hold.
    var spanMetricsPolicies: [Bool] = []
    var serviceGraphPolicies: [Bool] = []
    /// Rows of the metrics about the resource itself; nil when it has none.
    var targetRow: Int?
    var hostRow: Int?

    init(_ message: UnsafeRawBufferPointer, _ keys: AttributeKeys, _ names: ServiceKeys) {
        self.message = Array(message)
        var found = [AttributeRecord?](repeating: nil, count: keys.keys.count)
        var hasAttributes = false
        AttributeReader.forEach(in: message) { key, type, bits in
            hasAttributes = true
            if let number = keys.find(UnsafeRawBufferPointer(rebasing: message[key.start..<key.end])), found[number] == nil {
                found[number] = AttributeRecord(key: key, type: type, bits: bits)
            }
            return true
        }
        self.found = found
        self.hasAttributes = hasAttributes
        func text(_ key: Int) -> [UInt8]? { found[key].map { $0.view(message).text } }
        service = text(names.name)
        instance = text(names.instance) ?? []
        let name = service ?? []
        if let namespace = text(names.namespace), !namespace.isEmpty, !name.isEmpty {
            job = namespace + [UInt8(ascii: "/")] + name
        } else {
            job = name
        }
    }

    /// Calls `read` with the value of the attribute numbered `key`, if there is one.
    @inline(__always) func withValue<R>(_ key: Int, _ read: (AttributeView) -> R) -> R? {
        guard let record = found[key] else { return nil }
        return message.withUnsafeBytes { read(record.view($0)) }
    }
}

/// The numbers of the keys that tell services apart.
struct ServiceKeys {
    let name: Int
    let namespace: Int
    let instance: Int

    init(_ keys: inout AttributeKeys) {
        name = keys.number("service.name")
        namespace = keys.number("service.namespace")
        instance = keys.number("service.instance.id")
    }
}

extension AttributeRecord {
    /// The value, whose bytes lie in `message`.
    @inline(__always) func view(_ message: UnsafeRawBufferPointer) -> AttributeView {
        let hasBytes = type == .string || type == .other
        let bytes = hasBytes ? UnsafeRawBufferPointer(rebasing: message[range.start..<range.end]) : .none
        return AttributeView(type: type, bits: bits, bytes: bytes)
    }

    /// The value, whose bytes lie in a batch.
    @inline(__always) func view(_ arena: Arena) -> AttributeView {
        AttributeView(type: type, bits: bits, bytes: type == .string || type == .other ? arena[range] : .none)
    }
}

extension UnsafeRawBufferPointer {
    /// No bytes.
    @inline(__always) static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
