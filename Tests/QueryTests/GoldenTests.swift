import Foundation
import Query
import Testing
import Trace
import TraceQL

/// Runs `Golden/query`: each file's spans are loaded in every layout, and each of its questions must have its answer there.
@Suite struct GoldenTests {
    static let folder = String(#filePath.dropLast("QueryTests/GoldenTests.swift".utf8.count)) + "Golden/query/"
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".golden") }.sorted()

    @Test("answers to", arguments: names)
    func golden(_ name: String) throws {
        let file = try GoldenFile(String(contentsOfFile: Self.folder + name, encoding: .utf8))
        for layout in Layout.allCases {
            let store = try layout.load(file.spans)
            for question in file.questions {
                let answer = Asker(store.engine, file).lines(question)
                #expect(Self.isSame(answer, question.answer), "\(answer.joined(separator: "\n")) is not the answer of \(name):\(question.line): \(question.kind) \(question.text) — \(layout.rawValue)")
            }
        }
        print("\(name): \(file.questions.count) questions")
    }

    /// Of an error it is enough that the expected words are in it.
    private static func isSame(_ answer: [String], _ expected: [String]) -> Bool {
        guard expected.count == 1, expected[0].hasPrefix("error:"), answer.count == 1, answer[0].hasPrefix("error:") else { return answer == expected }
        let words = expected[0].dropFirst("error:".count).drop { $0 == " " }
        return words.isEmpty || answer[0].contains(words)
    }

    @Test func thereAreFiles() { #expect(Self.names.count > 5) }
}

/// Puts the questions of golden files to an engine.
struct Asker {
    let engine: QueryEngine
    let file: GoldenFile
    private let text: AnswerText

    init(_ engine: QueryEngine, _ file: GoldenFile) {
        self.engine = engine
        self.file = file
        text = AnswerText(labels: file.labels)
    }

    func lines(_ question: GoldenFile.Question) -> [String] {
        do { return try ask(question) } catch let error as QueryError {
            return ["error: \(error)"]
        } catch let QueryFailure.invalid(words) {
            return ["error: \(words)"]
        } catch {
            return ["error: \(error)"]
        }
    }

    private func ask(_ question: GoldenFile.Question) throws -> [String] {
        let options = question.options
        func time(_ name: String) throws -> UInt64? { try options[name].map { try GoldenFile.time($0) } }
        func count(_ name: String) -> Int? { options[name].flatMap { Int($0) } }
        switch question.kind {
        case "search":
            let pipeline = try Query(parsing: question.text).searchPipeline
            let request = SearchRequest(
                condition: .traceQL(pipeline), fromNanos: try time("from"), toNanos: try time("to"), limit: count("limit") ?? 20, spansPerSpanset: count("spss") ?? 100)
            return text.lines(try engine.search(request), all: options["show"] == "all")
        case "tags":
            let tags = question.text.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }.map { TagSearch.Tag($0[0], $0[1]) }
            let search = TagSearch(
                tags: tags, minDurationNanos: try options["min"].map { UInt64(try nanos($0)) }, maxDurationNanos: try options["max"].map { UInt64(try nanos($0)) })
            return text.lines(try engine.search(SearchRequest(condition: .tags(search), fromNanos: try time("from"), toNanos: try time("to"))))
        case "metrics", "instant":
            guard case .metrics(let expression) = try Query(parsing: question.text).body else { throw QueryFailure.invalid("not a metrics query") }
            var start = try time("start") ?? file.spans.map(\.start).min()!, end = try time("end") ?? file.spans.map(\.start).max()!
            let step = question.kind == "metrics" ? UInt64(try nanos(options["step"] ?? "1s")) : nil
            if let step {
                // Aligned as Tempo does it, with one interval more in front.
                start = start / step * step - step
                end = (end + step - 1) / step * step
            }
            return text.lines(try engine.metrics(MetricsRequest(
                expression: expression, startNanos: start, endNanos: end, stepNanos: step, exemplars: count("exemplars") ?? 0,
                seriesLimit: count("series") ?? 0, extrapolates: options["extrapolate"] == "true")), times: options["show"] == "times")
        case "names": return text.lines(try engine.tagNames(try tagRequest(question)))
        case "values":
            let parts = question.text.split(separator: " ", maxSplits: 1)
            var inner = question
            inner.text = parts.count > 1 ? String(parts[1]) : ""
            return text.lines(try engine.tagValues(of: Field(parsing: String(parts[0])), try tagRequest(inner)))
        default:
            guard let filter = try Query(parsing: question.text).singleFilter else { throw QueryFailure.invalid("one spanset filter is wanted") }
            func depth(_ name: String, _ absent: Int?) -> Int? { options[name].map { $0 == "all" ? nil : Int($0) } ?? absent }
            let trace = file.labels.first { $0.value == options["trace"] }!.key
            let kept = try engine.spans(of: trace, matching: filter, descendants: depth("below", 0), ancestors: depth("above", 0))
            return kept.map { [$0.map(\.bits).sorted().map { String($0, radix: 16) }.joined(separator: " ")] } ?? ["no such trace"]
        }
    }

    private func tagRequest(_ question: GoldenFile.Question) throws -> TagRequest {
        var request = TagRequest(limit: question.options["limit"].flatMap { Int($0) } ?? .max)
        if !question.text.isEmpty {
            request.filter = try LenientFilter(parsing: question.text)?.alternatives
        }
        return request
    }
}
