// SPDX-License-Identifier: Apache-2.0

import Dispatch
package import WRNFetch
import WRNRandom
import WRNThreads

/// The image files of a set that cannot be used, found by decoding them before they are needed.
///
/// All files are decoded as long as they have at most ``usualByteCount`` bytes in all. Of larger
/// sets so many bytes of files spread over the whole set are: a check then costs about a minute on
/// two cores, and a broken file may still be met later.
package struct ImageFilesCheck: Sendable {
    /// The number of bytes of files that are decoded by default: 1 GiB.
    package static let usualByteCount = 1 << 30

    /// The files of the set.
    package let count: Int
    /// The files that were decoded.
    package let checkedCount: Int
    /// The errors of the files that cannot be used, in the order of the set.
    package let broken: [DataError]
    /// The indices of those files in the set.
    package let brokenIndices: [Int]

    /// Whether every file was decoded.
    package var isComplete: Bool { checkedCount == count }

    private static let partSize = 256

    /// Decodes files, on all processors; which ones does not depend on the number of processors.
    ///
    /// - Parameters:
    ///   - byteCount: The bytes after which no more files are read.
    ///   - progress: Called with the number of files that are done, on several threads.
    package init(
        of images: ImageFiles, byteCount limit: Int = ImageFilesCheck.usualByteCount,
        progress: @Sendable (_ done: Int) -> Void = { _ in }
    ) {
        // The order is the same each time, so that a second check finds the same.
        let order = RandomStream(seed: 0, purpose: .shuffling).permutation(count: images.count)
        let total = Locked((done: 0, bytes: 0, broken: [(index: Int, error: DataError)]()))
        var start = 0
        while start < order.count, total.withLock({ $0.bytes }) < limit {
            let part = start..<min(start + Self.partSize, order.count)
            DispatchQueue.concurrentPerform(iterations: part.count) { place in
                let index = order[part.lowerBound + place]
                let (byteCount, error) = Self.result(of: images, index)
                let done = total.withLock { total in
                    total.done += 1
                    total.bytes += byteCount
                    if let error { total.broken.append((index, error)) }
                    return total.done
                }
                progress(done)
            }
            start = part.upperBound
        }
        count = images.count
        checkedCount = start
        let found = total.withLock { $0.broken }.sorted { $0.index < $1.index }
        broken = found.map(\.error)
        brokenIndices = found.map(\.index)
    }

    private static func result(
        of images: ImageFiles, _ index: Int
    ) -> (byteCount: Int, error: DataError?) {
        do throws(DataError) {
            let bytes = try images.fileBytes(at: index)
            do throws(DataError) {
                _ = try images.decoded(bytes, index) { _, _ in nil }
                return (bytes.count, nil)
            } catch {
                return (bytes.count, error)
            }
        } catch {
            return (0, error)
        }
    }
}
