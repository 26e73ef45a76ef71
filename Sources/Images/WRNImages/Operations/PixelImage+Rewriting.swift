// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// An image of the same size whose bytes `body` writes, all of them.
    func rewritten(
        _ body: (_ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableBufferPointer<UInt8>)
            -> Void
    ) -> PixelImage {
        let written = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, filled in
            filled = pixels.count
            pixels.withUnsafeBufferPointer {
                body($0, UnsafeMutableBufferPointer(rebasing: output[..<pixels.count]))
            }
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: written)
    }
}
