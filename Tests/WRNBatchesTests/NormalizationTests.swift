// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNBatches
@testable import WRNDatasets
@testable import WRNFetch

@Suite("Normalisation")
struct NormalizationTests {
    @Test("Each channel is measured over all pixels, with the biased deviation")
    func measures() throws {
        let images = try LabelledImages(
            name: "x", channels: 2, height: 1, width: 2, pixels: [0, 10, 255, 10, 0, 10, 255, 10],
            labels: [0, 0], classNames: ["a"])
        let measured = Normalization(measuring: images)
        #expect(measured.mean == [0.5, Float(10.0 / 255)])
        // The second channel never changes.
        #expect(measured.standardDeviation == [0.5, 1])
    }

    @Test("Known sets get their published numbers, others are measured")
    func suits() throws {
        let cifar = try DataSource(DataFixture.path("cifar-10-binary.tar.gz")).loadArrays(.train)
        #expect(Normalization.suited(to: cifar) == .cifar)
        let grey = try LabelledImages(
            name: "cifar10", channels: 1, height: 1, width: 2, pixels: [0, 255], labels: [0],
            classNames: ["a"])
        #expect(Normalization.suited(to: grey).mean == [0.5])
    }

    @Test("The table has PyTorch's values, bit by bit")
    func table() throws {
        let normalization = try Normalization(mean: [0.1307], standardDeviation: [0.3081])
        let table = normalization.table()
        #expect(table.count == 256)
        #expect(table[0] == -0.42421296)
        #expect(table[255] == (1 - 0.1307) / 0.3081 as Float)
    }

    @Test("A deviation of zero, or another number of channels, is refused also when decoded")
    func validates() throws {
        expectError(.invalidArgument) {
            try Normalization(mean: [0], standardDeviation: [0])
        }
        expectError(.invalidArgument) {
            try Normalization(mean: [0, 1], standardDeviation: [1])
        }
        expectError(.invalidArgument) { try Normalization(mean: [], standardDeviation: []) }
        expectError(.invalidArgument) {
            try Normalization(mean: [.nan], standardDeviation: [1])
        }
        let lying = Data(#"{"mean":[0.5],"standardDeviation":[-1]}"#.utf8)
        #expect(throws: DataError.self) {
            try JSONDecoder().decode(Normalization.self, from: lying)
        }
        let coded = try JSONEncoder().encode(Normalization.cifar)
        #expect(try JSONDecoder().decode(Normalization.self, from: coded) == .cifar)
    }
}
