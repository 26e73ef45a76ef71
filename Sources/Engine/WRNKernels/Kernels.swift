// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// The table of kernels of one instruction set.
package struct Kernels: @unchecked Sendable {
    // The table is a constant in C, so sharing it is safe.
    let table: wrn_kernels

    /// The kernels of products of bfloat16, where these instructions have them.
    let bfloat16Products: wrn_bfloat16_kernels?
    /// The kernels of the tile unit, where the processor has one that this process may use.
    private(set) var tiles: wrn_tile_kernels?
    /// The kernels that read or write maps, by the type of a map's elements.
    private let float32Maps: wrn_map_kernels
    private let bfloat16Maps: wrn_map_kernels

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

    /// The table of `set`, as ``init(_:)`` finds it, with other kernels of tiles than the
    /// processor's where they are given.
    package init?(_ set: InstructionSet?, tiles: TileKernels?) {
        self.init(set)
        if let tiles { self.tiles = tiles.table.pointee }
    }

    private init(_ pointer: UnsafePointer<wrn_kernels>, instructionSet: InstructionSet) {
        table = pointer.pointee
        bfloat16Products = wrn_bfloat16_kernels_for(pointer, wrn_processor())?.pointee
        tiles = wrn_tile_kernels_for(pointer, wrn_processor())?.pointee
        float32Maps = table.float32.pointee
        // What the processor rounds by an instruction of its own is the same, and faster.
        bfloat16Maps = bfloat16Products?.maps.pointee ?? table.bfloat16.pointee
        self.instructionSet = instructionSet
    }

    /// The kernels that read or write maps of a type.
    func maps(_ elementType: ElementType) -> wrn_map_kernels {
        elementType == .float32 ? float32Maps : bfloat16Maps
    }

    /// Loads a patch of elements of type `patch` from a map; patches of bfloat16 come from maps of
    /// bfloat16 only.
    func loadPatch(
        _ arguments: inout wrn_patch_load, from map: ElementType, to patch: ElementType
    ) {
        if patch == .bfloat16 {
            bfloat16Products?.load_patch(&arguments)
        } else {
            maps(map).load_patch(&arguments)
        }
    }

    /// Convolves a patch of elements of type `patch` into a map.
    func convolve(_ arguments: inout wrn_convolution, from patch: ElementType, to map: ElementType)
    {
        if patch == .bfloat16 {
            bfloat16Products?.convolution(&arguments)
        } else {
            maps(map).convolution(&arguments)
        }
    }

    /// How fast numbers of bfloat16 are multiplied with these instructions.
    package var bfloat16Rates: BFloat16Rates {
        BFloat16Rates(
            processor: bfloat16Products == nil ? 0 : wrn_processor(), hasTiles: tiles != nil)
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

extension BFloat16Rates {
    /// The rates of a processor with these bits of `wrn_processor`.
    ///
    /// AMD's processors do as many `VDPBF16PS` as multiply-adds of float32 in the same time, those
    /// of Intel half as many, which gains nothing. A direct convolution is not twice as fast for
    /// it, because maps are read and written as before: on Zen 5 it gains 1.3 to 1.95, least with
    /// few channels. With 1.7 the rule has the order that is measured there: Winograd's algorithm
    /// is ahead from 16 channels on, the direct convolution below.
    ///
    /// - Parameter hasTiles: Whether there is a tile unit, at the rates of the written rule.
    package init(processor: UInt32, hasTiles: Bool = false) {
        let pairs = processor & UInt32(WRN_PROCESSOR_AMD) != 0 ? 1.7 : 1
        let hasPairs = processor & UInt32(WRN_PROCESSOR_BFLOAT16) != 0
        self.init(pairs: hasPairs ? pairs : 0, hasTiles: hasTiles)
    }
}
