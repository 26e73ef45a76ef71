// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization
import WRNData
import WRNImages

extension ImageList {
    /// Decodes some of the files on several threads: each image, or what is wrong with its file.
    func decoded(_ range: Range<Int>) -> [Result<PixelImage, DataError>] {
        let images = Mutex<[Int: Result<PixelImage, DataError>]>([:])
        DispatchQueue.concurrentPerform(iterations: range.count) { position in
            let index = range.lowerBound + position
            let image: Result<PixelImage, DataError>
            do throws(DataError) {
                image = .success(try self.image(at: index))
            } catch {
                image = .failure(error)
            }
            images.withLock { $0[index] = image }
        }
        return images.withLock { images in range.compactMap { images[$0] } }
    }
}
