// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTestSupport

@testable import WRNDatasets

@Suite("The digest of images")
struct ImageContentTests {
    private func folder(_ directory: TemporaryDirectory) throws {
        for (index, name) in ["a/1.png", "a/2.png", "b/3.png", "b/4.png"].enumerated() {
            // No decoder sees them: a digest is of bytes.
            try directory.write("photos/" + name, Array(repeating: UInt8(index), count: 100))
        }
    }

    private func digest(_ directory: TemporaryDirectory, limit: Int = 1 << 30) throws -> String {
        let files = try ImageFiles(
            directory.path + "/photos", .train,
            options: ImageFileOptions(height: 8, width: 8, validationFraction: 0.5))
        return ImageContent.sha256(of: files, maximumByteCount: limit)
    }

    @Test("is another one for a byte of any file, whatever their names and sizes are")
    func files() throws {
        let directory = try TemporaryDirectory()
        try folder(directory)
        let whole = try digest(directory)
        #expect(try digest(directory) == whole)
        let names = try ImageFiles(
            directory.path + "/photos", .train,
            options: ImageFileOptions(height: 8, width: 8, validationFraction: 0.5))
        for index in 0..<names.count {
            try folder(directory)
            var bytes = try names.fileBytes(at: index)
            bytes[50] ^= 1
            let name = names.title(of: index).dropFirst(directory.path.count + 1)
            try directory.write(String(name), bytes)
            #expect(try digest(directory) != whole, "\(name)")
        }
    }

    @Test("of large sets takes all sizes, and the bytes of some")
    func largeSets() throws {
        let directory = try TemporaryDirectory()
        try folder(directory)
        let whole = try digest(directory, limit: 100)
        #expect(try digest(directory, limit: 100) == whole)
        try directory.write("photos/a/1.png", Array(repeating: 0, count: 101))
        try directory.write("photos/a/2.png", Array(repeating: 1, count: 101))
        try directory.write("photos/b/3.png", Array(repeating: 2, count: 101))
        try directory.write("photos/b/4.png", Array(repeating: 3, count: 101))
        #expect(try digest(directory, limit: 100) != whole)
    }

    @Test("of arrays depends on each pixel and each label")
    func arrays() throws {
        func digest(_ pixel: UInt8, _ label: Int) throws -> String {
            ImageContent.sha256(
                of: try LabelledImages(
                    name: "a", channels: 1, height: 2, width: 2,
                    pixels: [1, 2, 3, 4, 5, 6, 7, pixel],
                    labels: [0, label], classNames: ["a", "b"]))
        }
        let digests = try [digest(8, 1), digest(9, 1), digest(8, 0)]
        #expect(Set(digests).count == 3)
        #expect(try digest(8, 1) == digests[0])
    }
}
