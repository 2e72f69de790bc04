import OTLP
import Settings
import Trace
import TraceQL
import Wire

/// `loupe query` and `loupe trace`: one question, printed as a table, a waterfall, or as it was answered.
struct Client {
    let command: ClientCommand
    let terminal: Terminal

    /// What the process exits with.
    enum Outcome: Int32 { case found = 0, nothing = 1, wrongQuestion = 2 }

    func query() -> Outcome {
        let isMetrics: Bool
        do {
            if case .metrics = try Query(parsing: command.text).body { isMetrics = true } else { isMetrics = false }
        } catch {
            explain(error)
            return .wrongQuestion
        }
        var target = isMetrics ? "/api/metrics/query_range" : "/api/search"
        target += "?q=\(Percent.encode(command.text))&since=\(Percent.encode(command.since))"
        if isMetrics { target += command.step.map { "&step=\(Percent.encode($0))" } ?? "" } else { target += "&limit=\(command.limit)" }
        return asking { loupe throws(ClientError) in
            let answer = try loupe.getWell(target, accept: "application/json")
            guard let json = JSONValue(answer.body) else { throw ClientError("the answer is not JSON; is this the API's port of a Loupe?") }
            let count = isMetrics ? show(SeriesTable(answer: json, terminal: terminal), answer) : show(SearchTable(answer: json, terminal: terminal), answer)
            let partial = answer["x-loupe-partial"] ?? json["message"].text
            if !partial.isEmpty { note("the answer is not whole: \(partial.printable)") }
            return count > 0 ? .found : .nothing
        }
    }

    func trace() -> Outcome {
        guard let id = TraceID(hex: command.text) else {
            note("\(command.text.printable) is no trace id, which has up to 32 hexadecimal digits")
            return .wrongQuestion
        }
        return asking { loupe throws(ClientError) in
            let accept = command.output == .json ? "application/json" : "application/protobuf"
            let answer = try loupe.getWell("/api/v2/traces/\(id.hex)", accept: accept)
            if command.output == .json { writeLine(answer.text, to: .standardOutput) }
            let found = command.output == .json ? nil : try FoundTrace(answer.body)
            if let batch = found?.batch, !batch.spans.isEmpty {
                for line in Waterfall(batch, terminal).lines(id.hex) { writeLine(line, to: .standardOutput) }
            } else if command.output == .table {
                note("no span of trace \(id.hex) is stored. It may not have arrived yet, or retention has removed it")
                return .nothing
            }
            if let partial = found?.partial { note("the answer is not whole: \(partial.printable)") }
            return .found
        }
    }

    private func show(_ table: SearchTable, _ answer: Answer) -> Int { show(table.lines, table.count, "trace", answer) }
    private func show(_ table: SeriesTable, _ answer: Answer) -> Int { show(table.lines, table.count, "series", answer) }

    private func show(_ lines: [String], _ count: Int, _ noun: String, _ answer: Answer) -> Int {
        if command.output == .json {
            writeLine(answer.text, to: .standardOutput)
        } else if count == 0 {
            note("no \(noun) within the last \(command.since); --since looks further back")
        } else {
            for line in lines { writeLine(line, to: .standardOutput) }
        }
        return count
    }

    /// Finds whom to ask, asks, and tells what went wrong.
    private func asking(_ ask: (any Asking) throws(ClientError) -> Outcome) -> Outcome {
        do {
            switch command.source {
            case .url(let url): return try ask(RemoteLoupe(url))
            case .directory(let directory):
                let loupe = try LocalLoupe(directory)
                defer { loupe.close() }
                return try ask(loupe)
            }
        } catch {
            note("\(error)")
            return .nothing
        }
    }

    /// The query's error with a mark below the place where it is.
    private func explain(_ error: QueryError) {
        note(error.message)
        let lines = command.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let line = error.line, let column = error.column, lines.indices.contains(line - 1) else { return }
        let text = String(lines[line - 1]).printable
        let before = String(text.prefix(max(0, column - 1))).columns
        writeLine("  \(text)\n  \(String(repeating: " ", count: before))^", to: .standardError)
    }

    private func note(_ sentence: String) { writeLine("loupe: \(sentence)", to: .standardError) }
}

/// A `tempopb.TraceByIDResponse`.
private struct FoundTrace {
    var batch: SpanBatch?
    var partial: String?

    init(_ response: [UInt8]) throws(ClientError) {
        do {
            let body = Body(copying: response)
            var cursor = ProtobufCursor(body.bytes)
            while !cursor.isAtEnd {
                switch try cursor.tag() {
                case 1 << 3 | 2:
                    let range = try cursor.lengthDelimited()
                    batch = try RequestDecoder.decode(protobuf: UnsafeRawBufferPointer(rebasing: body.bytes[range.start..<range.end]), owner: body).batch
                case 4 << 3 | 2:
                    let range = try cursor.lengthDelimited()
                    partial = String(decoding: body.bytes[range.start..<range.end], as: UTF8.self)
                case let tag: try cursor.skip(tag)
                }
            }
        } catch {
            throw ClientError("the answer is no trace: \(error)")
        }
    }
}
