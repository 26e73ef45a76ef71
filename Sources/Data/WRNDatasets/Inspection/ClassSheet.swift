// SPDX-License-Identifier: Apache-2.0

package import WRNImages

/// A page with some images of a set: a row for each class, in the order of the classes.
package struct ClassSheet: Sendable {
    private static let imagesPerClass = 8
    /// The most rows that a page shows.
    private static let maximumClassCount = 100

    private let images: any ImageSet

    /// Prepares a page.
    package init(_ images: any ImageSet) {
        self.images = images
    }

    /// The page: the first eight whole images of each of the first hundred classes; broken ones are
    /// passed over.
    ///
    /// - Throws: ``ImageError`` when there is no image.
    package func page() throws(ImageError) -> PixelImage {
        let cell = max(images.height, images.width) > 64 ? 112 : 64
        var rows = Array(
            repeating: [PixelImage](), count: min(images.classNames.count, Self.maximumClassCount))
        var open = rows.count
        for (index, label) in images.labels.enumerated() where open > 0 {
            guard rows.indices.contains(label), rows[label].count < Self.imagesPerClass,
                let image = try? images.fittedImage(at: index)
            else { continue }
            rows[label].append(image)
            if rows[label].count == Self.imagesPerClass { open -= 1 }
        }
        return try ContactSheet(cellHeight: cell, cellWidth: cell).page(of: rows)
    }
}
