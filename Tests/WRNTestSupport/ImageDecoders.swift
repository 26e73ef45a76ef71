// SPDX-License-Identifier: Apache-2.0

/// Whether the libraries that Pillow has decode the images, so that pixels, refusals and remarks
/// are those of Pillow.
///
/// On Apple's systems ImageIO decodes them: it rounds differently, accepts other defects, and has
/// neither remarks nor limits of its own.
package var decodesAsPillow: Bool {
    #if canImport(ImageIO)
        return false
    #else
        return true
    #endif
}
