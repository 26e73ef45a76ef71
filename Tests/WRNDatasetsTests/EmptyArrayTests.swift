// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

/// All empty arrays share one storage: `Scripts/sanitize thread` reports whoever writes to it.
@Suite("Arrays without elements")
struct EmptyArrayTests {
    @Test("no elements of a file are an empty array, read by many threads at once")
    func readsNothing() throws {
        let directory = try TemporaryDirectory()
        let onDisk = try OpenFile(directory.write("file", [1, 2, 3]))
        let inMemory = OpenFile(NamedBytes(name: "file", [1, 2, 3]))
        DispatchQueue.concurrentPerform(iterations: 20_000) { _ in
            for file in [onDisk, inMemory] {
                for offset in 0...3 {
                    let bytes = try? file.bytes(at: offset, 0, "nothing")
                    if bytes != [] { Issue.record("\(bytes ?? [9])") }
                }
                let floats = try? file.elements(of: Float.self, in: 0..<3)
                if floats != [] { Issue.record("less than one element") }
            }
        }
    }

    @Test("a matrix without elements in Fortran's order")
    func ordersNothing() {
        for shape in [[0, 3072], [3, 0]] {
            let array = PickleArray(shape: shape, bytes: [], isColumnMajor: true)
            #expect(array.rowMajorBytes.isEmpty)
        }
    }
}
