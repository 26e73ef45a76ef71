// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets
@testable import WRNFetch

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

    @Test("The system's data sets are where XDG says, by default in /usr/share")
    func systemDirectory() throws {
        let directory = try TemporaryDirectory()
        try directory.write("b/datasets/x", [])
        let path = directory.path
        func found(_ directories: String?) -> String? {
            var environment = ["HOME": "/h"]
            environment["XDG_DATA_DIRS"] = directories
            return DatasetCache(environment: environment).systemDirectory
        }
        #expect(found("\(path)/a:\(path)/b") == path + "/b/datasets")
        #expect(found("relative:\(path)/a") == nil)
        #expect(found("") == found(nil))
        #expect([nil, "/usr/share/datasets", "/usr/local/share/datasets"].contains(found(nil)))
    }

    @Test("A part of Fashion-MNIST is in the program: its first images, whatever is on the disk")
    func findsInProgram() throws {
        let cache = DatasetCache(
            directory: "/nowhere", systemDirectory: nil, allowsDownload: false)
        let source = DataSource("fashion-mnist-small", cache: cache)
        #expect(try source.download() == "the program itself")
        // The digests of the first 6,000 and 1,000 images and labels of the official files.
        for (split, count, images, labels) in [
            (
                Split.train, 6000,
                "c407c19496b306f56f0ed298ad5b11dbcfcc75fc631f4f8e3bc07b8000f1a88b",
                "630a374d65ffe2f321251c9e84474d5a90d464571a2a6418ad322c1d9a47fad6"
            ),
            (
                .validation, 1000,
                "8d46efb2efae7259de048298adb99140d06082b91c430833a54d7ce30f21c9c9",
                "86fea14d645de73ec2f8e0e859add59c557ccdf73e3e419692220b128c15ec47"
            ),
        ] {
            let set = try source.loadArrays(split)
            #expect(set.count == count)
            #expect((set.channels, set.height, set.width) == (1, 28, 28))
            #expect(set.classNames[9] == "Ankle boot")
            let pixels = (0..<count).flatMap(set.pixels(of:))
            #expect(FileDigest.sha256(of: pixels) == images)
            #expect(FileDigest.sha256(of: set.labels.map { UInt8($0) }) == labels)
        }
    }

    @Test("A known name is found in the cache")
    func findsInCache() throws {
        let directory = try TemporaryDirectory()
        for name in ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
            try directory.write(
                "fashion-mnist/\(name).gz", DataFixture.bytes("idx/\(name).gz").bytes)
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

    @Test("Offline nothing is downloaded, and the sentence names the variable")
    func offline() throws {
        let directory = try TemporaryDirectory()
        func cache(_ word: String) -> DatasetCache {
            DatasetCache(environment: [
                "XDG_CACHE_HOME": directory.path, "XDG_DATA_DIRS": directory.path,
                "HF_HUB_OFFLINE": word,
            ])
        }
        for word in ["1", "on", "YES", "True"] {
            let source = DataSource("mnist", cache: cache(word))
            expectError(.notFound, "HF_HUB_OFFLINE", "train-images-idx3-ubyte.gz") {
                try source.load(.train)
            }
            expectError(.notFound, "HF_HUB_OFFLINE", "t10k-labels-idx1-ubyte.gz") {
                try source.download()
            }
        }
        for word in ["", "0", "no"] { #expect(cache(word).allowsDownload) }
        #expect(directory.contents.isEmpty)
    }

    @Test("Fashion-MNIST is found among the system's packages")
    func findsInSystem() throws {
        let directory = try TemporaryDirectory()
        for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
            try directory.write(
                "system/fashion-mnist/\(name)", DataFixture.bytes("idx/\(name)").bytes)
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
        let archive = try DataFixture.bytes("cifar-100-python.tar.gz").bytes
        try directory.write("cifar100/cifar-100-python.tar.gz", archive)
        #expect(try DataSource("cifar100", cache: cache).loadArrays(.train).count == 20)
        // In the wrong place it is not taken for another set.
        try directory.write("cifar10/cifar-100-python.tar.gz", archive)
        expectError(.inconsistent, "files of cifar100, not of cifar10") {
            try DataSource("cifar10", cache: cache).loadArrays(.train)
        }
    }

    @Test("A part of CIFAR in the cache does not hide its archive, nor what is missing")
    func readsArchiveBesideParts() throws {
        let directory = try TemporaryDirectory()
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, allowsDownload: false)
        func listing() -> DatasetListing? { cache.listings().first { $0.name == "cifar10" } }
        let files = try DataFixture.archive("cifar-10-binary.tar.gz").files
        let parts = ["data_batch_1.bin", "test_batch.bin", "batches.meta.txt"]
        for (name, bytes) in files where parts.contains(where: name.hasSuffix) {
            try directory.write("cifar10/" + name, Array(bytes))
        }
        #expect(listing()?.directory == nil)
        #expect(try DataSource("cifar10", cache: cache).loadArrays(.test).count > 0)
        expectError(.notFound, "cifar-10-binary.tar.gz") {
            try DataSource("cifar10", cache: cache).loadArrays(.train)
        }
        try directory.write(
            "cifar10/cifar-10-binary.tar.gz", DataFixture.bytes("cifar-10-binary.tar.gz").bytes)
        let whole = try DataSource(DataFixture.path("cifar-10-binary.tar.gz")).loadArrays(.train)
        #expect(try DataSource("cifar10", cache: cache).loadArrays(.train).count == whole.count)
        #expect(listing()?.directory == directory.path + "/cifar10")
    }

    @Test("A file in the cache that is not the published one is refused, and one row in the list")
    func checksFilesThatAreThere() throws {
        let directory = try TemporaryDirectory()
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, allowsDownload: false)
        for name in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"] {
            try directory.write("mnist/\(name)", Array("junk".utf8))
        }
        expectError(
            .checksumMismatch, "mnist/train-images-idx3-ubyte.gz", "9912422 bytes",
            "found 4 bytes; remove it"
        ) { try DataSource("mnist", cache: cache).download() }
        try directory.write("cifar10/cifar-10-python.tar.gz", Array("junk".utf8))
        let listings = cache.listings()
        #expect(listings.map(\.name) == DataSource.knownNames)
        #expect(listings.filter { $0.problem != nil }.map(\.name) == ["cifar10"])
    }

    @Test("Files of two data sets in one directory are refused, of different splits, too")
    func refusesMixture() throws {
        let directory = try TemporaryDirectory()
        for (archive, names) in [
            ("cifar-100-binary.tar.gz", ["train.bin", "fine_label_names.txt"]),
            ("cifar-10-binary.tar.gz", ["test_batch.bin", "batches.meta.txt"]),
        ] {
            for (name, bytes) in try DataFixture.archive(archive).files {
                let file = String(name.split(separator: "/").last ?? "")
                if names.contains(file) { try directory.write(file, Array(bytes)) }
            }
        }
        for split in Split.allCases {
            expectError(.inconsistent, "more than one data set here (cifar10, cifar100)") {
                try DataSource(directory.path).load(split)
            }
        }
    }

    @Test("Plain IDX files are read, under both spellings, also in 'raw'")
    func readsPlainIDX() throws {
        for (folder, dot) in [("", "-"), ("", "."), ("raw/", "-")] {
            let directory = try TemporaryDirectory()
            for (stem, suffix) in [("t10k-images", "idx3-ubyte"), ("t10k-labels", "idx1-ubyte")] {
                let bytes = try Gzip.unpack(DataFixture.bytes("idx/\(stem)-\(suffix).gz")).bytes
                try directory.write("FashionMNIST/\(folder)\(stem)\(dot)\(suffix)", bytes)
            }
            let images = try DataSource(directory.path + "/FashionMNIST").loadArrays(.test)
            #expect(images.count == 10)
            #expect(images.name == "fashion-mnist")
        }
    }

    @Test("IDX files are of the data set that their directory is called by, however it is written")
    func namesIDX() throws {
        let directory = try TemporaryDirectory()
        for folder in ["FashionMNIST/raw", "fashion-mnist/digits"] {
            for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
                try directory.write("\(folder)/\(name)", DataFixture.bytes("idx/\(name)").bytes)
            }
        }
        for (link, target) in [("link", "FashionMNIST"), ("mnist", "fashion-mnist/digits")] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.path + "/" + link, withDestinationPath: target)
        }
        for (path, name) in [
            ("FashionMNIST", "fashion-mnist"), ("FashionMNIST/raw", "fashion-mnist"),
            ("FashionMNIST/raw/..", "fashion-mnist"), ("link/.", "fashion-mnist"),
            ("fashion-mnist/digits", "idx"), ("mnist", "mnist"),
        ] {
            let images = try DataSource(directory.path + "/" + path).loadArrays(.test)
            #expect(images.name == name, "\(path)")
        }
    }

    @Test("One IDX file without the other is named")
    func namesMissingIDX() throws {
        let directory = try TemporaryDirectory()
        let name = "t10k-images-idx3-ubyte.gz"
        try directory.write(name, DataFixture.bytes("idx/\(name)").bytes)
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
            .noSplit, directory.path, "no training images", "train-images-idx3-ubyte[.gz]",
            "data_batch_1.bin", "cifar-100-python", "cifar-10-binary.tar", "CLASS/NAME.jpg"
        ) { try DataSource(directory.path).loadArrays(.train) }
    }

    @Test("A folder or an archive with class folders is a set of image files")
    func findsImageFiles() throws {
        let options = ImageFileOptions(height: 8, width: 8)
        let zipped = try DataFixture.bytes("images/photos.tar")
        let directory = try TemporaryDirectory()
        let paths = ["images", "images/stored.zip", "images/photos.tar"].map(DataFixture.path)
        for path in paths {
            let source = DataSource(path, options: options)
            let images = try #require(source.load(.train) as? ImageFiles)
            #expect(images.count == 3)
            #expect(images.height == 8)
            #expect(images.name == path)
            #expect(try source.load(.test).count == 2)
            expectError(.unsupported, path, "image files") { try source.loadArrays(.train) }
        }
        // The name does not determine the content.
        let renamed = try directory.write("photos.bin", zipped.bytes)
        #expect(try DataSource(renamed).load(.train).count == 3)
    }

    @Test("What is wrong with a folder of images is said as such, and what is none as such")
    func tellsImageFolders() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["stray.png"])
        for name in ["cat/1.tif", "dog/2.TIF"] { try directory.write(name, [0x49, 0x49, 42, 0]) }
        expectError(
            .noSplit, "looked for the IDX files",
            "found only 1 image without a class folder, 2 TIFF images"
        ) { try DataSource(directory.path).load(.train) }
        // The point comes first, what else is read last.
        let error = #expect(throws: DataError.self) {
            try DataSource(directory.path).load(.train)
        }
        #expect(
            error?.message.hasPrefix(
                "\(directory.path): no training images in class folders; ") == true)
        #expect(
            error?.message.contains("put the images of each class into a folder of its own") == true
        )
        try directory.writePictures(["cat/1.png"])
        expectError(.notFound, "1 of 2 classes have no images ('dog')") {
            try DataSource(directory.path).load(.train)
        }
    }

    @Test("A path that is not there lists the known names")
    func listsNames() {
        expectError(
            .notFound, "/no/such/place",
            "fashion-mnist, fashion-mnist-small, mnist, cifar10, cifar100"
        ) {
            try DataSource("/no/such/place").loadArrays(.train)
        }
    }

    @Test("Files that are not archives are refused", arguments: ["SHA256SUMS", "zeros.gz"])
    func rejectsOtherFiles(_ name: String) {
        expectError(.unsupported, name, "expected a directory with a data set, or a .zip") {
            try DataSource(DataFixture.path(name)).loadArrays(.train)
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
