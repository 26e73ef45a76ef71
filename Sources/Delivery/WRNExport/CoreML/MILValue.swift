// SPDX-License-Identifier: Apache-2.0

import WRNProtobuf

/// A constant in a program.
enum MILValue: Hashable, Sendable {
    case booleans([Bool], [Int])
    case text(String)
    case texts([String])
    case float32([Float], [Int])
    /// The bits of half-precision numbers.
    case float16([UInt16], [Int])
    case int32([Int32], [Int])
    /// Numbers in the file of weights, whose description begins at `offset`.
    case file(MILType.Element, [Int], offset: UInt64)

    /// One integer.
    static func integer(_ value: Int) -> MILValue { .int32([Int32(clamping: value)], []) }
    /// A row of integers.
    static func integers(_ values: [Int]) -> MILValue {
        .int32(values.map { Int32(clamping: $0) }, [values.count])
    }
    /// One truth value.
    static func boolean(_ value: Bool) -> MILValue { .booleans([value], []) }
    /// A row of truth values.
    static func booleans(_ values: [Bool]) -> MILValue { .booleans(values, [values.count]) }

    /// Its type.
    var type: MILType {
        switch self {
        case .booleans(_, let extents): .tensor(.bool, extents)
        case .text: .tensor(.text, [])
        case .texts(let texts): .texts(texts.count)
        case .float32(_, let extents): .tensor(.float32, extents)
        case .float16(_, let extents): .tensor(.float16, extents)
        case .int32(_, let extents): .tensor(.int32, extents)
        case .file(let element, let extents, _): .tensor(element, extents)
        }
    }
}

// MARK: Writing

extension MILValue {
    /// The name by which programs call the file of weights; Core ML replaces its beginning.
    static let weightsFile = "@model_path/weights/weight.bin"

    /// The message `Value`.
    var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.append(type.message, field: 2)
        if case .file(_, _, let offset) = self {
            var file = ProtobufMessage()
            file.append(Self.weightsFile, field: 1)
            file.append(Int64(bitPattern: offset), field: 2)
            message.append(file, field: 5)
        } else {
            message.append(immediate, field: 3)
        }
        return message
    }

    /// The message `ImmediateValue`.
    private var immediate: ProtobufMessage {
        var immediate = ProtobufMessage()
        if case .texts(let texts) = self {
            var list = ProtobufMessage()
            for text in texts { list.append(MILValue.text(text).message, field: 1) }
            immediate.append(list, field: 3)
        } else {
            immediate.append(tensor, field: 1)
        }
        return immediate
    }

    /// The message `TensorValue`, which has a message of its own for each kind of element.
    private var tensor: ProtobufMessage {
        var values = ProtobufMessage()
        let field: UInt64
        switch self {
        case .float32(let numbers, _):
            field = 1
            values.append(.floats(numbers), field: 1)
        case .int32(let numbers, _):
            field = 2
            values.append(packed: numbers.map { Int64($0) }, field: 1)
        case .booleans(let flags, _):
            field = 3
            values.append(packed: flags.map { $0 ? 1 : 0 }, field: 1)
        case .text(let text):
            field = 4
            values.append(text, field: 1)
        case .float16(let bits, _):
            field = 7
            values.append(
                .bytes(bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }), field: 1)
        case .texts, .file:
            field = 0
        }
        var tensor = ProtobufMessage()
        if field > 0 { tensor.append(values, field: field) }
        return tensor
    }
}

// MARK: Reading

extension MILValue {
    /// The most numbers that a program may hold by itself; more belong into the file of weights.
    static let maximumCount = 1 << 24

    /// Reads a message `Value`.
    ///
    /// - Parameter allowsList: Whether it may be a list; the items of a list may not, so that no
    ///   file decides how deep the reader goes.
    init(_ field: ProtobufField, allowsList: Bool = true) throws(ProtobufError) {
        var reader = try field.message()
        var type: MILType?
        var (immediate, file): (ProtobufField?, ProtobufField?) = (nil, nil)
        while let field = try reader.next() {
            switch field.number {
            case 2: type = try MILType(field)
            case 3: immediate = field
            case 5: file = field
            default: break
            }
        }
        guard let type else { throw field.error("expected a value with a type, found none") }
        switch (immediate, file) {
        case (let immediate?, nil):
            self = try Self.immediate(immediate, type, allowsList: allowsList)
        case (nil, let file?):
            guard case .tensor(let element, let extents) = type else {
                throw file.error("expected a tensor in the file of weights, found another type")
            }
            self = .file(element, extents, offset: try Self.offset(file))
        default: throw field.error("expected one value, found none or two")
        }
    }

    private static func offset(_ field: ProtobufField) throws(ProtobufError) -> UInt64 {
        var reader = try field.message()
        var (name, offset) = ("", UInt64(0))
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: offset = UInt64(bitPattern: try field.integer())
            default: break
            }
        }
        guard name == weightsFile else {
            throw field.error("expected numbers in \(weightsFile), found \"\(name)\"")
        }
        return offset
    }

    private static func immediate(
        _ field: ProtobufField, _ type: MILType, allowsList: Bool
    ) throws(ProtobufError) -> MILValue {
        var reader = try field.message()
        guard let content = try reader.next() else { throw field.error("the value is empty") }
        if case .texts(let count) = type, content.number == 3 {
            guard allowsList else {
                throw content.error("expected a text in the list, found a list")
            }
            var list = try content.message()
            var texts: [String] = []
            while let item = try list.next() {
                guard item.number == 1,
                    case .text(let text) = try MILValue(item, allowsList: false)
                else { throw item.error("expected a text in the list, found another value") }
                texts.append(text)
            }
            guard texts.count == count else {
                throw content.error("expected \(count) texts, found \(texts.count)")
            }
            return .texts(texts)
        }
        guard content.number == 1, case .tensor(let element, let extents) = type else {
            throw content.error("expected a value of its type, found another kind")
        }
        var tensor = try content.message()
        guard let values = try tensor.next() else { throw content.error("the tensor is empty") }
        let value = try numbers(values, element, extents)
        guard value.count == type.elementCount else {
            throw values.error("expected as many numbers as the type has, found \(value.count)")
        }
        return value
    }

    /// How many elements a tensor of the program has.
    private var count: Int {
        switch self {
        case .booleans(let values, _): values.count
        case .float32(let values, _): values.count
        case .float16(let values, _): values.count
        case .int32(let values, _): values.count
        case .text: 1
        case .texts(let texts): texts.count
        case .file: 0
        }
    }

    private static func numbers(
        _ field: ProtobufField, _ element: MILType.Element, _ extents: [Int]
    ) throws(ProtobufError) -> MILValue {
        var reader = try field.message()
        let content = try reader.next()
        switch (element, field.number) {
        case (.text, 4):
            guard let content, extents.isEmpty else { throw field.error("expected one text") }
            return .text(try content.text())
        case (.float32, 1):
            let bytes = Array(try content?.bytes() ?? [])
            return .float32(littleEndian(bytes, UInt32.self).map(Float.init(bitPattern:)), extents)
        case (.float16, 7):
            return .float16(
                littleEndian(Array(try content?.bytes() ?? []), UInt16.self), extents)
        case (.int32, 2):
            var numbers: [Int32] = []
            for number in try content?.integers(limit: maximumCount) ?? [] {
                guard let number = Int32(exactly: number) else {
                    throw field.error("expected 32-bit integers, found \(number)")
                }
                numbers.append(number)
            }
            return .int32(numbers, extents)
        case (.bool, 3):
            let flags = try content?.integers(limit: maximumCount) ?? []
            return .booleans(flags.map { $0 != 0 }, extents)
        default:
            throw field.error("expected numbers of the tensor's type, found another kind")
        }
    }

    private static func littleEndian<Bits: FixedWidthInteger>(
        _ bytes: [UInt8], _ type: Bits.Type
    ) -> [Bits] {
        let size = MemoryLayout<Bits>.size
        return stride(from: 0, to: bytes.count - size + 1, by: size).map { start in
            bytes[start..<start + size].reversed().reduce(Bits(0)) { $0 << 8 | Bits($1) }
        }
    }
}
