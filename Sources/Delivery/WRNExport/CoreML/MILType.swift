// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNProtobuf

/// The type of a value in MIL, the language of Core ML's programs.
enum MILType: Hashable, Sendable {
    /// The type of a tensor's elements; the raw values are those of MIL's messages.
    enum Element: Int64, Hashable, Sendable {
        case bool = 1
        case text = 2
        case float16 = 10
        case float32 = 11
        case float64 = 12
        case int32 = 23
    }

    /// A tensor of these extents; one number has none.
    case tensor(Element, [Int])
    /// So many texts.
    case texts(Int)
    /// A number for each of several texts.
    case numbersByText
}

// MARK: Writing

extension MILType {
    /// The message `ValueType`.
    var message: ProtobufMessage {
        var message = ProtobufMessage()
        switch self {
        case .tensor(let element, let extents):
            var tensor = ProtobufMessage()
            tensor.append(element.rawValue, field: 1)
            tensor.append(Int64(extents.count), field: 2)
            for extent in extents { tensor.append(Self.dimension(extent), field: 3) }
            message.append(tensor, field: 1)
        case .texts(let count):
            var list = ProtobufMessage()
            list.append(MILType.tensor(.text, []).message, field: 1)
            list.append(Self.dimension(count), field: 2)
            message.append(list, field: 2)
        case .numbersByText:
            var dictionary = ProtobufMessage()
            dictionary.append(MILType.tensor(.text, []).message, field: 1)
            dictionary.append(MILType.tensor(.float64, []).message, field: 2)
            message.append(dictionary, field: 4)
        }
        return message
    }

    private static func dimension(_ extent: Int) -> ProtobufMessage {
        var constant = ProtobufMessage()
        constant.append(Int64(extent), field: 1)
        var dimension = ProtobufMessage()
        dimension.append(constant, field: 1)
        return dimension
    }
}

// MARK: Reading

extension MILType {
    /// The most extents of a tensor, far above those of any network.
    private static let maximumRank = 16

    /// Reads a message `ValueType`.
    init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        var found: MILType?
        while let field = try reader.next() {
            switch field.number {
            case 1: found = try Self.tensor(field)
            case 2:
                var (list, count) = (try field.message(), 0)
                while let field = try list.next() {
                    if field.number == 2 { count = try Self.extent(field) }
                }
                found = .texts(count)
            case 4: found = .numbersByText
            default: throw field.error("expected the type of a tensor, list or dictionary")
            }
        }
        guard let found else { throw field.error("expected a type, found none") }
        self = found
    }

    private static func tensor(_ field: ProtobufField) throws(ProtobufError) -> MILType {
        var reader = try field.message()
        var element: Element?
        var (rank, extents): (Int64, [Int]) = (0, [])
        while let field = try reader.next() {
            switch field.number {
            case 1: element = Element(rawValue: try field.integer())
            case 2: rank = try field.integer()
            case 3:
                guard extents.count < maximumRank else {
                    throw field.error("expected at most \(maximumRank) extents, found more")
                }
                extents.append(try extent(field))
            default: break
            }
        }
        guard let element else {
            throw field.error("expected an element type that is read here, found another")
        }
        guard rank == extents.count else {
            throw field.error("expected \(rank) extents, found \(extents.count)")
        }
        return .tensor(element, extents)
    }

    /// Reads a message `Dimension`; only fixed ones are used here.
    private static func extent(_ field: ProtobufField) throws(ProtobufError) -> Int {
        var dimension = try field.message()
        while let field = try dimension.next() {
            guard field.number == 1 else { continue }
            var constant = try field.message()
            while let field = try constant.next() {
                guard field.number == 1 else { continue }
                let extent = try field.integer()
                guard (0...Int64(Int32.max)).contains(extent) else {
                    throw field.error("expected an extent in 0...\(Int32.max), found \(extent)")
                }
                return Int(extent)
            }
        }
        throw field.error("expected a fixed extent, found another")
    }

    /// The number of elements; nil when it, or the product of the extents that are not 0, does not
    /// fit.
    var elementCount: Int? {
        guard case .tensor(_, let extents) = self else { return nil }
        return checkedProduct(extents)
    }
}
