// SPDX-License-Identifier: Apache-2.0

/// What a person should know of an image file that is read all the same.
public enum ImageRemark: Hashable, Sendable {
    /// Some of the data are damaged, so that pixels are grey or wrong; with the decoder's own words.
    case damaged(String)
    /// Grey of 16 bits is clipped to 255, as Pillow does it, and a fraction of the pixels becomes white.
    case clippedGrey(fraction: Double)
}
