internal import Synchronization

/// Copies the write-ahead log into the database, away from the commits: a thread and a connection of its own.
/// While nothing is written it sleeps.
final class Checkpointer: Sendable {
    private struct State: Sendable {
        /// Since the last look.
        var written = true   // what an earlier run left
        var asleep = false
        var closing = false
        var trouble: String?
    }

    private let path: String
    private let state = Mutex(State())
    private let doorbell = Doorbell()
    private let thread = Mutex<WorkerThread?>(nil)

    private static let intervalMilliseconds = 200
    /// Looks without a write after which the log is cut to nothing.
    private static let idleLooks = 10
    private static let walLimitBytes = 64 << 20

    init(path: String) throws(StoreError) {
        self.path = path
        let connection = try CheckpointConnection(path: path)
        let started = try WorkerThread(name: "checkpointer") { self.run(connection) }
        thread.withLock { $0 = started }
    }

    /// There is something in the log.
    func noteWrite() {
        let wake = state.withLock { state in
            state.written = true
            defer { state.asleep = false }
            return state.asleep
        }
        if wake { doorbell.ring() }
    }

    /// Copies all that is left and ends the thread.
    func close() {
        state.withLock { $0.closing = true }
        doorbell.ring()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// Why the last checkpoint failed; nil once one succeeds. Nothing is lost: the log keeps what could not be copied.
    var trouble: String? { state.withLock { $0.trouble } }

    private func run(_ connection: CheckpointConnection) {
        var (quietLooks, patience) = (0, 0)
        while true {
            _ = doorbell.wait(milliseconds: Self.intervalMilliseconds)
            let (written, closing) = state.withLock { state in
                defer { state.written = false }
                return (state.written, state.closing)
            }
            if closing {
                _ = checkpoint(connection, .truncate, waitingMilliseconds: 1000)
                return
            }
            quietLooks = written ? 0 : quietLooks + 1
            if written { _ = checkpoint(connection, .passive, waitingMilliseconds: 0) }
            patience -= 1
            if patience <= 0, occupiedBytes(path + "-wal") > Self.walLimitBytes {
                // It holds up commits while it waits for readers, so it may not try all the time.
                if !checkpoint(connection, .truncate, waitingMilliseconds: 1000) { patience = Self.idleLooks }
            } else if quietLooks >= Self.idleLooks, checkpoint(connection, .truncate, waitingMilliseconds: 20) {
                sleep()
                quietLooks = 0
            }
        }
    }

    private func sleep() {
        let asleep = state.withLock { state in
            state.asleep = !state.written && !state.closing
            return state.asleep
        }
        if asleep { doorbell.wait() }
    }

    private func checkpoint(
        _ checkpoint: CheckpointConnection, _ mode: Connection.CheckpointMode, waitingMilliseconds: Int32
    ) -> Bool {
        checkpoint.connection.waitWhenBusy(milliseconds: waitingMilliseconds)
        do throws(SQLiteError) {
            _ = try checkpoint.connection.checkpoint(mode)
            state.withLock { $0.trouble = nil }
            return true
        } catch {
            if !error.isBusy {   // readers and writers in the way are no trouble
                let trouble = StoreError("copy the write-ahead log into", path, error).description
                state.withLock { $0.trouble = trouble }
            }
            return false
        }
    }
}

/// The checkpointer's connection, which ends with its thread.
private final class CheckpointConnection: @unchecked Sendable {   // handed to the thread, used by it alone
    let connection: Connection

    init(path: String) throws(StoreError) {
        do throws(SQLiteError) {
            connection = try Connection(path)
            try DatabaseSchema.configure(connection, cacheKiB: 2_000)
            // A checkpoint on a connection that has never read is silently nothing.
            _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
        } catch { throw StoreError("open", path, error) }
    }
}
