// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles
import WRNTestSupport
import WRNThreads

@testable import WRNDatasets
@testable import WRNFetch

@Suite("Downloads of data sets")
struct DatasetDownloadTests {
    private static let names = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]

    /// The fixtures as if they were a published data set.
    private static func dataset(_ addresses: [String]) throws -> KnownDataset {
        let files = try names.map { name in
            RemoteFile(
                name: name, byteCount: try DataFixture.bytes("idx/" + name).count,
                digest: .sha256(try DataFixture.sha256("idx/" + name)))
        }
        return KnownDataset(
            name: "tiny", addresses: addresses, trainFiles: files, testFiles: files,
            classNames: (0...9).map(String.init))
    }

    private static func files() throws -> [[UInt8]] {
        try names.map { try Array(DataFixture.bytes("idx/" + $0).bytes) }
    }

    /// Loads the tiny set from a server, and gives what is then in the cache.
    private func load(
        images: FileServer.Answer, labels: FileServer.Answer, in directory: TemporaryDirectory
    ) throws -> LabelledImages {
        let server = try FileServer([Self.names[0]: images, Self.names[1]: labels])
        defer { server.stop() }
        let cache = DatasetCache(directory: directory.path, systemDirectory: nil)
        return try DataSource(Self.dataset([server.address]), cache: cache).loadArrays(.test)
    }

    @Test("The right files are kept, and not asked for again")
    func keepsRightFiles() throws {
        let directory = try TemporaryDirectory()
        let files = try Self.files()
        let images = try load(images: .file(files[0]), labels: .file(files[1]), in: directory)
        #expect(images.count == 10)
        #expect(directory.contents == ["tiny"] + Self.names.map { "tiny/" + $0 })
        let again = try load(images: .status(500), labels: .status(500), in: directory)
        #expect(again.labels == images.labels)
    }

    @Test("Wrong bytes are thrown away, and the message has both hashes")
    func rejectsWrongBytes() throws {
        let directory = try TemporaryDirectory()
        var files = try Self.files()
        files[0][100] ^= 1
        let expected = try DataFixture.sha256("idx/" + Self.names[0])
        expectError(.checksumMismatch, Self.names[0], "expected \(expected)", "SHA-256 ") {
            try load(images: .file(files[0]), labels: .file(files[1]), in: directory)
        }
        #expect(directory.contents == [])
    }

    @Test("More bytes than published are not even received")
    func rejectsEndlessFile() throws {
        let directory = try TemporaryDirectory()
        let files = try Self.files()
        let endless = files[0] + [UInt8](repeating: 0, count: 1 << 22)
        expectError(.checksumMismatch, "more than the \(files[0].count) bytes") {
            try load(images: .file(endless), labels: .file(files[1]), in: directory)
        }
        #expect(directory.contents == [])
    }

    @Test("Of a connection that breaks, and of a file that is too short, what came is kept")
    func keepsCutOff() throws {
        let files = try Self.files()
        for answer in [
            FileServer.Answer.cutOff(files[0], after: 300), .file(Array(files[0].prefix(300))),
        ] {
            let directory = try TemporaryDirectory()
            expectError(.downloadFailed, "300 of \(files[0].count) bytes", "by hand") {
                try load(images: answer, labels: .file(files[1]), in: directory)
            }
            #expect(directory.contents == ["tiny", "tiny/\(Self.names[0]).part"])
        }
    }

    @Test("A refusal of the server is reported by its number")
    func reportsStatus() throws {
        let directory = try TemporaryDirectory()
        let labels = try Self.files()[1]
        expectError(.downloadFailed, "HTTP status 404", "http://127.0.0.1") {
            try load(images: .status(404), labels: .file(labels), in: directory)
        }
        #expect(directory.contents == [])
    }

    @Test("When one address fails the next is tried")
    func triesNextAddress() throws {
        let directory = try TemporaryDirectory()
        let files = try Self.files()
        let bad = try FileServer([Self.names[0]: .file([1, 2, 3])])
        let good = try FileServer([Self.names[0]: .file(files[0]), Self.names[1]: .file(files[1])])
        defer {
            bad.stop()
            good.stop()
        }
        let cache = DatasetCache(directory: directory.path, systemDirectory: nil)
        let dataset = try Self.dataset([bad.address, good.address])
        #expect(try DataSource(dataset, cache: cache).loadArrays(.test).count == 10)
        #expect(bad.requests == Self.names)
        #expect(good.requests == Self.names)
    }

    @Test("Nobody listening is a failed download")
    func reportsRefusedConnection() throws {
        let directory = try TemporaryDirectory()
        let server = try FileServer([:])
        server.stop()
        let cache = DatasetCache(directory: directory.path, systemDirectory: nil)
        expectError(.downloadFailed, server.address, "check the network") {
            try DataSource(Self.dataset([server.address]), cache: cache).loadArrays(.test)
        }
        #expect(directory.contents == [])
    }

    @Test("A mirror takes the place of the official address, and the progress ends at the whole")
    func usesMirror() throws {
        let directory = try TemporaryDirectory()
        let files = try Self.files()
        let server = try FileServer([
            Self.names[0]: .file(files[0]), Self.names[1]: .file(files[1]),
        ])
        defer { server.stop() }
        let cache = DatasetCache(
            directory: directory.path, systemDirectory: nil, address: server.address)
        let last = Locked<[String: DownloadProgress]>([:])
        let source = DataSource(try Self.dataset(["http://127.0.0.1:1/"]), cache: cache)
        _ = try source.loadArrays(.test) { progress in
            last.withLock { $0[progress.file] = progress }
        }
        let received = last.withLock { $0.mapValues(\.receivedByteCount) }
        #expect(received == [Self.names[0]: files[0].count, Self.names[1]: files[1].count])
    }

    @Test("A directory that cannot be made is reported")
    func reportsUnwritable() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("file", [1])
        let cache = DatasetCache(directory: file, systemDirectory: nil)
        expectError(.unwritable, file) {
            try DataSource(Self.dataset(["http://127.0.0.1:1/"]), cache: cache).loadArrays(.test)
        }
    }

    @Test("Every published file has an address, a length and a whole digest")
    func catalogueIsComplete() {
        for dataset in KnownDataset.all {
            #expect(dataset.addresses.allSatisfy { $0.hasPrefix("http") && $0.hasSuffix("/") })
            for file in dataset.trainFiles + dataset.testFiles {
                #expect(file.byteCount > 0)
                let digits = if case .md5 = file.digest { 32 } else { 64 }
                #expect(file.digest.digits.utf8.count == digits)
                #expect(file.digest.digits.allSatisfy { "0123456789abcdef".contains($0) })
            }
        }
    }
}
