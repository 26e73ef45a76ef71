// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNTensor
import WRNText

/// The content of a pickle of PyTorch's: its tensors by the path that leads to them, and the
/// numbers and texts beside them.
struct PyTorchContents {
    /// A tensor and its name, such as `state_dict.conv1.weight`.
    private(set) var tensors: [(name: String, tensor: PyTorchTensor)] = []
    /// The numbers and texts of the outermost dictionary, and the lists of the normalisation of
    /// images.
    private(set) var metadata: [String: String] = [:]

    /// All storages that the pickle refers to, including those of unreachable tensors.
    var storages: [PyTorchStorage] {
        document.objects.compactMap { object in
            if case .made(.storage(let storage)) = object { storage } else { nil }
        }
    }

    /// The most dictionaries and lists one in the other.
    static let maximumDepth = 32
    /// The most dictionaries, lists and values that are looked at, those again that are referred to
    /// twice.
    static let maximumVisitCount = 4_000_000
    /// The longest name of a dictionary or list.
    static let maximumNameByteCount = 4096
    /// The longest list of means or deviations.
    static let maximumNumberCount = 16
    /// The most entries of metadata, and the longest text.
    static let maximumMetadataCount = 4096

    private let document: PickleDocument<PyTorchVocabulary>
    /// The most bytes of names and descriptions of tensors, and their bytes so far.
    private let memoryLimit: Int
    private var heldByteCount = 0
    private var visitCount = 0
    private var names: Set<String> = []
    /// The containers that enclose the current value.
    private var way: Set<Int> = []

    /// Walks through the document.
    ///
    /// - Parameter fileByteCount: The size of the file, which bounds the memory.
    /// - Throws: A ``CheckpointError`` for a container that holds itself, nesting or sizes beyond
    ///   the limits, or two tensors of one name.
    init(
        _ document: PickleDocument<PyTorchVocabulary>, fileByteCount: Int
    ) throws(CheckpointError) {
        self.document = document
        memoryLimit =
            PyTorchVocabulary.Reader.maximumExpansion * fileByteCount
            + PyTorchVocabulary.Reader.plausibleByteCount
        try walk(document.root, "", depth: 0)
    }

    private mutating func walk(
        _ value: PickleValue, _ name: String, depth: Int
    ) throws(CheckpointError) {
        visitCount += 1
        guard visitCount <= Self.maximumVisitCount else {
            throw error(
                .limitExceeded,
                "more than \(Self.maximumVisitCount) values; dictionaries that are referred to "
                    + "many times count each time")
        }
        guard case .object(let index) = value else {
            if depth == 1 { note(value, name) }
            return
        }
        switch document.objects[index] {
        case .made(.tensor(let tensor)): try add(tensor, name)
        case .dictionary(let pairs):
            try enter(index, name, depth)
            for (key, value) in try last(pairs) {
                try walk(value, name.isEmpty ? key : name + "." + key, depth: depth + 1)
            }
            way.remove(index)
        case .list(let items), .tuple(let items):
            if depth == 1 { note(items, name) }
            try enter(index, name, depth)
            for (place, item) in items.enumerated() {
                try walk(item, name.isEmpty ? "\(place)" : "\(name).\(place)", depth: depth + 1)
            }
            way.remove(index)
        case .string: if depth == 1 { note(value, name) }
        case .callable, .opaque, .made: break
        }
    }

    private mutating func enter(_ index: Int, _ name: String, _ depth: Int) throws(CheckpointError)
    {
        guard depth < Self.maximumDepth else {
            throw error(
                .limitExceeded,
                "expected dictionaries at most \(Self.maximumDepth) deep, found \(quoted(name)) "
                    + "deeper"
            )
        }
        guard name.utf8.count <= Self.maximumNameByteCount else {
            throw error(
                .limitExceeded,
                "expected names of at most \(Self.maximumNameByteCount) bytes, found one of "
                    + "\(name.utf8.count)")
        }
        guard way.insert(index).inserted else {
            throw error(.malformedContent, "\(quoted(name)) holds itself")
        }
    }

    private mutating func add(_ tensor: PyTorchTensor, _ name: String) throws(CheckpointError) {
        guard tensors.count < Safetensors.maximumTensorCount else {
            throw error(
                .tooManyTensors,
                "expected at most \(Safetensors.maximumTensorCount) tensors, found more")
        }
        // A name is kept three times: twice here, and in the table of the archive's entries.
        try hold(3 * name.utf8.count + MemoryLayout<TensorArchive.Entry>.stride)
        // A file that is one tensor has no name for it.
        let name = name.isEmpty ? "tensor" : name
        guard names.insert(name).inserted else {
            throw error(.duplicateName, "two tensors are called \(quoted(name))")
        }
        tensors.append((name, tensor))
    }

    /// Counts bytes of names that are about to be kept or looked at.
    private mutating func hold(_ byteCount: Int) throws(CheckpointError) {
        heldByteCount += byteCount
        guard heldByteCount > memoryLimit else { return }
        throw error(
            .limitExceeded,
            "the tensors' names need more than \(memoryLimit) bytes of memory, "
                + "\(PyTorchVocabulary.Reader.maximumExpansion) times the file and "
                + "\(PyTorchVocabulary.Reader.plausibleByteCount); tensors that are referred to "
                + "many times count each time")
    }

    private mutating func note(_ value: PickleValue, _ name: String) {
        guard metadata.count < Self.maximumMetadataCount else { return }
        switch value {
        case .int(let number): metadata[name] = "\(number)"
        case .float(let number): metadata[name] = "\(number)"
        case .bool(let flag): metadata[name] = "\(flag)"
        case .object:
            guard let bytes = document.string(value), bytes.count <= Self.maximumMetadataCount,
                let text = String(validating: bytes, as: UTF8.self)
            else { return }
            metadata[name] = text
        case .none: return
        }
    }

    /// A mean or a deviation for each channel.
    private mutating func note(_ items: [PickleValue], _ name: String) {
        let words = ["mean", "std", "mu", "sigma"]
        guard (1...Self.maximumNumberCount).contains(items.count),
            words.contains(where: name.lowercased().contains),
            metadata.count < Self.maximumMetadataCount
        else { return }
        let numbers = items.compactMap { item in
            switch item {
            case .int(let number): "\(number)"
            case .float(let number): "\(number)"
            case .none, .bool, .object: nil
            }
        }
        guard numbers.count == items.count else { return }
        metadata[name] = "[" + numbers.joined(separator: ", ") + "]"
    }

    /// The pairs with keys of text or numbers, in order, the last of each key.
    private mutating func last(
        _ pairs: [(key: PickleValue, value: PickleValue)]
    ) throws(CheckpointError) -> [(key: String, value: PickleValue)] {
        var places: [String: Int] = [:]
        var result: [(key: String, value: PickleValue)] = []
        for pair in pairs {
            let key: String
            if case .int(let number) = pair.key {
                key = "\(number)"
            } else if let bytes = document.string(pair.key) {
                try hold(bytes.count)
                guard let text = String(validating: bytes, as: UTF8.self) else { continue }
                key = text
            } else {
                continue
            }
            if let place = places[key] {
                result[place].value = pair.value
            } else {
                places[key] = result.count
                result.append((key, pair.value))
            }
        }
        return result
    }

    private func error(_ code: CheckpointError.Code, _ sentence: String) -> CheckpointError {
        CheckpointError(
            code, file: document.name, sentence: sentence, byteOffset: nil)
    }
}
