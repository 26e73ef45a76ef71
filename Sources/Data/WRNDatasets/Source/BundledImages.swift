// SPDX-License-Identifier: Apache-2.0

import CWRNBundledImages
import WRNArchive
import WRNFetch
import WRNFiles

/// The images that are part of the program: the first 6,000 training and the first 1,000 test
/// images of Fashion-MNIST.
///
/// They need neither a file nor a network, so that the first command works everywhere.
enum BundledImages {
    /// The place of the images in messages and lists.
    static let place = "the program itself"

    /// Reads a split.
    static func read(
        _ split: Split, of dataset: KnownDataset
    ) throws(DataError) -> LabelledImages {
        let (images, labels) =
            split == .train
            ? (wrn_bundled_train_images(), wrn_bundled_train_labels())
            : (wrn_bundled_test_images(), wrn_bundled_test_labels())
        return try IDXDataset.read(
            name: dataset.name, classNames: dataset.classNames,
            images: unpacked(images, "\(dataset.name) \(split.rawValue) images"),
            labels: unpacked(labels, "\(dataset.name) \(split.rawValue) labels"))
    }

    private static func unpacked(
        _ file: wrn_bundled_file, _ name: String
    ) throws(DataError) -> NamedBytes {
        let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
        return try Gzip.unpack(NamedBytes(name: name, bytes))
    }
}
