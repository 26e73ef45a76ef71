// SPDX-License-Identifier: Apache-2.0

import WRNImages

/// What the name of a file or a folder says of it, before anything is opened.
enum EntryKind: Equatable {
    /// A file whose name ends like an image's that is read here.
    case image
    /// A file that may be an image: another image format's ending, none, or a number; its first bytes decide.
    case unsure(ending: String)
    /// A file whose name is not an image's.
    case other(ending: String)
    /// A file or a folder that is never looked into, and why.
    case skipped(LeftOut.Reason, String)

    /// Other endings of image files: the rest of torchvision's list, and what cameras and browsers write.
    private static let endings: Set<String> = [
        "ppm", "bmp", "pgm", "tif", "tiff", "gif", "heic", "heif", "avif", "jxl", "jp2", "jfif",
        "jpe", "jif", "jfi", "pjpeg", "pjp", "j2k", "apng", "svg", "tga", "psd", "raw", "dng",
        "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "pbm", "pnm", "ico", "exr", "hdr", "qoi",
        "dcm", "image", "img",
    ]

    /// Files that systems and their programs write beside those of people.
    private static let systemFiles: Set<String> = [
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", ".ds_store",
        ".directory", ".localized",
    ]

    /// Folders that programs and devices write copies and waste into.
    private static let cacheFolders: Set<String> = [
        "__macosx", "@eadir", ".ipynb_checkpoints", "__pycache__", "#recycle", "@recycle",
        "$recycle.bin", "@__thumb", ".@__thumb", ".thumbnails", ".thumb", "lost+found",
        "system volume information",
    ]

    /// What a file's name says.
    static func file(_ name: String) -> EntryKind {
        let lower = name.lowercased()
        if systemFiles.contains(lower) { return .skipped(.systemFile, lower) }
        if name.hasPrefix("._") { return .skipped(.appleDouble, "") }
        if name.hasPrefix(".") { return .skipped(.hidden, "") }
        guard let dot = lower.lastIndex(of: ".") else { return .unsure(ending: "") }
        let ending = String(lower[lower.index(after: dot)...])
        if ImageFormat.fileNameExtensions.contains(ending) { return .image }
        if endings.contains(ending) || ending.allSatisfy(\.isNumber) {
            return .unsure(ending: ending)
        }
        return .other(ending: ending)
    }

    /// Why a folder is not looked into; nil for one that is.
    static func skippedFolder(_ name: String) -> (reason: LeftOut.Reason, detail: String)? {
        if cacheFolders.contains(name.lowercased()) { return (.cache, name) }
        return name.hasPrefix(".") ? (.hidden, "") : nil
    }
}
