internal import OTLP
internal import Query

/// How much was looked at, as `SearchMetrics` and `MetadataMetrics`. A query is one job: a progress bar shows 100 % at its end.
/// Fields that only Tempo 3.1 knows are left out, because strict parsers of older clients fail on them. (tempo-api.md §5.2, §9)
extension QueryStatistics {
    func write(searchMetrics object: inout JSONAnswer) {
        object.count("inspectedTraces", traces)
        object.count("inspectedBytes", quoted: UInt64(clamping: bytes))
        object.count("totalBlocks", blocks)
        object.member("completedJobs", 1)
        object.member("totalJobs", 1)
        object.count("totalBlockBytes", quoted: UInt64(clamping: blockBytes))
        object.count("inspectedSpans", quoted: UInt64(clamping: spans))
    }

    /// - Parameter isComplete: false for what is sent while the query still runs.
    func write(searchMetrics output: inout OutputBuffer, isComplete: Bool = true) {
        output.count(1, traces)
        output.count(2, long: UInt64(clamping: bytes))
        output.count(3, blocks)
        output.count(4, isComplete ? 1 : 0)
        output.count(5, 1)
        output.count(6, long: UInt64(clamping: blockBytes))
        output.count(7, long: UInt64(clamping: spans))
    }

    func write(metadataMetrics object: inout JSONAnswer) {
        object.count("inspectedBytes", quoted: UInt64(clamping: bytes))
        object.member("totalJobs", 1)
        object.member("completedJobs", 1)
        object.count("totalBlocks", blocks)
        object.count("totalBlockBytes", quoted: UInt64(clamping: blockBytes))
    }

    func write(metadataMetrics output: inout OutputBuffer) {
        output.count(1, long: UInt64(clamping: bytes))
        output.count(2, 1)
        output.count(3, 1)
        output.count(4, blocks)
        output.count(5, long: UInt64(clamping: blockBytes))
    }
}
