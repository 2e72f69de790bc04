internal import Glibc

/// What the system knows about this process. Each call asks it anew.
public enum ProcessFacts {
    /// User and system time of all threads.
    public static var cpuSeconds: Double {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    public static var residentBytes: Int { pages(column: 1) }
    public static var virtualBytes: Int { pages(column: 0) }

    public static var openFiles: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return max(0, count - 3)   // `.`, `..` and the directory itself
    }

    public static var maxOpenFiles: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }

    /// /proc/self/statm: sizes in pages, separated by blanks.
    private static func pages(column: Int) -> Int {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        let columns = bytes[..<count].split(separator: UInt8(ascii: " "))
        guard columns.count > column else { return 0 }
        return (Int(String(decoding: columns[column], as: UTF8.self)) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

extension Family {
    /// The rows about the process itself, under the names of Prometheus' client libraries and of the Collector.
    ///
    /// - Parameter startSeconds: when the process began, in seconds since 1970.
    /// - Parameter uptime: seconds since then, from a clock that never steps back.
    public static func process(startSeconds: Double, uptime: @escaping @Sendable () -> Double) -> [Family] {
        let cpu = Family.counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds.", seconds: { ProcessFacts.cpuSeconds })
        let resident = Family.gauge("process_resident_memory_bytes", "Resident memory.") { ProcessFacts.residentBytes }
        return [
            cpu, resident,
            .gauge("process_virtual_memory_bytes", "Virtual memory.") { ProcessFacts.virtualBytes },
            .gauge("process_open_fds", "Open file descriptors.") { ProcessFacts.openFiles },
            .gauge("process_max_fds", "Most file descriptors that may be open.") { ProcessFacts.maxOpenFiles },
            .gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", seconds: { startSeconds }),
            .counter("otelcol_process_uptime", "Seconds since the start of the process.", seconds: uptime),
            cpu.renamed("otelcol_process_cpu_seconds"),
            resident.renamed("otelcol_process_memory_rss"),
        ]
    }

    /// `loupe_build_info` and its alias `tempo_build_info`: always 1, the labels tell what was built.
    public static func buildInfo(version: String, revision: String) -> [Family] {
        let info = Family.gauge("loupe_build_info", "Which Loupe this is.", labels: ["version": version, "revision": revision]) { 1 }
        return [
            info,
            info.renamed("tempo_build_info", adding: ["branch": "main", "goversion": "swift", "goos": "linux", "goarch": goArchitecture, "tags": ""]),
        ]
    }
}

/// The processor as Go calls it, since that is what the label holds elsewhere.
private var goArchitecture: String {
    #if arch(arm64)
    "arm64"
    #else
    "amd64"
    #endif
}
