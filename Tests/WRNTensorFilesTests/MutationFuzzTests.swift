// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Fuzzing")
struct MutationFuzzTests {
    /// What a mutation puts into the header: the pieces that a valid one is made of, and those that
    /// break it.
    private let pieces = [
        "\"", "{", "}", "[", "]", ",", ":", "0", "-1", "9223372036854775807", "\\u", "\\ud800",
        "F64", "BOOL", "__metadata__", "data_offsets", "\u{0}", "é", " ", "null", "1e9",
    ].map { Array($0.utf8) }

    @Test(
        "a thousand mutations of each fixture are read or refused, and never crash",
        arguments: ["weights", "types"])
    func survivesMutations(name: String) throws {
        let seed = try contents(of: fixture("python-safetensors/\(name).safetensors"))
        var accepted = 0
        var refused: Set<CheckpointError.Code> = []
        for round in 0..<1_000 {
            let bytes = mutate(seed, round: round)
            do throws(CheckpointError) {
                let archive = try Safetensors.read(bytes, named: "fuzz")
                for entry in archive.entries {
                    let tensor = try archive.tensor(named: entry.name, convertingIntegers: true)
                    #expect(tensor.elements.count == entry.shape.elementCount)
                }
                accepted += 1
            } catch {
                #expect(error.message.hasPrefix("fuzz: ") && error.message.count < 1_000)
                refused.insert(error.code)
            }
        }
        // The mutations are worth something only when they reach many checks, and some get through.
        #expect(accepted > 10)
        #expect(refused.count >= 10, "reached only \(refused)")
    }

    /// One to three random edits; half of the time the claimed header length is corrected, so that
    /// they reach the layout.
    private func mutate(_ seed: [UInt8], round: Int) -> [UInt8] {
        let random = RandomStream(seed: 7, purpose: .augmentation, step: round)
        var draw = 0
        func number(below bound: Int) -> Int {
            draw += 1
            return random.integer(at: draw, below: bound)
        }
        var bytes = seed
        let headerEnd = 8 + Int(seed[0]) + Int(seed[1]) << 8
        for _ in 0...number(below: 3) where !bytes.isEmpty {
            let place =
                number(below: 4) == 0
                ? number(below: bytes.count) : number(below: min(headerEnd, bytes.count))
            switch number(below: 6) {
            case 0: bytes[place] ^= 1 << number(below: 8)
            case 1: bytes[place] = UInt8(number(below: 256))
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 8)))
            case 3: bytes.insert(contentsOf: pieces[number(below: pieces.count)], at: place)
            case 4:
                bytes.replaceSubrange(place..<place + 1, with: pieces[number(below: pieces.count)])
            default: if number(below: 4) == 0 { bytes.removeSubrange(place...) }
            }
        }
        let grown = headerEnd - 8 + bytes.count - seed.count
        if bytes.count >= 8, grown >= 0, number(below: 2) == 0 {
            for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: grown >> (8 * index)) }
        }
        return bytes
    }
}
