// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNInspect
import WRNZoo

@Suite("A network's silhouette")
struct SilhouetteTests {
    private func silhouette(
        _ name: String, measure: Silhouette.Measure = .layers
    ) throws -> Silhouette {
        Silhouette(
            try Zoo.network(named: name).graph(height: 32, width: 32), measure: measure)
    }

    @Test("a rectangle has π/4, whatever its size", arguments: [[1], [7, 7, 7], [640, 640]])
    func rectangle(widths: [Int]) {
        let silhouette = Silhouette(widths: widths)
        #expect(silhouette.area == 1)
        #expect(silhouette.perimeter == 4)
        #expect(abs(silhouette.isoperimetricQuotient - Double.pi / 4) < 1e-12)
    }

    @Test("stairs and combs are as by hand")
    func byHand() {
        // Up from 1 to 2: three quarters of the square, its whole perimeter.
        let stairs = Silhouette(widths: [1, 2])
        #expect(stairs.area == 0.75)
        #expect(stairs.perimeter == 4)
        #expect(abs(stairs.isoperimetricQuotient - 0.75 * Double.pi / 4) < 1e-12)
        // Down and up again: two more edges of half the height on each side.
        let comb = Silhouette(widths: [2, 1, 2])
        #expect(abs(comb.area - 5.0 / 6) < 1e-12)
        #expect(comb.perimeter == 5)
        let none = Silhouette(widths: [])
        #expect((none.area, none.perimeter, none.isoperimetricQuotient) == (0, 0, 0))
    }

    @Test("depth is the longest way, and a linear layer is as wide as what it reads")
    func widths() throws {
        #expect(try silhouette("wrn-10-2").widths == [16, 32, 32, 64, 64, 128, 128, 128])
        #expect(try silhouette("resnet-101").widths.count == 101)
        let bottleneck = try silhouette("wrn-50-2").widths
        #expect(bottleneck.prefix(7) == [64, 128, 128, 256, 128, 128, 256])
        let stream = try silhouette("wrn-50-2", measure: .stream)
        #expect(stream.widths.prefix(7) == [64, 256, 256, 256, 256, 256, 256])
        #expect(try stream == silhouette("resnet-50", measure: .stream))
    }

    @Test("WRN-28-10 is nearer to a rectangle than ResNet-101's pyramid, by either measure")
    func comparison() throws {
        let wide = try silhouette("wrn-28-10").isoperimetricQuotient
        #expect((0.45...0.46).contains(wide))
        #expect(try wide > 10 * silhouette("resnet-101").isoperimetricQuotient)
        #expect(
            try wide > silhouette("resnet-101", measure: .stream).isoperimetricQuotient)
        // Widening a bottleneck fills the gaps of its comb.
        #expect(
            try silhouette("wrn-50-2").isoperimetricQuotient
                > 2 * silhouette("resnet-50").isoperimetricQuotient)
    }
}
