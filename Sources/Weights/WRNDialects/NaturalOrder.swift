// SPDX-License-Identifier: Apache-2.0

/// The order of names in which numbers count as numbers: `layer1.2` before `layer1.10`.
enum NaturalOrder {
    static func precedes(_ first: String, _ second: String) -> Bool {
        let (left, right) = (pieces(first), pieces(second))
        for (one, other) in zip(left, right) where one != other {
            // Numbers without leading zeros: the longer one is the larger.
            guard one.isNumber, other.isNumber, one.text.count != other.text.count else {
                return one.text.lexicographicallyPrecedes(other.text)
            }
            return one.text.count < other.text.count
        }
        return left.count < right.count
    }

    private struct Piece: Equatable {
        let text: Substring.UTF8View
        let isNumber: Bool

        static func == (lhs: Piece, rhs: Piece) -> Bool { lhs.text.elementsEqual(rhs.text) }
    }

    private static func pieces(_ name: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = name.utf8[...]
        while let byte = rest.first {
            let isNumber = isDigit(byte)
            let end = rest.firstIndex { isDigit($0) != isNumber } ?? rest.endIndex
            var text = rest[..<end]
            while isNumber, text.count > 1, text.first == UInt8(ascii: "0") {
                text = text.dropFirst()
            }
            pieces.append(Piece(text: text, isNumber: isNumber))
            rest = rest[end...]
        }
        return pieces
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
