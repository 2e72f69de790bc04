internal import Patterns
internal import Trace

/// What `redaction` does to a list of attributes.
struct RedactionRules: Sendable {
    enum Summary: Sendable { case silent, info, debug }

    var allowsAllKeys = false
    var allowedKeys: Set<[UInt8]> = []
    var ignoredKeys: Set<[UInt8]> = []
    var ignoredKeyPatterns: [Pattern] = []
    var blockedKeyPatterns: [Pattern] = []
    var blockedValues: [Pattern] = []
    var allowedValues: [Pattern] = []
    var redactsAllTypes = false
    /// Nil: `****` stands in.
    var hash: HashFunction?
    var summary = Summary.silent

    private enum Fate { case kept, ignored, allowed, deleted, masked([UInt8]) }

    /// Changes `list`; returns whether it did.
    func apply(to list: inout AttributeList, in batch: inout SpanBatch) -> Bool {
        var report = RedactionReport()
        var kept = AttributeList()
        var isChanged = false
        for record in list {
            let key = batch.withBytes(record.key) { [UInt8]($0) }
            // What an earlier step summed up is merged into, not redacted.
            if RedactionReport.isSummary(key) {
                kept.append(record)
                continue
            }
            switch fate(of: key, record, batch) {
            case .kept: kept.append(record)
            case .ignored:
                report.ignoredCount += 1
                kept.append(record)
            case .allowed:
                report.allowed.insert(String(decoding: key, as: UTF8.self))
                kept.append(record)
            case .deleted:
                report.redacted.insert(String(decoding: key, as: UTF8.self))
                isChanged = true
            case .masked(let text):
                report.masked.insert(String(decoding: key, as: UTF8.self))
                kept.append(AttributeRecord(key: record.key, type: .string, range: batch.append(text)))
                isChanged = true
            }
        }
        if summary != .silent, report.write(to: &kept, in: &batch, withKeys: summary == .debug) { isChanged = true }
        if isChanged { list = kept }
        return isChanged
    }

    private func fate(of key: [UInt8], _ record: AttributeRecord, _ batch: borrowing SpanBatch) -> Fate {
        if ignoredKeys.contains(key) || Self.any(ignoredKeyPatterns, in: key) { return .ignored }
        if !allowsAllKeys, !allowedKeys.contains(key) { return .deleted }
        let text = ValueText.bytes(record, batch)
        let isInspected = record.type == .string || redactsAllTypes && record.type != .empty
        if isInspected, Self.any(allowedValues, in: text) { return .allowed }
        if Self.any(blockedKeyPatterns, in: key) { return text.isEmpty ? .kept : .masked(mask(text)) }
        guard isInspected else { return .kept }
        var masked = text
        for pattern in blockedValues { masked = masking(pattern, in: masked) }
        return masked == text ? .kept : .masked(masked)
    }

    /// A text with each match masked. One that would grow beyond `growthLimitBytes` is masked as a whole: a digest for each letter helps nobody.
    private func masking(_ pattern: Pattern, in text: [UInt8]) -> [UInt8] {
        let matches = text.withUnsafeBytes { pattern.allMatches(in: $0) }
        if matches.isEmpty { return text }
        var result: [UInt8] = []
        var end = 0
        for match in matches where !match.isEmpty {
            result.append(contentsOf: text[end..<match.lowerBound])
            result.append(contentsOf: mask(Array(text[match])))
            end = match.upperBound
            if result.count > text.count + Self.growthLimitBytes { return mask(text) }
        }
        result.append(contentsOf: text[end...])
        return result
    }

    private static let growthLimitBytes = 1 << 20

    private func mask(_ text: [UInt8]) -> [UInt8] { hash?.hexDigest(text) ?? Array("****".utf8) }

    private static func any(_ patterns: [Pattern], in text: [UInt8]) -> Bool {
        text.withUnsafeBytes { bytes in patterns.contains { $0.occurs(in: bytes) } }
    }
}

/// What was done to the attributes of one span, event, link, resource or scope, as the attributes that tell of it.
struct RedactionReport {
    var redacted: Set<String> = []
    var masked: Set<String> = []
    var allowed: Set<String> = []
    var ignoredCount = 0

    private static let prefix = Array("redaction.".utf8)

    static func isSummary(_ key: [UInt8]) -> Bool {
        guard key.starts(with: prefix) else { return false }
        return ["redacted.keys", "masked.keys", "allowed.keys", "redacted.count", "masked.count", "allowed.count", "ignored.count"]
            .contains(String(decoding: key.dropFirst(prefix.count), as: UTF8.self))
    }

    /// Adds to what is there already; returns whether there was something to tell.
    func write(to list: inout AttributeList, in batch: inout SpanBatch, withKeys: Bool) -> Bool {
        var isWritten = false
        for (name, keys) in [("redacted", redacted), ("masked", masked), ("allowed", allowed)] where !keys.isEmpty {
            if withKeys { Self.merge("redaction.\(name).keys", keys, &list, &batch) }
            Self.add("redaction.\(name).count", keys.count, &list, &batch)
            isWritten = true
        }
        if ignoredCount > 0 {
            Self.add("redaction.ignored.count", ignoredCount, &list, &batch)
            isWritten = true
        }
        return isWritten
    }

    private static func merge(_ name: String, _ keys: Set<String>, _ list: inout AttributeList, _ batch: inout SpanBatch) {
        let key = [UInt8](name.utf8)
        var all = keys
        if let place = list.place(of: key, in: batch), list[place].type == .string {
            all.formUnion(batch.string(list[place].range).split(separator: ",").map(String.init))
        }
        let text = batch.append([UInt8](all.sorted().joined(separator: ",").utf8))
        list.set(key, AttributeRecord(key: .empty, type: .string, range: text), in: &batch)
    }

    private static func add(_ name: String, _ count: Int, _ list: inout AttributeList, _ batch: inout SpanBatch) {
        let key = [UInt8](name.utf8)
        var total = Int64(count)
        if let place = list.place(of: key, in: batch), list[place].type == .int { total = total &+ Int64(bitPattern: list[place].bits) }
        list.set(key, AttributeRecord(key: .empty, type: .int, bits: UInt64(bitPattern: total)), in: &batch)
    }
}
