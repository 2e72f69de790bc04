internal import Glibc

/// Which Loupe this is.
enum Version {
    static let number = "0.1.0"
}

enum OutputStream: Int32 { case standardOutput = 1, standardError = 2 }

/// Writes a whole line at once, so that lines of several threads never mix.
func writeLine(_ text: String, to stream: OutputStream) {
    var line = text + "\n"
    line.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let written = write(stream.rawValue, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            if written <= 0 { return }           // nobody reads: there is no one left to tell
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}

func exitProcess(_ code: Int32) -> Never { exit(code) }

func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
        let parts = String(cString: pointer).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    return result
}

/// Nanoseconds since 1970.
@Sendable func nowNanos() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// Seconds on a clock that never steps back.
@Sendable func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// Whether this process runs in a container, where loopback addresses cannot be reached from outside.
func isInContainer(_ environment: [String: String]) -> Bool {
    environment["KUBERNETES_SERVICE_HOST"] != nil || access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
}

/// SIGTERM and SIGINT, taken by a thread that waits for them: the first asks for an orderly stop, the second ends the process.
struct StopSignals {
    private var signals = sigset_t()

    init() {
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks until the first signal.
    func wait() {
        var signals = signals
        var number: Int32 = 0
        sigwait(&signals, &number)
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGTERM)
            sigaddset(&signals, SIGINT)
            var number: Int32 = 0
            sigwait(&signals, &number)
            _exit(128 + number)
        }, nil)
    }
}
