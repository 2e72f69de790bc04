internal import CShims
internal import Glibc

/// A named thread of the store that runs `body` once.
package final class WorkerThread: @unchecked Sendable {   // `thread` is written before anyone else sees the object
    private var thread = pthread_t()

    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Parameter name: at most 15 bytes, as the system shows it.
    package init(name: String, body: @escaping @Sendable () -> Void) throws(StoreError) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let code = pthread_create(&thread, nil, { context in
            let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
            shims_name_thread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw StoreError(description: "cannot start the thread \(name): \(systemMessage(code))")
        }
    }

    /// Waits for its end. To be called once.
    package func join() { pthread_join(thread, nil) }
}

/// Wakes the one thread that waits for it. A waiting thread costs nothing.
package final class Doorbell: @unchecked Sendable {   // sem_t is made for this
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func ring() { sem_post(semaphore) }

    package func wait() { while sem_wait(semaphore) != 0 {} }

    /// Whether it rang within `milliseconds`.
    package func wait(milliseconds: Int) -> Bool {
        shims_sem_wait(semaphore, Int64(milliseconds)) == 1
    }
}
