// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Writing for PyTorch")
struct PyTorchWriterTests {
    private let tensor = Tensor(
        shape: [2, 3], elements: [1, -2.5, 0x1p-149, 65504, 0.1, -0.0])

    @Test("what is written is read again, in every type of floating-point numbers")
    func roundTrip() throws {
        try withTemporaryDirectory { directory in
            for type in [ElementType.float32, .float16, .bfloat16, .float64] {
                let tensors = [
                    NamedTensor(name: "größe.weight", tensor: tensor, as: type),
                    NamedTensor(name: "count", shape: [], integers: [-(1 << 40)]),
                    NamedTensor(
                        name: "empty", tensor: Tensor(shape: [0, 3], elements: []), as: type),
                ]
                for ending in TensorFile.writableEndings {
                    let path = directory + "/a" + ending
                    try TensorFile.write(tensors, metadata: ["format": "pt"], to: path)
                    let archive = try TensorFile.read(contentsOf: path)
                    #expect(archive.format == (ending == ".safetensors" ? .safetensors : .pytorch))
                    let read = try archive.tensor(named: "größe.weight")
                    #expect(archive["größe.weight"]?.elementType == type)
                    if type == .float32 || type == .float64 { #expect(read == tensor) }
                    #expect(read.shape == [2, 3] && read.elements[0...1] == [1, -2.5])
                    #expect(try archive.integers(named: "count") == [-(1 << 40)])
                    #expect(try archive.tensor(named: "empty").shape == [0, 3])
                }
            }
        }
    }

    @Test("the bytes depend on the tensors alone, and elements are aligned to 64 bytes")
    func isDeterministic() throws {
        try withTemporaryDirectory { directory in
            let tensors = ["a", "bb"].map { NamedTensor(name: $0, tensor: tensor) }
            for name in ["1.pth", "2.pth"] {
                try PyTorchWriter.write(tensors, to: directory + "/" + name)
            }
            #expect(
                try contents(of: directory + "/1.pth") == contents(of: directory + "/2.pth"))
            let archive = try TensorFile.read(contentsOf: directory + "/1.pth")
            #expect(archive.entries.allSatisfy { $0.byteRange.lowerBound % 64 == 0 })
        }
    }

    @Test("two tensors of one name and endings of other formats are refused")
    func refusesInvalid() throws {
        try withTemporaryDirectory { directory in
            let one = NamedTensor(name: "a", tensor: tensor)
            for (tensors, name) in [([one, one], "a.pth"), ([one], "a.onnx")]
                as [([NamedTensor], String)]
            {
                let error = #expect(throws: CheckpointError.self) {
                    try TensorFile.write(tensors, to: directory + "/" + name)
                }
                #expect(error?.code == .invalidContent)
            }
            let left = try names(in: directory)
            #expect(left.isEmpty)
        }
    }

    #if !(os(macOS) && arch(x86_64))
        @Test("half precision is rounded as the standard library rounds")
        func roundsHalfPrecision() throws {
            var elements: [Float] = []
            for bits in stride(from: UInt32(0), through: 0xFFFF_FFFF, by: 65_521) {
                elements.append(Float(bitPattern: UInt32(bits)))
            }
            for half in 0..<0x7C00 {
                // Each number, half way to the next, and just beside that.
                let (low, high) = (
                    Float(Float16(bitPattern: UInt16(half))),
                    Float(Float16(bitPattern: UInt16(half + 1)))
                )
                let middle = (low + high) / 2
                elements += [low, middle, middle.nextUp, middle.nextDown, -middle]
            }
            let file = try Safetensors.bytes(
                of: [
                    NamedTensor(
                        name: "h", tensor: Tensor(shape: [elements.count], elements: elements),
                        as: .float16)
                ], named: "half")
            let bytes = try Safetensors.read(file, named: "half").bytes(of: "h")
            for (index, element) in elements.enumerated() {
                let bits = UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
                let (found, expected) = (Float16(bitPattern: bits), Float16(element))
                let isSame =
                    expected.isNaN ? found.isNaN : found.bitPattern == expected.bitPattern
                guard isSame else {
                    Issue.record("\(element) became \(found) instead of \(expected)")
                    return
                }
            }
        }
    #endif

    @Test("bfloat16 is rounded to the nearest, ties to even")
    func roundsBFloat16() throws {
        let cases: [(UInt32, UInt16)] = [
            (0x3F80_0000, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82),
            (0x3F80_8001, 0x3F81), (0x3F80_7FFF, 0x3F80), (0x7F7F_FFFF, 0x7F80),
            (0x8000_0000, 0x8000), (0xFF80_0000, 0xFF80),
        ]
        let tensor = Tensor(
            shape: [cases.count], elements: cases.map { Float(bitPattern: $0.0) })
        let file = try Safetensors.bytes(
            of: [NamedTensor(name: "b", tensor: tensor, as: .bfloat16)], named: "b")
        let bytes = try Safetensors.read(file, named: "b").bytes(of: "b")
        #expect(bytes == cases.flatMap { [UInt8($0.1 & 0xFF), UInt8($0.1 >> 8)] })
    }
}
