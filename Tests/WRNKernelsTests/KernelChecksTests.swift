// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import CWRNKernels
import Testing

/// The checks themselves: a check that cannot fail proves nothing.
@Suite("The kernel checks")
struct KernelChecksTests {
    /// Tables in which one kernel does nothing, by the kernel's name.
    private static let idle: [String: @Sendable (inout ChangedTable) -> Void] = [
        "weight_gradient": { $0.table.weight_gradient = { _ in } },
        "winograd_products": { $0.table.winograd_products = { _ in } },
        "winograd_weight_gradient": { $0.table.winograd_weight_gradient = { _ in } },
        "pack_winograd_weights": { $0.table.pack_winograd_weights = { _ in } },
        "sgd": { $0.table.sgd = { _ in } },
        "adamw": { $0.table.adamw = { _ in } },
        "dropout_mask": { $0.table.dropout_mask = { _ in } },
        "resample_rows": { $0.table.resample_rows = { _ in } },
        "resample_columns": { $0.table.resample_columns = { _ in } },
    ]

    /// Kernels on maps of which one does nothing, by the kernel's name.
    private static let idleOnMaps: [String: @Sendable (inout wrn_map_kernels) -> Void] = [
        "load_patch": { $0.load_patch = { _ in } },
        "convolution": { $0.convolution = { _ in } },
        "winograd_windows": { $0.winograd_windows = { _ in } },
        "winograd_gradients": { $0.winograd_gradients = { _ in } },
        "winograd_outputs": { $0.winograd_outputs = { _ in } },
        "winograd_outputs, moments": { $0.winograd_outputs = { _ in } },
        "winograd_outputs, view gradient": { $0.winograd_outputs = { _ in } },
        "moments": { $0.moments = { _ in } },
        "view_gradient": { $0.view_gradient = { _ in } },
        "map": { $0.map = { _ in } },
        "mean_pixels": { $0.mean_pixels = { _, _, _, _, _, _ in } },
        "spread_pixels": { $0.spread_pixels = { _, _, _, _, _, _, _ in } },
        "max_pool": { $0.max_pool = { _ in } },
        "max_pool_gradient": { $0.max_pool_gradient = { _ in } },
    ]

    @Test("fail for a kernel that does nothing", arguments: idle.keys.sorted())
    func failForIdleKernel(name: String) throws {
        var changed = ChangedTable()
        let makeIdle = try #require(Self.idle[name])
        makeIdle(&changed)
        try expectFailure(of: name, on: changed)
    }

    @Test("fail for a kernel that does nothing with maps", arguments: idleOnMaps.keys.sorted())
    func failForIdleKernelOnMaps(name: String) throws {
        let makeIdle = try #require(Self.idleOnMaps[name])
        var changed = ChangedTable()
        makeIdle(&changed.float32)
        try expectFailure(of: name, on: changed)
        changed = ChangedTable()
        makeIdle(&changed.bfloat16)
        try expectFailure(of: name + ", bfloat16", on: changed)
    }

    @Test("fail for a store that cuts digits off")
    func failForTruncation() throws {
        var changed = ChangedTable()
        changed.bfloat16.spread_pixels = { value, _, _, destination, _, _, _ in
            guard let value, let destination else { return }
            let words = destination.assumingMemoryBound(to: UInt16.self)
            for lane in 0..<Int(WRN_LANES) {
                words[lane] = UInt16(value[lane].bitPattern >> 16)
            }
        }
        try expectFailure(of: "rounding to bfloat16", on: changed)
    }

    private func expectFailure(of name: String, on changed: ChangedTable) throws {
        let check = try #require(KernelCheck.all.first { $0.name == name })
        #expect(ChangedTable().run(check).failures == 0)
        let result = changed.run(check)
        #expect(result.failures > 0)
        #expect(result.report.hasPrefix("\(name) of scalar, "), "\(result.report)")
    }

    /// Kernels of Winograd's algorithm of which one result is off by a thousandth, by the check.
    private static let inexact: [String: @Sendable (inout ChangedTable) -> Void] = [
        "winograd_windows": {
            $0.float32.winograd_windows = { a in
                KernelTable.scalarMaps.winograd_windows(a)
                a?.pointee.tiles.pointee += 1e-3
            }
        },
        "winograd_gradients": {
            $0.float32.winograd_gradients = { a in
                KernelTable.scalarMaps.winograd_gradients(a)
                a?.pointee.tiles.pointee += 1e-3
            }
        },
        "winograd_products": {
            $0.table.winograd_products = { a in
                KernelTable.scalar.winograd_products(a)
                a?.pointee.products.pointee += 1e-3
            }
        },
        "winograd_outputs": {
            $0.float32.winograd_outputs = { a in
                KernelTable.scalarMaps.winograd_outputs(a)
                a?.pointee.destination.assumingMemoryBound(to: Float.self).pointee += 1e-3
            }
        },
        "winograd_outputs, moments": {
            $0.float32.winograd_outputs = { a in
                KernelTable.scalarMaps.winograd_outputs(a)
                a?.pointee.deviation?.pointee += 1e-3
            }
        },
        "winograd_outputs, view gradient": {
            $0.float32.winograd_outputs = { a in
                KernelTable.scalarMaps.winograd_outputs(a)
                a?.pointee.view_gradient?.pointee.product?.pointee += 1e-3
            }
        },
        "winograd_weight_gradient": {
            $0.table.winograd_weight_gradient = { a in
                KernelTable.scalar.winograd_weight_gradient(a)
                if let a {
                    let lane = Int(a.pointee.first_block * WRN_LANES)
                    a.pointee.weights[lane] += 1e-3
                }
            }
        },
        "pack_winograd_weights": {
            $0.table.pack_winograd_weights = { a in
                KernelTable.scalar.pack_winograd_weights(a)
                if let a, a.pointee.first_block == 0 { a.pointee.packed.pointee += 1e-3 }
            }
        },
    ]

    @Test("fail for one inexact number of Winograd's", arguments: inexact.keys.sorted())
    func failForInexactKernel(name: String) throws {
        let makeInexact = try #require(Self.inexact[name])
        var changed = ChangedTable()
        makeInexact(&changed)
        try expectFailure(of: name, on: changed)
    }

    @Test("fail for a SiLU that is a ReLU")
    func failForOtherActivation() throws {
        let check = try #require(KernelCheck.all.first { $0.name == "activation" })
        var changed = ChangedTable()
        changed.float32.map = { a in
            guard var a = a?.pointee else { return }
            if a.view.activation.kind == Int32(WRN_SILU) { a.view.activation.kind = 1 }
            KernelTable.scalarMaps.map(&a)
        }
        let result = changed.run(check)
        #expect(result.report.hasPrefix("activation of scalar, SiLU"), "\(result.report)")
    }

    @Test("notice one number written before the output")
    func noticeStrayWrite() throws {
        let check = try #require(KernelCheck.all.first { $0.name == "spread_pixels" })
        var changed = ChangedTable()
        changed.float32.spread_pixels = {
            value, factor, accumulate, destination, stride, pixels, blocks in
            guard let value,
                let destination = destination?.assumingMemoryBound(to: Float.self)
            else { return }
            let lanes = Int(blocks * WRN_LANES)
            for pixel in 0..<Int(pixels) {
                for lane in 0..<lanes {
                    let at = pixel * stride + lane
                    let old = accumulate != 0 ? destination[at] : 0
                    destination[at] = old + value[lane] * factor
                }
            }
            destination[-1] = 0
        }
        let result = changed.run(check)
        #expect(result.failures > 0)
        #expect(result.report.hasSuffix("byte -4 of destination changed, which nothing may write"))
    }

    @Test("have names of their own, and each says how many cases passed")
    func areNamed() throws {
        #expect(Set(KernelCheck.all.map(\.name)).count == KernelCheck.all.count)
        #expect(KernelCheck.all.allSatisfy { !$0.name.isEmpty })
        #expect(wrn_check_name(-1) == nil)
        #expect(wrn_check_name(wrn_check_count()) == nil)
        let table = try #require(KernelTable.usable.first?.pointer)
        let check = try #require(KernelCheck.all.first)
        let result = check.run(on: table, in: WRN_MEMORY_MARGINS)
        #expect(result.report == "1 cases")
    }

    @Test("refuse a check that does not exist")
    func refuseUnknown() throws {
        let table = try #require(KernelTable.usable.first?.pointer)
        var report = [CChar](repeating: 0, count: 100)
        #expect(wrn_check_run(-1, table, WRN_MEMORY_MARGINS, &report, report.count) == 1)
        #expect(report.first != 0)
    }
}
