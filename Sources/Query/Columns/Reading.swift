internal import Store
internal import Synchronization
internal import Trace

/// One thread's view of the sources of a query: blocks as they are opened, and the groups used last.
final class Reading {
    let sources: [ColumnSource]
    let joins: TraceJoins
    let damages: Damages
    let filters: FilterCache
    let ticket: QueryTicket
    private let readers: ColumnReaders
    private var blocks: [Int: Block] = [:]
    private var recent: [Group] = []
    private static let keptGroups = 10

    init(_ store: Store, sources: [ColumnSource], joins: TraceJoins, damages: Damages, filters: FilterCache, ticket: QueryTicket) {
        self.sources = sources
        self.joins = joins
        self.damages = damages
        self.filters = filters
        self.ticket = ticket
        readers = ColumnReaders(store)
    }

    /// Nil when the block cannot be read; the damage was noted then.
    func openBlock(_ ordinal: Int) throws -> Block? {
        if let known = blocks[ordinal] { return known }
        if damages.isSkipped(ordinal) { return nil }
        do {
            let reader = try readers.reader(sources[ordinal])
            let block = Block(ordinal, sources[ordinal], reader: reader, access: try readers.open(reader), reading: self)
            blocks[ordinal] = block
            return block
        } catch let damage as BlockDamage {
            damages.skip(ordinal, damage)
            return nil
        }
    }

    /// Forgets what was found out about a block that is done with.
    func close(_ ordinal: Int) {
        recent.removeAll { $0.block.ordinal == ordinal }
        blocks[ordinal]?.keepMasks()
        blocks[ordinal] = nil
        readers.rest()
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
        if recent.count >= Self.keptGroups { recent.removeFirst() }
        recent.append(group)
        return group
    }

    private(set) lazy var splits = joins.splits

    func checkCancelled() throws { if ticket.isCancelled { throw QueryFailure.cancelled } }

    var inspectedBytes: Int { blocks.values.reduce(0) { $0 + $1.access.inspectedBytes } }
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

    func skip(_ ordinal: Int, _ error: any Error) {
        let words = store.noteDamage(error, of: sources[ordinal])
        skipped.withLock { $0[ordinal] = words ?? "" }
    }

    /// What is missing from the answer, in words; nil when nothing is.
    var words: String? {
        let words = skipped.withLock { $0.values.filter { !$0.isEmpty }.sorted() }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
