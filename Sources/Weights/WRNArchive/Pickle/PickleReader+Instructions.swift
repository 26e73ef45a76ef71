// SPDX-License-Identifier: Apache-2.0

import WRNFiles

extension PickleReader {
    /// Carries out one instruction; its argument, if any, is next in the file.
    mutating func carryOut(_ instruction: PickleInstruction) throws(Failure) {
        switch instruction {
        case .stop: break
        case .proto: try checkProtocol()
        case .frame: _ = try cursor.littleEndian(8, "a frame's length")
        case .mark: try pushMark()
        case .pop: _ = try pop()
        case .popMark: _ = try popToMark()
        case .duplicate: try push(top())

        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .int: try pushTextInteger(allowsBool: true)
        case .long: try pushTextInteger(allowsBool: false)
        case .binInt:
            let bits = UInt32(truncatingIfNeeded: try cursor.littleEndian(4, "an integer"))
            try push(.int(Int(Int32(bitPattern: bits))))
        case .binInt1: try push(.int(Int(cursor.byte("an integer"))))
        case .binInt2: try push(.int(Int(cursor.littleEndian(2, "an integer"))))
        case .long1: try pushLong(byteCount: Int(cursor.byte("an integer's length")))
        case .long4: try pushLong(byteCount: length(4))
        case .float: try pushTextFloat()
        case .binFloat:
            let bytes = try cursor.take(8, "a float")
            try push(.float(Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })))

        case .string: try pushQuotedString()
        case .unicode: try pushPlainText()
        case .shortBinString, .shortBinBytes, .shortBinUnicode: try pushBytes(lengthByteCount: 1)
        case .binString, .binBytes, .binUnicode: try pushBytes(lengthByteCount: 4)
        case .binUnicode8, .binBytes8, .byteArray8: try pushBytes(lengthByteCount: 8)

        case .emptyList: try push(.list([]))
        case .emptyTuple: try pushEmptyTuple()
        case .emptyDict: try push(.dictionary([]))
        case .list: try pushItems { .list($0) }
        case .tuple: try pushItems { .tuple($0) }
        case .dict:
            let pairs = try pairs(popToMark())
            try push(.dictionary(pairs))
        case .tuple1: try pushTuple(1)
        case .tuple2: try pushTuple(2)
        case .tuple3: try pushTuple(3)
        case .append:
            let item = try pop()
            try append([item])
        case .appends:
            let items = try popToMark()
            try append(items)
        case .emptySet: try push(.opaque("set"))
        case .addItems:
            _ = try popToMark()
            guard case .object(let index) = try top(), case .opaque("set") = objects[index] else {
                throw error(.malformed, "the pickle adds to something that is not a set")
            }
        case .frozenSet:
            _ = try popToMark()
            try push(.opaque("set"))
        case .setItem:
            let value = try pop()
            let key = try pop()
            try set([(key, value)])
        case .setItems:
            let pairs = try pairs(popToMark())
            try set(pairs)

        case .put: try remember(textIndex())
        case .binPut: try remember(Int(cursor.byte("a memo index")))
        case .longBinPut: try remember(length(4))
        case .memoize: try remember(nil)
        case .get: try recall(textIndex())
        case .binGet: try recall(Int(cursor.byte("a memo index")))
        case .longBinGet: try recall(length(4))

        case .global:
            let module = try cursor.line(limit: Self.maximumLineByteCount, "a module's name")
            let name = try cursor.line(limit: Self.maximumLineByteCount, "a callable's name")
            try pushCallable(module, name)
        case .stackGlobal:
            let (name, module) = (try pop(), try pop())
            guard let name = string(name), let module = string(module) else {
                throw error(.malformed, "a callable is named by something that is not a string")
            }
            try pushCallable(module, name)
        case .reduce:
            let (arguments, callable) = (try pop(), try pop())
            try call(callable, arguments)
        case .build:
            let (state, object) = (try pop(), try top())
            try build(object, state)

        case .persistentID:
            let line = try cursor.line(limit: Self.maximumLineByteCount, "an identifier")
            try push(.string(line))
            let identifier = try pop()
            try push(Vocabulary.persistent(identifier, in: &self))
        case .binPersistentID:
            let identifier = try pop()
            try push(Vocabulary.persistent(identifier, in: &self))
        case .newObject:
            // A class and its arguments: the same as a call, to whom nothing runs.
            let (arguments, callable) = (try pop(), try pop())
            try call(callable, arguments)
        }
    }

    private mutating func checkProtocol() throws(Failure) {
        let version = try cursor.byte("the protocol's number")
        guard version <= 5 else {
            throw error(.unsupported, "pickle protocol \(version); protocols 0 to 5 are read")
        }
    }

    // MARK: Containers

    private mutating func pushItems(_ make: ([PickleValue]) -> PickleObject<Vocabulary.Made>)
        throws(Failure)
    {
        let items = try popToMark()
        try countItems(items.count)
        try push(make(items))
    }

    private mutating func pushTuple(_ count: Int) throws(Failure) {
        var items: [PickleValue] = []
        for _ in 0..<count { items.append(try pop()) }
        try countItems(count)
        try push(.tuple(items.reversed()))
    }

    private func pairs(
        _ values: [PickleValue]
    ) throws(Failure) -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else {
            throw error(.malformed, "a dictionary has a key without a value")
        }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    /// Appends to the list on top of the stack.
    private mutating func append(_ items: [PickleValue]) throws(Failure) {
        try countItems(items.count)
        guard case .object(let index) = try top(), case .list(var list) = objects[index] else {
            throw error(.malformed, "the pickle appends to something that is not a list")
        }
        if list.isEmpty { try hold(PickleObject<Vocabulary.Made>.headerByteCount) }
        // The list is taken out while it grows, or each append would copy it.
        objects[index] = .list([])
        list += items
        objects[index] = .list(list)
    }

    /// Adds pairs to the dictionary on top of the stack.
    private mutating func set(
        _ pairs: [(key: PickleValue, value: PickleValue)]
    ) throws(Failure) {
        try countItems(2 * pairs.count)
        guard case .object(let index) = try top(), case .dictionary(var all) = objects[index] else {
            throw error(.malformed, "the pickle sets items of something that is not a dictionary")
        }
        if all.isEmpty { try hold(PickleObject<Vocabulary.Made>.headerByteCount) }
        objects[index] = .dictionary([])
        all += pairs
        objects[index] = .dictionary(all)
    }
}
