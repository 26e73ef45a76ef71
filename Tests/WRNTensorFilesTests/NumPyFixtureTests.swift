// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Files of NumPy")
struct NumPyFixtureTests {
    @Test("archives of arrays are read, compressed or not", arguments: ["stored", "packed"])
    func readsArchives(name: String) throws {
        let archive = try TensorFile.read(contentsOf: fixture("numpy/\(name).npz"))
        #expect(archive.format == .npz)
        #expect(
            archive.entries.map(\.name) == ["a.weight", "b", "c", "column_major", "half", "big"])
        #expect(
            try archive.tensor(named: "a.weight")
                == Tensor(shape: [2, 3], elements: (0..<6).map { Float($0) / 4 }))
        #expect(try archive.integers(named: "b") == [0, 1, 2])
        #expect(try archive.tensor(named: "c") == Tensor(shape: [], elements: [2.5]))
        #expect(
            try archive.tensor(named: "column_major")
                == Tensor(shape: [2, 3, 4], elements: (0..<24).map { Float($0) }))
        for name in ["half", "big"] {
            #expect(try archive.tensor(named: name).elements == [0, 1, 2, 3])
        }
    }

    @Test("a single array is read, and one of objects is refused")
    func readsOneArray() throws {
        let archive = try TensorFile.read(contentsOf: fixture("numpy/one.npy"))
        #expect(
            try archive.tensor(named: "tensor")
                == Tensor(shape: [2, 3], elements: (0..<6).map { Float($0) }))
        let error = #expect(throws: CheckpointError.self) {
            try TensorFile.read(contentsOf: fixture("numpy/objects.npy"))
        }
        #expect(error?.code == .unsupportedContent)
        #expect(error?.message.contains(#""|O""#) == true)
    }

    @Test(
        "a header that is no plain dictionary of three fields is refused",
        arguments: [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os'),)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} + 1",
            "{'descr': '<f4', 'descr': '<f8', 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", "", "{",
        ])
    func refusesHeaders(text: String) throws {
        let length = UInt8(text.utf8.count)
        let bytes =
            [0x93] + Array("NUMPY".utf8) + [1, 0, length, 0] + Array(text.utf8) + [0, 0, 0, 0]
        let error = #expect(throws: CheckpointError.self) {
            try TensorFile.read(bytes, named: "made.npy")
        }
        #expect(error?.code == .malformedContent, "\(error?.message ?? "")")
    }

    @Test("a shape that needs other bytes than there are is refused")
    func refusesOtherSizes() throws {
        let bytes = try contents(of: fixture("numpy/one.npy"))
        for changed in [bytes + [0], bytes.dropLast()] {
            let error = #expect(throws: CheckpointError.self) {
                try TensorFile.read(Array(changed), named: "made.npy")
            }
            #expect(error?.code == .contradiction)
        }
    }
}
