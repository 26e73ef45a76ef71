// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNTestSupport

@testable import WRNBatches
@testable import WRNDatasets

@Suite("Augmentation")
struct AugmentationTests {
    /// What the renderer must do, written the slow way: flip, pad by reflection, cut.
    private func reference(
        _ image: [UInt8], _ size: (height: Int, width: Int, channels: Int), padding: Int,
        _ placement: Augmentation.Placement
    ) -> [Float] {
        func mirror(_ index: Int, _ extent: Int) -> Int {
            var index = index
            if index < 0 { index = -index }
            if index >= extent { index = 2 * extent - 2 - index }
            return index
        }
        var padded: [[[UInt8]]] = []
        for row in -padding..<size.height + padding {
            padded.append(
                (-padding..<size.width + padding).map { column in
                    let y = mirror(row, size.height)
                    var x = mirror(column, size.width)
                    if placement.isFlipped { x = size.width - 1 - x }
                    let start = (y * size.width + x) * size.channels
                    return Array(image[start..<start + size.channels])
                })
        }
        return (0..<size.height).flatMap { row in
            (0..<size.width).flatMap { column in
                padded[row + placement.rowShift + padding][column + placement.columnShift + padding]
                    .map { Float($0) }
            }
        }
    }

    @Test("Every flip and shift is that of the padded image", arguments: [1, 2, 3])
    func rendersEveryPlacement(_ channels: Int) throws {
        let size = (height: 5, width: 4, channels: channels)
        let image = Formula.image(3, height: 5, width: 4, channels: channels)
        let images = try LabelledImages(
            name: "x", channels: channels, height: 5, width: 4, pixels: image, labels: [0],
            classNames: ["a"])
        // With this normalisation a level stays itself, up to rounding.
        let plain = try Normalization(
            mean: Array(repeating: 0, count: channels),
            standardDeviation: Array(repeating: 1, count: channels))
        let renderer = ImageRenderer(images: images, normalization: plain)
        for isFlipped in [false, true] {
            for rowShift in -3...3 {
                for columnShift in -3...3 {
                    let placement = Augmentation.Placement(
                        isFlipped: isFlipped, rowShift: rowShift, columnShift: columnShift)
                    var output = [Float](repeating: -1, count: image.count)
                    image.withUnsafeBufferPointer { input in
                        output.withUnsafeMutableBufferPointer { output in
                            renderer.render(input, placement, into: output)
                        }
                    }
                    let expected = reference(image, size, padding: 3, placement)
                    #expect(output.map { ($0 * 255).rounded() } == expected, "\(placement)")
                }
            }
        }
    }

    @Test("The border mirrors about the outermost pixel without repeating it")
    func reflectsWithoutEdge() throws {
        let images = try LabelledImages(
            name: "x", channels: 1, height: 1, width: 4, pixels: [0, 51, 102, 153], labels: [0],
            classNames: ["a"])
        let plain = try Normalization(mean: [0], standardDeviation: [1])
        let renderer = ImageRenderer(images: images, normalization: plain)
        var output = [Float](repeating: 0, count: 4)
        images.withPixels(of: 0) { input in
            output.withUnsafeMutableBufferPointer {
                renderer.render(
                    input, Augmentation.Placement(rowShift: 0, columnShift: -2), into: $0)
            }
        }
        #expect(output == [0.4, 0.2, 0, 0.2])
    }

    @Test("A placement depends on seed, epoch and image, and on nothing else")
    func placementIsPure() {
        let draws = (0..<200).map { Augmentation.standard.placement(seed: 1, epoch: 2, image: $0) }
        let again = (0..<200).reversed().map {
            Augmentation.standard.placement(seed: 1, epoch: 2, image: $0)
        }
        #expect(draws == again.reversed())
        #expect(
            draws != (0..<200).map { Augmentation.standard.placement(seed: 1, epoch: 3, image: $0) }
        )
        #expect(
            draws != (0..<200).map { Augmentation.standard.placement(seed: 2, epoch: 2, image: $0) }
        )
    }

    @Test("All flips and shifts occur, about equally often")
    func placementsAreFair() {
        let draws = (0..<9000).map { Augmentation.standard.placement(seed: 5, epoch: 0, image: $0) }
        #expect((4200...4800).contains(draws.count { $0.isFlipped }))
        for shift in -4...4 {
            #expect((850...1150).contains(draws.count { $0.rowShift == shift }))
            #expect((850...1150).contains(draws.count { $0.columnShift == shift }))
        }
        #expect(draws.allSatisfy { abs($0.rowShift) <= 4 && abs($0.columnShift) <= 4 })
        #expect(Augmentation.none.placement(seed: 5, epoch: 0, image: 1) == .init())
    }

    @Test("The bytes that are augmented and the numbers that are rendered are the same images")
    func rendererAgrees() throws {
        let images = try Formula.images(6)
        let plain = try Normalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        let sequence = try BatchSequence(
            images: images, normalization: plain, augmentation: .standard, batchSize: 6, seed: 9)
        let bytes = images.labels.indices.flatMap { index in
            let image = PixelImage(
                height: 8, width: 8, channels: 3,
                pixels: images.withPixels(of: index) { Array($0) })
            return Augmentation.standard.augmented(image, seed: 9, epoch: 0, image: index).pixels
        }
        #expect(
            try sequence.batch(at: 0).images.map { ($0 * 255).rounded() } == bytes.map(Float.init))
    }

    /// What a seed means; the numbers were computed apart, from the definition of Philox.
    @Test("A seed's placements never change")
    func placementsArePinned() {
        let placements = (0..<4).map {
            Augmentation.standard.placement(seed: 1, epoch: 2, image: $0)
        }
        #expect(placements.map(\.isFlipped) == [false, false, false, true])
        #expect(placements.map(\.rowShift) == [3, -1, 2, 0])
        #expect(placements.map(\.columnShift) == [1, 4, 0, 3])
    }
}
