// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNRandom

/// A thousand seeded changes to files of each format: a reader gives pixels or an ``ImageError``, and never crashes.
///
/// `WRN_FUZZ_ROUNDS` in the environment asks for another number of rounds.
@Suite("Fuzz: mutated images")
struct ImageFuzzTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["WRN_FUZZ_ROUNDS"].flatMap(Int.init) ?? 1000

    /// Small enough that a mutated size costs nothing.
    private static let limits = ImageLimits(
        maximumPixelCount: 1 << 16, maximumDecoderByteCount: 1 << 20, maximumScanCount: 30)

    @Test("are read or refused", arguments: ImageFormat.allCases)
    func survives(format: ImageFormat) throws {
        let files = try DecodingFixture.all().map { try $0.bytes() }
            .filter { ImageFormat(of: $0) == format }
        var accepted = 0
        var refused: [ImageError.Code: Int] = [:]
        for round in 0..<Self.rounds {
            let stream = RandomStream(seed: 2026, purpose: .augmentation, item: round)
            let bytes = mutated(files[stream.integer(at: 0, below: files.count)], stream)
            do throws(ImageError) {
                let header = try ImageHeader(of: bytes, file: "x")
                let image = try PixelImage(decoding: bytes, file: "x", limits: Self.limits) {
                    height, width in
                    guard stream.bool(at: 1) else { return nil }
                    return PixelRegion(
                        top: height / 3, left: width / 3, height: height - height / 3 * 2,
                        width: width - width / 3 * 2)
                }
                #expect(image.height <= header.height && image.width <= header.width)
                accepted += 1
            } catch {
                #expect(error.file == "x" && error.sentence.count < 400)
                refused[error.code, default: 0] += 1
            }
        }
        // Changes are worth something only when some get through and some reach the checks.
        #expect(accepted > Self.rounds / 100)
        #expect(refused.count >= 3, "only \(refused)")
    }

    /// Changes some bytes, removes or doubles a part, or cuts the end off; half of the changes hit the first 64 bytes.
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
}
