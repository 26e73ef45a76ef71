// SPDX-License-Identifier: Apache-2.0

/// Reads the pickles in which CIFAR is published, protocols 0 to 5, without executing anything.
///
/// A pickle is a program for a small stack machine. This one knows only the instructions that build `None`, booleans,
/// integers, floats, strings, bytes, lists, tuples, dictionaries and numpy arrays of unsigned bytes, and only the
/// names in ``PickleCallable``. Every other instruction or name is an error that says which, and where.
struct PickleReader {
    /// The most values on the machine's stack.
    static let maximumStackDepth = 1_000_000
    /// The most remembered values.
    static let maximumMemoCount = 1_000_000
    /// The most strings, lists, tuples, dictionaries and arrays.
    static let maximumObjectCount = 2_000_000
    /// The most elements of all lists, tuples and dictionaries together.
    static let maximumItemCount = 4_000_000
    /// The longest line of the text protocol.
    static let maximumLineByteCount = 1 << 20
    /// The most axes of an array.
    static let maximumRank = 8

    /// Where the instruction that is being carried out stands.
    var place = 0
    var cursor: ByteCursor
    var objects: [PickleObject] = []

    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var itemCount = 0
    /// How many bytes `_codecs.encode` may still produce: together no more than the file has.
    var encodableByteCount: Int

    init(_ source: NamedBytes) {
        cursor = ByteCursor(source)
        encodableByteCount = source.count
    }

    /// Reads the pickle to its end, after which nothing may follow.
    static func read(_ source: NamedBytes) throws(DataError) -> PickleDocument {
        var reader = PickleReader(source)
        return try reader.run()
    }

    private mutating func run() throws(DataError) -> PickleDocument {
        while true {
            place = cursor.offset
            let code = try cursor.byte("the next pickle instruction")
            guard let instruction = PickleInstruction(rawValue: code) else {
                let hexadecimal = String(code, radix: 16)
                throw error(
                    .unsupported,
                    "the pickle instruction 0x\(hexadecimal) is not one that builds plain data; "
                        + "the file is refused, and nothing of it was run")
            }
            if instruction == .stop { break }
            try carryOut(instruction)
        }
        let root = try pop()
        guard stack.isEmpty, marks.isEmpty else {
            throw error(
                .malformed,
                "the pickle ends with \(stack.count) values and \(marks.count) marks left over")
        }
        guard cursor.remaining == 0 else {
            throw cursor.error(.malformed, "\(cursor.remaining) bytes follow the end of the pickle")
        }
        return PickleDocument(name: cursor.source.name, root: root, objects: objects)
    }

    /// An error about the instruction being carried out.
    func error(_ code: DataError.Code, _ sentence: String) -> DataError {
        cursor.error(code, at: place, sentence)
    }

    // MARK: The stack

    mutating func push(_ value: PickleValue) throws(DataError) {
        guard stack.count < Self.maximumStackDepth else {
            throw error(
                .tooLarge, "more than \(Self.maximumStackDepth) values on the pickle's stack")
        }
        stack.append(value)
    }

    mutating func push(_ object: PickleObject) throws(DataError) {
        guard objects.count < Self.maximumObjectCount else {
            throw error(.tooLarge, "more than \(Self.maximumObjectCount) objects in the pickle")
        }
        objects.append(object)
        try push(.object(objects.count - 1))
    }

    mutating func pop() throws(DataError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw error(.malformed, "a pickle instruction needs a value, but the stack is empty")
        }
        return value
    }

    func top() throws(DataError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw error(.malformed, "a pickle instruction needs a value, but the stack is empty")
        }
        return value
    }

    mutating func pushMark() throws(DataError) {
        guard marks.count < Self.maximumStackDepth else {
            throw error(
                .tooLarge, "more than \(Self.maximumStackDepth) marks on the pickle's stack")
        }
        marks.append(stack.count)
    }

    /// Removes the topmost mark and the values above it, and returns those.
    mutating func popToMark() throws(DataError) -> [PickleValue] {
        guard let mark = marks.popLast() else {
            throw error(.malformed, "a pickle instruction needs a mark, but there is none")
        }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    /// Counts elements that are about to be stored.
    mutating func countItems(_ count: Int) throws(DataError) {
        itemCount += count
        guard itemCount <= Self.maximumItemCount else {
            throw error(.tooLarge, "more than \(Self.maximumItemCount) elements in the pickle")
        }
    }

    // MARK: The memo

    mutating func remember(_ index: Int?) throws(DataError) {
        guard memo.count < Self.maximumMemoCount else {
            throw error(.tooLarge, "more than \(Self.maximumMemoCount) remembered values")
        }
        memo[index ?? memo.count] = try top()
    }

    mutating func recall(_ index: Int) throws(DataError) {
        guard let value = memo[index] else {
            throw error(.malformed, "the pickle recalls value \(index), which it never remembered")
        }
        try push(value)
    }
}
