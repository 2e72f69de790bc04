internal import Patterns

extension FieldExpression {
    /// Its type, once everything in it is known to make sense.
    func checkedType() throws(QueryError) -> ValueType {
        switch self {
        case .literal(let constant): return constant.type
        case .field(let field): return field.type
        case .negative(let operand):
            let type = try operand.checkedType()
            guard type.isNumeric else { throw illegal("for the given type") }
            return type
        case .not(let operand):
            let type = try operand.checkedType()
            guard type.isBool else { throw illegal("for the given type") }
            return type
        case .arithmetic(_, let left, let right):
            let (first, second) = try operandTypes(left, right)
            guard first.isNumeric, second.isNumeric else { throw illegal("for the given types") }
            return first == .attribute ? second : first
        case .compare(let comparison, let left, let right):
            let (first, second) = try operandTypes(left, right)
            guard first.takes(comparison), second.takes(comparison) else { throw illegal("for the given types") }
            return .bool
        case .and(let left, let right), .or(let left, let right):
            let (first, second) = try operandTypes(left, right)
            guard first.isBool, second.isBool else { throw illegal("for the given types") }
            return .bool
        case .isNil(let operand):
            try checkCanBeNil(operand)
            return .bool
        case .isNotNil(let operand):
            _ = try operand.checkedType()
            return .bool
        case .matches(let operand, let pattern, _):
            let type = try operand.checkedType()
            guard type.suits(.string) else { throw differing }
            try Self.check(pattern: pattern)
            return .bool
        }
    }

    private func operandTypes(_ left: FieldExpression, _ right: FieldExpression) throws(QueryError) -> (ValueType, ValueType) {
        let types = (try left.checkedType(), try right.checkedType())
        guard types.0.suits(types.1) else { throw differing }
        return types
    }

    /// Intrinsics and the service's name are always there.
    private func checkCanBeNil(_ operand: FieldExpression) throws(QueryError) {
        switch operand {
        case .field(.intrinsic), .field(.attribute(.resource, "service.name")): throw QueryError(.invalid, "\(operand) is never nil: \(self)")
        default: _ = try operand.checkedType()
        }
    }

    private static func check(pattern: String) throws(QueryError) {
        do throws(Pattern.Failure) {
            _ = try Pattern(pattern)
        } catch {
            throw QueryError(.invalid, "invalid regular expression \(Static.string(pattern)): \(error.message)")
        }
    }

    private var differing: QueryError { QueryError(.invalid, "binary operations must operate on the same type: \(self)") }

    private func illegal(_ what: String) -> QueryError { QueryError(.invalid, "illegal operation \(what): \(self)") }
}
