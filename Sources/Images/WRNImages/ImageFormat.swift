// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// A supported format of image files.
public enum ImageFormat: String, Codable, CaseIterable, Hashable, Sendable {
    /// JPEG (ITU-T T.81): baseline and progressive, 8 bits, grey, colour, CMYK.
    case jpeg
    /// PNG (ISO 15948): every bit depth and colour type.
    case png
    /// WebP (RFC 9649): lossy, lossless, and the first frame of an animation.
    case webp

    /// The endings of file names that data sets give to images of these formats, lower case,
    /// without the dot.
    public static let fileNameExtensions = ["jpg", "jpeg", "png", "webp"]

    /// Whether a file name or a path ends like an image's; upper and lower case are the same.
    ///
    /// This only selects the files of a folder to try; a file's format follows from its content.
    public static func isImageFileName(_ name: String) -> Bool {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
        guard name[name.index(before: dot)] != "/" else { return false }
        return fileNameExtensions.contains(name[name.index(after: dot)...].lowercased())
    }

    /// The format whose signature the bytes begin with, or nil.
    public init?(of bytes: [UInt8]) {
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
