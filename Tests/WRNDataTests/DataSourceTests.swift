// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive

@testable import WRNData

@Suite("Where data come from")
struct DataSourceTests {
    @Test("The cache follows XDG, and ignores what XDG says to ignore")
    func cacheDirectory() {
        func directory(_ environment: [String: String]) -> String {
            DatasetCache(environment: environment).directory
        }
        #expect(directory(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/wide-resnet/datasets")
        #expect(directory(["HOME": "/h"]) == "/h/.cache/wide-resnet/datasets")
        #expect(
            directory(["XDG_CACHE_HOME": "c", "HOME": "/h"]) == "/h/.cache/wide-resnet/datasets")
        #expect(
            directory(["XDG_CACHE_HOME": "", "HOME": "/h"]) == "/h/.cache/wide-resnet/datasets")
    }

    @Test("A known name is found in the cache")
    func findsInCache() throws {
        let directory = try TemporaryDirectory()
        for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
            try directory.write(
                "fashion-mnist/\(name).gz", Fixture.bytes("idx/\(name).gz").bytes)
        }
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, allowsDownload: false)
        let images = try DataSource("fashion-mnist", cache: cache).loadArrays(.test)
        #expect(images.name == "fashion-mnist")
        #expect(images.classNames[9] == "Ankle boot")
        expectError(.notFound, "downloads are switched off", "train-images-idx3-ubyte.gz") {
            try DataSource("fashion-mnist", cache: cache).loadArrays(.train)
        }
    }

    @Test("Fashion-MNIST is found among the system's packages")
    func findsInSystem() throws {
        let directory = try TemporaryDirectory()
        for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
            try directory.write("system/fashion-mnist/\(name)", Fixture.bytes("idx/\(name)").bytes)
        }
        let cache = DatasetCache(
            directory: directory.path + "/cache", systemDirectory: directory.path + "/system",
            allowsDownload: false)
        #expect(try DataSource("fashion-mnist", cache: cache).loadArrays(.test).count == 10)
        #expect(throws: DataError.self) { try DataSource("mnist", cache: cache).loadArrays(.test) }
    }

    @Test("CIFAR is found in the cache as an archive or unpacked")
    func findsCIFARInCache() throws {
        let directory = try TemporaryDirectory()
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, allowsDownload: false)
        let archive = try Fixture.bytes("cifar-100-python.tar.gz").bytes
        try directory.write("cifar100/cifar-100-python.tar.gz", archive)
        #expect(try DataSource("cifar100", cache: cache).loadArrays(.train).count == 20)
        // In the wrong place it is not taken for another set.
        try directory.write("cifar10/cifar-100-python.tar.gz", archive)
        expectError(.inconsistent, "files of cifar100, not of cifar10") {
            try DataSource("cifar10", cache: cache).loadArrays(.train)
        }
    }

    @Test("Plain IDX files are read, under both spellings, also in 'raw'")
    func readsPlainIDX() throws {
        for (folder, dot) in [("", "-"), ("", "."), ("raw/", "-")] {
            let directory = try TemporaryDirectory()
            for (stem, suffix) in [("t10k-images", "idx3-ubyte"), ("t10k-labels", "idx1-ubyte")] {
                let bytes = try Gzip.unpack(Fixture.bytes("idx/\(stem)-\(suffix).gz")).bytes
                try directory.write("FashionMNIST/\(folder)\(stem)\(dot)\(suffix)", bytes)
            }
            let images = try DataSource(directory.path + "/FashionMNIST").loadArrays(.test)
            #expect(images.count == 10)
            #expect(images.name == "fashion-mnist")
        }
    }

    @Test("One IDX file without the other is named")
    func namesMissingIDX() throws {
        let directory = try TemporaryDirectory()
        let name = "t10k-images-idx3-ubyte.gz"
        try directory.write(name, Fixture.bytes("idx/\(name)").bytes)
        expectError(.notFound, "t10k-labels-idx1-ubyte", "no such file") {
            try DataSource(directory.path).loadArrays(.test)
        }
    }

    @Test("A directory without data is one sentence about what was looked for")
    func listsExpectation() throws {
        let directory = try TemporaryDirectory()
        try directory.write("notes.txt", "hello".utf8)
        try directory.write("train/cat/1.txt", "".utf8)
        expectError(
            .notFound, directory.path, "no train images", "train-images-idx3-ubyte[.gz]",
            "data_batch_1.bin", "cifar-100-python", "cifar-10-binary.tar", "CLASS/NAME.jpg"
        ) { try DataSource(directory.path).loadArrays(.train) }
    }

    @Test("A folder or an archive with class folders is a set of image files")
    func findsImageFiles() throws {
        let options = ImageFileOptions(height: 8, width: 8)
        let zipped = try Fixture.bytes("images/photos.tar")
        let directory = try TemporaryDirectory()
        let paths = ["images", "images/stored.zip", "images/photos.tar"].map(Fixture.path)
        for path in paths {
            let source = DataSource(path, options: options)
            let images = try #require(source.load(.train) as? ImageFiles)
            #expect(images.count == 3)
            #expect(images.height == 8)
            #expect(images.name == path)
            #expect(try source.load(.test).count == 2)
            expectError(.unsupported, path, "image files") { try source.loadArrays(.train) }
        }
        // A name says nothing of the content.
        let renamed = try directory.write("photos.bin", zipped.bytes)
        #expect(try DataSource(renamed).load(.train).count == 3)
    }

    @Test("What is wrong with a folder of images is said as such, and what is none as such")
    func tellsImageFolders() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["stray.png", "cat/1.tif", "dog/2.TIF"])
        expectError(
            .notFound, "looked for the IDX files", "only 1 without a class, 2 .tif"
        ) { try DataSource(directory.path).load(.train) }
        try directory.writePictures(["cat/1.png"])
        expectError(.notFound, "1 of 2 classes have no images ('dog')") {
            try DataSource(directory.path).load(.train)
        }
    }

    @Test("A path that is not there lists the known names")
    func listsNames() {
        expectError(.notFound, "/no/such/place", "fashion-mnist, mnist, cifar10, cifar100") {
            try DataSource("/no/such/place").loadArrays(.train)
        }
    }

    @Test("Files that are not archives are refused", arguments: ["SHA256SUMS", "zeros.gz"])
    func rejectsOtherFiles(_ name: String) {
        expectError(.unsupported, name, "not a tar archive") {
            try DataSource(Fixture.path(name)).loadArrays(.train)
        }
    }

    @Test("A directory where a file should be is refused")
    func rejectsDirectoryAsFile() throws {
        let directory = try TemporaryDirectory()
        expectError(.unreadable, "not a regular file") { try FileBytes.read(directory.path) }
        let path = try directory.write("large", [UInt8](repeating: 0, count: 100))
        expectError(.tooLarge, "at most 99 are read") { try FileBytes.read(path, limit: 99) }
    }
}
