/// Folds the lists of a statement whose literals are `?` already: `in (?, ?, ?)` → `in (?)`, and the rows after the first of
/// `values (?, ?), (?, ?)` go.
func foldLists(_ shape: [UInt8]) -> [UInt8] {
    var folded: [UInt8] = []
    folded.reserveCapacity(shape.count)
    var position = 0
    while position < shape.count {
        guard shape[position] == UInt8(ascii: "(") else {
            folded.append(shape[position])
            position += 1
            continue
        }
        if endsWithWord("in", folded), let end = endOfPlainList(shape, from: position) {
            if folded.last != 32 { folded.append(32) }
            folded.append(contentsOf: "(?)".utf8)
            position = end
        } else if endsWithWord("values", folded), let end = endOfParenthesis(shape, from: position) {
            if folded.last != 32 { folded.append(32) }
            folded.append(contentsOf: shape[position..<end])
            position = end
            while let next = endOfFurtherRow(shape, from: position) { position = next }
        } else {
            folded.append(UInt8(ascii: "("))
            position += 1
        }
    }
    return folded
}

/// Whether `text` ends in `word`, blanks aside, as a word of its own.
private func endsWithWord(_ word: StaticString, _ text: [UInt8]) -> Bool {
    var end = text.count
    while end > 0, text[end - 1] == 32 { end -= 1 }
    let start = end - word.utf8CodeUnitCount
    guard start >= 0, start == 0 || !text[start - 1].isNameByte else { return false }
    return text[start..<end].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
}

/// The end of a parenthesis that holds nothing but `?`, commas and blanks.
private func endOfPlainList(_ text: [UInt8], from start: Int) -> Int? {
    var position = start + 1
    var hasLiteral = false
    while position < text.count {
        switch text[position] {
        case UInt8(ascii: "?"): hasLiteral = true
        case UInt8(ascii: ","), 32: break
        case UInt8(ascii: ")"): return hasLiteral ? position + 1 : nil
        default: return nil
        }
        position += 1
    }
    return hasLiteral ? position : nil                             // the statement was cut within the list
}

private func endOfParenthesis(_ text: [UInt8], from start: Int) -> Int? {
    var depth = 0
    for position in start..<text.count {
        if text[position] == UInt8(ascii: "(") { depth += 1 }
        if text[position] == UInt8(ascii: ")") {
            depth -= 1
            if depth == 0 { return position + 1 }
        }
    }
    return nil
}

/// The end of `, (…)` at `start`; what the cut of a long statement left of such a row counts too.
private func endOfFurtherRow(_ text: [UInt8], from start: Int) -> Int? {
    var position = start
    while position < text.count, text[position] == 32 { position += 1 }
    guard position < text.count, text[position] == UInt8(ascii: ",") else { return nil }
    position += 1
    while position < text.count, text[position] == 32 { position += 1 }
    guard position < text.count else { return position }
    guard text[position] == UInt8(ascii: "(") else { return nil }
    return endOfParenthesis(text, from: position) ?? text.count
}
