// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNThreads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What an audit keeps of one image: a small picture, its colours, its size and its digest.
///
/// ``byteCount`` bytes, whatever the size of the image is.
struct ImageTrace: Sendable {
    /// The rows and columns of the small picture.
    static let side = 32
    /// The rows and columns of the colours.
    static let colourSide = 8
    /// The bytes of a trace in ``ImageTraces``, the rest of the struct included.
    static let byteCount = side * side + 2 * colourSide * colourSide + 64

    /// The luma of the image, reduced to `side` x `side` pixels whatever its proportions are.
    let luma: [UInt8]
    /// The blue and the red differences to the luma, each of `colourSide` x `colourSide` pixels,
    /// with 128 for grey.
    let colours: [UInt8]
    /// The rows of the image as it is stored.
    let height: Int
    /// The columns of the image as it is stored.
    let width: Int
    /// A digest of all pixels; equal images have equal ones, and others hardly ever.
    let digest: UInt64
    /// The fingerprint of the coarse structure.
    let hash: PerceptualHash
    /// The standard deviation of the luma of the small picture.
    let contrast: Float
    /// The largest distance of a colour difference from grey.
    let colourfulness: Int

    /// Measures an image of 1 or 3 channels.
    init(of image: PixelImage) {
        height = image.height
        width = image.width
        digest = Self.digest(of: image)
        let small = image.resized(height: Self.side, width: Self.side, by: .bilinear)
        luma = small.converted(toChannels: 1).pixels
        colours = Self.colours(of: small)
        colourfulness = colours.reduce(0) { max($0, abs(Int($1) - 128)) }
        hash = PerceptualHash(luma: luma)
        let count = Double(luma.count)
        let mean = luma.reduce(0.0) { $0 + Double($1) } / count
        let squares = luma.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        contrast = Float((squares / count).squareRoot())
    }

    /// The means of the colour differences over blocks, as JPEG defines them.
    private static func colours(of small: PixelImage) -> [UInt8] {
        let count = colourSide * colourSide
        guard small.channels == 3 else { return Array(repeating: 128, count: 2 * count) }
        let block = side / colourSide
        var sums = Array(repeating: 0, count: 3 * count)
        for row in 0..<side {
            for column in 0..<side {
                let place = row / block * colourSide + column / block
                for channel in 0..<3 {
                    sums[3 * place + channel] += Int(
                        small.pixels[3 * (row * side + column) + channel])
                }
            }
        }
        var colours = Array(repeating: UInt8(128), count: 2 * count)
        for place in 0..<count {
            let values = (0..<3).map { Double(sums[3 * place + $0]) / Double(block * block) }
            let blue = 128 - 0.168736 * values[0] - 0.331264 * values[1] + 0.5 * values[2]
            let red = 128 + 0.5 * values[0] - 0.418688 * values[1] - 0.081312 * values[2]
            colours[place] = UInt8(min(max(blue.rounded(), 0), 255))
            colours[count + place] = UInt8(min(max(red.rounded(), 0), 255))
        }
        return colours
    }

    /// A digest of the size and all pixels, eight bytes at a time.
    private static func digest(of image: PixelImage) -> UInt64 {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            state = product.high ^ product.low &+ 0x2545_F491_4F6C_DD1D
        }
        for extent in [image.height, image.width, image.channels] { mix(UInt64(extent)) }
        image.pixels.withUnsafeBytes { bytes in
            let whole = bytes.count / 8 * 8
            for offset in stride(from: 0, to: whole, by: 8) {
                mix(
                    UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            }
            var last: UInt64 = 0
            for offset in whole..<bytes.count { last = last << 8 | UInt64(bytes[offset]) }
            mix(last)
        }
        return state
    }
}

/// A fingerprint of 63 bits of the coarse structure of an image: images that look alike differ in
/// few bits.
///
/// Of the two-dimensional cosine transform of the luma, reduced to 32 x 32 pixels,
///
///     X[v, u] = sum over y, x of luma[y, x] cos(pi (2 y + 1) v / 64) cos(pi (2 x + 1) u / 64)
///
/// bit 8 v + u is whether X[v, u] is above 0, for u and v below 8 without X[0, 0]. Brightness and
/// contrast change nothing, compression and other sizes little.
struct PerceptualHash: Hashable, Sendable {
    /// The bits.
    let bits: UInt64

    /// The rows and columns of coefficients.
    private static let side = 8

    init(bits: UInt64) { self.bits = bits }

    /// The fingerprint of a picture of 32 x 32 bytes.
    init(luma: [UInt8]) {
        let (side, count) = (ImageTrace.side, Self.side)
        var rows = Array(repeating: 0.0, count: side * count)
        for row in 0..<side {
            for u in 0..<count {
                var sum = 0.0
                for column in 0..<side {
                    sum += Double(luma[row * side + column]) * Self.cosines[u * side + column]
                }
                rows[row * count + u] = sum
            }
        }
        var bits: UInt64 = 0
        for v in 0..<count {
            for u in 0..<count where u + v > 0 {
                var sum = 0.0
                for row in 0..<side { sum += rows[row * count + u] * Self.cosines[v * side + row] }
                if sum > 0 { bits |= 1 << UInt64(count * v + u) }
            }
        }
        self.bits = bits
    }

    /// The number of bits in which two fingerprints differ.
    func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    /// The fingerprint of the mirror image: cosines of odd u change their sign.
    var mirrored: PerceptualHash { PerceptualHash(bits: bits ^ 0xAAAA_AAAA_AAAA_AAAA) }

    private static let cosines: [Double] = (0..<side).flatMap { u in
        (0..<ImageTrace.side).map { x in
            cos(Double.pi * Double((2 * x + 1) * u) / Double(2 * ImageTrace.side))
        }
    }
}

/// The traces of all images of an audit, in memory of ``ImageTrace/byteCount`` bytes for each.
struct ImageTraces: Sendable {
    /// The number of images; those that could not be read have no trace.
    let count: Int
    /// The images that have a trace, in their order.
    private(set) var readable: [Int] = []
    /// The small pictures, one after another.
    private(set) var luma: [UInt8]
    /// The colours, one after another.
    private(set) var colours: [UInt8]
    private(set) var hashes: [PerceptualHash]
    private(set) var digests: [UInt64]
    private(set) var sizes: [(height: Int32, width: Int32)]
    private(set) var contrasts: [Float]
    private(set) var colourfulness: [UInt8]
    private var isReadable: [Bool]

    /// The memory for `count` images.
    init(count: Int) {
        self.count = count
        luma = Array(repeating: 0, count: count * ImageTrace.side * ImageTrace.side)
        colours = Array(
            repeating: 0, count: count * 2 * ImageTrace.colourSide * ImageTrace.colourSide)
        hashes = Array(repeating: PerceptualHash(bits: 0), count: count)
        digests = Array(repeating: 0, count: count)
        sizes = Array(repeating: (0, 0), count: count)
        contrasts = Array(repeating: 0, count: count)
        colourfulness = Array(repeating: 0, count: count)
        isReadable = Array(repeating: false, count: count)
    }

    /// Stores the trace of an image.
    mutating func set(_ trace: ImageTrace, at index: Int) {
        let (picture, colour) = (trace.luma.count, trace.colours.count)
        for place in 0..<picture { luma[index * picture + place] = trace.luma[place] }
        for place in 0..<colour { colours[index * colour + place] = trace.colours[place] }
        hashes[index] = trace.hash
        digests[index] = trace.digest
        sizes[index] = (Int32(clamping: trace.height), Int32(clamping: trace.width))
        contrasts[index] = trace.contrast
        colourfulness[index] = UInt8(clamping: trace.colourfulness)
        isReadable[index] = true
    }

    /// Lists the readable images, once all traces are stored.
    mutating func finish() { readable = isReadable.indices.filter { isReadable[$0] } }
}
