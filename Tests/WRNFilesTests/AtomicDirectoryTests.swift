// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

private typealias AtomicDirectory = WRNFiles.AtomicDirectory<FileError>
private typealias AtomicFile = WRNFiles.AtomicFile<FileError>

@Suite("Directories that appear whole")
struct AtomicDirectoryTests {
    /// Writes a directory with a marker and one more file.
    private func write(_ text: String, to path: String) throws {
        try AtomicDirectory.write(to: path, replacingThoseWith: "marker") { new in
            try AtomicDirectory.makeDirectory(new + "/inner")
            try AtomicFile.write(text, to: new + "/inner/file")
            try AtomicFile.write("", to: new + "/marker")
        }
    }

    @Test("a directory is created and replaced, and nothing of the old one is left")
    func replaces() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/package"
            try write("old", to: path)
            try AtomicFile.write("x", to: path + "/of-the-old-one")
            // A slash at the end, as shells complete it, names the same directory.
            try write("new", to: path + "/")
            #expect(try contents(of: path + "/inner/file") == Array("new".utf8))
            #expect(try names(in: path) == ["inner", "marker"])
            #expect(try names(in: directory) == ["package"])
        }
    }

    @Test("an empty directory is taken")
    func takesEmpty() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/package"
            try AtomicDirectory.makeDirectory(path)
            try write("new", to: path)
            #expect(try names(in: directory) == ["package"])
            #expect(try names(in: path) == ["inner", "marker"])
        }
    }

    @Test("nobody sees the new directory before it is whole")
    func appearsAtOnce() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/package"
            try AtomicDirectory.write(to: path, replacingThoseWith: "marker") { new in
                #expect(!FileManager.default.fileExists(atPath: path))
                let others = try names(in: directory)
                #expect(others.count == 1 && others[0].hasPrefix(AtomicFile.temporaryPrefix))
                #expect(new == directory + "/" + others[0])
            }
            #expect(try names(in: directory) == ["package"])
        }
    }

    @Test("a failure in the middle leaves the old directory and no other")
    func keepsOldOnFailure() throws {
        try withTemporaryDirectory { directory in
            struct Failure: Error {}
            let path = directory + "/package"
            try write("old", to: path)
            #expect(throws: Failure.self) {
                try AtomicDirectory.write(to: path, replacingThoseWith: "marker") { new in
                    try AtomicFile.write("new", to: new + "/marker")
                    throw Failure()
                }
            }
            #expect(try contents(of: path + "/inner/file") == Array("old".utf8))
            #expect(try names(in: directory) == ["package"])
        }
    }

    @Test("what is no such directory is not replaced")
    func refusesOthers() throws {
        try withTemporaryDirectory { directory in
            func refusal(_ path: String) -> String? {
                #expect(throws: FileError.self) { try write("x", to: path) }?.message
            }
            let photographs = directory + "/photographs"
            try AtomicDirectory.makeDirectory(photographs)
            try AtomicFile.write("x", to: photographs + "/cat.jpg")
            #expect(throws: FileError.self) {
                try AtomicDirectory.check(photographs, replacingThoseWith: "marker")
            }
            try AtomicDirectory.check(directory + "/new", replacingThoseWith: "marker")
            #expect(try names(in: directory) == ["photographs"])
            #expect(
                refusal(photographs)
                    == "\(photographs): expected a package to replace or nothing, found a "
                    + "directory without marker; choose another path")
            #expect(try names(in: photographs) == ["cat.jpg"])
            let file = photographs + "/cat.jpg"
            #expect(
                refusal(file)
                    == "\(file): expected a package to replace or nothing, found a file; remove it "
                    + "or choose another path")
            #expect(
                refusal(directory + "/none/package")?
                    .hasSuffix("no such file or directory; create its directory first") == true)
            for path in ["", "/", directory + "/..", directory + "/a\0b"] {
                #expect(refusal(path)?.contains("expected the path of a new directory") == true)
            }
            #expect(try names(in: directory) == ["photographs"])
        }
    }
}
