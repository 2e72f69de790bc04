internal import Patterns
internal import Trace

/// The filter policies of a processor, ready to be asked.
struct SpanFilter {
    private enum Place { case kind, name, status, resource(Int), span(Int) }
    private enum Test {
        case equals(FilterPolicy.Value)
        case matches(Pattern)
    }
    private struct Policy {
        var effect: FilterPolicy.Effect
        var conditions: [(place: Place, test: Test)]
        var asksResource = false
        var asksSpan = false
    }
    private var policies: [Policy] = []
    private let hasIncludes: Bool
    private let hasIncludeAny: Bool

    var isEmpty: Bool { policies.isEmpty }

    init(_ configured: [FilterPolicy], _ keys: inout AttributeKeys, of processor: String) throws(GeneratorConfigurationError) {
        hasIncludes = configured.contains { $0.effect == .include }
        hasIncludeAny = configured.contains { $0.effect == .includeAny }
        for (number, one) in configured.enumerated() {
            let origin = "\(processor).filter_policies[\(number)]"
            var policy = Policy(effect: one.effect, conditions: [])
            for condition in one.conditions {
                let place = try Self.place(condition.key, &keys, origin)
                switch place {
                case .resource: policy.asksResource = true
                case .span: policy.asksSpan = true
                default: break
                }
                policy.conditions.append((place, try Self.test(condition, one.match, origin)))
            }
            policies.append(policy)
        }
    }

    private static func place(_ key: String, _ keys: inout AttributeKeys, _ origin: String) throws(GeneratorConfigurationError) -> Place {
        switch key {
        case "kind": return .kind
        case "name": return .name
        case "status": return .status
        default: break
        }
        for (prefix, isResource) in [("resource.", true), ("span.", false)] where key.hasPrefix(prefix) {
            var name = key.dropFirst(prefix.count)
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
            guard !name.isEmpty else { break }
            let number = keys.number(String(name))
            return isResource ? .resource(number) : .span(number)
        }
        throw .init(description: "\(origin): the key \"\(key)\" is none; use resource.NAME, span.NAME, kind, name or status")
    }

    private static func test(
        _ condition: FilterPolicy.Condition, _ match: FilterPolicy.Match, _ origin: String
    ) throws(GeneratorConfigurationError) -> Test {
        guard match == .regex else { return .equals(condition.value) }
        guard case .string(let text) = condition.value else {
            throw .init(description: "\(origin): a regex match of \(condition.key) needs a string as its value")
        }
        do throws(Pattern.Failure) {
            _ = try Pattern(text)                                // or what surrounds it might mend it
            return .matches(try Pattern(".*(?:\(text)).*"))
        } catch {
            throw .init(description: "\(origin): \"\(text)\" is no regular expression: \(error.message)")
        }
    }

    /// Whether each policy's conditions on the resource hold, for `keeps`.
    func resourceResults(_ resource: Resource) -> [Bool] {
        var results: [Bool] = []
        for policy in policies {
            var holds = !policy.asksResource || resource.hasAttributes
            for (place, test) in policy.conditions where holds {
                if case .resource(let key) = place { holds = resource.withValue(key) { Self.holds(test, $0) } ?? false }
            }
            results.append(holds)
        }
        return results
    }

    /// Whether the processor takes the span.
    func keeps(_ view: SpanView, _ resourceHolds: [Bool]) -> Bool {
        var (anyIncluded, allIncluded) = (false, true)
        for (number, policy) in policies.enumerated() {
            let holds = resourceHolds[number] && self.holds(policy, view)
            switch policy.effect {
            case .exclude where holds: return false
            case .exclude: break
            case .includeAny: anyIncluded = anyIncluded || holds
            case .include: allIncluded = allIncluded && holds
            }
        }
        if anyIncluded { return true }
        return hasIncludes ? allIncluded : !hasIncludeAny
    }

    private func holds(_ policy: Policy, _ view: SpanView) -> Bool {
        if policy.asksSpan, view.span.attributes.isEmpty { return false }
        return policy.conditions.allSatisfy { place, test in
            switch place {
            case .resource: true
            case .kind: Self.holds(test, SpanTexts.kind(view.span.kind))
            case .status: Self.holds(test, SpanTexts.status(view.span.status))
            case .name: Self.holds(test, AttributeView(type: .string, bits: 0, bytes: view.arena[view.span.name]))
            case .span(let key): view.attribute(key).map { Self.holds(test, $0) } ?? false
            }
        }
    }

    private static func holds(_ test: Test, _ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { holds(test, AttributeView(type: .string, bits: 0, bytes: $0)) }
    }

    /// A value of another type than the configured one compares as that type's default.
    private static func holds(_ test: Test, _ value: AttributeView) -> Bool {
        switch test {
        case .matches(let pattern): pattern.matches(value.type == .string ? value.bytes : UnsafeRawBufferPointer.none)
        case .equals(.string(let text)): value.type == .string ? value.bytes.elementsEqual(text.utf8) : text.isEmpty
        case .equals(.int(let number)): (value.type == .int ? Int64(bitPattern: value.bits) : 0) == number
        case .equals(.double(let number)): (value.type == .double ? Double(bitPattern: value.bits) : 0) == number
        case .equals(.bool(let flag)): (value.type == .bool && value.bits != 0) == flag
        }
    }
}

/// The numbers of kind and status as labels and filters spell them; unknown ones as decimals.
enum SpanTexts {
    private static let kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map { Array("SPAN_KIND_\($0)".utf8) }
    private static let statuses = ["UNSET", "OK", "ERROR"].map { Array("STATUS_CODE_\($0)".utf8) }

    static func kind(_ number: Int32) -> [UInt8] { kinds.indices.contains(Int(number)) ? kinds[Int(number)] : Array("\(number)".utf8) }
    static func status(_ number: Int32) -> [UInt8] { statuses.indices.contains(Int(number)) ? statuses[Int(number)] : Array("\(number)".utf8) }
}
