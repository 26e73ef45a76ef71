// SPDX-License-Identifier: Apache-2.0

public import WRNImages

/// Some images of a set, in an order of their own.
public struct ImageSelection: ImageSet {
    private let base: any ImageSet
    private let indices: [Int]

    /// Selects images by their indices, which may repeat.
    ///
    /// - Precondition: Each index is in `0 ..< base.count`.
    public init(of base: any ImageSet, indices: [Int]) {
        precondition(indices.allSatisfy { (0..<base.count).contains($0) }, "no such image")
        self.base = base
        self.indices = indices
        labels = indices.map { base.labels[$0] }
    }

    public let labels: [Int]
    public var name: String { base.name }
    public var channels: Int { base.channels }
    public var height: Int { base.height }
    public var width: Int { base.width }
    public var classNames: [String] { base.classNames }

    public func title(of index: Int) -> String { base.title(of: indices[index]) }

    public func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        try base.image(at: indices[index], cropping: cropping)
    }

    public func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        try base.fittedImage(at: indices[index])
    }

    public func prefix(_ count: Int) -> ImageSelection {
        ImageSelection(of: base, indices: Array(indices.prefix(max(count, 0))))
    }
}
