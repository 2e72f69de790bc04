import Glibc
import Synchronization
@testable import Store

/// A disk that remembers what it was told, in order, so that a test can pull the plug after any step.
final class RecordingDisk: Sendable {
    enum Step: Sendable {
        case create(String)
        case write(String, at: Int, [UInt8])
        case reserve(String, Int)
        case truncate(String, Int)
        case sync(String)
        case unlink(String)
        case syncNames
        /// Not the disk's: the journal told a sender that its entry, by number, is safe.
        case acknowledged(Int)
        /// Nor this: entries up to this number are in blocks, and `trim` will be told.
        case done(JournalPosition, lastEntry: Int)
    }

    private struct State: Sendable {
        var steps: [Step] = []
        var names: [Int32: String] = [:]
    }
    private let state = Mutex(State())

    var steps: [Step] { state.withLock { $0.steps } }

    func note(_ step: Step) { state.withLock { $0.steps.append(step) } }

    private func note(_ file: Int32, _ step: (String) -> Step) {
        state.withLock { $0.steps.append(step($0.names[file]!)) }
    }

    var io: JournalIO {
        var io = JournalIO()
        io.create = { [self] path, pastCache in
            let file = JournalIO.system.create(path, pastCache)
            let name = String(path.split(separator: "/").last!)
            if file >= 0 {
                state.withLock { state in
                    state.names[file] = name
                    state.steps.append(.create(name))
                }
            }
            return file
        }
        io.write = { [self] file, bytes, offset in
            let written = JournalIO.system.write(file, bytes, offset)
            note(file) { .write($0, at: offset, Array(bytes.prefix(written))) }
            return written
        }
        io.allocate = { [self] file, offset, count in
            note(file) { .reserve($0, offset + count) }
            return JournalIO.system.allocate(file, offset, count)
        }
        io.truncate = { [self] file, size in
            note(file) { .truncate($0, size) }
            return JournalIO.system.truncate(file, size)
        }
        io.sync = { [self] file in
            let result = JournalIO.system.sync(file)
            note(file) { .sync($0) }
            return result
        }
        io.unlink = { [self] path in
            note(.unlink(String(path.split(separator: "/").last!)))
            return JournalIO.system.unlink(path)
        }
        io.syncDirectory = { [self] path in
            let result = JournalIO.system.syncDirectory(path)
            note(.syncNames)
            return result
        }
        return io
    }
}

/// What of the steps since the last sync a crash leaves.
enum Crash: CaseIterable {
    /// The process is killed: the system still has all it was told.
    case kill
    /// Power fails: of what was not synced nothing is there,
    case powerLosingAll
    /// or only the first half of each write,
    case powerKeepingFirstHalves
    /// or only the second half: sectors reach the disk in any order,
    case powerKeepingSecondHalves
    /// or the sizes but not the bytes.
    case powerKeepingSizes

    /// The files after `steps` and this crash.
    func files(after steps: ArraySlice<RecordingDisk.Step>) -> [String: [UInt8]] {
        var (files, synced): ([String: [UInt8]], [String: [UInt8]]) = ([:], [:])
        var names: Set<String> = []   // which a crash leaves
        for step in steps {
            switch step {
            case .create(let name): files[name] = []
            case .write(let name, let offset, let bytes): files[name]?.put(bytes, at: offset)
            case .reserve(let name, let size): files[name]?.grow(size)
            case .truncate(let name, let size): files[name]?.resize(size)
            case .sync(let name): synced[name] = files[name]
            case .unlink(let name): (files[name], synced[name]) = (nil, nil)
            case .syncNames: names = Set(files.keys)
            case .acknowledged, .done: break
            }
        }
        if self == .kill { return files }
        var left: [String: [UInt8]] = [:]
        for (name, bytes) in files where names.contains(name) || self != .powerLosingAll {
            var kept = synced[name] ?? []
            let (start, size) = (kept.count, bytes.count)
            switch self {
            case .kill, .powerLosingAll: break
            case .powerKeepingSizes: kept.resize(size)
            case .powerKeepingFirstHalves, .powerKeepingSecondHalves:
                kept.resize(size)
                let changed = (0..<size).filter { $0 >= start || kept[$0] != bytes[$0] }
                let half = changed.count / 2
                for byte in self == .powerKeepingFirstHalves ? changed[..<half] : changed[half...] { kept[byte] = bytes[byte] }
            }
            left[name] = kept
        }
        return left
    }
}

extension [UInt8] {
    fileprivate mutating func resize(_ size: Int) {
        if size < count { removeLast(count - size) } else { self += [UInt8](repeating: 0, count: size - count) }
    }

    fileprivate mutating func grow(_ size: Int) { resize(Swift.max(size, count)) }

    fileprivate mutating func put(_ bytes: [UInt8], at offset: Int) {
        grow(offset + bytes.count)
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
