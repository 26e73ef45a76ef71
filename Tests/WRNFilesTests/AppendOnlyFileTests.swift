// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

@Suite("Files that are only added to")
struct AppendOnlyFileTests {
    @Test("bytes come behind those that are there, and the file is made where it is missing")
    func appends() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/log"
            for text in ["first\n", "", "second\n"] {
                try AppendOnlyFile<FileError>.append(Array(text.utf8), to: path)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "first\nsecond\n")
        }
    }

    @Test("a directory that is missing, a directory in the file's place and a full disk are named")
    func refusals() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/log"
            let missing = #expect(throws: FileError.self) {
                try AppendOnlyFile<FileError>.append([1], to: path + "/none")
            }
            #expect(missing?.code == .cannotWrite)
            #expect(
                missing?.message
                    == "\(path)/none: cannot write to the file: no such file or directory; "
                    + "create its directory first")
            let occupied = #expect(throws: FileError.self) {
                try AppendOnlyFile<FileError>.append([1], to: directory)
            }
            #expect(occupied?.message.contains("is a directory; name another path") == true)
            #if os(Linux)
                let full = #expect(throws: FileError.self) {
                    try AppendOnlyFile<FileError>.append([1], to: "/dev/full")
                }
                #expect(full?.code == .diskFull)
            #endif
        }
    }
}
