// SPDX-License-Identifier: Apache-2.0

import WRNArchive

extension ImageStore {
    /// Opens a directory or an archive.
    ///
    /// - Throws: ``DataError`` for a path that is neither, and for an archive that is damaged or beyond a limit.
    static func open(_ path: String) throws(DataError) -> ImageStore {
        if FileBytes.isDirectory(path) { return .directory(path) }
        let file = try OpenFile(path)
        if ZipDirectory.isZip(file) { return try .zip(file) }
        if TarIndex.isTar(file) { return try .tar(file) }
        let head = try? file.bytes(at: 0, 2, "the first bytes")
        if let head, Gzip.isGzip(head[...]) {
            let unpacked = OpenFile(try Gzip.unpack(FileBytes.read(path)))
            if TarIndex.isTar(unpacked) { return try .tar(unpacked) }
        }
        throw file.error(
            .unsupported,
            "this is not an archive of images; give a directory with class folders, or a .zip, .tar "
                + "or .tar.gz of one")
    }
}
