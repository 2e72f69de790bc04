internal import PromQL

extension JSONAnswer {
    /// An expression as `parse_query` shows it, members by name.
    mutating func tree(_ expression: Expression) {
        object { json in
            switch expression.kind {
            case .number(let value, _):
                json.member("type", "numberLiteral")
                json.member("val", NumberText.plain(value))
            case .string(let text):
                json.member("type", "stringLiteral")
                json.member("val", text)
            case .selector(let selector): json.selector("vectorSelector", selector)
            case .range(let selector, let millis):
                json.selector("matrixSelector", selector)
                json.member("range", Int(millis))
            case .subquery(let subquery):
                json.branch("expr", subquery.inner)
                json.shift(subquery.shift)
                json.member("range", Int(subquery.rangeMillis))
                json.member("step", Int(subquery.stepMillis ?? 0))
                json.member("type", "subquery")
            case .call(let function, let arguments):
                json.array("args") { for argument in arguments { $0.tree(argument) } }
                json.function(function)
                json.member("type", "call")
            case .aggregation(let aggregation):
                json.branch("expr", aggregation.inner)
                json.array("grouping") { for label in aggregation.labels { $0.string(label) } }
                json.member("op", aggregation.op.rawValue)
                json.branch("param", aggregation.parameter)
                json.member("type", "aggregation")
                json.member("without", aggregation.isWithout)
            case .binary(let binary): json.binary(binary)
            case .unary(let isNegative, let inner):
                json.branch("expr", inner)
                json.member("op", isNegative ? "-" : "+")
                json.member("type", "unaryExpr")
            case .parens(let inner):
                json.branch("expr", inner)
                json.member("type", "parenExpr")
            }
        }
    }

    private mutating func branch(_ key: StaticString, _ expression: Expression?) {
        self.key(key)
        if let expression { tree(expression) } else { null() }
    }

    private mutating func selector(_ type: String, _ selector: Selector) {
        array("matchers") { json in
            for matcher in selector.matchers {
                json.object { json in
                    json.member("name", matcher.name)
                    json.member("type", matcher.op.rawValue)
                    json.member("value", matcher.value)
                }
            }
        }
        member("name", selector.name ?? "")
        shift(selector.shift)
        member("type", type)
    }

    private mutating func shift(_ shift: TimeShift) {
        member("offset", Int(shift.offsetMillis))
        key("startOrEnd")
        switch shift.at {
        case .start?: string("start")
        case .end?: string("end")
        case .millis?, nil: null()
        }
        key("timestamp")
        if case .millis(let millis)? = shift.at { number(Int(millis)) } else { null() }
    }

    private mutating func function(_ function: Function) {
        let signature = function.signature
        object("func") { json in
            json.array("argTypes") { for type in signature.arguments { $0.string(type.rawValue) } }
            json.member("name", function.rawValue)
            json.member("returnType", signature.returns.rawValue)
            json.member("variadic", signature.variadic)
        }
    }

    private mutating func binary(_ binary: Binary) {
        member("bool", binary.isBool)
        branch("lhs", binary.left)
        key("matching")
        if let matching = binary.matching {
            object { json in
                json.member("card", matching.cardinality.rawValue)
                json.array("include") { for label in matching.included { $0.string(label) } }
                json.array("labels") { for label in matching.labels { $0.string(label) } }
                json.member("on", matching.isOn)
            }
        } else {
            null()
        }
        member("op", binary.op.rawValue)
        branch("rhs", binary.right)
        member("type", "binaryExpr")
    }
}
