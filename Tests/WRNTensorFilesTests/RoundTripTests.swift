// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("What is written is read back")
struct RoundTripTests {
    private let tensorNames = ["conv0.weight", "é", "e\\\"\n", "日本", "😀", "", "a/b", "\u{1}\u{7F}"]

    @Test(
        "random archives survive, bit for bit, through memory and through a file", arguments: 0..<8)
    func roundTrips(seed: Int) throws {
        let random = RandomStream(seed: UInt64(seed), purpose: .initialization)
        let tensors = tensorNames.enumerated().map { index, name in
            let extents = (0..<random.integer(at: index, below: 5)).map {
                random.integer(at: 100 + 10 * index + $0, below: 4)
            }
            let shape = TensorShape(extents)
            let words = (0..<shape.elementCount).map { random.words(at: 1000 * (index + 1) + $0) }
            // Any bits, infinities and NaNs included: a checkpoint does not judge numbers.
            return random.bool(at: 50 + index)
                ? NamedTensor(
                    name: name,
                    tensor: Tensor(shape: shape, elements: words.map { Float(bitPattern: $0.x) }))
                : NamedTensor(name: name, shape: shape, integers: words.map { Int64($0.y) << 31 })
        }
        let metadata = ["format": "pt", "": "empty", "text": "\"\\\0\u{1F}\n ü 😀"]
        let bytes = try Safetensors.bytes(of: tensors, metadata: metadata, named: "memory")
        try withTemporaryDirectory { directory in
            let path = directory + "/file.safetensors"
            try Safetensors.write(tensors, metadata: metadata, to: path)
            #expect(try contents(of: path) == bytes)
            for archive in [
                try Safetensors.read(bytes, named: "memory"),
                try Safetensors.read(contentsOf: path),
            ] {
                #expect(archive.metadata == metadata)
                #expect(Set(archive.entries.map(\.name)) == Set(tensorNames))
                for tensor in tensors {
                    #expect(archive[tensor.name]?.shape == tensor.shape)
                    #expect(archive[tensor.name]?.elementType == tensor.elementType)
                    let again = try Safetensors.bytes(of: [tensor], named: "one")
                    #expect(
                        again.suffix(try archive.bytes(of: tensor.name).count)
                            == (try archive.bytes(of: tensor.name))[...])
                }
            }
        }
    }

    @Test("the order is the given one, the header a multiple of eight bytes, the metadata sorted")
    func writesDeterministically() throws {
        let tensors = ["b", "a"].map {
            NamedTensor(name: $0, tensor: Tensor(shape: [1], elements: [1]))
        }
        let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "\($0)") })
        let bytes = try Safetensors.bytes(of: tensors, metadata: metadata, named: "memory")
        #expect(bytes[0] % 8 == 0)
        #expect(try Safetensors.read(bytes, named: "memory").entries.map(\.name) == ["b", "a"])
        let header = String(decoding: bytes[8...], as: UTF8.self)
        #expect(
            header.hasPrefix(#"{"__metadata__":{"key0":"0","key1":"1","key10":"10","key11":"11""#))
    }

    @Test("what no reader would accept is not written")
    func refusesInvalidContent() throws {
        let one = Tensor(shape: [1], elements: [1])
        let deep = Tensor(shape: TensorShape(Array(repeating: 1, count: 17)), elements: [1])
        for tensors in [
            [NamedTensor(name: "a", tensor: one), NamedTensor(name: "a", tensor: one)],
            [NamedTensor(name: "__metadata__", tensor: one)],
            [NamedTensor(name: "a", tensor: deep)],
        ] {
            try withTemporaryDirectory { (directory) throws in
                let error = #expect(throws: CheckpointError.self) {
                    try Safetensors.write(tensors, to: directory + "/x.safetensors")
                }
                #expect(error?.code == .invalidContent)
                #expect(try names(in: directory) == [])
            }
        }
    }
}
