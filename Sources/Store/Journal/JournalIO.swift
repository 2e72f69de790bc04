internal import CShims
internal import Glibc

/// The system calls that journalling depends on, each returning a count or 0, or minus the error number.
/// Tests pass in disks that fill up, tear and fail.
struct JournalIO: Sendable {
    /// Creates a file that must not exist yet and returns its descriptor. With `pastCache` its bytes do not go through the
    /// system's page cache, where the file system can do that: nobody reads a segment while it is new, and to fill pages with it
    /// costs more than all else the journal does.
    var create: @Sendable (_ path: String, _ pastCache: Bool) -> Int32 = { path, pastCache in
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        var descriptor = Glibc.open(path, pastCache ? flags | shims_past_cache : flags, 0o600)
        if descriptor < 0, errno == EINVAL {
            Glibc.unlink(path)               // some systems notice only once the file is there
            descriptor = Glibc.open(path, flags, 0o600)
        }
        return descriptor >= 0 ? descriptor : -errno
    }
    /// May write fewer bytes than asked for.
    var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int = { file, bytes, offset in
        var written = pwrite(file, bytes.baseAddress, bytes.count, offset)
        if written < 0, errno == EINVAL {    // not aligned as this disk wants it: then through the cache from now on
            _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~shims_past_cache)
            written = pwrite(file, bytes.baseAddress, bytes.count, offset)
        }
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
