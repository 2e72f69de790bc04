internal import Glibc
internal import NIOCore

/// What a worker can be given.
enum Job: Sendable {
    /// A request that is ready for its handler.
    case request(Request, any Reply, handle: @Sendable (Request, any Reply) -> Void)
    case action(@Sendable () -> Void)

    func run() {
        switch self {
        case .request(let request, let reply, let handle): handle(request, reply)
        case .action(let action): action()
        }
    }
}

/// The threads that run handlers: a few, named `wire-worker-N`, first come first served. Event loops put in, workers take out.
final class WorkerPool: @unchecked Sendable {   // `state` is only touched while `mutex` is held
    private struct State {
        /// From `head` on; what was taken is nil, so that it keeps no body alive.
        var jobs: [Job?] = []
        var head = 0
        var idleCount = 0
        /// Threads that have not ended.
        var threadCount = 0
        var isStopped = false
    }

    private var state = State()
    /// pthread's own, at a fixed address, because Swift's Mutex has no condition to wait for.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private var threads: [pthread_t] = []

    init(threadCount: Int) {
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_mutex_lock(mutex)
        for number in 0..<max(1, threadCount) { startThread(number) }
        pthread_mutex_unlock(mutex)
    }

    deinit {
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(mutex)
        wake.deallocate()
        mutex.deallocate()
    }

    /// Wakes as many workers as there is work for, once for the whole batch.
    func submit(_ batch: [Job]) {
        guard !batch.isEmpty else { return }
        pthread_mutex_lock(mutex)
        state.jobs.append(contentsOf: batch)
        let wakeCount = min(state.idleCount, batch.count)
        pthread_mutex_unlock(mutex)
        for _ in 0..<wakeCount { pthread_cond_signal(wake) }
    }

    /// Lets the workers finish what is queued, and waits for them, but not beyond `deadline`: a handler that is stuck is left to
    /// itself. Not to be called by a worker.
    func stop(deadline: NIODeadline) {
        pthread_mutex_lock(mutex)
        state.isStopped = true
        let threads = self.threads
        self.threads = []
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(wake)
        while hasThreads, NIODeadline.now() < deadline { usleep(5000) }
        let areDone = !hasThreads
        for thread in threads { if areDone { pthread_join(thread, nil) } else { pthread_detach(thread) } }
    }

    private var hasThreads: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return state.threadCount > 0
    }

    private func startThread(_ number: Int) {
        var thread = pthread_t()
        // The thread holds a reference of its own until it ends.
        let start = Unmanaged.passRetained(Start(pool: self, name: "wire-worker-\(number)"))
        let code = pthread_create(&thread, nil, { argument in
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            nameThisThread(start.name)
            start.pool.work()
            return nil
        }, start.toOpaque())
        precondition(code == 0, "pthread_create: \(code)")
        state.threadCount += 1
        threads.append(thread)
    }

    private final class Start {
        let pool: WorkerPool
        let name: String

        init(pool: WorkerPool, name: String) {
            self.pool = pool
            self.name = name
        }
    }

    fileprivate func work() {
        while let job = next() { job.run() }
        pthread_mutex_lock(mutex)
        state.threadCount -= 1
        pthread_mutex_unlock(mutex)
    }

    private func next() -> Job? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while state.head == state.jobs.count {
            if state.isStopped { return nil }
            state.idleCount += 1
            pthread_cond_wait(wake, mutex)
            state.idleCount -= 1
        }
        let job = state.jobs[state.head].take()
        state.head += 1
        if state.head == state.jobs.count {
            state.jobs.removeAll(keepingCapacity: state.jobs.capacity <= 4096)
            state.head = 0
        } else if state.head >= 1024, state.head * 2 >= state.jobs.count {
            state.jobs.removeFirst(state.head)
            state.head = 0
        }
        return job
    }
}

/// As `top -H` and debuggers show it. Through the file, because Swift does not see pthread_setname_np, a GNU extension.
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
}
