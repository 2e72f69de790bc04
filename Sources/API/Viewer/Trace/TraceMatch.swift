internal import Store
internal import Trace

/// Finds the rows whose attributes, events, status message or span id hold some words. Names and groups are not looked at:
/// the page has them.
struct TraceMatch {
    private let trace: OpenedTrace
    private let batch: SpanBatch
    private let match: TextMatch
    /// The words again when they are hexadecimal digits, as part of a span id.
    private let idDigits: String?

    init(_ trace: OpenedTrace, text: String) {
        self.trace = trace
        batch = trace.stored.batch
        match = TextMatch(text)
        let digits = text.lowercased()
        idDigits = digits.utf8.count <= 16 && digits.utf8.allSatisfy { $0.isHexDigit } ? digits : nil
    }

    func answer() -> [UInt8] {
        let rows = rows()
        var answer = JSONAnswer(reserving: rows.count * 8 + 64)
        answer.object { answer in
            answer.member("rev", trace.revision)
            answer.array("rows") { for row in rows { $0.number(row) } }
            answer.member("total", rows.count)
        }
        return answer.array()
    }

    /// Ascending.
    func rows() -> [Int] {
        if match.isEmpty { return [] }
        return trace.order.indices.filter { matches(trace.span($0)) }
    }

    private func matches(_ span: SpanRecord) -> Bool {
        if !span.statusMessage.isEmpty, found(span.statusMessage) { return true }
        if span.attributes.indices.contains(where: { found(batch.attributes[$0]) }) { return true }
        for index in span.events.indices {
            let event = batch.events[index]
            if found(event.name) || event.attributes.indices.contains(where: { found(batch.attributes[$0]) }) { return true }
        }
        return idDigits.map { TextMatch($0).found(in: span.spanID.hex) } ?? false
    }

    private func found(_ text: ByteRange) -> Bool { batch.withBytes(text) { match.found(in: $0) } }

    private func found(_ attribute: AttributeRecord) -> Bool {
        if found(attribute.key) { return true }
        return switch attribute.type {
        case .empty: false
        case .string: found(attribute.range)
        case .int: match.mayBeScalar && match.found(in: String(Int64(bitPattern: attribute.bits)))
        case .double: match.mayBeScalar && match.found(in: String(Double(bitPattern: attribute.bits)))
        case .bool: match.mayBeScalar && match.found(in: attribute.bits == 0 ? "false" : "true")
        case .other: batch.withBytes(attribute.range) { found(inValue: ProtobufCursor($0), depth: 0) }
        }
    }

    /// Looks into an encoded `AnyValue`: text, numbers, and what arrays and maps hold. Bytes are left out.
    private func found(inValue value: ProtobufCursor, depth: Int) -> Bool {
        var value = value
        guard depth <= AttributeReader.depthLimit else { return false }
        while !value.isAtEnd, let tag = try? value.tag() {
            switch tag {
            case 1 << 3 | 2:
                guard let text = try? value.message() else { return false }
                if found(inText: text) { return true }
            case 2 << 3 | 0:
                guard let bit = try? value.varint() else { return false }
                if match.mayBeScalar, match.found(in: bit == 0 ? "false" : "true") { return true }
            case 3 << 3 | 0:
                guard let number = try? value.varint() else { return false }
                if match.mayBeScalar, match.found(in: String(Int64(bitPattern: number))) { return true }
            case 4 << 3 | 1:
                guard let bits = try? value.fixed64() else { return false }
                if match.mayBeScalar, match.found(in: String(Double(bitPattern: bits))) { return true }
            case 5 << 3 | 2, 6 << 3 | 2:
                guard let list = try? value.message() else { return false }
                if found(inList: list, isMap: tag >> 3 == 6, depth: depth + 1) { return true }
            default: if (try? value.skip(tag)) == nil { return false }
            }
        }
        return false
    }

    private func found(inList list: ProtobufCursor, isMap: Bool, depth: Int) -> Bool {
        var list = list
        while !list.isAtEnd, let tag = try? list.tag() {
            guard tag == 1 << 3 | 2 else {
                if (try? list.skip(tag)) == nil { return false }
                continue
            }
            guard let entry = try? list.message() else { return false }
            if isMap ? found(inPair: entry, depth: depth) : found(inValue: entry, depth: depth) { return true }
        }
        return false
    }

    private func found(inPair pair: ProtobufCursor, depth: Int) -> Bool {
        var pair = pair
        while !pair.isAtEnd, let tag = try? pair.tag() {
            switch tag {
            case 1 << 3 | 2:
                guard let key = try? pair.message() else { return false }
                if found(inText: key) { return true }
            case 2 << 3 | 2:
                guard let value = try? pair.message() else { return false }
                if found(inValue: value, depth: depth) { return true }
            default: if (try? pair.skip(tag)) == nil { return false }
            }
        }
        return false
    }

    private func found(inText text: ProtobufCursor) -> Bool {
        match.found(in: UnsafeRawBufferPointer(start: text.position, count: text.end - text.position))
    }
}
