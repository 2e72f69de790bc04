internal import Patterns
internal import Trace

/// The properties under `include` and `exclude`: each has to match, by some entry of its list; attributes and resources by all of theirs.
struct SpanMatcher: Sendable {
    /// A text, strictly or as a pattern that occurs in it.
    fileprivate enum TextTest: Sendable {
        case strict([UInt8])
        case pattern(Pattern)

        func matches(_ text: UnsafeRawBufferPointer) -> Bool {
            switch self {
            case .strict(let bytes): bytes.withUnsafeBytes { $0.elementsEqual(text) }
            case .pattern(let pattern): pattern.occurs(in: text)
            }
        }
    }

    fileprivate struct AttributeTest: Sendable {
        var key: [UInt8]
        /// Nil: the attribute has to exist. A pattern is tried on texts only.
        var value: ValueTest?
    }

    fileprivate enum ValueTest: Sendable {
        case text(TextTest)
        case strict(StaticValue)
    }

    private struct Library: Sendable {
        var name: TextTest
        var version: TextTest?
    }

    private var services: [TextTest] = []
    private var spanNames: [TextTest] = []
    private var kinds: [Int32] = []
    private var attributes: [AttributeTest] = []
    private var resources: [AttributeTest] = []
    private var libraries: [Library] = []

    private static let kindNames: [(String, Int32)] = [
        ("SPAN_KIND_UNSPECIFIED", 0), ("SPAN_KIND_INTERNAL", 1), ("SPAN_KIND_SERVER", 2), ("SPAN_KIND_CLIENT", 3),
        ("SPAN_KIND_PRODUCER", 4), ("SPAN_KIND_CONSUMER", 5),
    ]

    init(_ node: ConfigurationNode) throws(ConfigurationError) {
        let properties = ["services", "span_names", "span_kinds", "attributes", "resources", "libraries"]
        let fields = try node.fields(["match_type", "regexp"] + properties)
        let isPattern = try fields.required("match_type", "write strict or regexp").choice([("strict", false), ("regexp", true)])
        if let cache = fields["regexp"] {
            // Patterns keep automata of their own; the keys are taken so that a Collector's file can stay as it is.
            let keys = try cache.fields(["cacheenabled", "cachemaxnumentries"])
            _ = try keys["cacheenabled"]?.flag()
            _ = try keys["cachemaxnumentries"]?.int(0...Int(UInt32.max), example: 1000)
        }
        func test(_ item: ConfigurationNode) throws(ConfigurationError) -> TextTest {
            isPattern ? .pattern(try item.pattern()) : .strict([UInt8](try item.text().utf8))
        }
        func attribute(_ item: ConfigurationNode) throws(ConfigurationError) -> AttributeTest {
            let fields = try item.fields(["key", "value"])
            let key = [UInt8](try fields.required("key", "write the attribute's name").text().utf8)
            guard let value = fields["value"] else { return AttributeTest(key: key) }
            if isPattern { return AttributeTest(key: key, value: .text(.pattern(try value.pattern()))) }
            let wanted = StaticValue(value.node)
            if case .string(let bytes) = wanted { return AttributeTest(key: key, value: .text(.strict(bytes))) }
            return AttributeTest(key: key, value: .strict(wanted))
        }
        if let list = fields["services"] { for item in try list.list() { services.append(try test(item)) } }
        if let list = fields["span_names"] { for item in try list.list() { spanNames.append(try test(item)) } }
        if let list = fields["span_kinds"] { for item in try list.list() { kinds.append(try item.choice(Self.kindNames)) } }
        if let list = fields["attributes"] { for item in try list.list() { attributes.append(try attribute(item)) } }
        if let list = fields["resources"] { for item in try list.list() { resources.append(try attribute(item)) } }
        if let list = fields["libraries"] {
            for item in try list.list() {
                let keys = try item.fields(["name", "version"])
                let name = try test(try keys.required("name", "write the library's name"))
                var version: TextTest?
                if let node = keys["version"] { version = try test(node) }
                libraries.append(Library(name: name, version: version))
            }
        }
        let isEmpty = services.isEmpty && spanNames.isEmpty && kinds.isEmpty && attributes.isEmpty && resources.isEmpty && libraries.isEmpty
        if isEmpty { throw node.error("nothing says which spans", "write at least one of \(properties.joined(separator: ", "))") }
    }

    func matches(_ index: Int, in batch: borrowing SpanBatch) -> Bool {
        let span = batch.spans[index]
        if !kinds.isEmpty, !kinds.contains(span.kind) { return false }
        if !spanNames.isEmpty, !spanNames.contains(where: { test in batch.withBytes(span.name) { test.matches($0) } }) { return false }
        for test in attributes {
            let records = batch.attributes[span.attributes.indices]
            guard let found = records.first(where: { batch.holds(test.key, at: $0.key) }), test.accepts(found, batch) else { return false }
        }
        if services.isEmpty, resources.isEmpty, libraries.isEmpty { return true }
        let scope = batch.scopes[Int(span.scope)]
        if !services.isEmpty || !resources.isEmpty {
            let list = Envelope(.resource, batch.resources[Int(scope.resource)].message, of: batch).attributes
            for test in resources {
                guard let place = list.place(of: test.key, in: batch), test.accepts(list[place], batch) else { return false }
            }
            if !services.isEmpty {
                guard let place = list.place(of: Array("service.name".utf8), in: batch), list[place].type == .string else { return false }
                if !services.contains(where: { test in batch.withBytes(list[place].range) { test.matches($0) } }) { return false }
            }
        }
        if libraries.isEmpty { return true }
        return batch.withBytes(scope.message) { bytes in
            let texts = ScopeTexts(bytes)
            return libraries.contains { $0.name.matches(texts.name) && ($0.version?.matches(texts.version) ?? true) }
        }
    }
}

extension SpanMatcher.AttributeTest {
    fileprivate func accepts(_ record: AttributeRecord, _ batch: borrowing SpanBatch) -> Bool {
        switch value {
        case nil: true
        case .text(let test)?: record.type == .string && batch.withBytes(record.range) { test.matches($0) }
        case .strict(let wanted)?:
            switch (wanted, record.type) {
            case (.bool(let flag), .bool): record.bits == (flag ? 1 : 0)
            case (.int(let int), .int): record.bits == UInt64(bitPattern: int)
            case (.double(let double), .double): Double(bitPattern: record.bits) == double
            case (.int(let int), .double): Double(bitPattern: record.bits) == Double(int)
            case (.empty, .empty): true
            case (.other(let bytes), .other): batch.holds(bytes, at: record.range)
            default: false
            }
        }
    }
}

/// Name and version of an encoded InstrumentationScope.
struct ScopeTexts {
    var name = UnsafeRawBufferPointer(start: nil, count: 0)
    var version = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ message: UnsafeRawBufferPointer) {
        var cursor = ProtobufCursor(message)
        while !cursor.isAtEnd, let tag = try? cursor.tag() {
            guard tag == 1 << 3 | 2 || tag == 2 << 3 | 2, let range = try? cursor.lengthDelimited() else {
                if (try? cursor.skip(tag)) == nil { return }
                continue
            }
            let text = UnsafeRawBufferPointer(rebasing: message[range.start..<range.end])
            if tag >> 3 == 1 { name = text } else { version = text }
        }
    }
}
