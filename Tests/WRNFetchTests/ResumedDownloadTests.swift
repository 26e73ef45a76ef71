// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport
import WRNThreads

@testable import WRNFetch

@Suite("Downloads that go on")
struct ResumedDownloadTests {
    /// More than a network packet, so that parts of it arrive alone.
    private static let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    private static let name = "data.bin"

    private static func file(_ digest: FileDigest? = nil) -> RemoteFile {
        var computation = FileDigest.Computation(like: digest ?? .sha256(""))
        computation.update(Array(bytes))
        return RemoteFile(name: name, byteCount: bytes.count, digest: computation.digest)
    }

    private func download(
        from servers: FileServer..., to directory: TemporaryDirectory, file: RemoteFile = file(),
        progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws {
        try Download(
            file: file, addresses: servers.map(\.address), directory: directory.path
        ).run(progress)
    }

    /// The whole file is there, and nothing else.
    private func expectWhole(
        _ directory: TemporaryDirectory, location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(directory.contents == [Self.name], sourceLocation: location)
        let found = try FileBytes.read(directory.path + "/" + Self.name).bytes
        #expect(Array(found) == Self.bytes, sourceLocation: location)
    }

    @Test("After a connection breaks, only the rest is asked for")
    func continues() throws {
        let directory = try TemporaryDirectory()
        let server = try FileServer([
            Self.name: .sequence([
                .rangedCutOff(Self.bytes, after: 90_000), .rangedCutOff(Self.bytes, after: 50_000),
                .ranged(Self.bytes),
            ])
        ])
        defer { server.stop() }
        for count in [90_000, 140_000] {
            expectError(.downloadFailed, "\(count) of 200000 bytes", "try again") {
                try download(from: server, to: directory)
            }
            #expect(directory.contents == [Self.name + ".part"])
        }
        let first = Locked<Int?>(nil)
        try download(from: server, to: directory) { progress in
            first.withLock { $0 = $0 ?? progress.receivedByteCount }
        }
        try expectWhole(directory)
        #expect(server.ranges == [nil, "bytes=90000-", "bytes=140000-"])
        #expect(try #require(first.withLock { $0 }) > 140_000)
    }

    @Test("Another mirror goes on where the first broke off")
    func continuesElsewhere() throws {
        let directory = try TemporaryDirectory()
        let first = try FileServer([Self.name: .rangedCutOff(Self.bytes, after: 70_000)])
        let second = try FileServer([Self.name: .ranged(Self.bytes)])
        defer {
            first.stop()
            second.stop()
        }
        try download(from: first, second, to: directory)
        try expectWhole(directory)
        #expect(second.ranges == ["bytes=70000-"])
    }

    @Test("A server that ignores the range sends all, and all is taken")
    func acceptsWhole() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.name + ".part", Self.bytes.prefix(1234))
        let server = try FileServer([Self.name: .file(Self.bytes)])
        defer { server.stop() }
        try download(from: server, to: directory)
        try expectWhole(directory)
        #expect(server.ranges == ["bytes=1234-"])
    }

    @Test("A part of another file is found by the digest, and all is asked for once more")
    func startsAgain() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.name + ".part", [UInt8](repeating: 1, count: 5000))
        let server = try FileServer([Self.name: .ranged(Self.bytes)])
        defer { server.stop() }
        try download(from: server, to: directory)
        try expectWhole(directory)
        #expect(server.ranges == ["bytes=5000-", nil])
    }

    @Test("A server that refuses the part, or sends another one, is asked for all")
    func startsAgainWhenRefused() throws {
        for answer in [FileServer.Answer.withoutRanges(Self.bytes), .otherRange(Self.bytes)] {
            let directory = try TemporaryDirectory()
            try directory.write(Self.name + ".part", Self.bytes.prefix(5000))
            let server = try FileServer([Self.name: answer])
            defer { server.stop() }
            try download(from: server, to: directory)
            try expectWhole(directory)
            #expect(server.ranges == ["bytes=5000-", nil])
        }
    }

    @Test("Wrong bytes are asked for no more than twice, and nothing of them stays")
    func givesUp() throws {
        let directory = try TemporaryDirectory()
        var wrong = Self.bytes
        wrong[150_000] ^= 1
        try directory.write(Self.name + ".part", Self.bytes.prefix(5000))
        let server = try FileServer([Self.name: .ranged(wrong)])
        defer { server.stop() }
        expectError(.checksumMismatch, "SHA-256", Self.file().digest.digits) {
            try download(from: server, to: directory)
        }
        #expect(server.ranges == ["bytes=5000-", nil])
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/" + Self.name))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/\(Self.name).part"))
    }

    @Test("A whole part needs no server, and one that is too long is begun anew")
    func usesWholePart() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.name + ".part", Self.bytes)
        let server = try FileServer([Self.name: .ranged(Self.bytes)])
        defer { server.stop() }
        try download(from: server, to: directory)
        try expectWhole(directory)
        #expect(server.requests.isEmpty)
        for part in [Self.bytes + [1], Self.bytes.dropLast() + [99]] {
            let other = try TemporaryDirectory()
            try other.write(Self.name + ".part", part)
            try download(from: server, to: other)
            try expectWhole(other)
        }
        #expect(server.ranges == [nil, nil])
    }

    @Test("Servers that refuse leave the part for the next time", arguments: [403, 404, 500, 503])
    func keepsPart(_ status: Int) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.name + ".part", Self.bytes.prefix(5000))
        let server = try FileServer([
            Self.name: .sequence([.status(status), .ranged(Self.bytes)])
        ])
        defer { server.stop() }
        expectError(.downloadFailed, "HTTP status \(status)") {
            try download(from: server, to: directory)
        }
        try download(from: server, to: directory)
        try expectWhole(directory)
        #expect(server.ranges == ["bytes=5000-", "bytes=5000-"])
    }

    @Test("A server that lies about the length is not believed")
    func survivesLyingLength() throws {
        let long = try FileServer([Self.name: .lying(Self.bytes, length: 300_000)])
        let short = try FileServer([Self.name: .lying(Self.bytes, length: 100_000)])
        defer {
            long.stop()
            short.stop()
        }
        for server in [long, short] {
            let directory = try TemporaryDirectory()
            #expect(throws: DataError.self) { try download(from: server, to: directory) }
            #expect(!(directory.contents.contains(Self.name)))
        }
    }

    @Test("Redirections are followed, also with a part")
    func followsRedirects() throws {
        let target = try FileServer([Self.name: .ranged(Self.bytes)])
        let server = try FileServer([Self.name: .redirect(target.address + Self.name)])
        defer {
            target.stop()
            server.stop()
        }
        for count in [0, 5000] {
            let directory = try TemporaryDirectory()
            if count > 0 { try directory.write(Self.name + ".part", Self.bytes.prefix(count)) }
            try download(from: server, to: directory)
            try expectWhole(directory)
        }
        #expect(server.requests.count == 2)
    }

    @Test("Two downloads do not write one file")
    func locks() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/" + Self.name
        let first = try PartialFile(path: path)
        try Self.bytes.prefix(100).withUnsafeBytes { try first.write($0) }
        let server = try FileServer([Self.name: .ranged(Self.bytes)])
        defer { server.stop() }
        expectError(.unwritable, path, "another download") {
            try download(from: server, to: directory)
        }
        first.close()
        try download(from: server, to: directory)
        try expectWhole(directory)
        #expect(server.ranges == ["bytes=100-"])
    }

    @Test("A file system without locks is no obstacle", arguments: [ENOLCK, ENOSYS, ENOTSUP])
    func goesOnWithoutLocks(_ number: Int32) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/" + Self.name
        let file = try PartialFile(path: path, lock: { _ in number })
        try Self.bytes.withUnsafeBytes { try file.write($0) }
        try file.commit()
        try expectWhole(directory)
        expectError(.unwritable, path, "another download") {
            _ = try PartialFile(path: path, lock: { _ in EWOULDBLOCK })
        }
    }

    @Test("MD5 is checked where a set is published with it")
    func checksMD5() throws {
        let directory = try TemporaryDirectory()
        let server = try FileServer([Self.name: .ranged(Self.bytes)])
        defer { server.stop() }
        let wrong = FileDigest.md5(String(repeating: "0", count: 32))
        let file = RemoteFile(name: Self.name, byteCount: Self.bytes.count, digest: wrong)
        expectError(.checksumMismatch, "MD5", wrong.digits) {
            try download(from: server, to: directory, file: file)
        }
        try download(from: server, to: directory, file: Self.file(.md5("")))
        try expectWhole(directory)
        var empty = FileDigest.Computation(like: .md5(""))
        empty.update(Array("abc".utf8))
        #expect(empty.digest.digits == "900150983cd24fb0d6963f7d28e17f72")
    }
}
