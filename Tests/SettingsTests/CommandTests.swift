@testable import Settings
import Testing

/// Parses a command line; `file` is what `loupe.yaml` holds.
func parse(_ line: String, _ environment: [String: String] = [:], file: String? = nil) -> Result<Command, UsageError> {
    var environment = environment
    if environment["HOME"] == nil { environment["HOME"] = "/home/ada" }
    return Command.parse(arguments: line.split(separator: " ").map(String.init), environment: environment) { path in
        guard path == "loupe.yaml", let file else { return .failure(FileFault("No such file or directory")) }
        return .success(Array(file.utf8))
    }
}

/// The configuration that a command line leads to.
func configuration(_ line: String, _ environment: [String: String] = [:], file: String? = nil) throws -> Configuration {
    switch try parse(line, environment, file: file).get() {
    case .serve(let configuration), .checkConfig(let configuration): configuration
    default: throw UsageError(["not serve"])
    }
}

func problems(_ line: String, _ environment: [String: String] = [:], file: String? = nil) -> [String] {
    guard case .failure(let error) = parse(line, environment, file: file) else { return [] }
    return error.problems
}

@Suite struct CommandTests {
    @Test("no argument at all serves with the defaults")
    func defaults() throws {
        var expected = Configuration()
        expected.data = "/home/ada/.local/share/loupe"
        #expect(parse("") == .success(.serve(expected)))
        #expect(parse("serve") == .success(.serve(expected)))
        #expect(parse("serve --check-config") == .success(.checkConfig(expected)))
        #expect(try configuration("", ["XDG_DATA_HOME": "/srv"]).data == "/srv/loupe")
        #expect(expected.source(of: "memory") == .standard)
    }

    @Test("commands and help", arguments: ["version", "--version", "serve --version"])
    func version(_ line: String) { #expect(parse(line) == .success(.version)) }

    @Test("help is help wherever it stands", arguments: ["help", "-h", "--help", "serve -h", "--memory nonsense -h", "help serve", "version --help"])
    func help(_ line: String) { #expect(parse(line) == .success(.help(HelpText.overview))) }

    @Test("help on one setting", arguments: ["help memory", "help --memory"])
    func helpOnSetting(_ line: String) throws {
        guard case .help(let text) = try parse(line).get() else { return #expect(Bool(false)) }
        for part in ["--memory SIZE", "512MiB", "LOUPE_MEMORY", "64MiB to 1TiB"] { #expect(text.contains(part)) }
    }

    @Test("a flag wins over the environment, which wins over the file; each remembers where it came from")
    func precedence() throws {
        let file = "memory: 100MiB\nretention: 1d\nmax-disk: 1GiB\n"
        let settings = try configuration(
            "--config loupe.yaml --memory=300MiB", ["LOUPE_MEMORY": "200MiB", "LOUPE_RETENTION": "2d", "LOUPE_DATA": ""], file: file)
        #expect(settings.memoryBytes == 300 << 20)
        #expect(settings.retention == .seconds(2 * 86400))
        #expect(settings.maxDiskBytes == 1 << 30)
        #expect(settings.source(of: "memory") == .flag("--memory"))
        #expect(settings.source(of: "retention") == .environment(variable: "LOUPE_RETENTION"))
        #expect(settings.source(of: "max-disk") == .file(path: "loupe.yaml", line: 3, column: 11))
        #expect(settings.source(of: "data") == .standard)
        #expect(settings.warnings == [])
    }

    @Test("the file may be named by the environment, and a flag given twice counts the second time")
    func fileFromEnvironment() throws {
        #expect(try configuration("--memory 1GiB --memory 2GiB", ["LOUPE_CONFIG": "loupe.yaml"], file: "fsync: off").fsync == false)
        #expect(try configuration("--memory 1GiB --memory 2GiB").memoryBytes == 2 << 30)
        #expect(try configuration("--cors-origins http://a --cors-origins https://b:1,*").corsOrigins == ["http://a", "https://b:1", "*"])
    }

    @Test("~ is expanded where no shell has done it")
    func home() throws {
        #expect(try configuration("--data=~/traces").data == "/home/ada/traces")
        #expect(try configuration("--config loupe.yaml", file: "data: ~/traces").data == "/home/ada/traces")
    }

    @Test("unknown variables warn")
    func warnings() throws {
        let settings = try configuration("", ["LOUPE_MEMROY": "1GiB", "LOUPE_PORT": "1", "PATH": "/bin"])
        #expect(settings.warnings == [
            "the environment variable LOUPE_MEMROY is not known (did you mean LOUPE_MEMORY?) and is ignored",
            "the environment variable LOUPE_PORT is not known and is ignored",
        ])
    }

    @Test("what is wrong with a command line", arguments: [
        ("srve", ["no command is called \"srve\" (did you mean serve?); the commands are serve, query, trace, version, help"]),
        ("srve --help", ["no command is called \"srve\" (did you mean serve?); the commands are serve, query, trace, version, help"]),
        ("serve now", ["serve takes no argument \"now\"; settings are written --name VALUE"]),
        ("--memroy 1GiB", ["no setting is called --memroy (did you mean --memory?); loupe help lists them all"]),
        ("-memory 1GiB", ["no setting is called -memory (did you mean --memory?); loupe help lists them all"]),
        ("--memory", ["--memory needs a value; write --memory SIZE"]),
        ("--memory --fsync on", ["--memory needs a value; write --memory SIZE"]),
        ("--check-config=yes", ["--check-config takes no value"]),
        ("version 2", ["version takes no arguments"]),
        ("help memroy", ["no setting is called \"memroy\" (did you mean memory?); loupe help lists them all"]),
        ("--config none.yaml", ["config: cannot read none.yaml: No such file or directory"]),
        ("--tls-cert a.pem", ["tls-cert: needs the private key (from --tls-cert); set tls-key too"]),
        ("--tls-key a.pem", ["tls-key: needs the certificate (from --tls-key); set tls-cert too"]),
        ("--otlp-http :4317", ["otlp-http: \":4317\" is taken by otlp-grpc 127.0.0.1:4317 (from --otlp-http); give one of them another port, or off"]),
        ("--memory 64MiB --max-message 40MiB", ["max-message: \"40MiB\" is more than half of memory 64MiB (from --max-message); raise memory or write at most 32MiB"]),
    ])
    func faults(_ line: String, _ expected: [String]) { #expect(problems(line) == expected) }

    @Test("the default of max-message shrinks with memory; HOME may be missing when data is set")
    func dependentDefaults() throws {
        #expect(try configuration("--memory 64MiB").maxMessageBytes == 32 << 20)
        #expect(problems("", ["HOME": ""]) == ["data: there is no default because HOME is not set; write --data DIR"])
        #expect(try configuration("--data /d", ["HOME": ""]).data == "/d")
    }

    @Test("port 0 never collides, and off is not listened on")
    func listeners() throws {
        let settings = try configuration("--otlp-grpc :0 --otlp-http :0 --api 127.0.0.1:0 --metrics off --health OFF")
        #expect(settings.listeners.map(\.name) == ["otlp-grpc", "otlp-http", "api"])
        #expect(settings.otlpGRPC == Endpoint(host: "", port: 0))
        #expect(settings.metrics == nil)
    }
}
