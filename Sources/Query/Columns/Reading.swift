internal import Store
internal import Synchronization
internal import Trace

/// One thread's view of the sources of a query: blocks as they are opened, and the groups used last.
final class Reading {
    let scan: QueryScan
    private let readers: ColumnReaders
    private var blocks: [Int: Block] = [:]
    /// The blocks that were opened for parts of traces only, the one asked for last at the end.
    private var parts: [Int] = []
    private var recent: [Group] = []
    /// The block read last.
    var touched = -1
    private let keptGroups: Int
    private static let keptParts = 6

    /// - Parameter keptGroups: how many groups used last stay decoded.
    init(_ scan: QueryScan, keptGroups: Int) {
        self.scan = scan
        self.keptGroups = keptGroups
        readers = ColumnReaders(scan.store)
    }

    var sources: [ColumnSource] { scan.sources }

    /// The block to be looked through, until it is closed. Nil when it cannot be read; the damage was noted then.
    func openBlock(_ ordinal: Int) throws -> Block? {
        parts.removeAll { $0 == ordinal }
        return try block(ordinal)
    }

    /// A block that has a part of a trace of another one. Only those used last stay open.
    func openPart(_ ordinal: Int) throws -> Block? {
        let isPart = blocks[ordinal] == nil || parts.contains(ordinal)
        guard let block = try block(ordinal), isPart else { return blocks[ordinal] }
        parts.removeAll { $0 == ordinal }
        parts.append(ordinal)
        if parts.count > Self.keptParts { close(parts[0]) }
        return block
    }

    private func block(_ ordinal: Int) throws -> Block? {
        if let known = blocks[ordinal] { return known }
        if scan.damages.isSkipped(ordinal) { return nil }
        do {
            let reader = try readers.reader(sources[ordinal])
            let block = Block(ordinal, sources[ordinal], reader: reader, access: try readers.open(reader), reading: self)
            blocks[ordinal] = block
            return block
        } catch {
            scan.damages.skip(ordinal, error)
            return nil
        }
    }

    /// Forgets what was found out about a block that is done with.
    func close(_ ordinal: Int) {
        recent.removeAll { $0.block.ordinal == ordinal }
        parts.removeAll { $0 == ordinal }
        blocks[ordinal]?.keepMasks()
        blocks[ordinal] = nil
        readers.rest()
    }

    /// Leaves out the block that `error` came from from now on, which may be another than the one being looked at: that of a part of
    /// one of its traces. False when it was left out already.
    func skipDamaged(_ error: any Error) -> Bool {
        recent = []
        blocks = [:]
        parts = []
        return scan.damages.skip(touched, error)
    }

    /// Gathers from the blocks of `work`; after damage all over again, without the damaged block and with nothing of what it gave.
    func gather<Gathered: Sendable>(_ work: BlockQueue<Gathered>, _ empty: Gathered, _ body: (Block, inout Gathered) throws -> Void) {
        var gathered = empty, taken: [Int] = []
        do {
            while let ordinal = work.next() {
                taken.append(ordinal)
                var isDone = try gather(ordinal, &gathered, body)
                while !isDone {
                    gathered = empty
                    isDone = try taken.allSatisfy { try gather($0, &gathered, body) }
                }
            }
            work.add(gathered)
        } catch let failure as QueryFailure {
            work.fail(failure)
        } catch {
            work.fail(.unreadable("\(error)"))
        }
    }

    /// False when some block turned out to be damaged.
    private func gather<Gathered>(_ ordinal: Int, _ gathered: inout Gathered, _ body: (Block, inout Gathered) throws -> Void) throws -> Bool {
        try checkCancelled()
        do {
            guard let block = try openBlock(ordinal) else { return true }
            try body(block, &gathered)
            close(ordinal)
            return true
        } catch let failure as QueryFailure {
            throw failure
        } catch {
            guard skipDamaged(error) else { throw error }
            return false
        }
    }

    func group(_ block: Block, _ index: Int) -> Group {
        if let last = recent.last, last.index == index, last.block === block { return last }
        if let place = recent.lastIndex(where: { $0.index == index && $0.block === block }) {
            if place + 1 < recent.count {
                let group = recent.remove(at: place)
                recent.append(group)
                return group
            }
            return recent[place]
        }
        let group = Group(block, index)
        if recent.count >= keptGroups { recent.removeFirst() }
        recent.append(group)
        return group
    }

    private(set) lazy var splits = scan.joins.splits

    func checkCancelled() throws { if scan.ticket.isCancelled { throw QueryFailure.cancelled } }
}

/// Blocks that a query could not read. Shared by its threads.
final class Damages: Sendable {
    private let store: Store
    private let sources: [ColumnSource]
    private let skipped = Mutex<[Int: String]>([:])

    init(_ store: Store, _ sources: [ColumnSource]) {
        self.store = store
        self.sources = sources
    }

    func isSkipped(_ ordinal: Int) -> Bool { skipped.withLock { $0[ordinal] != nil } }

    /// False when it was skipped before.
    @discardableResult func skip(_ ordinal: Int, _ error: any Error) -> Bool {
        let isNew = skipped.withLock { skipped in
            defer { if skipped[ordinal] == nil { skipped[ordinal] = "" } }
            return skipped[ordinal] == nil
        }
        if isNew, let words = store.noteDamage(error, of: sources[ordinal]) { skipped.withLock { $0[ordinal] = words } }
        return isNew
    }

    /// What is missing from the answer, in words; nil when nothing is.
    var words: String? {
        let words = skipped.withLock { $0.values.filter { !$0.isEmpty }.sorted() }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
