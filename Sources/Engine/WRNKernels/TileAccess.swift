// SPDX-License-Identifier: Apache-2.0

package import CWRNKernels

/// Whether kernels can use the processor's tile unit for bfloat16, AMX-BF16, and why not.
package enum TileAccess: String, Codable, Hashable, Sendable, CaseIterable {
    /// They can.
    case usable
    /// The processor has no tile unit.
    case missing
    /// The system does not keep tiles when it switches between threads.
    case notKept = "not_kept"
    /// The system refuses this process the permission to use them.
    case refused
    /// The chosen instructions do not include those that the kernels of tiles use beside them.
    case excluded

    /// The answer for this process, which is the same for as long as it runs.
    static let ofProcess: TileAccess =
        switch wrn_request_tiles() {
        case WRN_TILES_USABLE: .usable
        case WRN_TILES_NOT_KEPT: .notKept
        case WRN_TILES_REFUSED: .refused
        default: .missing
        }
}

/// Kernels of tiles that replace the processor's: those of an emulated unit, for tests.
package struct TileKernels: Hashable, @unchecked Sendable {
    // The table is a constant in C, so sharing it is safe.
    let table: UnsafePointer<wrn_tile_kernels>

    /// Wraps a table that is never freed.
    package init(_ table: UnsafePointer<wrn_tile_kernels>) {
        self.table = table
    }
}

extension Kernels {
    /// Whether these kernels use a tile unit, and why not.
    package var tileAccess: TileAccess {
        if tiles != nil { return .usable }
        return TileAccess.ofProcess == .usable ? .excluded : .ofProcess
    }
}
