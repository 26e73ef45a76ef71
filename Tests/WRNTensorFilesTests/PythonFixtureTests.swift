// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Files of Python's safetensors")
struct PythonFixtureTests {
    private let weights = fixture("python-safetensors/weights.safetensors")
    private let types = fixture("python-safetensors/types.safetensors")

    @Test("its weights are read")
    func readsWeights() throws {
        let archive = try Safetensors.read(contentsOf: weights)
        #expect(archive.metadata == ["format": "pt"])
        #expect(
            archive.entries.map(\.name) == [
                "bn.num_batches_tracked", "conv0.weight", "empty", "fc.bias", "größe \"q\"\n\u{1}",
            ])
        #expect(
            try archive.tensor(named: "conv0.weight")
                == Tensor(shape: [2, 1, 1, 2], elements: [1, -2, 0x1p-149, 0.1]))
        #expect(try archive.tensor(named: "größe \"q\"\n\u{1}") == Tensor(shape: [], elements: [7]))
        #expect(try archive.integers(named: "bn.num_batches_tracked") == [-9_007_199_254_740_993])
    }

    @Test("our writer writes the same bytes for the same tensors, in any order")
    func writesTheSameBytes() throws {
        let archive = try Safetensors.read(contentsOf: weights)
        let tensors = try archive.entries.reversed().map { entry in
            entry.elementType == .int64
                ? NamedTensor(
                    name: entry.name, shape: entry.shape,
                    integers: try archive.integers(named: entry.name))
                : NamedTensor(name: entry.name, tensor: try archive.tensor(named: entry.name))
        }
        let bytes = try Safetensors.bytes(
            of: Safetensors.sorted(tensors), metadata: archive.metadata, named: "ours")
        #expect(bytes == (try contents(of: weights)))
    }

    @Test("every integer type is read, extremes included")
    func readsIntegers() throws {
        let archive = try Safetensors.read(contentsOf: types)
        let expected: [String: [Int64]] = [
            "bool": [0, 1], "u8": [0, 255], "i8": [-128, 127], "i16": [-32768, 32767],
            "u16": [0, 65535], "i32": [.init(Int32.min), .init(Int32.max)],
            "u32": [0, 4_294_967_295], "i64": [.min, .max],
        ]
        for (name, integers) in expected {
            #expect(try archive.integers(named: name) == integers)
            let tensor = try archive.tensor(named: name, convertingIntegers: true)
            #expect(tensor.elements == integers.map { Float($0) })
        }
        #expect(
            try archive.tensor(named: "u64", convertingIntegers: true).elements
                == [1, 0x1p64])
    }

    @Test("every floating-point type is read as float32")
    func readsFloats() throws {
        let archive = try Safetensors.read(contentsOf: types)
        #expect(try archive.tensor(named: "f16").elements == [1.5, -65504, 0x1p-24])
        #expect(try archive.tensor(named: "bf16").elements == [1.5, -.infinity])
        #expect(try archive.tensor(named: "f64").elements == [0.1, -.infinity, 1])
        let single = try archive.tensor(named: "f32").elements
        #expect(single.map(\.bitPattern) == [Float(1.5).bitPattern, Float(-0.0).bitPattern])
    }

    @Test("integers are not mistaken for weights, nor weights for integers")
    func refusesOtherKinds() throws {
        let archive = try Safetensors.read(contentsOf: types)
        let asTensor = #expect(throws: CheckpointError.self) { try archive.tensor(named: "i32") }
        #expect(asTensor?.code == .unexpectedElementType)
        #expect(
            asTensor?.message.contains(#"tensor "i32": expected F32, F16, BF16 or F64, found I32"#)
                == true)
        for name in ["f16", "bf16", "f32", "f64", "u64"] {
            let error = #expect(throws: CheckpointError.self) { try archive.integers(named: name) }
            #expect(error?.code == .unexpectedElementType)
        }
        let absent = #expect(throws: CheckpointError.self) { try archive.tensor(named: "absent") }
        #expect(absent?.code == .tensorNotFound)
    }

    #if !(os(macOS) && arch(x86_64))
        @Test("every half-precision number is converted as the standard library converts it")
        func convertsHalfPrecision() throws {
            var file = HandmadeFile(
                "{\(entry("h", shape: "[65536]", offsets: "[0,131072]", type: "F16"))}")
            file.data = (0..<65_536).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            let floats = try file.read().tensor(named: "h").elements
            for bits in 0..<65_536 {
                let expected = Float(Float16(bitPattern: UInt16(bits)))
                let isSame =
                    expected.isNaN
                    ? floats[bits].isNaN : floats[bits].bitPattern == expected.bitPattern
                #expect(isSame, "bits \(bits)")
            }
        }
    #endif
}
