import CShims
import Settings

// Loupe: reads the command line, then does one thing.
switch Command.parse(arguments: Array(CommandLine.arguments.dropFirst()), environment: processEnvironment(), readFile: readConfigurationFile) {
case .failure(let error):
    writeLine("\(error)", to: .standardError)
    exitProcess(2)
case .success(.help(let text)):
    writeLine(text, to: .standardOutput)
case .success(.version):
    writeLine("loupe \(Version.number)", to: .standardOutput)
case .success(.query(let command)):
    exitProcess(Client(command: command, terminal: .current(processEnvironment())).query().rawValue)
case .success(.trace(let command)):
    exitProcess(Client(command: command, terminal: .current(processEnvironment())).trace().rawValue)
case .success(.checkConfig(let configuration)):
    for warning in configuration.warnings { writeLine("loupe: \(warning)", to: .standardError) }
    writeLine("the configuration is good", to: .standardOutput)
case .success(.serve(let configuration)):
    // Before any thread exists, so that all of them leave the signals to the one that waits for them.
    let signals = StopSignals()
    shims_keep_free_memory()
    do {
        let server = try Server(configuration)
        signals.wait()
        server.stop()
    } catch {
        writeLine("loupe: \(error)", to: .standardError)
        exitProcess(1)
    }
}
