internal import Synchronization

/// How many bytes of request bodies may be in memory at once, over all connections.
///
/// Large bodies ask first and wait in line until there is room (`reserve`). What cannot wait, because it has arrived already or is
/// being inflated by a worker, is taken at once (`take`) and may overdraw the budget up to `ceilingBytes`; beyond that it is
/// refused. So the memory of all bodies together never exceeds `ceilingBytes`, whatever the clients do.
public final class ByteBudget: Sendable {
    /// Up to here waiting bodies are admitted.
    public let limitBytes: Int
    /// Up to here bytes that cannot wait are taken: twice `limitBytes`.
    public let ceilingBytes: Int

    private let used = Atomic<Int>(0)
    private let peak = Atomic<Int>(0)
    /// The length of `line`, readable without its lock, so that giving back is one addition while nobody waits.
    private let waiting = Atomic<Int>(0)
    private let line = Mutex<Line>(Line())

    private struct Line {
        var nextTicket: UInt64 = 0
        var places: [Place] = []
        var head = 0
    }

    private struct Place {
        var ticket: UInt64
        var bytes: Int
        var granted: @Sendable () -> Void
    }

    /// A place in the line.
    struct Ticket: Sendable, Equatable {
        fileprivate let number: UInt64
    }

    public init(limitBytes: Int) {
        self.limitBytes = max(1, limitBytes)
        ceilingBytes = self.limitBytes.multipliedReportingOverflow(by: 2).overflow ? .max : self.limitBytes * 2
    }

    public var usedBytes: Int { used.load(ordering: .relaxed) }
    public var peakBytes: Int { peak.load(ordering: .relaxed) }
    /// How many bodies wait for room.
    public var waitingCount: Int { waiting.load(ordering: .relaxed) }

    /// Takes `bytes` if they fit and nobody waits in line.
    public func reserve(_ bytes: Int) -> Bool {
        waiting.load(ordering: .sequentiallyConsistent) == 0 && add(bytes, upTo: limitBytes)
    }

    /// Takes `bytes` even past the limit; false, with nothing taken, when that would pass the ceiling.
    public func take(_ bytes: Int) -> Bool { add(bytes, upTo: ceilingBytes) }

    /// Gives back what `reserve`, `take` or a grant has taken. Those who waited for it are admitted on the calling thread.
    public func give(_ bytes: Int) {
        used.subtract(bytes, ordering: .sequentiallyConsistent)
        if waiting.load(ordering: .sequentiallyConsistent) > 0 { serve() }
    }

    /// Stands in line for `bytes`. `granted` is called once they have been taken, on any thread, perhaps before this returns.
    func wait(for bytes: Int, granted: @escaping @Sendable () -> Void) -> Ticket {
        precondition(bytes <= limitBytes, "nobody can wait for more than the whole budget")
        let ticket = line.withLock { line in
            line.nextTicket += 1
            line.places.append(Place(ticket: line.nextTicket, bytes: bytes, granted: granted))
            waiting.add(1, ordering: .sequentiallyConsistent)
            return Ticket(number: line.nextTicket)
        }
        serve()      // room may have come free between the caller's `reserve` and its place in line
        return ticket
    }

    /// Leaves the line. False when the grant has already been made: its bytes are the caller's to give back.
    func leave(_ ticket: Ticket) -> Bool {
        let left = line.withLock { line in
            guard let index = line.places[line.head...].firstIndex(where: { $0.ticket == ticket.number }) else { return false }
            line.places.remove(at: index)
            waiting.subtract(1, ordering: .sequentiallyConsistent)
            return true
        }
        if left, waiting.load(ordering: .sequentiallyConsistent) > 0 { serve() }   // a smaller one may have stood behind it
        return left
    }

    /// Admits from the front of the line as long as there is room. Decides under the lock, calls outside it.
    private func serve() {
        while true {
            let granted: (@Sendable () -> Void)? = line.withLock { line in
                guard line.head < line.places.count, add(line.places[line.head].bytes, upTo: limitBytes) else { return nil }
                let place = line.places[line.head]
                line.head += 1
                if line.head >= 64, line.head * 2 >= line.places.count {
                    line.places.removeFirst(line.head)
                    line.head = 0
                }
                waiting.subtract(1, ordering: .sequentiallyConsistent)
                return place.granted
            }
            guard let granted else { return }
            granted()
        }
    }

    /// One step, so that no other thread ever sees bytes that were not granted.
    private func add(_ bytes: Int, upTo most: Int) -> Bool {
        var before = used.load(ordering: .sequentiallyConsistent)
        while true {
            guard bytes <= most - before else { return false }
            let (exchanged, original) = used.weakCompareExchange(
                expected: before, desired: before + bytes, ordering: .sequentiallyConsistent)
            if exchanged { break }
            before = original
        }
        if before + bytes > peak.load(ordering: .relaxed) { peak.max(before + bytes, ordering: .relaxed) }
        return true
    }
}
