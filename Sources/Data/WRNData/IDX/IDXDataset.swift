// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// Joins an IDX file of images with an IDX file of labels.
enum IDXDataset {
    /// Reads the two files of one split.
    ///
    /// - Throws: ``DataError`` when either is not what it should be, when their counts differ, or when a label names
    ///   no class.
    static func read(
        name: String, classNames: [String], images imageBytes: NamedBytes,
        labels labelBytes: NamedBytes
    ) throws(DataError) -> LabelledImages {
        let labelFile = try IDXFile(labelBytes, holding: .labels)
        let imageFile = try IDXFile(imageBytes, holding: .images)
        let (images, labels) = (imageFile.extents[0], labelFile.extents[0])
        guard images == labels else {
            throw imageBytes.error(
                .inconsistent, at: 4,
                "\(images) images, but \(labelBytes.name) has \(labels) labels; the two files do not "
                    + "belong together")
        }
        for (index, label) in labelFile.elements.enumerated() where label >= classNames.count {
            throw labelBytes.error(
                .malformed, at: 8 + index,
                "label \(index) is \(label); expected 0 to \(classNames.count - 1)")
        }
        return try LabelledImages(
            name: name, channels: 1, height: imageFile.extents[1], width: imageFile.extents[2],
            pixels: Array(imageFile.elements), labels: labelFile.elements.map(Int.init),
            classNames: classNames)
    }
}
