import Glibc
import PromQL
import Testing
import Wire
@testable import API

/// Every case of `Golden/promql`: what a real Prometheus 3.5.3 answers, over the same series, asked through the API.
///
/// Where Loupe decides otherwise, the file has Loupe's answer: endpoints that it does not serve are 404, and `query_exemplars`
/// without a selector is an empty list.
@Suite struct PromQLGoldenTests {
    @Test func cases() throws {
        let doors = try Self.universes()
        let cases = try Self.read("cases.json").items
        var ran = 0
        for golden in cases {
            let door = try #require(doors[golden["universe"]?.text ?? ""])
            let problem = try check(golden, door)
            #expect(problem == nil, "\(golden["id"]?.text ?? "") \(golden["params"]?.items.first?.items.last?.text ?? "")")
            ran += 1
        }
        print("promql: \(ran) golden cases ran")
        #expect(ran == 985)
    }

    @Test("damaged queries are answered or refused, and what reads prints as what it is")
    func damaged() throws {
        let door = try #require(Self.universes()["main"])
        let queries = try Self.read("cases.json").items.compactMap { golden in
            golden["path"]?.text == "/api/v1/query" ? golden["params"]?.items.first { $0.items[0].text == "query" }?.items[1].text : nil
        }
        #expect(queries.count > 700)
        var random = Scramble(state: 42)
        for query in queries {
            for _ in 0..<4 {
                let text = random.damaged(query, with: queries)
                let response = door.ask("GET", "/api/v1/query", [("query", text), ("time", "1700000000"), ("timeout", "20s")])
                #expect([200, 400, 422].contains(response.status) && JSONTree(response.text) != nil, "\(text): \(response.text.prefix(300))")
                guard let read = try? Expression(parsing: text) else { continue }
                for printed in [read.description, read.formatted] {
                    #expect((try? Expression(parsing: printed))?.description == read.description, "\(text): \(printed)")
                }
            }
        }
    }

    /// Damage that is the same in every run.
    private struct Scramble {
        private static let marks = Array("(){}[]\"'`\\@:,=!~+-*/%^<>0eNé\u{0}\n".unicodeScalars)
        var state: UInt64

        mutating func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return limit == 0 ? 0 : Int((state >> 33) % UInt64(limit))
        }

        mutating func damaged(_ text: String, with others: [String]) -> String {
            var scalars = Array(text.unicodeScalars)
            let place = below(scalars.count + 1)
            let end = min(scalars.count, place + below(6))
            let other = Array(others[below(others.count)].unicodeScalars)
            switch below(4) {
            case 0: scalars.removeSubrange(place..<end)
            case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
            case 2: scalars.replaceSubrange(place..<end, with: other.prefix(below(other.count)))
            default: scalars.insert(Self.marks[below(Self.marks.count)], at: place)
            }
            var damaged = String.UnicodeScalarView()
            damaged.append(contentsOf: scalars)
            return String(damaged)
        }
    }

    /// What is wrong with the answer; nil when it is as expected.
    private func check(_ golden: JSONTree, _ door: PrometheusDoor) throws -> String? {
        let parameters = golden["params"]?.items.map { ($0.items[0].text ?? "", $0.items[1].text ?? "") } ?? []
        let response = door.ask(golden["method"]?.text ?? "", golden["path"]?.text ?? "", parameters)
        let status = golden["status"]?.double.map { Int($0) } ?? 0
        guard response.status == status else { return "status \(response.status), not \(status): \(response.text.prefix(300))" }
        if let body = golden["body"]?.text {
            let hasNone = status == 204 || golden["method"] == .string("HEAD")        // Wire sends none
            return response.text == body || hasNone ? nil : "body \(response.text)"
        }
        guard let expected = golden["body"] ?? golden["points"].map({ _ in .null }) else { return nil }
        guard let body = JSONTree(response.text) else { return "no JSON: \(response.text.prefix(300))" }
        if let points = golden["points"]?.double {
            let found = body["data"]?["result"]?.items.first?["values"]?.items.count
            return found == Int(points) ? nil : "\(found ?? -1) points"
        }
        guard status == 200 else {
            return body["status"] == .string("error") && body["errorType"] == expected["errorType"] && body["error"]?.text?.isEmpty == false
                ? nil : "\(response.text)"
        }
        for path in golden["shape"]?.items.compactMap(\.text) ?? [] {
            var tree = body["data"]
            for key in path.split(separator: ".") { tree = tree?[String(key)] }
            guard tree != nil else { return "no \(path)" }
        }
        if let warnings = expected["warnings"], body["warnings"] != warnings { return "warnings \(String(describing: body["warnings"]))" }
        if let infos = golden["infos"], body["infos"] != infos { return "infos \(String(describing: body["infos"])), not \(infos)" }
        guard body["status"] == .string("success"), let expected = expected["data"], let data = body["data"] else { return "no data" }
        guard let type = expected["resultType"] else { return data == expected ? nil : "\(response.text.prefix(2_000))" }
        guard data["resultType"] == type, let found = data["result"], let wanted = expected["result"] else { return "\(response.text.prefix(300))" }
        let isExact = golden["exact"] == .bool(true)
        if type.text == "scalar" || type.text == "string" {
            return Self.agree(found, wanted, exactly: isExact || type.text == "string") ? nil : "\(found), not \(wanted)"
        }
        return Self.compare(found.items, wanted.items, ordered: golden["ordered"] == .bool(true) || type.text == "matrix", exactly: isExact)
    }

    private static func compare(_ found: [JSONTree], _ wanted: [JSONTree], ordered: Bool, exactly: Bool) -> String? {
        guard found.count == wanted.count else { return "\(found.count) elements, not \(wanted.count): \(found)" }
        for (index, element) in wanted.enumerated() {
            let match = ordered ? found[index] : found.first { metric($0) == metric(element) }
            guard let match, metric(match) == metric(element) else { return "no \(element) among \(found)" }
            guard let one = match["value"] ?? match["values"], let other = element["value"] ?? element["values"] else { return "no values" }
            let points = match["value"] == nil ? zip(one.items, other.items).map { ($0, $1) } : [(one, other)]
            guard match["value"] != nil || one.items.count == other.items.count else { return "\(one.items.count) points: \(one), not \(other)" }
            for (one, other) in points where !agree(one, other, exactly: exactly) { return "\(one), not \(other)" }
        }
        return nil
    }

    /// Without empty labels, which one query shows on purpose.
    private static func metric(_ element: JSONTree) -> JSONTree {
        .object(element["metric"]?.members.filter { $0.value != .string("") } ?? [])
    }

    /// Two points: the same time, and the same value as text or nearly so.
    private static func agree(_ one: JSONTree, _ other: JSONTree, exactly: Bool) -> Bool {
        guard one.items.count == 2, other.items.count == 2, one.items[0] == other.items[0] else { return false }
        if one.items[1] == other.items[1] { return true }
        guard !exactly, let left = one.items[1].text.flatMap({ Double($0) }),
              let right = other.items[1].text.flatMap({ Double($0) }) else { return false }
        return (left - right).magnitude <= 1e-9 * max(left.magnitude, right.magnitude)
    }

    // MARK: Data

    static func universes() throws -> [String: PrometheusDoor] {
        var doors: [String: PrometheusDoor] = [:]
        for (name, universe) in try read("universes.json").members {
            var source = MemorySeries()
            for item in universe["series"]?.items ?? [] {
                let start = Int64(item["start"]?.double ?? 0), step = Int64(item["step"]?.double ?? 0)
                var series = Series(labels(item["labels"]), timestamps: [], values: [])
                for (index, value) in (item["values"]?.items ?? []).enumerated() where value != .null {
                    series.timestamps.append((start + Int64(index) * step) * 1_000)
                    series.values.append(value.text == "stale" ? Series.staleMarker : try #require(value.text.flatMap(number)))
                }
                source.series.append(series)
            }
            for item in universe["exemplars"]?.items ?? [] {
                let exemplar = Exemplar(
                    labels(item["labels"]), value: item["value"]?.text.flatMap { Double($0) } ?? 0,
                    timestampMillis: Int64((item["timestamp"]?.double ?? 0) * 1_000))
                source.kept.append((labels(item["series"]), [exemplar]))
            }
            #expect(!source.series.isEmpty)
            doors[name] = PrometheusDoor(source)
        }
        return doors
    }

    private static func number(_ text: String) -> Double? { text == "NaN" ? Double(bitPattern: 0x7ff8_0000_0000_0001) : Double(text) }

    private static func labels(_ tree: JSONTree?) -> Labels { Labels((tree?.members ?? []).map { Labels.Label($0.key, $0.value.text ?? "") }) }

    private static func read(_ name: String) throws -> JSONTree {
        let path = String(#filePath.dropLast("APITests/PromQLGoldenTests.swift".utf8.count)) + "Golden/promql/" + name
        let file = try #require(fopen(path, "rb"), "\(path)")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 21)
        bytes.removeSubrange(fread(&bytes, 1, bytes.count, file)...)
        return try #require(JSONTree(String(decoding: bytes, as: UTF8.self)), "\(name)")
    }
}
