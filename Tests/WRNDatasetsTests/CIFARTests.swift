// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("CIFAR-10 and CIFAR-100 in all published forms")
struct CIFARTests {
    static let archives = [
        "cifar-10-binary", "cifar-10-python", "cifar-100-binary", "cifar-100-python",
    ]

    private func expectFormula(
        _ images: LabelledImages, _ archive: String, _ split: Split
    ) {
        let isTen = archive.hasPrefix("cifar-10-")
        let first = split == .train ? 0 : 1000
        let count = split == .train ? (isTen ? 100 : 20) : (isTen ? 20 : 10)
        #expect(images.name == (isTen ? "cifar10" : "cifar100"))
        #expect(images.count == count)
        #expect(images.classNames.count == (isTen ? 10 : 100))
        #expect(images.classNames[3] == (isTen ? "cat" : "class_03"))
        for index in 0..<count {
            let number = first + index
            let expected = Formula.image(number, height: 32, width: 32, channels: 3)
            #expect(images.pixels(of: index) == expected, "image \(index)")
            #expect(images.labels[index] == (isTen ? number * 3 % 10 : number * 7 % 100))
        }
    }

    @Test("From the downloaded archive", arguments: archives, Split.allCases)
    func readsArchive(_ archive: String, _ split: Split) throws {
        let images = try DataSource(DataFixture.path(archive + ".tar.gz")).loadArrays(split)
        expectFormula(images, archive, split)
    }

    @Test("From the unpacked directory, from its parent, and from a directory with the archive")
    func readsDirectories() throws {
        for archive in Self.archives {
            let directory = try TemporaryDirectory()
            let files = try DataFixture.archive(archive + ".tar.gz").files
            for (name, bytes) in files { try directory.write("parent/" + name, bytes) }
            let folder = try #require(files.keys.first?.split(separator: "/").first)
            let plain = try Gzip.unpack(DataFixture.bytes(archive + ".tar.gz"))
            try directory.write("plain/\(archive).tar", plain.bytes)
            try directory.write(
                "zipped/\(archive).tar.gz", DataFixture.bytes(archive + ".tar.gz").bytes)
            for place in ["parent/\(folder)", "parent", "plain", "plain/\(archive).tar", "zipped"] {
                let images = try DataSource(directory.path + "/" + place).loadArrays(.test)
                expectFormula(images, archive, .test)
            }
        }
    }

    @Test("The binary form is preferred where both are there")
    func prefersBinary() throws {
        let directory = try TemporaryDirectory()
        for archive in ["cifar-10-binary", "cifar-10-python"] {
            for (name, bytes) in try DataFixture.archive(archive + ".tar.gz").files {
                try directory.write(name, bytes)
            }
        }
        try directory.write("cifar-10-batches-py/test_batch", [1, 2, 3])
        expectFormula(try DataSource(directory.path).loadArrays(.test), "cifar-10-binary", .test)
    }
}
