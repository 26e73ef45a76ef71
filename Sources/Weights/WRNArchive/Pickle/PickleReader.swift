// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// Reads pickles of protocols 0 to 5 without executing anything.
///
/// A pickle is a program for a small stack machine. This one has only the instructions that build
/// `None`, booleans, integers, floats, strings, bytes, lists, tuples and dictionaries, and only the
/// names of its ``PickleVocabulary``. Every other instruction or name is an error that names it and
/// its offset.
package struct PickleReader<Vocabulary: PickleVocabulary> {
    package typealias Failure = Vocabulary.Failure

    /// The most values on the machine's stack.
    package static var maximumStackDepth: Int { 1_000_000 }
    /// The most remembered values.
    package static var maximumMemoCount: Int { 1_000_000 }
    /// The most strings, lists, tuples, dictionaries and arrays.
    package static var maximumObjectCount: Int { 2_000_000 }
    /// The most elements of all lists, tuples and dictionaries together.
    package static var maximumItemCount: Int { 4_000_000 }
    /// The longest line of the text protocol.
    package static var maximumLineByteCount: Int { 1 << 20 }
    /// The most axes of an array or tensor.
    package static var maximumRank: Int { 8 }
    /// The most memory of values: in sizes of the file, and for small files.
    ///
    /// One byte of a pickle can create a value of a hundred. Pickles of real programs take less
    /// than ten times their bytes.
    package static var maximumExpansion: Int { 16 }
    /// See ``maximumExpansion``.
    package static var plausibleByteCount: Int { 1 << 20 }

    /// The place of the current instruction.
    private(set) var place = 0
    var cursor: ByteCursor<Failure>
    var objects: [PickleObject<Vocabulary.Made>] = []

    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var itemCount = 0
    /// The most bytes that values may take, and those that all but the stack take.
    private let memoryLimit: Int
    private var heldByteCount = 0
    /// The tuple without items, which is the same wherever it stands.
    private var emptyTuple: PickleValue?
    /// The number of bytes that `_codecs.encode` may still produce: together no more than the file
    /// has.
    var encodableByteCount: Int

    /// Begins at the first byte.
    ///
    /// - Parameter fileByteCount: The size of the file that the pickle is a part of, which bounds
    ///   the memory; nil for the pickle's own.
    package init(_ source: NamedBytes<Failure>, fileByteCount: Int? = nil) {
        cursor = ByteCursor(source)
        encodableByteCount = source.count
        memoryLimit =
            Self.maximumExpansion * (fileByteCount ?? source.count) + Self.plausibleByteCount
    }

    /// Reads the pickle to its end, after which nothing may follow.
    package static func read(
        _ source: NamedBytes<Failure>, fileByteCount: Int? = nil
    ) throws(Failure) -> PickleDocument<Vocabulary> {
        let (document, byteCount) = try readPrefix(of: source, fileByteCount: fileByteCount)
        guard byteCount == source.count else {
            throw source.error(
                .malformed, at: byteCount,
                "\(source.count - byteCount) bytes follow the end of the pickle")
        }
        return document
    }

    /// Reads the pickle at the beginning of the bytes, and returns its length.
    package static func readPrefix(
        of source: NamedBytes<Failure>, fileByteCount: Int? = nil
    ) throws(Failure) -> (document: PickleDocument<Vocabulary>, byteCount: Int) {
        var reader = PickleReader(source, fileByteCount: fileByteCount)
        let document = try reader.run()
        return (document, reader.cursor.offset)
    }

    private mutating func run() throws(Failure) -> PickleDocument<Vocabulary> {
        while true {
            place = cursor.offset
            let code = try cursor.byte("the next pickle instruction")
            guard let instruction = PickleInstruction(rawValue: code),
                instruction.isOfPlainData || Vocabulary.instructions.contains(instruction)
            else {
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
        return PickleDocument(name: cursor.source.name, root: root, objects: objects)
    }

    /// An error about the instruction being carried out.
    package func error(_ code: FileFault.Code, _ sentence: String) -> Failure {
        cursor.error(code, at: place, sentence)
    }

    // MARK: The stack

    mutating func push(_ value: PickleValue) throws(Failure) {
        guard stack.count < Self.maximumStackDepth else {
            throw error(
                .tooLarge, "more than \(Self.maximumStackDepth) values on the pickle's stack")
        }
        try checkMemory(stackCount: stack.count + 1)
        stack.append(value)
    }

    mutating func push(_ object: PickleObject<Vocabulary.Made>) throws(Failure) {
        guard objects.count < Self.maximumObjectCount else {
            throw error(.tooLarge, "more than \(Self.maximumObjectCount) objects in the pickle")
        }
        try hold(object.byteCount)
        objects.append(object)
        try push(.object(objects.count - 1))
    }

    /// Pushes the tuple without items, which takes memory once.
    mutating func pushEmptyTuple() throws(Failure) {
        if let emptyTuple { return try push(emptyTuple) }
        try push(.tuple([]))
        emptyTuple = try top()
    }

    /// Counts bytes of memory that are about to be taken.
    mutating func hold(_ byteCount: Int) throws(Failure) {
        heldByteCount += byteCount
        try checkMemory(stackCount: stack.count)
    }

    private func checkMemory(stackCount: Int) throws(Failure) {
        guard heldByteCount + stackCount * MemoryLayout<PickleValue>.stride > memoryLimit else {
            return
        }
        throw error(
            .tooLarge,
            "the pickle's values need more than \(memoryLimit) bytes of memory, "
                + "\(Self.maximumExpansion) times the file and \(Self.plausibleByteCount); "
                + "no program that saves weights writes such a pickle")
    }

    mutating func pop() throws(Failure) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw error(.malformed, "a pickle instruction needs a value, but the stack is empty")
        }
        return value
    }

    func top() throws(Failure) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw error(.malformed, "a pickle instruction needs a value, but the stack is empty")
        }
        return value
    }

    mutating func pushMark() throws(Failure) {
        guard marks.count < Self.maximumStackDepth else {
            throw error(
                .tooLarge, "more than \(Self.maximumStackDepth) marks on the pickle's stack")
        }
        marks.append(stack.count)
    }

    /// Removes the topmost mark and the values above it, and returns those.
    mutating func popToMark() throws(Failure) -> [PickleValue] {
        guard let mark = marks.popLast() else {
            throw error(.malformed, "a pickle instruction needs a mark, but there is none")
        }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    /// Counts elements that are about to be stored.
    mutating func countItems(_ count: Int) throws(Failure) {
        itemCount += count
        guard itemCount <= Self.maximumItemCount else {
            throw error(.tooLarge, "more than \(Self.maximumItemCount) elements in the pickle")
        }
        try hold(count * MemoryLayout<PickleValue>.stride)
    }

    // MARK: The memo

    mutating func remember(_ index: Int?) throws(Failure) {
        guard memo.count < Self.maximumMemoCount else {
            throw error(.tooLarge, "more than \(Self.maximumMemoCount) remembered values")
        }
        // A key, a value, and the table's free places.
        try hold(2 * (MemoryLayout<Int>.stride + MemoryLayout<PickleValue>.stride))
        memo[index ?? memo.count] = try top()
    }

    mutating func recall(_ index: Int) throws(Failure) {
        guard let value = memo[index] else {
            throw error(.malformed, "the pickle recalls value \(index), which it never remembered")
        }
        try push(value)
    }
}
