// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// Weights in several files that an index joins.
@Suite("Sharded weights")
struct ShardTests {
    private static let files = [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
    ]

    /// Writes two tensors into two files, and an index.
    private func write(
        in directory: String, map: [String: String]? = nil, mark: Bool = false,
        name: String = "model.safetensors.index.json"
    ) throws -> String {
        for (number, file) in Self.files.enumerated() {
            let tensor = Tensor(shape: [2], repeating: Float(number + 1))
            try Safetensors.write(
                [NamedTensor(name: "t\(number)", tensor: tensor)], metadata: [:],
                to: "\(directory)/\(file)")
        }
        let map = map ?? ["t0": Self.files[0], "t1": Self.files[1]]
        let index = ["metadata": ["total_size": 16], "weight_map": map] as [String: Any]
        let json = try JSONSerialization.data(withJSONObject: index, options: .prettyPrinted)
        let path = "\(directory)/\(name)"
        try (Data(mark ? [0xEF, 0xBB, 0xBF] : []) + json).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func refusal(_ map: [String: String]) throws -> CheckpointError {
        try withTemporaryDirectory { directory in
            let index = try write(in: directory, map: map)
            return try #require(throws: CheckpointError.self) {
                try TensorFile.read(contentsOf: index)
            }
        }
    }

    @Test("are one archive, also behind a byte-order mark", arguments: [false, true])
    func joins(mark: Bool) throws {
        try withTemporaryDirectory { directory in
            let index = try write(in: directory, mark: mark)
            let archive = try TensorFile.read(contentsOf: index)
            #expect(archive.format == .shards && archive.file == index)
            #expect(archive.entries.map(\.name) == ["t0", "t1"])
            #expect(try archive.tensor(named: "t0").elements == [1, 1])
            #expect(try archive.tensor(named: "t1").elements == [2, 2])
        }
    }

    @Test("with a file that is not there are refused, and the file is named")
    func missingFile() throws {
        let error = try refusal(["t0": Self.files[0], "t1": "model-00003-of-00003.safetensors"])
        #expect(error.code == .cannotOpen)
        #expect(error.message.contains("\"model-00003-of-00003.safetensors\""))
        #expect(error.message.contains("file 2 of the 2") && error.message.contains("download it"))
    }

    @Test("with something else in a file's place are refused as that, and not called missing")
    func directoryForFile() throws {
        try withTemporaryDirectory { directory in
            let index = try write(in: directory)
            let shard = "\(directory)/\(Self.files[1])"
            try FileManager.default.removeItem(atPath: shard)
            try FileManager.default.createDirectory(
                atPath: shard, withIntermediateDirectories: false)
            let error = #expect(throws: CheckpointError.self) {
                try TensorFile.read(contentsOf: index)
            }
            #expect(
                error?.message
                    == "\(shard): expected a file, found a directory; name the file itself")
        }
    }

    @Test(
        "that lead out of their directory are refused",
        arguments: ["../model-00002-of-00002.safetensors", "/etc/passwd", "..", "", "a\\b", "a/b"])
    func traversal(name: String) throws {
        let error = try refusal(["t0": Self.files[0], "t1": name])
        #expect(error.code == .unsupportedContent, "\(error.message)")
        #expect(error.message.contains("nothing outside of its directory is read"))
    }

    @Test("whose index and files name other tensors are refused")
    func contradictions() throws {
        let swapped = try refusal(["t0": Self.files[1], "t1": Self.files[0]])
        #expect(swapped.code == .contradiction && swapped.message.contains("\"t0\""))
        let more = try refusal(["t0": Self.files[0], "t1": Self.files[1], "t2": Self.files[1]])
        #expect(more.code == .contradiction && more.message.contains("lacks the tensor \"t2\""))
        let fewer = try refusal(["t1": Self.files[1], "t9": Self.files[0]])
        #expect(fewer.code == .contradiction)
    }

    @Test("other JSON is said to be no weights, and an index in an index is not followed")
    func otherJSON() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/config.json"
            try Data(#"{"architectures": ["ResNet"]}"#.utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: CheckpointError.self) {
                try TensorFile.read(contentsOf: path)
            }
            #expect(error?.code == .unknownFormat && error?.message.contains("weight_map") == true)
            let index = try write(
                in: directory, map: ["t0": "model.safetensors.index.json"])
            #expect(throws: CheckpointError.self) { try TensorFile.read(contentsOf: index) }
        }
    }
}
