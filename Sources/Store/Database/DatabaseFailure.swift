/// A write that did not happen, and that changed nothing.
struct DatabaseFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Whether the same write may succeed later: no room, a disk that did not do as told, someone else's lock.
    var isRetryable: Bool
    var description: String

    var storeError: StoreError { StoreError(description: description) }

    init(_ action: String, _ path: String, _ error: SQLiteError) {
        isRetryable = error.isFull || error.isInputOutput || error.isBusy
        description = StoreError(action, path, error).description
    }
}

extension StoreError {
    /// `cannot <action> <path>: why, and the way out`.
    init(_ action: String, _ path: String, _ error: SQLiteError) {
        let why = if error.isFull {
            "there is no room on the disk; free some, or lower the store's size limit (\(error.message))"
        } else if error.isDamage {
            """
            the file is damaged or no database; move it away (with \(path)-wal) to start without its traces \
            (\(error.description))
            """
        } else if error.isInputOutput {
            "the disk reports an error (\(error.description))"
        } else {
            error.description
        }
        self.init(description: "cannot \(action) \(path): \(why)")
    }
}
