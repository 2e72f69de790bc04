/// Numbers of each series in each interval, as one thread gathers them.
struct Tally {
    /// Labels of a series: the values of the grouping fields and, of a histogram, the bucket.
    struct Key: Hashable {
        var values: [Value]
        var bucket: Int = -1
    }

    enum Kind { case count, sum, average, smallest, largest }

    let kind: Kind
    let intervals: Int
    private(set) var keys: [Key] = []
    private var numberOfKey: [Key: Int] = [:]
    /// Interval by interval, series after series.
    private(set) var numbers: [Double] = []
    /// What rounding took from `numbers`, so that sums come out the same in whatever order.
    private(set) var rests: [Double] = []
    /// How many values are in each, weighted; not kept for counts.
    private(set) var counts: [Double] = []

    init(_ kind: Kind, intervals: Int) {
        self.kind = kind
        self.intervals = intervals
    }

    /// What it takes with the series that are made of it and the answer that is written from them: keys and labels about 1000 a
    /// series, a sample 16 as a value and 48 as text.
    var bytes: Int { (numbers.capacity + rests.capacity + counts.capacity) * 8 + keys.count * (1000 + intervals * 64) }

    mutating func series(_ key: Key) -> Int {
        if let known = numberOfKey[key] { return known }
        let number = keys.count
        keys.append(key)
        numberOfKey[key] = number
        numbers.append(contentsOf: repeatElement(kind == .smallest ? .infinity : kind == .largest ? -.infinity : 0, count: intervals))
        if kind == .sum || kind == .average { rests.append(contentsOf: repeatElement(0, count: intervals)) }
        if kind != .count { counts.append(contentsOf: repeatElement(0, count: intervals)) }
        return number
    }

    @inline(__always) mutating func count(_ series: Int, _ interval: Int, _ weight: Double) { numbers[series &* intervals &+ interval] += weight }

    mutating func add(_ series: Int, _ interval: Int, _ value: Double, weight: Double) {
        let place = series * intervals + interval
        counts[place] += weight
        switch kind {
        case .count: break
        case .smallest: numbers[place] = min(numbers[place], value)
        case .largest: numbers[place] = max(numbers[place], value)
        case .sum, .average: add(value * weight, at: place)
        }
    }

    /// Knuth's TwoSum: the sum and exactly what rounding it lost.
    private mutating func add(_ value: Double, at place: Int) {
        let old = numbers[place], sum = old + value
        let shadow = sum - old
        rests[place] += (old - (sum - shadow)) + (value - shadow)
        numbers[place] = sum
    }

    mutating func merge(_ other: Tally) {
        for (index, key) in other.keys.enumerated() {
            let mine = series(key)
            for interval in 0..<intervals {
                let from = index * intervals + interval, to = mine * intervals + interval
                if kind == .count {
                    numbers[to] += other.numbers[from]
                    continue
                }
                guard other.counts[from] > 0 else { continue }
                counts[to] += other.counts[from]
                switch kind {
                case .count: break
                case .smallest: numbers[to] = min(numbers[to], other.numbers[from])
                case .largest: numbers[to] = max(numbers[to], other.numbers[from])
                case .sum, .average:
                    add(other.numbers[from], at: to)
                    add(other.rests[from], at: to)
                }
            }
        }
    }

    /// Nil where there is no value.
    func value(_ series: Int, _ interval: Int) -> Double? {
        let place = series * intervals + interval
        if kind == .count { return numbers[place] }
        guard counts[place] > 0 else { return nil }
        switch kind {
        case .sum: return numbers[place] + rests[place]
        case .average: return (numbers[place] + rests[place]) / counts[place]
        default: return numbers[place]
        }
    }
}
