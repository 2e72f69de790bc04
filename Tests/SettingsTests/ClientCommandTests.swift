@testable import Settings
import Testing

@Suite struct ClientCommandTests {
    private func parse(_ arguments: [String]) -> Result<Command, UsageError> {
        Command.parse(arguments: arguments, environment: ["HOME": "/home/ada"]) { _ in .failure(FileFault("no file is read")) }
    }

    @Test("a query alone asks the Loupe on this machine about the last hour")
    func query() throws {
        guard case .query(let command) = try parse(["query", "{ status = error }"]).get() else { return #expect(Bool(false)) }
        #expect(command.text == "{ status = error }" && command.source == .url("http://127.0.0.1:3200") && command.output == .table)
        #expect(command.since == "1h" && command.limit == 20 && command.step == nil)
    }

    @Test("options, before and behind the query")
    func options() throws {
        let line = ["query", "--since=15m", "{} | rate()", "--limit", "5", "--step", "30s", "--output", "json", "--data", "~/traces"]
        guard case .query(let command) = try parse(line).get() else { return #expect(Bool(false)) }
        #expect(command.since == "15m" && command.limit == 5 && command.step == "30s" && command.output == .json)
        #expect(command.source == .directory("/home/ada/traces") && command.text == "{} | rate()")
        guard case .trace(let trace) = try parse(["trace", "4bf9", "--url", "http://loupe:3200"]).get() else { return #expect(Bool(false)) }
        #expect(trace.text == "4bf9" && trace.source == .url("http://loupe:3200"))
    }

    @Test("what is wrong, all at once", arguments: [
        (["query"], ["query needs a query, for example loupe query '{ status = error }'"]),
        (["trace", "a", "b"], ["trace takes one argument, not 2; quote it as in loupe trace 4bf92f3577b34da6a3ce929d0e0e4736"]),
        (["query", "{", "}"], ["query takes one argument, not 2; quote it as in loupe query '{ status = error }'"]),
        (["query", "{}", "--sinc", "1h", "--limit", "0"],
         ["query has no option --sinc (did you mean --since?); loupe help query lists them all", "--limit: \"0\" is not a number above 0; write a number such as 20"]),
        (["trace", "a", "--limit", "3"], ["trace has no option --limit; loupe help trace lists them all"]),
        (["query", "{}", "--data", "x", "--url", "http://a"], ["--url and --data exclude each other; write one of them"]),
        (["query", "{}", "--url", "https://a"], ["--url: \"https://a\" is no http:// URL; write http://127.0.0.1:3200, for example"]),
        (["query", "{}", "--since", "1"], ["--since: \"1\" has no unit after 1; the units are w d h m s ms, for example 1s"]),
        (["query", "{}", "--since", "0s"], ["--since: \"0s\" is no time at all; write a duration such as 15m or 1h"]),
        (["query", "{}", "--output", "xml"], ["--output: \"xml\" is not one of them; write table or json"]),
        (["query", "{}", "--step"], ["--step needs a value; write --step DURATION"]),
    ])
    func problems(_ line: [String], _ expected: [String]) {
        guard case .failure(let error) = parse(line) else { return #expect(Bool(false)) }
        #expect(error.problems == expected)
    }

    @Test("help", arguments: [["query", "-h"], ["trace", "x", "--help"], ["help", "query"], ["help", "trace"]])
    func help(_ line: [String]) {
        #expect(parse(line) == .success(.help(HelpText.client)))
        #expect(HelpText.client.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
