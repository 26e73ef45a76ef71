// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNImages

/// Digests of the images themselves, whatever they are called: two sets with equal digests train
/// the same network.
package enum ImageContent {
    /// The most bytes of files that are read for a digest.
    static let maximumByteCount = 1 << 30
    /// The most images of a set that is neither an array nor files, each of which must be made for
    /// the digest.
    static let maximumImageCount = 256

    /// The SHA-256 of a set's images, in their order, and their classes, in hexadecimal digits.
    ///
    /// - Arrays (``LabelledImages``) are digested whole.
    /// - Of files (``ImageFiles``) the sizes of all are digested and the bytes of all, as far as
    ///   they are 1 GiB together; of more than that, the bytes of every second, third and so on
    ///   file, so that they are about 1 GiB. Another file of the same size that is not among these
    ///   is not detected.
    /// - Of other sets, up to 256 images are digested, spread evenly.
    ///
    /// A file that cannot be read is digested as such. SHA-256 takes about a second for 1 GiB.
    package static func sha256(of images: any ImageSet) -> String {
        sha256(of: images, maximumByteCount: maximumByteCount)
    }

    static func sha256(of images: any ImageSet, maximumByteCount: Int) -> String {
        var digest = FileDigest.Computation(like: .sha256(""))
        func add(_ numbers: [Int]) {
            numbers.map { UInt64(truncatingIfNeeded: $0).littleEndian }
                .withUnsafeBytes { digest.update($0) }
        }
        add([images.count, images.channels])
        add(images.labels)
        switch images {
        case let arrays as LabelledImages:
            add([arrays.height, arrays.width])
            arrays.withAllPixels { digest.update(UnsafeRawBufferPointer($0)) }
        case let files as ImageFiles:
            let sizes = files.labels.indices.map { files.fileByteCount(at: $0) ?? -1 }
            add(sizes)
            let total = sizes.reduce(0) {
                $0 + min(max($1, 0), ImageFiles.maximumFileByteCount)
            }
            let step = max((total + maximumByteCount - 1) / maximumByteCount, 1)
            for index in stride(from: 0, to: files.count, by: step) {
                guard let bytes = try? files.fileBytes(at: index) else {
                    add([-1])
                    continue
                }
                add([bytes.count])
                bytes.withUnsafeBytes { digest.update($0) }
            }
        default:
            let step = max((images.count + maximumImageCount - 1) / maximumImageCount, 1)
            for index in stride(from: 0, to: images.count, by: step) {
                guard let image = try? images.fittedImage(at: index) else {
                    add([-1])
                    continue
                }
                add([image.height, image.width])
                image.pixels.withUnsafeBytes { digest.update($0) }
            }
        }
        return digest.digest.digits
    }
}
