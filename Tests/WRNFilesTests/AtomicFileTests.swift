// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

private typealias AtomicFile = WRNFiles.AtomicFile<FileError>

@Suite("Atomic writing")
struct AtomicFileTests {
    @Test("a file is created and replaced, and nothing else is left")
    func replaces() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/state.json"
            for text in ["first, and longer", "second", ""] {
                try AtomicFile.write(text, to: path)
                #expect(try contents(of: path) == Array(text.utf8))
            }
            #expect(try names(in: directory) == ["state.json"])
        }
    }

    @Test("a failure in the middle leaves the old file and no other")
    func keepsOldFileOnFailure() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/state.json"
            try AtomicFile.write("old", to: path)
            let failure = FileError(
                FileFault(
                    code: .diskFull, file: path, byteOffset: nil, sentence: "no space; free some"))
            let error = #expect(throws: FileError.self) {
                try AtomicFile.write(to: path) { (file) throws(FileError) in
                    try file.write([1, 2, 3])
                    throw failure
                }
            }
            #expect(error == failure)
            #expect(try contents(of: path) == Array("old".utf8))
            #expect(try names(in: directory) == ["state.json"])
        }
    }

    @Test("a new file takes a free name only, and leaves nothing else")
    func createsWithoutReplacing() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.bin"
            #expect(try AtomicFile.create([1, 2, 3], at: path))
            #expect(try !AtomicFile.create([4], at: path))
            #expect(try contents(of: path) == [1, 2, 3])
            // A link that leads nowhere is a name, too.
            let link = directory + "/b.bin"
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: "nowhere")
            #expect(try !AtomicFile.create([4], at: link))
            #expect(try names(in: directory) == ["a.bin", "b.bin"])
            #expect(throws: FileError.self) {
                try AtomicFile.create([4], at: directory + "/none/a.bin")
            }
        }
    }

    @Test("nobody sees the new file before it is whole")
    func appearsAtOnce() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/state.json"
            try AtomicFile.write(to: path) { (file) throws(FileError) in
                try file.write([1, 2, 3])
                #expect(!FileManager.default.fileExists(atPath: path))
                let others = (try? names(in: directory)) ?? []
                #expect(others.count == 1 && others[0].hasPrefix(AtomicFile.temporaryPrefix))
            }
            #expect(try contents(of: path) == [1, 2, 3])
        }
    }

    /// The sentence with which a path is refused.
    private func refusal(_ path: String) -> String? {
        #expect(throws: FileError.self) { try AtomicFile.write("x", to: path) }?.message
    }

    @Test("a path that cannot be written is said in one sentence")
    func rejectsUnwritable() throws {
        try withTemporaryDirectory { directory in
            #expect(
                refusal(directory + "/none/x")
                    == "\(directory)/none/x: cannot create a file in \(directory)/none: "
                    + "no such file or directory; create its directory first")
            #expect(
                refusal(directory)
                    == "\(directory): expected a file to replace, found a directory; name a file in it"
            )
            try AtomicFile.write("x", to: directory + "/file")
            #expect(
                refusal(directory + "/file/x")?.contains("not a directory; name another path")
                    == true)
            for path in ["", directory + "/", directory + "/..", directory + "/a\0b"] {
                #expect(refusal(path)?.contains("expected the path of a file") == true)
            }
            #expect(
                refusal(directory + "/" + String(repeating: "n", count: 300))?
                    .contains("file name too long; name another path") == true)
            #expect(try names(in: directory) == ["file"])
        }
    }

    @Test("a pipe or a device is never replaced, also behind a link or when it comes late")
    func keepsSpecialFiles() throws {
        try withTemporaryDirectory { directory in
            let pipe = directory + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            for (link, target) in [("device", "/dev/null"), ("piped", "pipe")] {
                try FileManager.default.createSymbolicLink(
                    atPath: directory + "/" + link, withDestinationPath: target)
            }
            #expect(
                refusal(pipe)
                    == "\(pipe): expected a file to replace, found a pipe; name a file or a path "
                    + "where nothing is")
            #expect(refusal(directory + "/piped")?.contains("found a pipe; ") == true)
            #expect(refusal(directory + "/device")?.contains("found a device; ") == true)
            let late = directory + "/late"
            let error = #expect(throws: FileError.self) {
                try AtomicFile.write(to: late) { (file) throws(FileError) in
                    try file.write([1])
                    #expect(mkfifo(late, 0o600) == 0)
                }
            }
            #expect(error?.code == .cannotWrite && error?.message.contains("a pipe; ") == true)
            #expect(try names(in: directory) == ["device", "late", "pipe", "piped"])
            // A link to an ordinary file is replaced, as ever.
            let link = directory + "/link"
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: "target")
            try AtomicFile.write("old", to: directory + "/target")
            try AtomicFile.write("new", to: link)
            #expect(try contents(of: link) == Array("new".utf8))
        }
    }

    @Test(
        "a directory without permission is refused",
        .enabled(if: geteuid() != 0, "root may write anywhere"))
    func rejectsReadOnlyDirectory() throws {
        try withTemporaryDirectory { directory in
            #expect(chmod(directory, 0o500) == 0)
            let error = #expect(throws: FileError.self) {
                try AtomicFile.write("x", to: directory + "/x")
            }
            #expect(error?.code == .cannotWrite)
            #expect(error?.message.hasSuffix("choose a directory that you may write to") == true)
            #expect(chmod(directory, 0o700) == 0)
        }
    }

    @Test("many threads that write one file leave one whole version")
    func survivesConcurrentWriters() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/state"
            DispatchQueue.concurrentPerform(iterations: 8) { writer in
                let bytes = [UInt8](repeating: UInt8(writer), count: 10_000)
                for _ in 0..<4 { try? AtomicFile.write(bytes, to: path) }
            }
            let bytes = try contents(of: path)
            #expect(bytes.count == 10_000 && Set(bytes).count == 1)
            #expect(try names(in: directory) == ["state"])
        }
    }

    @Test("what a killed process left is removed; files being written and files of others stay")
    func removesAbandonedFiles() throws {
        try withTemporaryDirectory { directory in
            let manager = FileManager.default
            for name in [".wrn-1f.tmp", ".wrn-abc.tmp", ".wrn-notes", "model.tmp", "model"] {
                #expect(manager.createFile(atPath: directory + "/" + name, contents: Data([1])))
            }
            try manager.createSymbolicLink(
                atPath: directory + "/.wrn-link.tmp", withDestinationPath: directory + "/model")
            try AtomicFile.write(to: directory + "/new") { (file) throws(FileError) in
                try file.write([1])
                #expect(AtomicFile.removeAbandonedFiles(in: directory) == 2)
            }
            #expect(
                try names(in: directory)
                    == [".wrn-link.tmp", ".wrn-notes", "model", "model.tmp", "new"])
            #expect(AtomicFile.removeAbandonedFiles(in: directory + "/none") == 0)
        }
    }
}
