// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNArchive
import WRNFiles
import WRNRandom
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// Every reader of foreign tensors under seeded changes to valid files; `Scripts/fuzz` runs more of
/// them.
@Suite("Fuzz: files of PyTorch and NumPy")
struct TensorFileFuzzTests {
    /// Reads every tensor; whatever is wrong must be one sentence of a reader.
    ///
    /// - Returns: Whether all was right.
    private func survives(_ bytes: [UInt8]) -> Bool {
        do throws(CheckpointError) {
            let archive = try TensorFile.read(bytes, named: "fuzz")
            var total = 0
            for entry in archive.entries {
                let tensor = try archive.tensor(named: entry.name, convertingIntegers: true)
                #expect(tensor.elements.count == entry.shape.elementCount)
                total += entry.shape.elementCount * entry.elementType.byteCount
            }
            #expect(total <= 4 * bytes.count + 2 << 20)
            return true
        } catch {
            #expect(error.message.contains("fuzz") && error.message.count < 1_500)
            #expect(!error.message.contains("\n"))
            return false
        }
    }

    private func fuzz(_ bytes: [UInt8], _ wrap: ([UInt8]) -> [UInt8] = { $0 }) {
        #expect(survives(wrap(bytes)))
        var (read, refused) = (0, 0)
        for round in 0..<Fuzz.rounds {
            let changed = Self.mutated(bytes, round: round)
            if survives(wrap(changed)) { read += 1 } else { refused += 1 }
        }
        #expect(refused > 0 && read > 0, "\(read) were read, \(refused) refused")
    }

    @Test(
        "changed files of the old format are read or refused",
        arguments: ["legacy-protocol2", "legacy-protocol4", "legacy-types", "legacy-views"])
    func legacy(_ name: String) throws {
        fuzz(try contents(of: fixture("pytorch/\(name).pth")))
    }

    @Test(
        "changed archives are read or refused",
        arguments: ["zip-protocol2", "zip-types", "zip-views"])
    func archives(_ name: String) throws {
        fuzz(try contents(of: fixture("pytorch/\(name).pth")))
    }

    @Test(
        "changed pickles in an archive with the right checksums are read or refused",
        arguments: ["zip-protocol1", "zip-protocol2", "zip-protocol4", "zip-views"])
    func pickles(_ name: String) throws {
        let (pickle, storages) = try parts(of: fixture("pytorch/\(name).pth"))
        fuzz(pickle) { HandmadeArchive(pickle: $0, storages: storages).bytes }
    }

    @Test("changed arrays are read or refused", arguments: ["stored.npz", "packed.npz", "one.npy"])
    func arrays(_ name: String) throws {
        fuzz(try contents(of: fixture("numpy/\(name)")))
    }

    /// The pickle of an archive, and the bytes of its storages.
    private func parts(of path: String) throws -> ([UInt8], [[UInt8]]) {
        let zip = try ZipArchive<CheckpointError>(OpenFile(path))
        func member(_ suffix: String) throws -> [UInt8]? {
            try zip.entries.firstIndex { $0.path.description.hasSuffix(suffix) }
                .map { try zip.bytes(of: $0, limit: 1 << 20) }
        }
        let storages = try (0..<zip.entries.count).compactMap { try member("/data/\($0)") }
        return (try #require(try member("/data.pkl")), storages)
    }

    /// Changes some bytes, removes or doubles a part, or cuts the end off.
    private static func mutated(_ source: [UInt8], round: Int) -> [UInt8] {
        let random = RandomStream(seed: Fuzz.seed, purpose: .augmentation, item: round)
        var draw = 0
        func number(below bound: Int) -> Int {
            draw += 1
            return random.integer(at: draw, below: bound)
        }
        var bytes = source
        for _ in 0...number(below: 3) where !bytes.isEmpty {
            let place = number(below: bytes.count)
            let end = min(bytes.count, place + 1 + number(below: 24))
            switch number(below: 8) {
            case 0, 1: bytes[place] = UInt8(number(below: 256))
            case 2: bytes[place] ^= 1 << number(below: 8)
            case 3: bytes[place] = [0xFF, 0, 0x80, 0x7F][number(below: 4)]
            case 4: bytes.removeSubrange(place..<end)
            case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 6: bytes.replaceSubrange(place..<end, with: Array("q\u{0}h\u{0}".utf8))
            default: if number(below: 4) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }
}
