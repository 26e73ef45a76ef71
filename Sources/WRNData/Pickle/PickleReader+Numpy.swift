// SPDX-License-Identifier: Apache-2.0

/// What the few permitted names mean.
extension PickleReader {
    mutating func pushCallable(
        _ module: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>
    ) throws(DataError) {
        let full =
            String(decoding: module.prefix(200), as: UTF8.self) + "."
            + String(decoding: name.prefix(200), as: UTF8.self)
        guard let callable = PickleCallable(rawValue: full) else {
            throw error(
                .unsupported,
                "the pickle calls for '\(full)', which plain data do not need; "
                    + "the file is refused, and nothing of it was run")
        }
        try push(.callable(callable))
    }

    /// The call of a permitted name.
    mutating func call(_ value: PickleValue, _ arguments: PickleValue) throws(DataError) {
        guard case .object(let index) = value, case .callable(let callable) = objects[index],
            let arguments = tuple(arguments)
        else { throw error(.malformed, "the pickle calls something that cannot be called") }
        switch callable {
        case .reconstruct, .newReconstruct:
            // Arguments: the class, a shape and a type that its state will replace.
            guard arguments.count == 3, case .object(let first) = arguments[0],
                case .callable(.array) = objects[first]
            else { throw error(.unsupported, "a numpy object that is not a plain array") }
            try push(.emptyArray)
        case .elementType:
            guard let first = arguments.first, let code = string(first) else {
                throw error(.malformed, "a numpy dtype without its code")
            }
            guard ["u1", "|u1", "uint8", "B"].contains(where: { code.elementsEqual($0.utf8) })
            else {
                let text = String(decoding: code.prefix(20), as: UTF8.self)
                throw error(
                    .unsupported,
                    "a numpy array of type '\(text)'; only unsigned bytes (u1) are read")
            }
            try push(.uint8Type)
        case .encode:
            try encode(arguments)
        case .fromBuffer, .newFromBuffer:
            guard arguments.count == 4, let order = string(arguments[3]) else {
                throw error(.malformed, "a numpy buffer has other arguments than it should")
            }
            let array = try array(
                shape: arguments[2], type: arguments[1], bytes: arguments[0],
                isColumnMajor: order.elementsEqual("F".utf8))
            try push(.array(array))
        case .array:
            throw error(.unsupported, "the pickle calls 'numpy.ndarray' in a way that is not known")
        }
    }

    /// The state of a numpy dtype or array.
    mutating func build(_ value: PickleValue, _ state: PickleValue) throws(DataError) {
        guard case .object(let index) = value, let state = tuple(state) else {
            throw error(.malformed, "the pickle gives a state to something that takes none")
        }
        switch objects[index] {
        case .uint8Type:
            // Version, byte order, and six fields about structures: of no consequence for bytes.
            guard state.count >= 8, state[2] == .none, state[3] == .none, state[4] == .none else {
                throw error(.unsupported, "a numpy dtype that is not a plain number")
            }
        case .emptyArray:
            guard state.count == 5, case .bool(let isColumnMajor) = flag(state[3]) else {
                throw error(
                    .malformed, "a numpy array's state is not (version, shape, type, order, data)")
            }
            objects[index] = .array(
                try array(
                    shape: state[1], type: state[2], bytes: state[4],
                    isColumnMajor: isColumnMajor))
        default:
            throw error(.malformed, "the pickle gives a state to \(objects[index].word)")
        }
    }

    private func array(
        shape: PickleValue, type: PickleValue, bytes: PickleValue, isColumnMajor: Bool
    ) throws(DataError) -> PickleArray {
        guard case .object(let index) = type, case .uint8Type = objects[index] else {
            throw error(.malformed, "a numpy array without an element type")
        }
        var extents: [Int] = []
        for extent in tuple(shape) ?? [] {
            guard case .int(let number) = extent, extents.count < Self.maximumRank else {
                throw error(
                    .malformed, "a numpy array's shape is not at most \(Self.maximumRank) integers")
            }
            extents.append(number)
        }
        guard let data = string(bytes) else {
            throw error(.unsupported, "a numpy array whose data are not in the file")
        }
        guard !extents.isEmpty, checkedProduct(extents) == data.count else {
            throw error(
                .inconsistent,
                "a numpy array of shape \(extents) cannot have \(data.count) bytes of data")
        }
        guard !isColumnMajor || extents.count <= 2 else {
            throw error(.unsupported, "a column-major numpy array with \(extents.count) axes")
        }
        return PickleArray(shape: extents, bytes: data, isColumnMajor: isColumnMajor)
    }

    /// `_codecs.encode(text, 'latin1')`: how Python 3 writes bytes in protocols that had none.
    private mutating func encode(_ arguments: [PickleValue]) throws(DataError) {
        guard arguments.count == 2, let text = string(arguments[0]),
            let codec = string(arguments[1]),
            ["latin1", "latin-1", "iso-8859-1"].contains(where: { codec.elementsEqual($0.utf8) })
        else {
            throw error(.unsupported, "the pickle encodes a text in another way than as Latin-1")
        }
        encodableByteCount -= text.count
        guard encodableByteCount >= 0 else {
            throw error(.tooLarge, "the pickle encodes the same text again and again")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if byte < 0x80 {
                bytes.append(byte)
            } else if byte & 0xFE == 0xC2, let next = rest.popFirst(), next & 0xC0 == 0x80 {
                bytes.append(byte << 6 | next & 0x3F)
            } else {
                throw error(.malformed, "a text to be encoded as Latin-1 has other characters")
            }
        }
        try push(.string(bytes[...]))
    }

    /// Protocols 0 and 1 write the booleans of some versions as integers.
    private func flag(_ value: PickleValue) -> PickleValue {
        switch value {
        case .int(0): .bool(false)
        case .int(1): .bool(true)
        default: value
        }
    }

    func string(_ value: PickleValue) -> ArraySlice<UInt8>? {
        guard case .object(let index) = value, case .string(let bytes) = objects[index] else {
            return nil
        }
        return bytes
    }

    private func tuple(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value, case .tuple(let items) = objects[index] else {
            return nil
        }
        return items
    }
}
