// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("SVHN")
struct SVHNTests {
    private func expect(
        _ images: LabelledImages, seeds: [Int], location: SourceLocation = #_sourceLocation
    ) {
        #expect(images.classNames == (0...9).map(String.init), sourceLocation: location)
        #expect(images.labels == seeds.map { $0 % 10 }, sourceLocation: location)
        #expect(
            [images.height, images.width, images.channels] == [32, 32, 3], sourceLocation: location)
        for (index, seed) in seeds.enumerated() {
            #expect(
                images.pixels(of: index) == Picture.pixels(seed, height: 32, width: 32),
                sourceLocation: location)
        }
    }

    @Test("A directory's files are those that SciPy wrote, compressed and not")
    func readsDirectory() throws {
        let source = DataSource(DataFixture.path("svhn"))
        expect(try source.loadArrays(.train), seeds: [8, 9, 10])
        expect(try source.loadArrays(.test), seeds: [20, 21, 22, 23, 24])
        expect(try source.loadArrays(.validation), seeds: [20, 21, 22, 23, 24])
    }

    @Test("A file's name says which split it holds, and the other lies beside it")
    func readsFile() throws {
        expect(
            try DataSource(DataFixture.path("svhn/extra_32x32.mat")).loadArrays(.train),
            seeds: [3, 4])
        for name in ["extra", "train", "test"] {
            let source = DataSource(DataFixture.path("svhn/\(name)_32x32.mat"))
            expect(try source.loadArrays(.test), seeds: [20, 21, 22, 23, 24])
        }
        let directory = try TemporaryDirectory()
        let path = try directory.write("digits.mat", [])
        expectError(.unsupported, "does not say which images") {
            try DataSource(path).load(.train)
        }
    }

    @Test("One image only, which loses its last axis, is read")
    func readsSingle() throws {
        expect(try DataSource(DataFixture.path("svhn-one")).loadArrays(.test), seeds: [7])
    }

    @Test("svhn-extra trains on both files, and shares the cache with svhn")
    func joinsExtra() throws {
        let directory = try TemporaryDirectory()
        for name in ["train", "extra", "test"] {
            let file = "svhn/\(name)_32x32.mat"
            try directory.write(file, DataFixture.bytes(file).bytes)
        }
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, allowsDownload: false)
        let all = try DataSource("svhn-extra", cache: cache).loadArrays(.train)
        #expect(all.name == "svhn-extra")
        expect(all, seeds: [8, 9, 10, 3, 4])
        expect(try DataSource("svhn", cache: cache).loadArrays(.train), seeds: [8, 9, 10])
        try directory.remove("svhn/extra_32x32.mat")
        expectError(.notFound, "put extra_32x32.mat there") {
            try DataSource("svhn-extra", cache: cache).load(.train)
        }
    }
}
