internal import CShims
internal import Glibc

/// The system calls that journalling depends on, each returning a count or 0, or minus the error number.
/// Tests pass in disks that fill up, tear and fail.
struct JournalIO: Sendable {
    /// Creates a file that must not exist yet and returns its descriptor.
    var create: @Sendable (_ path: String) -> Int32 = {
        let descriptor = Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        return descriptor >= 0 ? descriptor : -errno
    }
    /// May write fewer bytes than asked for.
    var write: @Sendable (_ file: Int32, _ parts: UnsafePointer<iovec>, _ count: Int, _ offset: Int) -> Int = {
        let written = pwritev($0, $1, Int32($2), $3)
        return written >= 0 ? written : -Int(errno)
    }
    var sync: @Sendable (_ file: Int32) -> Int32 = { fdatasync($0) == 0 ? 0 : -errno }
    /// Reserves room and extends the file over it.
    var allocate: @Sendable (_ file: Int32, _ offset: Int, _ count: Int) -> Int32 = {
        shims_fallocate($0, Int64($1), Int64($2))
    }
    /// How many bytes the file's disk could still take.
    var available: @Sendable (_ file: Int32) -> Int = {
        var facts = statvfs()
        return fstatvfs($0, &facts) == 0 ? Int(facts.f_bavail) * Int(facts.f_frsize) : .max
    }
    var truncate: @Sendable (_ file: Int32, _ size: Int) -> Int32 = { ftruncate($0, $1) == 0 ? 0 : -errno }
    var unlink: @Sendable (_ path: String) -> Int32 = { Glibc.unlink($0) == 0 ? 0 : -errno }
    /// Makes the names in a directory durable.
    var syncDirectory: @Sendable (_ path: String) -> Int32 = { path in
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return -errno }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) != 0, errno != EINVAL else { return 0 }   // EINVAL: this file system has no such thing
        return -errno
    }

    static let system = JournalIO()
}

/// Repeats a call that a signal interrupted.
@inline(__always) func uninterrupted<Count: SignedInteger>(_ call: () -> Count) -> Count {
    while true {
        let result = call()
        if result != -Count(EINTR) { return result }
    }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Whether `code` says that there is no room (now): EFBIG is a limit on the file's size.
func isOutOfSpace(_ code: Int32) -> Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

/// Nanoseconds of a clock that never steps back.
func monotonicNanos() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
}
