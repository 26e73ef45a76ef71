// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// What a block of tiles touches outside of scratch memory, to be fetched while products are computed and memory is idle.
///
/// Reading tiles and writing outputs of narrow networks waits for memory, a third of the time; computing does not.
struct WinogradPrefetch {
    private let source: wrn_span
    private let second: wrn_span
    private let other: wrn_span
    private let destination: wrn_span

    /// A block of tiles: its images, and its pixel rows of each.
    typealias Part = (images: Range<Int>, rows: Range<Int>)

    /// Fetches `upcoming` of the source, and of the destination and what is read along with it `current`.
    init(
        source: MapView, upcoming: Part, destination: FeatureMap,
        epilogue: ConvolutionOperator.Epilogue, current: Part
    ) {
        self.source = Self.span(source.map.base, source.map, upcoming)
        second = source.second.map { Self.span($0, source.map, upcoming) } ?? wrn_span()
        let beside =
            epilogue.addend ?? (epilogue.viewGradient?.view.map.base).map { UnsafePointer($0) }
        other = beside.map { Self.span($0, destination, current) } ?? wrn_span()
        self.destination = Self.span(destination.base, destination, current)
    }

    /// Fetches nothing.
    init() {
        (source, second, other, destination) = (wrn_span(), wrn_span(), wrn_span(), wrn_span())
    }

    /// Gives the multiplication the part of the spans that falls to one of `count` groups of outputs.
    func add(to arguments: inout wrn_winograd_products, group: Int, of count: Int) {
        func share(_ span: wrn_span) -> wrn_span {
            let (lower, upper) = (span.bytes * group / count, span.bytes * (group + 1) / count)
            return wrn_span(start: span.start.map { $0 + lower }, bytes: upper - lower)
        }
        arguments.reads = (share(source), share(second), share(other))
        arguments.writes = share(destination)
    }

    /// Where the rows of some images lie, from the first to the last.
    private static func span(
        _ base: UnsafePointer<Float>, _ map: FeatureMap, _ part: Part
    ) -> wrn_span {
        let lower = min(part.rows.lowerBound, map.height)
        let rows = min(part.rows.upperBound, map.height) - lower
        guard let image = part.images.first, rows > 0 else { return wrn_span() }
        let rowFloats = map.width * map.pixelStride
        let floats = (part.images.count - 1) * map.imageStride + rows * rowFloats
        return wrn_span(
            start: base + image * map.imageStride + lower * rowFloats,
            bytes: floats * MemoryLayout<Float>.stride)
    }
}
