internal import Patterns

extension Evaluator {
    func labelReplace(_ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        let (target, template, source) = (arguments[1].literal, arguments[2].literal, arguments[3].literal)
        guard !target.isEmpty else { throw .execution("invalid destination label name in label_replace(): \(target)") }
        let pattern: Pattern
        do throws(Pattern.Failure) {
            pattern = try Pattern(arguments[4].literal)
        } catch {
            throw .execution("invalid regular expression in label_replace(): \(arguments[4].literal): \(error.message)")
        }
        let replacement = Replacement(template, pattern)
        let rows = try vector(arguments[0])
        return try settled(rows.map { row in
            var value = row.labels[source]
            let replaced = value.withUTF8 { bytes in
                let bytes = UnsafeRawBufferPointer(bytes)
                return pattern.captures(bytes).map { replacement.text(bytes, $0) }
            }
            guard let replaced else { return row }
            return Row(labels: row.labels.setting(target, replaced), values: row.values)
        }, .perStep)
    }

    func labelJoin(_ arguments: [Expression]) throws(EvaluationError) -> [Row] {
        let texts = arguments.dropFirst().map(\.literal)
        guard !texts[0].isEmpty else { throw .execution("invalid destination label name in label_join(): ") }
        if texts.dropFirst(2).contains("") { throw .execution("invalid source label name in label_join(): ") }
        return try settled(vector(arguments[0]).map { row in
            let joined = texts.dropFirst(2).map { row.labels[$0] }.joined(separator: texts[1])
            return Row(labels: row.labels.setting(texts[0], joined), values: row.values)
        }, .perStep)
    }
}
