// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
public import WRNTensor

/// The table of kernels of one instruction set.
package struct Kernels: @unchecked Sendable {
    // The table is a constant in C, so sharing it is safe.
    let table: wrn_kernels

    /// The kernels on maps of float32.
    let float32: wrn_map_kernels

    /// The kernels of products of bfloat16, where these instructions have them.
    let bfloat16: wrn_bfloat16_kernels?

    /// The set that the kernels are compiled for.
    package let instructionSet: InstructionSet

    /// The tables that this processor can run, the fastest last; the first is the scalar one.
    package static let usable: [Kernels] = {
        var tables: [Kernels] = []
        guard var next = wrn_usable_kernels() else { return [] }
        while let pointer = next.pointee {
            let table = pointer.pointee
            if let set = InstructionSet(rawValue: String(cString: table.name)) {
                tables.append(Kernels(pointer, instructionSet: set))
            }
            next += 1
        }
        return tables
    }()

    /// The table of `set`, or of the fastest usable set for `nil`; `nil` when this processor cannot
    /// run it.
    package init?(_ set: InstructionSet?) {
        guard let found = Self.usable.last(where: { set == nil || $0.instructionSet == set })
        else { return nil }
        self = found
    }

    private init(_ pointer: UnsafePointer<wrn_kernels>, instructionSet: InstructionSet) {
        table = pointer.pointee
        float32 = pointer.pointee.float32.pointee
        bfloat16 =
            wrn_bfloat16_kernels_for(pointer, wrn_processor()) == nil
            ? nil : pointer.pointee.bfloat16_products_of_float32?.pointee
        self.instructionSet = instructionSet
    }

    /// Whether direct convolutions can be computed in `precision`.
    package func supports(_ precision: Precision) -> Bool {
        precision == .float32 || bfloat16 != nil
    }

    /// Loads a patch whose elements have `precision`, which these kernels support.
    func loadPatch(_ arguments: inout wrn_patch_load, _ precision: Precision) {
        switch precision {
        case .float32: float32.load_patch(&arguments)
        case .bfloat16: bfloat16?.load_patch(&arguments)
        }
    }

    /// Convolves a patch whose elements have `precision`, which these kernels support.
    func convolve(_ arguments: inout wrn_convolution, _ precision: Precision) {
        switch precision {
        case .float32: float32.convolution(&arguments)
        case .bfloat16: bfloat16?.convolution(&arguments)
        }
    }

    /// The channels of one block of an activation.
    package static let lanes = Int(WRN_LANES)

    /// `channels` rounded up to whole blocks.
    package static func padded(_ channels: Int) -> Int {
        (channels + lanes - 1) / lanes * lanes
    }
}

/// A set of vector instructions that kernels are compiled for.
public enum InstructionSet: String, Sendable, CaseIterable {
    /// No vectors: what every processor can run.
    case scalar
    /// 256-bit vectors with fused multiply-add, on x86-64.
    case avx2
    /// 512-bit vectors (F, VL, BW, DQ), on x86-64.
    case avx512
    /// 128-bit vectors, on 64-bit ARM.
    case neon

    /// The sets that this processor can run, the fastest last.
    public static var usable: [InstructionSet] { Kernels.usable.map(\.instructionSet) }
}

extension Precision {
    /// The precisions that this processor can compute in with its fastest instructions.
    public static var usable: [Precision] {
        allCases.filter { Kernels.usable.last?.supports($0) ?? false }
    }

    /// The bytes of a number.
    var byteCount: Int { self == .float32 ? 4 : 2 }

    /// The channels that one step of a convolution multiplies and adds.
    var channelsPerStep: Int { self == .float32 ? 1 : 2 }
}
