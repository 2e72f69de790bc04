internal import SelfStats
public import Trace

/// What stands between the receiver and the store: processors with the Collector's names, run in the order of their list.
///
/// A pipeline holds no spans and may be used by any number of threads at once.
public struct Pipeline: Sendable {
    let processors: [any Processor]

    init(_ processors: [any Processor]) { self.processors = processors }

    public var isEmpty: Bool { processors.isEmpty }

    /// Runs every processor on `batch`, in place. Afterwards it is a batch as any other; text that was added stands in `extra`.
    ///
    /// - Throws: when `batch` would have to grow too much. It is of no use any more then; the request should be refused for good.
    public func process(_ batch: inout SpanBatch, _ context: RequestContext = RequestContext()) throws(ProcessingFailure) -> ProcessingResult {
        var result = ProcessingResult()
        for processor in processors {
            let incoming = batch.spans.count
            processor.counters.incoming.add(incoming)
            try processor.process(&batch, context, &result)
            processor.counters.outgoing.add(batch.spans.count)
            if batch.spans.isEmpty { break }
        }
        return result
    }

    /// The counters of each processor, by its name in the configuration.
    public var counters: [(name: String, counters: ProcessorCounters)] { processors.map { ($0.name, $0.counters) } }
}

/// What a processor may know about the request that brought a batch.
public struct RequestContext: Sendable {
    /// The peer's address without its port; nil when it is unknown.
    public var clientAddress: String?

    public init(clientAddress: String? = nil) { self.clientAddress = clientAddress }
}

/// What became of a batch.
public struct ProcessingResult: Equatable, Sendable {
    /// Whether it differs from what was received. If not, the body may be journalled as it came; if so, the batch has to be encoded again.
    public var isChanged = false
    /// Spans left out on purpose, at most one entry per processor. Their sender is told that they were accepted.
    public var drops: [Drop] = []

    public init() {}

    public var droppedCount: Int { drops.reduce(0) { $0 + $1.count } }
}

/// A batch to which the processors would add more than it may hold.
public struct ProcessingFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public var limitBytes: Int

    public var description: String { "the processors would add more than \(limitBytes >> 20) MiB to one request; send smaller requests" }
}

/// Spans that a processor left out.
public struct Drop: Equatable, Sendable {
    public enum Reason: String, Equatable, Sendable, CaseIterable {
        case filtered, sampledOut = "sampled_out"
    }
    public var processor: String
    public var reason: Reason
    public var count: Int
}

/// One step of a pipeline.
protocol Processor: Sendable {
    /// As the configuration has it: `filter/health`.
    var name: String { get }
    var counters: ProcessorCounters { get }
    func process(_ batch: inout SpanBatch, _ context: RequestContext, _ result: inout ProcessingResult) throws(ProcessingFailure)
}
