// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

/// Seeded changes to valid files of data sets: a reader returns data or a `DataError`, and never
/// crashes.
@Suite("Mutated files of data sets")
struct DatasetMutationTests {
    @Test("Changed IDX files are read or refused")
    func idx() throws {
        let labels = try Gzip.unpack(DataFixture.bytes("idx/t10k-labels-idx1-ubyte.gz"))
        let images = try Gzip.unpack(DataFixture.bytes("idx/t10k-images-idx3-ubyte.gz"))
        try fuzz(labels) { labels in
            _ = try IDXDataset.read(
                name: "x", classNames: (0...9).map(String.init), images: images, labels: labels)
        }
        try fuzz(images) { images in
            _ = try IDXDataset.read(
                name: "x", classNames: (0...9).map(String.init), images: images, labels: labels)
        }
    }

    @Test(
        "Changed CIFAR files in a tar archive are read or refused",
        arguments: [
            (CIFARLayout.cifar10Binary, "cifar-10-binary"),
            (CIFARLayout.cifar100Binary, "cifar-100-binary"),
            (CIFARLayout.cifar10Python, "cifar-10-python"),
            (CIFARLayout.cifar100Python, "cifar-100-python"),
        ])
    func cifar(_ layout: CIFARLayout, _ name: String) throws {
        // One image: the smaller the file, the likelier a change hits what matters.
        let names = try #require(
            DataFixture.archive(name + ".tar.gz").files[layout.folder + "/" + layout.namesFile])
        let image = try Self.singleImage(layout)
        func read(_ names: NamedBytes, _ image: NamedBytes) throws {
            var builder = TarBuilder()
            builder.add(layout.namesFile, Array(names.bytes))
            builder.add(layout.testFiles[0], Array(image.bytes))
            let tree = FileTree.archive(try TarArchive(NamedBytes(builder.finished())))
            _ = try CIFARReader(layout: layout, tree: tree, folder: "").read(.test)
        }
        try fuzz(image, needsSuccess: false) { try read(NamedBytes(Array(names)), $0) }
        try fuzz(NamedBytes(Array(names))) { try read($0, image) }
    }

    /// A file of `layout` with one image.
    private static func singleImage(_ layout: CIFARLayout) throws -> NamedBytes {
        let pixels = [UInt8](repeating: 5, count: CIFARLayout.imageByteCount)
        switch layout.encoding {
        case .binary(let labelByteCount):
            return NamedBytes([UInt8](repeating: 1, count: labelByteCount) + pixels)
        case .pickle(let labelsKey, _):
            let head =
                "(dS'\(labelsKey)'\n(lI1\nasS'data'\ncnumpy.core.multiarray\n_reconstruct\n"
                + "(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I1\nI3072\ntcnumpy\ndtype\n"
                + "(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\nT"
            return NamedBytes(Array(head.utf8) + [0, 12, 0, 0] + pixels + Array("tbs.".utf8))
        }
    }
}
