// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Files and the system")
struct FileTests {
    @Test("what cannot be opened is said in one sentence")
    func rejectsUnopenable() throws {
        try withTemporaryDirectory { directory in
            let absent = #expect(throws: CheckpointError.self) {
                try Safetensors.read(contentsOf: directory + "/absent")
            }
            #expect(absent?.code == .cannotOpen)
            #expect(
                absent?.message
                    == "\(directory)/absent: cannot open the file: no such file or directory; check the path"
            )
            let folder = #expect(throws: CheckpointError.self) {
                try Safetensors.read(contentsOf: directory)
            }
            #expect(
                folder?.message
                    == "\(directory): expected a file, found a directory; name the file itself")
        }
    }

    @Test("a named pipe is refused and not waited for")
    func rejectsPipe() throws {
        try withTemporaryDirectory { directory in
            #expect(mkfifo(directory + "/pipe", 0o600) == 0)
            let error = #expect(throws: CheckpointError.self) {
                try Safetensors.read(contentsOf: directory + "/pipe")
            }
            #expect(error?.message.contains("found a device or pipe") == true)
        }
    }

    @Test("a file that shrinks after it was opened is an error, not a crash")
    func reportsShrunkenFile() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.safetensors"
            try Safetensors.write(
                [NamedTensor(name: "a", tensor: Tensor(shape: [8], repeating: 1))], to: path)
            let archive = try Safetensors.read(contentsOf: path)
            #expect(truncate(path, 70) == 0)
            let error = #expect(throws: CheckpointError.self) { try archive.tensor(named: "a") }
            #expect(error?.code == .cannotRead)
        }
    }

    @Test("an open archive keeps its file when another takes its place")
    func survivesReplacement() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/a.safetensors"
            for value: Float in [1, 2] {
                let archive = try? Safetensors.read(contentsOf: path)
                try Safetensors.write(
                    [NamedTensor(name: "a", tensor: Tensor(shape: [2], repeating: value))], to: path
                )
                #expect(try archive?.tensor(named: "a").elements ?? [1, 1] == [1, 1])
            }
            #expect(try Safetensors.read(contentsOf: path).tensor(named: "a").elements == [2, 2])
            #expect(try names(in: directory) == ["a.safetensors"])
        }
    }
}
