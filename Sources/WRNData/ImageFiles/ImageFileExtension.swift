// SPDX-License-Identifier: Apache-2.0

import WRNImages

/// What a file's name says of its format; as for torchvision, a name that is all extension counts.
enum ImageFileExtension {
    /// Other formats of images: the rest of torchvision's list, and what cameras and browsers write.
    static let known = [
        "ppm", "bmp", "pgm", "tif", "tiff", "gif", "heic", "heif", "avif", "jxl", "jp2", "jfif",
        "svg", "tga", "psd", "raw", "dng",
    ]

    /// The extension in lower case, where it is one of an image.
    static func image(_ name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let suffix = name[name.utf8.index(after: dot)...].lowercased()
        return ImageFormat.fileNameExtensions.contains(suffix) || known.contains(suffix)
            ? suffix : nil
    }

    /// Whether files of that name are read.
    static func isRead(_ name: String) -> Bool {
        image(name).map(ImageFormat.fileNameExtensions.contains) ?? false
    }
}
