// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNRandom
import WRNTestSupport

/// Seeded changes to files of each format: a reader returns pixels or an ``ImageError``, and never
/// crashes.
@Suite("Fuzz: mutated images")
struct ImageFuzzTests {
    /// Small enough that a mutated size costs nothing.
    private static let limits = ImageLimits(
        maximumPixelCount: 1 << 16, maximumDecoderByteCount: 1 << 20, maximumScanCount: 30)

    @Test("are read or refused", arguments: ImageFormat.allCases)
    func survives(format: ImageFormat) throws {
        let files = try DecodingFixture.all().map { try $0.bytes() }
            .filter { ImageFormat(of: $0) == format }
        var accepted = 0
        var refused: [ImageError.Code: Int] = [:]
        for round in 0..<Fuzz.rounds {
            let stream = RandomStream(seed: Fuzz.seed, purpose: .augmentation, item: round)
            var bytes = mutated(files[stream.integer(at: 0, below: files.count)], stream)
            // A PNG that keeps its checksums is refused for them, nearly always.
            if format == .png, stream.bool(at: 1) { repairChecksums(&bytes) }
            do throws(ImageError) {
                let header = try ImageHeader(of: bytes, file: "x")
                let region = PixelRegion(
                    top: header.height / 3, left: header.width / 3,
                    height: header.height - header.height / 3 * 2,
                    width: header.width - header.width / 3 * 2)
                let part = try PixelImage(decoding: bytes, file: "x", limits: Self.limits) {
                    #expect($0 == header.height && $1 == header.width)
                    return region
                }
                // Damage must not part the fast path from the slow one.
                let whole = try PixelImage(decoding: bytes, file: "x", limits: Self.limits)
                #expect(part == whole.cropped(to: region))
                accepted += 1
            } catch {
                #expect(error.file == "x" && error.sentence.count < 400)
                refused[error.code, default: 0] += 1
            }
        }
        // Changes are worth something only when some get through and some reach the checks.
        #expect(accepted > Fuzz.rounds / 100)
        #expect(refused.count >= 3, "only \(refused)")
    }

    /// Changes some bytes, removes or doubles a part, or cuts the end off; half of the changes hit
    /// the first 64 bytes.
    private func mutated(_ source: [UInt8], _ stream: RandomStream) -> [UInt8] {
        var bytes = source
        for change in 0...stream.integer(at: 2, below: 3) where !bytes.isEmpty {
            let draw = 10 * (change + 1)
            let reach = stream.bool(at: draw) ? bytes.count : min(64, bytes.count)
            let place = stream.integer(at: draw + 1, below: reach)
            let length = min(stream.integer(at: draw + 2, below: 40) + 1, bytes.count - place)
            let value = UInt8(stream.integer(at: draw + 3, below: 256))
            switch stream.integer(at: draw + 4, below: 8) {
            case 0...3: bytes[place] = value
            case 4: bytes[place] ^= 1 << (value & 7)
            case 5: bytes.removeSubrange(place..<place + length)
            case 6: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    /// Writes the checksum of each chunk of a PNG anew.
    private func repairChecksums(_ bytes: inout [UInt8]) {
        var place = 8
        while place + 12 <= bytes.count {
            let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = place + 8 + length
            guard end + 4 <= bytes.count else { return }
            var checksum = UInt32.max
            for byte in bytes[place + 4..<end] {
                checksum ^= UInt32(byte)
                for _ in 0..<8 {
                    checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1
                }
            }
            for index in 0..<4 {
                bytes[end + index] = UInt8(truncatingIfNeeded: ~checksum >> (24 - 8 * index))
            }
            place = end + 4
        }
    }
}
