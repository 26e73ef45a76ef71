// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Files of features")
struct FeatureWriterTests {
    /// Three images' features, under names that need quoting.
    private struct Written {
        static let names = ["a,b \"c\".png", "사진/1.png", "line\nbreak\\.png"]
        let extractor: FeatureExtractor
        let features: [FeatureExtractor.Features]

        init(_ layers: [String], _ pooling: FeatureExtractor.Pooling) throws {
            let model = try TinyModel.model()
            extractor = try FeatureExtractor(
                description: model.description, tensors: model.tensors, layers: layers,
                pooling: pooling, batch: 2, device: .cpu(threads: 1))
            features = try extractor.features(of: TinyModel.images(3), indices: [0, 1, 2])
        }

        func write(to path: String) throws {
            let writer = try FeatureWriter(to: path, of: extractor)
            for (features, name) in zip(features, Self.names) {
                try writer.append(features, file: name)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(writer.count == 3)
            try writer.finish()
        }
    }

    @Test(
        "safetensors have a tensor for each layer, and the files' names",
        arguments: [
            FeatureExtractor.Pooling.average, .none,
        ])
    func safetensors(_ pooling: FeatureExtractor.Pooling) throws {
        try withTemporaryDirectory { directory in
            let written = try Written(["group1", "pool"], pooling)
            let path = directory + "/features.safetensors"
            try written.write(to: path)
            let archive = try TensorFile.read(contentsOf: path)
            #expect(archive.entries.map(\.name) == ["group1", "pool"])
            for (place, layer) in written.extractor.layers.enumerated() {
                let tensor = try archive.tensor(named: layer.name)
                #expect(tensor.shape == TensorShape([3] + layer.shape.extents))
                #expect(tensor.elements == written.features.flatMap { $0[place].elements })
            }
            #expect(archive.metadata["architecture"] == "wrn-10-1")
            #expect(archive.metadata["pooling"] == pooling.rawValue)
            let files = try #require(archive.metadata["files"])
            #expect(
                try JSONDecoder().decode([String].self, from: Data(files.utf8)) == Written.names)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 1)
        }
    }

    @Test("an array has a row for each image, vectors side by side")
    func array() throws {
        try withTemporaryDirectory { directory in
            let side = try Written(["group0", "fc", "pool"], .average)
            try side.write(to: directory + "/side.npy")
            let rows = try #require(try arrays(directory + "/side.npy"))
            #expect(rows.shape == [3, 16 + 4 + 64])
            #expect(rows.elements == side.features.flatMap { $0.flatMap(\.elements) })

            let wide = try Written(["group1"], .none)
            try wide.write(to: directory + "/wide.npy")
            let maps = try #require(try arrays(directory + "/wide.npy"))
            #expect(maps.shape == [3, 32, 4, 4])
            #expect(maps.elements == wide.features.flatMap { $0[0].elements })

            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/wide.npy"))
            #expect(bytes.count == 128 + 3 * 32 * 16 * 4)
            #expect(
                String(decoding: bytes[10..<128], as: UTF8.self).hasPrefix(
                    "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 32, 4, 4), } "))
            #expect(bytes[127] == UInt8(ascii: "\n"))
        }
    }

    private func arrays(_ path: String) throws -> Tensor? {
        let archive = try TensorFile.read(contentsOf: path)
        return try archive.entries.first.map { try archive.tensor(named: $0.name) }
    }

    @Test("text has a line for each image, whose numbers read back as they were")
    func text() throws {
        try withTemporaryDirectory { directory in
            let written = try Written(["fc", "group2"], .none)
            let path = directory + "/features.csv"
            try written.write(to: path)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let columns = text.prefix { $0 != "\n" }.split(separator: ",")
            #expect(columns.count == 1 + 4 + 64 * 4)
            #expect(
                columns[..<6] == ["file", "fc[0]", "fc[1]", "fc[2]", "fc[3]", "group2[0][0][0]"])
            #expect(columns.last == "group2[63][1][1]")
            #expect(text.hasSuffix("\n"))
            let starts = ["\n\"a,b \"\"c\"\".png\",", "\n사진/1.png,", "\nline\\u{a}break\\.png,"]
            for (start, features) in zip(starts, written.features) {
                let place = try #require(text.range(of: start))
                let numbers = text[place.upperBound...].prefix { $0 != "\n" }
                    .split(separator: ",").map { Float($0) }
                #expect(numbers == features.flatMap(\.elements))
            }
        }
    }

    @Test("what a format cannot hold is refused before anything is computed")
    func refusals() throws {
        try withTemporaryDirectory { directory in
            let wide = try Written(["group1", "fc"], .none)
            func message(_ name: String) -> String {
                do {
                    _ = try FeatureWriter(to: directory + "/" + name, of: wide.extractor)
                    return "no error"
                } catch {
                    return error.message
                }
            }
            #expect(
                message("f.npy")
                    == "\(directory)/f.npy: expected one layer, or vectors that can stand side by side, found "
                    + "2 layers, of which group1 has the shape [32, 4, 4]; average over positions, name "
                    + "one layer, or write a .safetensors file")
            #expect(
                message("f.txt")
                    == "\(directory)/f.txt: expected a name that ends in .safetensors, .npy or .csv, found "
                    + "another; name the file by the format that you want")
            #expect(message("nowhere/f.csv").hasPrefix("\(directory)/nowhere/f.csv: cannot create"))
        }
    }

    @Test("a writer that is given up leaves nothing, and the old file as it was")
    func abandoned() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/features.csv"
            try Data("old".utf8).write(to: URL(fileURLWithPath: path))
            let written = try Written(["pool"], .average)
            do {
                let writer = try FeatureWriter(to: path, of: written.extractor)
                try writer.append(written.features[0], file: "a.png")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: directory)
                        == ["features.csv"])
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        }
    }

    @Test("megabytes go through the disk unchanged")
    func large() throws {
        try withTemporaryDirectory { directory in
            let written = try Written(["conv0"], .none)
            let path = directory + "/features.npy"
            let writer = try FeatureWriter(to: path, of: written.extractor)
            for index in 0..<900 { try writer.append(written.features[index % 3], file: "") }
            try writer.finish()
            let maps = try #require(try arrays(path))
            #expect(maps.shape == [900, 16, 8, 8])
            for index in 0..<900 {
                #expect(
                    maps.elements[index * 1024..<(index + 1) * 1024].elementsEqual(
                        written.features[index % 3][0].elements))
            }
        }
    }
}
