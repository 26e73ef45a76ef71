// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
package import WRNTensor
import WRNText

/// Elements of one type that a file of PyTorch's keeps under a key; several tensors may be views of
/// them.
package struct PyTorchStorage: Hashable, Sendable {
    /// The key.
    package let key: String
    /// The type of one element.
    package let elementType: ElementType
    /// The number of elements that are stored under the key.
    package let count: Int
    /// The elements of them that this reference is about; all of them but in files of PyTorch's
    /// first versions.
    package let range: Range<Int>

    /// Reads a reference: `("storage", class, key, device, count)`, and in old files a view `(key,
    /// offset, count)`.
    ///
    /// The device of the elements, a processor or a GPU, is ignored.
    init(_ identifier: PickleValue, in reader: PyTorchVocabulary.Reader) throws(CheckpointError) {
        guard let parts = reader.tuple(identifier), (5...6).contains(parts.count),
            reader.string(parts[0]).map({ $0.elementsEqual("storage".utf8) }) == true,
            let type = reader.callable(parts[1]).flatMap(PyTorchVocabulary.storageType),
            let key = reader.string(parts[2]).flatMap({ String(validating: $0, as: UTF8.self) }),
            case .int(let count) = parts[4]
        else {
            throw reader.error(
                .unsupported,
                "the pickle refers to something else than a storage of numbers that are known here")
        }
        guard count >= 0, count <= Int.max / type.byteCount else {
            throw reader.error(.malformed, "the storage '\(key)' is said to have \(count) elements")
        }
        self.key = key
        self.elementType = type
        self.count = count
        guard parts.count == 6, parts[5] != .none else {
            range = 0..<count
            return
        }
        guard let view = reader.tuple(parts[5]), view.count == 3, case .int(let start) = view[1],
            case .int(let size) = view[2], start >= 0, size >= 0, start <= count,
            size <= count - start
        else {
            throw reader.error(
                .inconsistent, "a view of the storage '\(key)' leaves its \(count) elements")
        }
        range = start..<start + size
    }
}

/// A tensor as a view of a storage.
package struct PyTorchTensor: Hashable, Sendable {
    /// The storage.
    package let storage: PyTorchStorage
    /// The first element, counted from the storage's start.
    package let offset: Int
    /// The extents.
    package let shape: TensorShape
    /// The elements between neighbours of each axis.
    package let strides: [Int]
    /// Whether it shows the elements with the other sign, as the imaginary part of a conjugate
    /// does.
    package let isNegated: Bool

    /// Reads the arguments of `_rebuild_tensor`: storage, offset, shape, strides; what follows is
    /// about training, but for the seventh, which says how the view changes its elements.
    ///
    /// - Throws: A ``CheckpointError`` for a view that leaves its storage, repeats elements of it,
    ///   or changes them in another way than their sign.
    init(
        _ arguments: [PickleValue], in reader: PyTorchVocabulary.Reader
    ) throws(CheckpointError) {
        guard arguments.count >= 4, case .storage(let storage) = reader.made(arguments[0]),
            case .int(let offset) = arguments[1],
            let extents = Self.integers(arguments[2], reader),
            let strides = Self.integers(arguments[3], reader), extents.count == strides.count
        else {
            throw reader.error(
                .malformed, "a tensor is not made of a storage, an offset, a shape and strides")
        }
        guard extents.count <= Safetensors.maximumRank else {
            throw reader.error(
                .tooLarge,
                "a tensor has \(extents.count) axes; at most "
                    + "\(Safetensors.maximumRank) are read")
        }
        guard (extents + strides + [offset]).allSatisfy({ $0 >= 0 }) else {
            throw reader.error(
                .inconsistent,
                "a tensor of shape \(extents), strides \(strides) and offset "
                    + "\(offset) has negative numbers")
        }
        guard let count = checkedProduct(extents) else {
            throw reader.error(
                .inconsistent,
                "a tensor has the extents \(extents), whose product does not fit 63 bits, those of "
                    + "0 apart")
        }
        guard count <= storage.range.count else {
            throw reader.error(
                .inconsistent,
                "a tensor of shape \(extents) has more elements than the \(storage.range.count) of "
                    + "its storage '\(storage.key)'; save a contiguous copy"
            )
        }
        guard count == 0 || Self.fits(offset, extents, strides, in: storage.range.count) else {
            throw reader.error(
                .inconsistent,
                "a tensor of shape \(extents), strides \(strides) and offset \(offset) leaves the "
                    + "\(storage.range.count) elements of its storage '\(storage.key)'")
        }
        self.storage = storage
        self.offset = count == 0 ? 0 : storage.range.lowerBound + offset
        self.shape = TensorShape(extents)
        self.strides = strides
        isNegated = try Self.isNegated(arguments, reader)
    }

    private static let maximumPropertyCount = 16

    /// Reads the seventh argument: nothing, or a dictionary such as `{'neg': True}`.
    private static func isNegated(
        _ arguments: [PickleValue], _ reader: PyTorchVocabulary.Reader
    ) throws(CheckpointError) -> Bool {
        guard let properties = arguments.dropFirst(6).first, properties != .none else {
            return false
        }
        // All tensors may refer to one dictionary.
        guard case .object(let index) = properties,
            case .dictionary(let pairs) = reader.object(index), pairs.count <= maximumPropertyCount
        else {
            throw reader.error(
                .malformed,
                "the properties of a tensor are no dictionary of at most \(maximumPropertyCount)")
        }
        var isNegated = false
        for pair in pairs {
            let name = String(decoding: (reader.string(pair.key) ?? []).prefix(80), as: UTF8.self)
            switch (name, pair.value) {
            case ("neg", .bool(let flag)): isNegated = flag
            case (_, .bool(false)): break
            default:
                throw reader.error(
                    .unsupported,
                    "a tensor has the property '\(name)', which changes what its elements mean and "
                        + "is not computed here; save a plain copy, as of "
                        + "tensor.resolve_conj().clone()")
            }
        }
        return isNegated
    }

    /// The elements from the first to the last in memory.
    var span: Range<Int> {
        guard shape.elementCount > 0 else { return offset..<offset }
        let last = zip(shape.extents, strides).reduce(offset) { $0 + ($1.0 - 1) * $1.1 }
        return offset..<last + 1
    }

    /// Whether the elements lie one behind the other; strides of single elements do not matter.
    var isContiguous: Bool {
        zip(zip(shape.extents, strides), Placement.rowMajorStrides(of: shape)).allSatisfy {
            $0.0 <= 1 || $0.1 == $1
        }
    }

    private static func fits(
        _ offset: Int, _ extents: [Int], _ strides: [Int], in count: Int
    ) -> Bool {
        var last = offset
        for (extent, stride) in zip(extents, strides) {
            let (step, tooLong) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = last.addingReportingOverflow(step)
            guard !tooLong, !overflow else { return false }
            last = sum
        }
        return last < count
    }

    private static func integers(
        _ value: PickleValue, _ reader: PyTorchVocabulary.Reader
    ) -> [Int]? {
        guard let items = reader.tuple(value) else { return nil }
        let integers = items.compactMap { item in
            if case .int(let number) = item { number } else { nil }
        }
        return integers.count == items.count ? integers : nil
    }
}

/// Maps views of storages to places in the file, and checks that all statements about a storage
/// agree.
struct PyTorchStorages {
    /// The place and properties of a storage's bytes.
    struct Place {
        let start: Int
        let placement: Placement
    }

    let file: ReadableFile
    private var known: [String: (storage: PyTorchStorage, place: Place)] = [:]

    init(file: ReadableFile) {
        self.file = file
    }

    /// The entries of all tensors; `locate` finds a storage's bytes, and checks that there are as
    /// many as it needs.
    mutating func entries(
        of contents: PyTorchContents,
        locate: (PyTorchStorage) throws(CheckpointError) -> Place
    ) throws(CheckpointError) -> [TensorArchive.Entry] {
        let limit = PyTorchFile.maximumExpansion * file.count
        var entries: [TensorArchive.Entry] = []
        var total = 0
        for (name, tensor) in contents.tensors {
            let place = try place(of: tensor.storage, name, locate)
            let size = tensor.storage.elementType.byteCount
            // Each tensor has at most as many bytes as the file, so that the sum does not overflow.
            total += tensor.shape.elementCount * size
            guard total <= limit else {
                throw CheckpointError(
                    .limitExceeded, file: file.name,
                    "expected tensors of at most \(limit) bytes together, "
                        + "\(PyTorchFile.maximumExpansion) times the file, found more",
                    advice: "save each tensor once", tensorName: name)
            }
            let span = tensor.span
            var placement = place.placement
            placement.strides = tensor.isContiguous ? nil : tensor.strides
            placement.isNegated = tensor.isNegated
            entries.append(
                TensorArchive.Entry(
                    name: name, elementType: tensor.storage.elementType, shape: tensor.shape,
                    byteRange: place.start + span.lowerBound * size..<place.start + span.upperBound
                        * size,
                    placement: placement))
        }
        return entries
    }

    private mutating func place(
        of storage: PyTorchStorage, _ name: String,
        _ locate: (PyTorchStorage) throws(CheckpointError) -> Place
    ) throws(CheckpointError) -> Place {
        guard let (other, place) = known[storage.key] else {
            let place = try locate(storage)
            known[storage.key] = (storage, place)
            return place
        }
        guard other.elementType == storage.elementType, other.count == storage.count else {
            throw CheckpointError(
                .contradiction, file: file.name,
                "tensor \(quoted(name)): expected the storage \(quoted(storage.key)) to have "
                    + "\(other.count) elements of \(other.elementType.rawValue) as before, "
                    + "found \(storage.count) of \(storage.elementType.rawValue)",
                advice: CheckpointError.damagedFileAdvice, tensorName: name)
        }
        return place
    }
}
