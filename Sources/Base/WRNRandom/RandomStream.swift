// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The purpose of random numbers; each has its own numbers under the same seed.
///
/// The raw values are part of a seed's meaning and are never reused or renumbered.
package enum RandomPurpose: UInt32, Sendable {
    /// The first values of the weights.
    case initialization = 1
    /// The order of the training images in an epoch.
    case shuffling = 2
    /// The flips and crops of one image in one epoch.
    case augmentation = 3
    /// The units that dropout keeps in one step.
    case dropout = 4
    /// The mixing of the images of one batch.
    case mixing = 5
    /// The files of a folder that are kept for validation.
    case splitting = 6
    /// Formerly the resampled images of an evaluation; no longer used.
    case resampling = 7
    /// The images of an epoch that are drawn by their classes.
    case sampling = 8
    /// The folds of a cross-validation.
    case folding = 9
    /// The settings that are tried when settings are searched.
    case tuning = 10
}

/// The random numbers of one (seed, purpose, step, item), addressed by their index.
///
/// The numbers do not depend on the order or the thread in which indices are read: each is
/// ``Philox`` of the counter `(index, item, step, purpose)` under the seed. `step` counts what
/// repeats (epochs, training steps), `item` what there are many of (images, layers, parameters).
package struct RandomStream: Hashable, Sendable {
    @usableFromInline let philox: Philox
    @usableFromInline let purpose: RandomPurpose
    @usableFromInline let step: UInt32
    @usableFromInline let item: UInt32

    /// Creates the stream of `item` in `step`, for `purpose`, under `seed`.
    ///
    /// - Precondition: `step` and `item` fit 32 bits and are not negative.
    @inlinable
    package init(seed: UInt64, purpose: RandomPurpose, step: Int = 0, item: Int = 0) {
        philox = Philox(key: seed)
        self.purpose = purpose
        self.step = UInt32(step)
        self.item = UInt32(item)
    }

    /// The four words at `index`.
    @inlinable
    package func words(at index: Int) -> SIMD4<UInt32> {
        philox(SIMD4(UInt32(index), item, step, purpose.rawValue))
    }

    /// A number in `0 ..< bound`, without bias beyond 2^-32 · bound (multiply and shift).
    ///
    /// - Precondition: `bound` is in `1 ... 2^31`.
    @inlinable
    package func integer(at index: Int, below bound: Int) -> Int {
        precondition(bound >= 1 && bound <= 1 << 31, "a bound is in 1...2^31, not \(bound)")
        return Int((UInt64(words(at: index).x) &* UInt64(bound)) >> 32)
    }

    /// A fair coin.
    @inlinable
    package func bool(at index: Int) -> Bool {
        words(at: index).x & 1 == 1
    }

    /// A number in `0 ..< 1`, a multiple of 2^-53.
    @inlinable
    package func uniform(at index: Int) -> Double {
        let bits = words(at: index)
        return Self.unit(bits.x, bits.y)
    }

    /// Two independent numbers of the standard normal distribution (Box and Muller 1958).
    package func normals(at index: Int) -> (Double, Double) {
        let bits = words(at: index)
        let radius = (-2 * log(1 - Self.unit(bits.x, bits.y))).squareRoot()
        let angle = 2 * Double.pi * Self.unit(bits.z, bits.w)
        return (radius * cos(angle), radius * sin(angle))
    }

    /// A permutation of `0 ..< count`, each equally likely (Fisher and Yates).
    package func permutation(count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, integer(at: last, below: last + 1))
        }
        return order
    }

    @inlinable
    static func unit(_ low: UInt32, _ high: UInt32) -> Double {
        Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
    }
}
