// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNThreads

/// The remarks on decoded image files, each file once, collected from several threads.
package final class ImageRemarks: Sendable {
    private struct Seen {
        var damaged: Set<String> = []
        var clipped: Set<String> = []
        var (saidDamaged, saidClipped) = (0, 0)
    }

    private let seen = Locked(Seen())

    func add(_ remark: ImageRemark, title: String) {
        seen.withLock { seen in
            switch remark {
            case .damaged: _ = seen.damaged.insert(title)
            case .clippedGrey: _ = seen.clipped.insert(title)
            }
        }
    }

    /// A sentence for each kind of remark with new files since the last call; empty without new
    /// ones.
    package func newSentences() -> [String] {
        seen.withLock { seen in
            var sentences: [String] = []
            if seen.clipped.count > seen.saidClipped {
                seen.saidClipped = seen.clipped.count
                sentences.append(
                    "\(files(seen.clipped)) 16-bit grey, of which brighter values are clipped to "
                        + "white; "
                        + Self.clippedAdvice)
            }
            if seen.damaged.count > seen.saidDamaged {
                seen.saidDamaged = seen.damaged.count
                sentences.append(
                    "\(files(seen.damaged)) damaged and in part grey or wrong, read all the same; "
                        + "get them again"
                )
            }
            return sentences
        }
    }

    /// How to keep the levels of grey of 16 bits.
    ///
    /// ImageMagick's `-depth 8` alone divides by 257, so that values of 12 bits would become nearly
    /// black.
    package static let clippedAdvice =
        "scale them to 8 bits, with ImageMagick for example: 'magick NAME.png -depth 8 NEW.png' "
        + "where the values go up to 65535, and with '-level 0,4095' before -depth where they have "
        + "12 bits (before version 7: convert)"

    private func files(_ titles: Set<String>) -> String {
        let example = titles.min() ?? ""
        return titles.count == 1
            ? "1 image (\(example)) is" : "\(titles.count) images (\(example) and others) are"
    }
}
