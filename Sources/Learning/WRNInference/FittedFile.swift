// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNDatasets
import WRNFetch
import WRNImages
import WRNModel
import WRNThreads

/// An image file as a network reads it.
///
/// A whole photograph takes hundreds of times the bytes of what most networks read of it.
struct FittedFile: Sendable {
    /// What is cut out of the scaled image at each place, in the network's size and channels.
    let windows: [PixelImage]
    /// The image as it is stored; nil where it is not kept.
    let image: PixelImage?
}

extension ImageList {
    /// The most files of a batch whose whole images are kept.
    private static let keptCount = 4

    /// Decodes the files and fits them to a network, a batch at a time on several threads: each
    /// fitted file, or its error.
    ///
    /// - Parameters:
    ///   - batch: The most files at once; a few where their images are kept.
    ///   - keepsImages: Whether the whole images are kept until `body` returns.
    /// - Throws: A `DataError` when no image file can be fitted to the network; `CancellationError`
    ///   when `isCancelled`, which is called before each batch, returns true; what `body` throws.
    func forEachBatch(
        of batch: Int, for description: ModelDescription, at places: [CropPlace] = [.centre],
        keepsImages: Bool, isCancelled: () -> Bool,
        _ body: (_ indices: Range<Int>, _ files: [Result<FittedFile, DataError>]) throws -> Void
    ) throws {
        try description.checkPhotographs()
        let size = keepsImages ? min(batch, Self.keptCount) : batch
        for start in stride(from: 0, to: count, by: size) {
            guard !isCancelled() else { throw CancellationError() }
            let range = start..<min(start + size, count)
            try body(
                range, fitted(range, for: description, at: places, keepsImages: keepsImages))
        }
    }

    private func fitted(
        _ range: Range<Int>, for description: ModelDescription, at places: [CropPlace],
        keepsImages: Bool
    ) -> [Result<FittedFile, DataError>] {
        let files = Locked<[Int: Result<FittedFile, DataError>]>([:])
        DispatchQueue.concurrentPerform(iterations: range.count) { position in
            let index = range.lowerBound + position
            let file: Result<FittedFile, DataError>
            do throws(DataError) {
                let image = try self.image(at: index)
                file = .success(
                    FittedFile(
                        windows: try description.windows(of: image, at: places),
                        image: keepsImages ? image : nil))
            } catch {
                file = .failure(error)
            }
            files.withLock { $0[index] = file }
        }
        return files.withLock { files in range.compactMap { files[$0] } }
    }
}
