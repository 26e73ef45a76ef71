// SPDX-License-Identifier: Apache-2.0

import WRNProtobuf

/// The model in a Core ML package: what it reads and gives, facts about it, and its program.
struct CoreMLModel: Hashable, Sendable {
    /// What goes in or comes out under a name.
    struct Feature: Hashable, Sendable {
        let name: String
        /// A sentence for people.
        let summary: String
        let kind: Kind
    }

    /// What a feature is.
    enum Kind: Hashable, Sendable {
        /// An image of this size, whose pixels go in as numbers from 0 to 255.
        case image(height: Int, width: Int, isColour: Bool)
        /// Single-precision numbers of these extents.
        case numbers([Int])
        /// A text.
        case text
        /// A number for each of several texts.
        case numbersByText
    }

    /// The version of the specification.
    var specificationVersion = MILProgram.specificationVersion
    var inputs: [Feature] = []
    var outputs: [Feature] = []
    /// Of a classifier, the output with the name of the most probable class.
    var labelName: String?
    /// Of a classifier, the output with the probabilities of all classes.
    var probabilitiesName: String?
    /// One sentence for people.
    var summary = ""
    /// The version of the model.
    var version = ""
    /// The author.
    var author = ""
    /// The licence.
    var license = ""
    /// Further facts.
    var facts: [String: String] = [:]
    var program = MILProgram()
}

// MARK: Writing

extension CoreMLModel {
    /// The message `Model`.
    var message: ProtobufMessage {
        var description = ProtobufMessage()
        for input in inputs { description.append(input.message, field: 1) }
        for output in outputs { description.append(output.message, field: 10) }
        if let labelName { description.append(labelName, field: 11) }
        if let probabilitiesName { description.append(probabilitiesName, field: 12) }
        description.append(metadata, field: 100)
        var message = ProtobufMessage()
        message.append(Int64(specificationVersion), field: 1)
        message.append(description, field: 2)
        message.append(program.message, field: 502)
        return message
    }

    private var metadata: ProtobufMessage {
        var metadata = ProtobufMessage()
        for (text, field) in [(summary, 1), (version, 2), (author, 3), (license, 4)]
        where !text.isEmpty {
            metadata.append(text, field: UInt64(field))
        }
        // In a fixed order, for the same bytes in each run.
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) {
            var entry = ProtobufMessage()
            entry.append(key, field: 1)
            entry.append(value, field: 2)
            metadata.append(entry, field: 100)
        }
        return metadata
    }
}

extension CoreMLModel.Feature {
    /// The message `FeatureDescription`.
    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.append(name, field: 1)
        if !summary.isEmpty { message.append(summary, field: 2) }
        message.append(kind.message, field: 3)
        return message
    }
}

extension CoreMLModel.Kind {
    /// Numbers of the messages' enumerations.
    fileprivate enum Code {
        static let grey: Int64 = 10
        static let colour: Int64 = 20
        static let float32: Int64 = 65568
    }

    /// The message `FeatureType`.
    fileprivate var message: ProtobufMessage {
        var type = ProtobufMessage()
        let field: UInt64
        switch self {
        case .text: field = 3
        case .image(let height, let width, let isColour):
            field = 4
            type.append(Int64(width), field: 1)
            type.append(Int64(height), field: 2)
            type.append(isColour ? Code.colour : Code.grey, field: 3)
        case .numbers(let extents):
            field = 5
            type.append(packed: extents.map { Int64($0) }, field: 1)
            type.append(Code.float32, field: 2)
        case .numbersByText:
            field = 6
            type.append(ProtobufMessage(), field: 2)
        }
        var message = ProtobufMessage()
        message.append(type, field: field)
        return message
    }
}

// MARK: Reading

extension CoreMLModel {
    /// Reads a message `Model` whose kind is a program.
    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        var program: MILProgram?
        while let field = try reader.next() {
            switch field.number {
            case 1: specificationVersion = Int(try field.integer())
            case 2: try readDescription(field)
            case 502: program = try MILProgram(field)
            case 200...:
                throw field.error(
                    "expected a model that is a program, found one of kind \(field.number)")
            default: break
            }
        }
        guard let program else {
            throw ProtobufError(
                byteOffset: bytes.endIndex,
                sentence: "expected a model with a program, found none")
        }
        self.program = program
    }

    private mutating func readDescription(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        while let field = try reader.next() {
            switch field.number {
            case 1: inputs.append(try Feature(field))
            case 10: outputs.append(try Feature(field))
            case 11: labelName = try field.text()
            case 12: probabilitiesName = try field.text()
            case 100: try readMetadata(field)
            default: break
            }
        }
    }

    private mutating func readMetadata(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        while let field = try reader.next() {
            switch field.number {
            case 1: summary = try field.text()
            case 2: version = try field.text()
            case 3: author = try field.text()
            case 4: license = try field.text()
            case 100:
                let (key, value) = try field.entry()
                facts[key] = try value.text()
            default: break
            }
        }
    }
}

extension CoreMLModel.Feature {
    /// Reads a message `FeatureDescription`.
    fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        var (name, summary) = ("", "")
        var kind: CoreMLModel.Kind?
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: summary = try field.text()
            case 3: kind = try CoreMLModel.Kind(field)
            default: break
            }
        }
        guard let kind else { throw field.error("expected a type, found none") }
        self.init(name: name, summary: summary, kind: kind)
    }
}

extension CoreMLModel.Kind {
    /// Reads a message `FeatureType`.
    fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        guard let type = try reader.next() else {
            throw field.error("expected a type, found none")
        }
        var content = try type.message()
        switch type.number {
        case 3: self = .text
        case 4:
            var (width, height, colours) = (0, 0, Int64(0))
            while let field = try content.next() {
                switch field.number {
                case 1: width = Int(try field.integer())
                case 2: height = Int(try field.integer())
                case 3: colours = try field.integer()
                default: break
                }
            }
            guard colours == Code.colour || colours == Code.grey else {
                throw type.error(
                    "expected an RGB or a grey image, found colours of kind \(colours)")
            }
            self = .image(height: height, width: width, isColour: colours == Code.colour)
        case 5:
            var (extents, element): ([Int], Int64) = ([], 0)
            while let field = try content.next() {
                switch field.number {
                case 1: extents += try field.integers(limit: 16).map { Int($0) }
                case 2: element = try field.integer()
                default: break
                }
            }
            guard element == Code.float32 else {
                throw type.error("expected float32 numbers, found numbers of kind \(element)")
            }
            self = .numbers(extents)
        case 6: self = .numbersByText
        default: throw type.error("expected an image, numbers or texts, found another type")
        }
    }
}
