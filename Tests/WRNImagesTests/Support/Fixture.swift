// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNImages

/// An image file of Fixtures/decoding, and where Pillow's pixels of it are.
struct DecodingFixture: Sendable, CustomStringConvertible {
    let name: String
    let height: Int
    let width: Int
    private let offset: Int?

    private struct Index: Decodable {
        struct File: Decodable {
            let height: Int
            let width: Int
            let offset: Int?
        }

        let files: [String: File]
    }

    var description: String { name }

    /// All files, by name.
    static func all() throws -> [DecodingFixture] {
        let index = try JSONDecoder().decode(
            Index.self,
            from: Data(contentsOf: Fixtures.folder.appending(path: "decoding/files.json")))
        return index.files.map { name, file in
            DecodingFixture(
                name: name, height: file.height, width: file.width, offset: file.offset)
        }.sorted { $0.name < $1.name }
    }

    /// The file's bytes.
    func bytes() throws -> [UInt8] { try Fixtures.bytes("decoding/files/\(name)") }

    /// Pillow's pixels, or nil when none are stored.
    func expected() throws -> [UInt8]? {
        guard let offset else { return nil }
        let all = try Fixtures.bytes("decoding/pixels.rgb")
        return Array(all[offset..<offset + height * width * 3])
    }
}

/// The files beside the tests.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appending(path: path)))
    }

    /// A file of Fixtures/decoding.
    static func image(_ name: String) throws -> [UInt8] { try bytes("decoding/files/\(name)") }
}

extension PixelImage {
    /// The image of the formula in Fixtures/resizing/make_resizing.py.
    static func formula(_ height: Int, _ width: Int, _ channels: Int, seed: Int) -> PixelImage {
        let pixels = (0..<height * width * channels).map { index -> UInt8 in
            var x = UInt32(truncatingIfNeeded: index &* 2_654_435_761 &+ seed)
            x ^= x >> 15
            x &*= 2_246_822_519
            x ^= x >> 13
            return x % 6 == 0 ? 0 : x % 6 == 1 ? 255 : UInt8(x >> 24)
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// FNV-1a, 64 bits, of the pixels, as the fixtures have it.
    var checksum: String {
        let hash = pixels.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
