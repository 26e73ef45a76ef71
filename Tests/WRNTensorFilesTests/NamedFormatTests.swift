// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensorFiles

/// Files that are no weights that are read here are called what they are, with the way out.
@Suite("Named formats of weights")
struct NamedFormatTests {
    private static let cases: [(String, [UInt8], String)] = [
        ("an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "numpy.savez"),
        ("a gzip file", [0x1F, 0x8B, 8, 0], "gunzip"),
        ("a bzip2 file", Array("BZh91AY&SY".utf8), "bunzip2"),
        ("an xz file", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "unxz"),
        ("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z x"),
        (
            "a git-LFS pointer",
            Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8),
            "git lfs pull"
        ),
        ("an HTML page", Array("\n<!DOCTYPE html><html></html>".utf8), "get the weights again"),
        ("a GGUF file", Array("GGUF".utf8) + [3, 0, 0, 0], "language models"),
        (
            "an ONNX model", [0x08, 0x08, 0x12, 0x07] + Array("pytorch".utf8) + [0x1A, 5, 0x32],
            "own framework"
        ),
        (
            "a TensorFlow Lite model", [0x1C, 0, 0, 0] + Array("TFL3".utf8) + [0, 0, 0, 0],
            "own framework"
        ),
        (
            "a SavedModel of TensorFlow", [0x08, 0x01, 0x12, 0x9E, 0x20, 0x0A, 0x41, 0x12, 0, 0],
            "own framework"
        ),
        (
            "the index of a TensorFlow checkpoint", [0, 0, 6, 8, 1, 0x1A, 2, 8, 1, 0],
            "own framework"
        ),
        ("a file of Torch7 (Lua)", [4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0], "torchfile"),
        ("a Python pickle", [0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0], "runs code"),
        ("a JPEG image", [0xFF, 0xD8, 0xFF, 0xE0], "name a file of weights"),
    ]

    @Test("whatever the file is called", arguments: ["weights.pth", "weights.h5", "weights"])
    func names(file: String) {
        for (name, bytes, advice) in Self.cases {
            let error = #expect(throws: CheckpointError.self) {
                try TensorFile.read(bytes, named: file)
            }
            #expect(error?.code == .unknownFormat, "\(name)")
            #expect(error?.message.contains("found \(name)") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
        }
    }

    @Test("bytes of no known format, and no bytes, are said to be that")
    func unknown() {
        let cases: [([UInt8], String)] = [
            ([], "found no bytes"), ([9, 8, 7, 6], "begin like none of them"),
        ]
        for (bytes, words) in cases {
            let error = #expect(throws: CheckpointError.self) {
                try TensorFile.read(bytes, named: "weights.pth")
            }
            #expect(error?.message.contains(words) == true)
        }
    }
}
