// SPDX-License-Identifier: Apache-2.0

/// A remark on an image file that is read despite a defect.
public enum ImageRemark: Hashable, Sendable {
    /// Some of the data are damaged, so that pixels are grey or wrong; with the decoder's message.
    case damaged(String)
    /// Grey of 16 bits is clipped to 255, as Pillow does it, and a fraction of the pixels becomes
    /// white.
    case clippedGrey(fraction: Double)
}
