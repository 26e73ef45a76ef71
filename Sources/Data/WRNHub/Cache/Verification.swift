// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNFiles

extension FileDigest {
    /// Verifies a file of the cache, whoever put it there.
    ///
    /// - Throws: ``HubError`` when its bytes are not the published ones; the file stays, as it may
    ///   be somebody else's.
    func verify(_ path: String) throws(HubError) {
        let computed: FileDigest
        do throws(DataError) {
            computed = try self.computed(of: OpenFile<DataError>(path))
        } catch {
            throw HubError(error)
        }
        guard accepts(computed) else {
            // What must be removed is the file itself and not a link to it.
            let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            throw HubError(
                .checksumMismatch,
                "\(file): the file in the cache is not the published one: \(computed), expected \(digits); remove it, and it is fetched again"
            )
        }
    }
}
