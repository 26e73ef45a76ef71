// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
public import WRNText

/// An error of an image file, or of an operation on an image: one sentence.
public struct ImageError: WideResNetError, Hashable {
    /// The area of the codes: `images`.
    public static let area = "images"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The bytes end before the image does.
        case truncated
        /// The bytes break their format's rules.
        case malformed
        /// The bytes are no image, or of an unsupported kind.
        case unsupported
        /// A limit would be exceeded.
        case tooLarge
        /// An argument is out of its range.
        case invalidArgument
    }

    /// The kind of failure.
    public let code: Code
    /// The sentence without the file's name: expected, found, what to do.
    public let sentence: String
    /// The damaged file; nil if there is none.
    public let file: String?

    /// Creates an error.
    public init(_ code: Code, file: String? = nil, _ sentence: String) {
        self.code = code
        self.sentence = sentence
        self.file = file
    }

    /// The whole sentence, the file first.
    public var message: String {
        printable(file.map { "\($0): \(sentence)" } ?? sentence)
    }
}

extension FileSignature {
    /// The advice for files of other kinds: how to convert them.
    package var imageAdvice: String {
        switch self {
        case .jpeg, .png, .webp: "give it as it is"
        case .gif:
            "convert its first frame to PNG, for example with ImageMagick: magick NAME.gif[0] "
                + "NAME.png"
        case .bmp: magick("bmp")
        case .tiff: magick("tif", frame: "[0]")
        case .photoshop: magick("psd", frame: "[0]")
        case .icon: magick("ico", frame: "[0]")
        case .pnm: magick("ppm")
        case .qoi: magick("qoi")
        case .directDraw: magick("dds")
        case .openEXR: magick("exr")
        case .radiance: magick("hdr")
        case .fits: magick("fits")
        case .dicom: magick("dcm")
        case .jpeg2000: magick("jp2")
        case .cameraRaw:
            "develop it to JPEG, for example with ImageMagick: magick NAME.raw NAME.jpg"
        case .avif: "convert it to JPEG, for example with ImageMagick: magick NAME.avif NAME.jpg"
        case .heic: "convert it to JPEG, for example with ImageMagick: magick NAME.heic NAME.jpg"
        case .jpegXL: "convert it to PNG, for example with libjxl: djxl NAME.jxl NAME.png"
        case .svg: "draw it as PNG, for example with librsvg: rsvg-convert NAME.svg -o NAME.png"
        case .pdf: "draw its pages as PNG, for example with Poppler: pdftoppm -png NAME.pdf NAME"
        case .postScript:
            "draw it as PNG, for example with Ghostscript: gs -sDEVICE=png16m -o NAME.png NAME.ps"
        case .html, .xml, .json, .text:
            "it was saved in place of an image, so get the image again"
        case .gitLFSPointer: "run 'git lfs pull' in its repository to get the file"
        case .zip: "unpack it, or give a .zip of class folders as the data set itself"
        case .tar: "unpack it, or give a .tar of class folders as the data set itself"
        case .gzip: "unpack it, for example with gunzip"
        case .bzip2: "unpack it, for example with bunzip2"
        case .xz: "unpack it, for example with unxz"
        case .zstandard: "unpack it, for example with unzstd"
        case .sevenZip, .rar: "unpack it, for example with 7z x"
        case .mp4, .quickTime, .avi, .matroska:
            "take images out of it, for example with FFmpeg: ffmpeg -i NAME NAME-%04d.jpg"
        case .hdf5, .numPy, .pickle, .gguf, .parquet, .sqlite, .safetensors, .wave, .onnx,
            .tensorFlowLite, .savedModel, .tensorFlowIndex, .torch7:
            "give image files"
        case .appleDouble: "remove it; the image is the file without '._' before its name"
        case .zeros: "it was never written in whole, so get it again"
        }
    }

    private func magick(_ suffix: String, frame: String = "") -> String {
        "convert it to PNG, for example with ImageMagick: magick NAME.\(suffix)\(frame) NAME.png"
    }
}
