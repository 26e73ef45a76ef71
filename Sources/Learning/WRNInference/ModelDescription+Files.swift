// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNModel

extension ModelDescription {
    /// How image files are read for the model: in its size and channels, prepared as in training.
    ///
    ///     let images = try DataSource("photos", options: classifier.description.fileOptions).load(.test)
    public var fileOptions: ImageFileOptions {
        ImageFileOptions(
            height: inputHeight, width: inputWidth, channels: inputChannels,
            preparation: preparation)
    }
}
