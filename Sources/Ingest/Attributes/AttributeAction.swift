internal import Patterns
internal import Trace

/// One of the `actions` of `attributes` and `resource`.
struct AttributeAction: Sendable {
    enum Work: Sendable {
        case insert(Source), update(Source), upsert(Source)
        case delete, hash(HashFunction)
        /// Each named group becomes the attribute of its name; groups without a name are not allowed.
        case extract(Pattern, names: [[UInt8]])
        case convert(ConvertedType)
    }

    /// Where a value comes from; `fallback` stands in where there is none.
    struct Source: Sendable {
        enum Origin: Sendable { case value(StaticValue), attribute([UInt8]), clientAddress }
        var origin: Origin
        var fallback: StaticValue?
    }

    enum ConvertedType: Sendable { case int, double, string }

    /// Nil where only `keyPattern` says which attributes are meant.
    var key: [UInt8]?
    /// `delete` and `hash` take all keys in which it occurs.
    var keyPattern: Pattern?
    var work: Work

    /// Whether the outcome depends on the attributes alone.
    var needsRequest: Bool {
        switch work {
        case .insert(let source), .update(let source), .upsert(let source):
            if case .clientAddress = source.origin { true } else { false }
        default: false
        }
    }

    /// Changes `list`; returns whether it did.
    func apply(to list: inout AttributeList, in batch: inout SpanBatch, _ context: RequestContext) -> Bool {
        switch work {
        case .insert(let source):
            guard let key, list.place(of: key, in: batch) == nil else { return false }
            return set(key, source, &list, &batch, context)
        case .update(let source):
            guard let key, list.place(of: key, in: batch) != nil else { return false }
            return set(key, source, &list, &batch, context)
        case .upsert(let source):
            guard let key else { return false }
            return set(key, source, &list, &batch, context)
        case .delete:
            let before = list.count
            list.removeAll { means($0.key, batch) }
            return list.count < before
        case .hash(let function):
            return change(&list, &batch) { record, batch in
                let digest = function.hexDigest(Self.hashedBytes(record, batch))
                return AttributeRecord(key: record.key, type: .string, range: batch.append(digest))
            }
        case .convert(let type): return change(&list, &batch) { record, batch in type.convert(record, &batch) }
        case .extract(let pattern, let names): return extract(pattern, names, &list, &batch)
        }
    }

    /// Whether the action is about this key. Deleting and hashing take every occurrence: a second one would give the first away.
    private func means(_ range: ByteRange, _ batch: borrowing SpanBatch) -> Bool {
        if let key, batch.holds(key, at: range) { return true }
        guard let keyPattern else { return false }
        return batch.withBytes(range) { keyPattern.occurs(in: $0) }
    }

    private func change(
        _ list: inout AttributeList, _ batch: inout SpanBatch, _ new: (AttributeRecord, inout SpanBatch) -> AttributeRecord?
    ) -> Bool {
        var isChanged = false
        for index in list.indices where means(list[index].key, batch) {
            guard let record = new(list[index], &batch) else { continue }
            list[index] = record
            isChanged = true
        }
        return isChanged
    }

    private func set(_ key: [UInt8], _ source: Source, _ list: inout AttributeList, _ batch: inout SpanBatch, _ context: RequestContext) -> Bool {
        guard let value = source.value(in: list, &batch, context) else { return false }
        return list.set(key, value, in: &batch)
    }

    private func extract(_ pattern: Pattern, _ names: [[UInt8]], _ list: inout AttributeList, _ batch: inout SpanBatch) -> Bool {
        guard let key, let place = list.place(of: key, in: batch), list[place].type == .string else { return false }
        let text = list[place].range
        guard let match = batch.withBytes(text, { pattern.firstMatch(in: $0) }) else { return false }
        var isChanged = false
        for (name, range) in zip(names, match.groups) {
            // A group that took no part is an empty text, as in Go.
            let part = range.map { ByteRange(start: text.start + $0.lowerBound, count: $0.count) } ?? ByteRange(start: text.start, count: 0)
            if list.set(name, AttributeRecord(key: .empty, type: .string, range: part), in: &batch) { isChanged = true }
        }
        return isChanged
    }

    /// What is hashed of a value: the text, a byte for a bool, 8 little-endian bytes for a number.
    static func hashedBytes(_ value: AttributeRecord, _ batch: borrowing SpanBatch) -> [UInt8] {
        switch value.type {
        case .bool: [value.bits == 0 ? 0 : 1]
        case .int, .double: withUnsafeBytes(of: value.bits.littleEndian) { [UInt8]($0) }
        case .empty, .string, .other: ValueText.bytes(value, batch)
        }
    }
}

extension AttributeAction.Source {
    /// Nil where the value it refers to is missing and there is no other.
    fileprivate func value(in list: AttributeList, _ batch: inout SpanBatch, _ context: RequestContext) -> AttributeRecord? {
        switch origin {
        case .value(let value): return value.record(in: &batch)
        case .attribute(let key): if let place = list.place(of: key, in: batch) { return list[place] }
        case .clientAddress:
            if let address = context.clientAddress {
                return AttributeRecord(key: .empty, type: .string, range: batch.append([UInt8](address.utf8)))
            }
        }
        return fallback?.record(in: &batch)
    }
}

extension AttributeAction.ConvertedType {
    /// Nil where the value has the type already or no such value is meant by its text.
    fileprivate func convert(_ value: AttributeRecord, _ batch: inout SpanBatch) -> AttributeRecord? {
        func made(_ type: AttributeType, _ bits: UInt64) -> AttributeRecord { AttributeRecord(key: value.key, type: type, bits: bits) }
        switch (self, value.type) {
        case (.int, .double):
            guard let int = Int64(exactly: Double(bitPattern: value.bits).rounded(.towardZero)) else { return nil }
            return made(.int, UInt64(bitPattern: int))
        case (.int, .bool): return made(.int, value.bits)
        case (.int, .string): return Int64(batch.string(value.range)).map { made(.int, UInt64(bitPattern: $0)) }
        case (.double, .int): return made(.double, Double(Int64(bitPattern: value.bits)).bitPattern)
        case (.double, .bool): return made(.double, Double(value.bits).bitPattern)
        case (.double, .string): return Double(batch.string(value.range)).map { made(.double, $0.bitPattern) }
        case (.string, .bool), (.string, .int), (.string, .double), (.string, .other), (.string, .empty):
            return AttributeRecord(key: value.key, type: .string, range: batch.append(ValueText.bytes(value, batch)))
        default: return nil
        }
    }
}
