// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("CIFAR files that are damaged or lie")
struct CIFARAttackTests {
    /// The files of an archive in a directory, some of them changed or removed.
    private func load(
        _ archive: String, _ split: Split = .test,
        _ change: (inout [String: [UInt8]]) -> Void
    ) throws -> LabelledImages {
        var files: [String: [UInt8]] = [:]
        for (name, bytes) in try DataFixture.archive(archive + ".tar.gz").files {
            files[String(name.split(separator: "/")[1])] = Array(bytes)
        }
        change(&files)
        let directory = try TemporaryDirectory()
        for (name, bytes) in files { try directory.write(name, bytes) }
        return try DataSource(directory.path).loadArrays(split)
    }

    @Test("A missing batch is named")
    func rejectsMissingBatch() {
        expectError(.notFound, "'data_batch_3.bin' is not there", "train images of cifar10") {
            try load("cifar-10-binary", .train) { $0["data_batch_3.bin"] = nil }
        }
        expectError(.notFound, "'data_batch_5' is not there") {
            try load("cifar-10-python", .train) { $0["data_batch_5"] = nil }
        }
    }

    @Test("A file with the names of the classes must be there and have them all")
    func rejectsBrokenNames() {
        expectError(.notFound, "'batches.meta.txt'") {
            try load("cifar-10-binary") { $0["batches.meta.txt"] = nil }
        }
        expectError(.malformed, "9 names of classes; expected 10") {
            try load("cifar-10-binary") {
                $0["batches.meta.txt"]?.removeFirst("airplane\n".utf8.count)
            }
        }
        expectError(.malformed, "class 1 is not a text") {
            try load("cifar-10-binary") { $0["batches.meta.txt"]?[9] = 0xFF }
        }
    }

    @Test("A file that is not a whole number of records is refused")
    func rejectsPartialRecord() {
        expectError(.truncated, at: 19 * 3073, "61459 bytes", "records of 3073") {
            try load("cifar-10-binary") { $0["test_batch.bin"]?.removeLast() }
        }
        expectError(.truncated, at: 0, "0 bytes") {
            try load("cifar-10-binary") { $0["test_batch.bin"] = [] }
        }
    }

    @Test("A label that names no class is refused, with its place")
    func rejectsLabelOutOfRange() {
        expectError(.malformed, at: 2 * 3073, "label of image 2 is 10; expected 0 to 9") {
            try load("cifar-10-binary") { $0["test_batch.bin"]?[2 * 3073] = 10 }
        }
        // The coarse label is the first byte, the class the second.
        expectError(.malformed, at: 3074 + 1, "label of image 1 is 100; expected 0 to 99") {
            try load("cifar-100-binary") { $0["test.bin"]?[3074 + 1] = 100 }
        }
    }

    @Test("A pickle that calls the shell is refused")
    func rejectsShell() {
        expectError(.unsupported, at: 0, "test_batch", "'os.system'") {
            try load("cifar-10-python") {
                $0["test_batch"] = Array("cos\nsystem\n(S'ls'\ntR.".utf8)
            }
        }
    }

    @Test(
        "A pickle without its parts is refused",
        arguments: [
            "(d.", "N.", "(dS'data'\nI1\ns.", "(dS'data'\n](K\u{01}es.",
        ])
    func rejectsPickleWithoutData(_ pickle: String) {
        expectError(.malformed, "no array 'data' of N x 3072 unsigned bytes") {
            try load("cifar-10-python") { $0["test_batch"] = Array(pickle.utf8) }
        }
    }

    @Test("Another number of labels than of images is refused")
    func rejectsLabelCount() {
        expectError(.inconsistent, "20 images, but 19 labels") {
            try load("cifar-10-python") { files in
                guard var bytes = files["test_batch"],
                    let place = bytes.indices.first(where: {
                        bytes[$0...].starts(with: "labels".utf8)
                    })
                else { return }
                // "labels", its memo entry, the empty list, its memo entry and the mark come before
                // the first label.
                bytes.removeSubrange(place + 12..<place + 14)
                files["test_batch"] = bytes
            }
        }
    }

    @Test("Two data sets in one directory are not guessed between")
    func rejectsAmbiguity() throws {
        let directory = try TemporaryDirectory()
        for archive in ["cifar-10-binary", "cifar-100-python"] {
            for (name, bytes) in try DataFixture.archive(archive + ".tar.gz").files {
                try directory.write(name, bytes)
            }
        }
        expectError(.inconsistent, "cifar10, cifar100", "give the path of one") {
            try DataSource(directory.path).loadArrays(.test)
        }
    }

    @Test("A truncated archive says so")
    func rejectsTruncatedArchive() throws {
        let directory = try TemporaryDirectory()
        let whole = try DataFixture.bytes("cifar-10-binary.tar.gz").bytes
        let path = try directory.write("cifar-10-binary.tar.gz", whole.prefix(2000))
        expectError(.truncated, at: 2000, "cifar-10-binary.tar.gz", "cut off") {
            try DataSource(path).loadArrays(.test)
        }
    }
}
