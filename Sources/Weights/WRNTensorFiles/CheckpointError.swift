// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
public import WRNText

/// An error of reading or writing a file of tensors.
public struct CheckpointError: WideResNetError, Hashable {
    /// The area of the codes: `tensors`.
    public static let area = "tensors"

    /// The message.
    public var description: String { message }

    /// The ways in which a file can be wrong, and in which a disk can fail.
    ///
    /// Each has a code of its own, so that callers and tests can distinguish a truncated download
    /// from an attack.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file is absent, unreadable or no regular file.
        case cannotOpen
        /// The system failed to read, or the file became shorter while it was read.
        case cannotRead
        /// The file ends before the eight bytes of the header's length.
        case headerTooShort
        /// The header claims to be longer than 100,000,000 bytes.
        case headerTooLong
        /// The header claims to end behind the end of the file.
        case headerPastEnd
        /// The header does not begin with `{`.
        case headerStart
        /// A string in the header is no UTF-8, or its escapes name no character.
        case invalidText
        /// The header is not the JSON that the format prescribes.
        case malformedHeader
        /// A name occurs twice.
        case duplicateName
        /// An entry of `__metadata__` is no string.
        case invalidMetadata
        /// A tensor lacks a field, or has an unknown one.
        case invalidTensorFields
        /// A tensor's element type is unknown.
        case unknownElementType
        /// A shape holds something else than whole numbers from 0.
        case invalidShape
        /// A shape has more than 16 extents.
        case rankTooLarge
        /// There are more than 262,144 tensors.
        case tooManyTensors
        /// A shape has so many elements that their number overflows.
        case sizeOverflow
        /// Offsets are no pair of whole numbers from 0, or end before they begin.
        case invalidOffsets
        /// A tensor's bytes end behind the end of the file.
        case offsetsPastEnd
        /// A tensor's offsets span another number of bytes than its shape and element type need.
        case sizeMismatch
        /// Two tensors share bytes.
        case overlappingTensors
        /// Bytes between two tensors belong to none.
        case hole
        /// Bytes behind the last tensor belong to none.
        case trailingBytes
        /// No tensor has the requested name.
        case tensorNotFound
        /// The tensor's elements are of another kind than the caller can use.
        case unexpectedElementType
        /// The file does not describe the model to which its tensors belong.
        case missingDescription
        /// The file's description of its model is malformed or impossible.
        case invalidDescription
        /// The file's beginning is of no known format.
        case unknownFormat
        /// The file ends before its announced length.
        case truncated
        /// An archive, a pickle or an array breaks its format's rules.
        case malformedContent
        /// The file uses something that tensors do not need, or stores them in an unsupported way.
        case unsupportedContent
        /// A limit of the reader would be passed.
        case limitExceeded
        /// Two parts of the file contradict each other.
        case contradiction
        /// A checksum is not that of its bytes.
        case checksumMismatch
        /// The content cannot be written as a valid file.
        case invalidContent
        /// The system refused to write.
        case cannotWrite
        /// There is no space left for the file.
        case diskFull
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: the file, the place, what was expected, what was found, and what to do.
    public let message: String
    /// The file's path, or the name that the caller gave to the bytes.
    public let file: String
    /// The place of the failure in the file, in bytes from its start, if it has one.
    public let byteOffset: Int?
    /// The tensor concerned, if it is one.
    public let tensorName: String?

    /// Creates an error whose message is `file: problem; advice`.
    package init(
        _ code: Code, file: String, _ problem: String, advice: String, byteOffset: Int? = nil,
        tensorName: String? = nil
    ) {
        self.code = code
        self.message = printable("\(file): \(problem); \(advice)")
        self.file = file
        self.byteOffset = byteOffset
        self.tensorName = tensorName
    }

    /// Creates an error of a sentence about everything but the file.
    init(_ code: Code, file: String, sentence: String, byteOffset: Int?) {
        self.code = code
        message = printable(
            byteOffset.map { "\(file), byte \($0): \(sentence)" } ?? "\(file): \(sentence)")
        self.file = file
        self.byteOffset = byteOffset
        tensorName = nil
    }

    /// The advice for a file that contradicts itself.
    package static let damagedFileAdvice =
        "the file is damaged or was written wrongly: download or export it again"
}

// The readers and writers of files with this module's error.

typealias ReadableFile = OpenFile<CheckpointError>
typealias AtomicFile = WRNFiles.AtomicFile<CheckpointError>
package typealias TemporaryFile = WRNFiles.TemporaryFile<CheckpointError>

extension CheckpointError: FileFailure {
    /// Creates the error for a fault.
    package init(_ fault: FileFault) {
        switch fault.code {
        case .system(let number):
            let error = SystemError(number: number)
            let action = fault.byteOffset.map { "read byte \($0)" } ?? "open the file"
            self.init(
                fault.byteOffset == nil ? .cannotOpen : .cannotRead, file: fault.file,
                "cannot \(action): \(error.sentence)", advice: error.readingAdvice,
                byteOffset: fault.byteOffset)
        case .notRegular:
            self.init(.cannotOpen, file: fault.file, sentence: fault.sentence, byteOffset: nil)
        default:
            self.init(
                Code(fault.code), file: fault.file, sentence: fault.sentence,
                byteOffset: fault.byteOffset)
        }
    }
}

extension CheckpointError.Code {
    fileprivate init(_ code: FileFault.Code) {
        switch code {
        case .system, .notRegular: self = .cannotOpen
        case .shortened, .noMemory: self = .cannotRead
        case .notFound: self = .tensorNotFound
        case .truncated: self = .truncated
        case .malformed: self = .malformedContent
        case .unsupported: self = .unsupportedContent
        case .tooLarge: self = .limitExceeded
        case .inconsistent: self = .contradiction
        case .checksumMismatch: self = .checksumMismatch
        case .cannotWrite: self = .cannotWrite
        case .diskFull: self = .diskFull
        }
    }
}

extension FileSignature {
    /// The advice for a file of another kind: how to get weights that are read here.
    var weightsAdvice: String {
        switch self {
        case .safetensors, .numPy: "the file may have been cut off: get it again"
        case .zip: "unpack it, and name the file of weights in it"
        case .tar: "unpack it, and name the file of weights in it"
        case .gzip: "unpack it, for example with gunzip"
        case .bzip2: "unpack it, for example with bunzip2"
        case .xz: "unpack it, for example with unxz"
        case .zstandard: "unpack it, for example with unzstd"
        case .sevenZip, .rar: "unpack it, for example with 7z x"
        case .hdf5:
            "of Keras or h5py: read it in Python, and save the tensors with numpy.savez or "
                + "safetensors.numpy.save_file"
        case .pickle:
            "a pickle runs code when Python loads it: load it there only if you trust it, and save "
                + "the tensors with torch.save or safetensors"
        case .onnx, .tensorFlowLite, .savedModel, .tensorFlowIndex:
            "read it with its own framework in Python, and save the tensors with numpy.savez"
        case .torch7:
            "read it in Python, for example with torchfile, and save the tensors with numpy.savez"
        case .gguf: "weights for language models, which are not read; get the network's safetensors"
        case .html, .xml, .text, .json:
            "it was saved in place of the weights, so get the weights again"
        case .gitLFSPointer: "run 'git lfs pull' in its repository to get the file"
        case .appleDouble: "remove it; the file is the one without '._' before its name"
        case .zeros: "it was never written in whole, so get it again"
        case .jpeg, .png, .webp, .gif, .bmp, .tiff, .avif, .heic, .jpegXL, .jpeg2000, .svg,
            .photoshop, .icon, .pnm, .openEXR, .radiance, .qoi, .directDraw, .fits, .dicom,
            .cameraRaw, .pdf, .postScript, .parquet, .sqlite, .mp4, .quickTime, .avi, .matroska,
            .wave:
            "name a file of weights"
        }
    }
}
