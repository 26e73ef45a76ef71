// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// The format, size and orientation in an image file's header.
package struct ImageHeader: Hashable, Sendable {
    /// The format of the content, whatever the file's name.
    package let format: ImageFormat
    /// The number of columns, as the image is shown.
    package let width: Int
    /// The number of rows, as the image is shown.
    package let height: Int
    /// The turn from the stored image to the shown one.
    let orientation: Orientation

    /// Reads the header of an image file.
    ///
    /// `file` is the name in messages. The size is that after the orientation of the EXIF data. No
    /// memory is allocated for pixels, so that no limit applies: the size is the one that the file
    /// declares, each side at most 2^31 - 1.
    ///
    /// - Throws: ``ImageError`` for bytes that are no image of a known format, end in the header,
    ///   or contradict themselves in it.
    package init(of bytes: [UInt8], file: String) throws(ImageError) {
        guard let format = ImageFormat(of: bytes) else {
            throw ImageError(.unsupported, file: file, Self.notRead(bytes))
        }
        let stored: StoredImage
        do throws(ImageError) {
            switch format {
            case .jpeg: stored = try JPEGMarkers.image(in: bytes)
            case .png: stored = try PNGChunks.image(in: bytes)
            case .webp: stored = try WebPChunks.image(in: bytes)
            }
            guard stored.width > 0, stored.height > 0 else {
                throw ImageError(
                    .malformed, "the header says \(stored.width)x\(stored.height) pixels")
            }
        } catch {
            throw error.inFile(file)
        }
        self.format = format
        orientation = stored.orientation
        (height, width) = orientation.turned(height: stored.height, width: stored.width)
    }

    /// The error for bytes without an image's signature.
    private static func notRead(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "the file is empty; get it again" }
        guard let kind = FileSignature(of: bytes) else {
            return "the content is none of JPEG, PNG and WebP; convert the image to one of them"
        }
        return "expected JPEG, PNG or WebP, found \(kind.name); \(kind.imageAdvice)"
    }

    /// The number of rows and columns as the image is stored.
    var storedSize: (height: Int, width: Int) {
        orientation.turned(height: height, width: width)
    }
}

/// The size and orientation of the stored image.
struct StoredImage: Hashable {
    var width: Int
    var height: Int
    var orientation = Orientation.upright
}

extension ImageError {
    /// The same error, about a file.
    func inFile(_ file: String) -> ImageError {
        ImageError(code, file: file, sentence)
    }
}

/// A supported format of image files.
package enum ImageFormat: String, Codable, CaseIterable, Hashable, Sendable {
    /// JPEG (ITU-T T.81): baseline and progressive, 8 bits, grey, colour, CMYK.
    case jpeg
    /// PNG (ISO 15948): every bit depth and colour type.
    case png
    /// WebP (RFC 9649): lossy, lossless, and the first frame of an animation.
    case webp

    /// The endings of file names that data sets give to images of these formats, lower case,
    /// without the dot.
    package static let fileNameExtensions = ["jpg", "jpeg", "png", "webp"]

    /// Whether a file name or a path ends like an image's; upper and lower case are the same.
    ///
    /// This only selects the files of a folder to try; a file's format follows from its content.
    package static func isImageFileName(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
        guard name[name.index(before: dot)] != "/" else { return false }
        return fileNameExtensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// The format whose signature the bytes begin with, or nil.
    package init?(of bytes: [UInt8]) {
        switch FileSignature(of: bytes) {
        case .jpeg: self = .jpeg
        case .png: self = .png
        case .webp: self = .webp
        default: return nil
        }
    }

    /// The format's name in sentences.
    var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        }
    }
}
