// SPDX-License-Identifier: Apache-2.0

package import WRNArchive
import WRNFiles
import WRNTensor

/// The names that a file of PyTorch's may call for: those of tensors, of the dictionaries around
/// them, and of numbers beside them.
///
/// Nothing of PyTorch runs: a tensor becomes a description of the place of its elements.
package enum PyTorchVocabulary: PickleVocabulary {
    package typealias Failure = CheckpointError
    package typealias Reader = PickleReader<PyTorchVocabulary>

    /// The values that PyTorch's names make.
    package enum Made: PickleMade {
        /// Elements of one type, stored under a key.
        case storage(PyTorchStorage)
        /// A view of a storage.
        case tensor(PyTorchTensor)
        /// Something whose content does not matter, such as the arguments of a training program.
        case opaque(String)

        package var word: String {
            switch self {
            case .storage: "a storage"
            case .tensor: "a tensor"
            case .opaque(let name): "an object of '\(name)'"
            }
        }
    }

    package static let instructions: Set<PickleInstruction> = [
        .binPersistentID, .newObject, .emptySet, .addItems, .frozenSet,
    ]
    package static let allowsStateOfDictionaries = true
    package static let allowsOpaqueValues = true
    package static let advice = "; save the network's state_dict() alone"

    package static func permits(_ name: String) -> Bool {
        Callable(rawValue: name) != nil || storageType(name) != nil || dataTypes.contains(name)
    }

    /// The names that may be called.
    enum Callable: String {
        case orderedDictionary = "collections.OrderedDict"
        case defaultDictionary = "collections.defaultdict"
        case counter = "collections.Counter"
        case dictionary = "builtins.dict"
        case dictionary2 = "__builtin__.dict"
        case list = "builtins.list"
        case list2 = "__builtin__.list"
        case integer = "builtins.int"
        case integer2 = "__builtin__.int"
        case object = "builtins.object"
        case object2 = "__builtin__.object"
        case reconstructor = "copyreg._reconstructor"
        case reconstructor2 = "copy_reg._reconstructor"
        case namespace = "argparse.Namespace"
        case encode = "_codecs.encode"
        case scalar = "numpy.core.multiarray.scalar"
        case newScalar = "numpy._core.multiarray.scalar"
        case numpyType = "numpy.dtype"
        case size = "torch.Size"
        case device = "torch.device"
        case tensor = "torch._utils._rebuild_tensor"
        case tensor2 = "torch._utils._rebuild_tensor_v2"
        case parameter = "torch._utils._rebuild_parameter"
        case parameterWithState = "torch._utils._rebuild_parameter_with_state"
        case typedTensor = "torch._tensor._rebuild_from_type_v2"
        case tensorType = "torch.Tensor"
        case parameterType = "torch.nn.parameter.Parameter"
        case layout = "torch.serialization._get_layout"
        case set = "builtins.set"
        case set2 = "__builtin__.set"
        case frozenSet = "builtins.frozenset"
        case frozenSet2 = "__builtin__.frozenset"
        case complex = "builtins.complex"
        case complex2 = "__builtin__.complex"
        case byteArray = "builtins.bytearray"
        case byteArray2 = "__builtin__.bytearray"
    }

    /// Element types as values, beside tensors.
    private static let dataTypes = Set(
        [
            "float16", "float32", "float64", "bfloat16", "uint8", "int8", "int16", "int32", "int64",
            "bool", "half", "float", "double", "complex32", "complex64", "complex128", "quint8",
            "qint8", "qint32", "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2",
            "per_tensor_affine", "per_channel_affine",
        ].map { "torch." + $0 })

    /// The element type of a storage's class.
    static func storageType(_ name: String) -> ElementType? {
        for prefix in ["torch.cuda.", "torch."] where name.hasPrefix(prefix) {
            switch name.dropFirst(prefix.count) {
            case "FloatStorage": return .float32
            case "HalfStorage": return .float16
            case "BFloat16Storage": return .bfloat16
            case "DoubleStorage": return .float64
            case "LongStorage": return .int64
            case "IntStorage": return .int32
            case "ShortStorage": return .int16
            case "CharStorage": return .int8
            case "ByteStorage": return .uint8
            case "BoolStorage": return .bool
            default: continue
            }
        }
        return nil
    }

    package static func call(
        _ name: String, _ arguments: [PickleValue], in reader: inout Reader
    ) throws(CheckpointError) -> PickleObject<Made> {
        switch Callable(rawValue: name) {
        case .orderedDictionary, .counter, .dictionary, .dictionary2:
            return .dictionary(try pairs(arguments.first, in: &reader))
        case .defaultDictionary:
            // The first argument makes values that are not there.
            return .dictionary(try pairs(arguments.dropFirst().first, in: &reader))
        case .list, .list2, .size:
            guard let items = arguments.first else { return .list([]) }
            guard let copy = try reader.copiedItems(items) else { break }
            return name == Callable.size.rawValue ? .tuple(copy) : .list(copy)
        case .encode:
            return .string(try reader.encodeLatin1(arguments))
        case .namespace, .scalar, .newScalar, .numpyType, .device, .object, .object2, .integer,
            .integer2, .layout, .set, .set2, .frozenSet, .frozenSet2, .complex, .complex2,
            .byteArray, .byteArray2:
            return .made(.opaque(name))
        case .reconstructor, .reconstructor2:
            guard let first = arguments.first,
                reader.callable(first) == Callable.namespace.rawValue
            else { break }
            return .made(.opaque(Callable.namespace.rawValue))
        case .tensor, .tensor2:
            return .made(.tensor(try PyTorchTensor(arguments, in: reader)))
        case .parameter, .parameterWithState:
            // The rest, such as attributes, is about training.
            guard let first = arguments.first, case .tensor = reader.made(first),
                case .object(let index) = first
            else { break }
            return reader.object(index)
        case .typedTensor:
            guard let made = try typedTensor(arguments, in: &reader) else { break }
            return made
        case .tensorType, .parameterType: break
        case nil: break
        }
        throw reader.error(
            .unsupported, "the pickle calls '\(name)' with other arguments than tensors need")
    }

    /// A tensor with attributes: a rebuilding function, the class, its arguments, and the
    /// attributes, which do not matter.
    private static func typedTensor(
        _ arguments: [PickleValue], in reader: inout Reader
    ) throws(CheckpointError) -> PickleObject<Made>? {
        guard arguments.count == 4, let function = reader.callable(arguments[0]),
            let type = reader.callable(arguments[1]), let inner = reader.tuple(arguments[2]),
            [Callable.tensorType, .parameterType].map(\.rawValue).contains(type)
        else { return nil }
        switch Callable(rawValue: function) {
        case .tensor, .tensor2, .parameter, .parameterWithState:
            return try call(function, inner, in: &reader)
        default: return nil
        }
    }

    package static func build(
        _ made: Made, state: PickleValue, in reader: inout Reader
    ) throws(CheckpointError) -> Made {
        guard case .opaque = made else {
            throw reader.error(
                .unsupported, "the pickle gives a state to \(made.word), which needs none")
        }
        return made
    }

    package static func persistent(
        _ identifier: PickleValue, in reader: inout Reader
    ) throws(CheckpointError) -> PickleObject<Made> {
        .made(.storage(try PyTorchStorage(identifier, in: reader)))
    }

    /// The pairs of a dictionary, or of a list of pairs, as old protocols write ordered
    /// dictionaries.
    private static func pairs(
        _ value: PickleValue?, in reader: inout Reader
    ) throws(CheckpointError) -> [(key: PickleValue, value: PickleValue)] {
        guard let value else { return [] }
        if let pairs = try reader.copiedPairs(value) { return pairs }
        var pairs: [(key: PickleValue, value: PickleValue)] = []
        for item in try reader.copiedItems(value) ?? [] {
            guard let pair = try reader.copiedItems(item), pair.count == 2 else {
                throw reader.error(.malformed, "a dictionary is made of something else than pairs")
            }
            pairs.append((pair[0], pair[1]))
        }
        return pairs
    }
}
