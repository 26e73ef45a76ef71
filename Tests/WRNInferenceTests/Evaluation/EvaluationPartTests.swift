// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNInference

/// The parts of an evaluation that workers exchange.
@Suite("Parts of an evaluation")
struct EvaluationPartTests {
    /// Answers to images of three classes, of which file 7 was left out.
    private func part(_ images: Range<Int>) throws -> EvaluationPart {
        var part = EvaluationPart()
        for index in images {
            if index == 7 {
                part.broken.append("image 7: expected a PNG, found “other bytes”")
                continue
            }
            let logits = (0..<3).map { Float((index * 7 + $0 * 5) % 11) / 3 }
            part.add(try #require(Softmax(logits[...])), index: index, label: index % 3)
        }
        return part
    }

    @Test("are the same after they were sent, empty ones too", arguments: [0..<0, 0..<5, 6..<12])
    func sent(images: Range<Int>) throws {
        let part = try part(images)
        #expect(EvaluationPart(bytes: part.bytes) == part)
    }

    @Test("have the bits of one evaluation when they are joined")
    func joined() throws {
        let whole = try part(0..<40).evaluation(classNames: ["a", "b", "c"])
        let parts = try [part(0..<6), part(6..<7), part(7..<8), part(8..<40)]
        let joined = EvaluationPart(joining: parts).evaluation(classNames: ["a", "b", "c"])
        #expect(joined == whole && joined.broken.count == 1)
    }

    @Test("are not read from bytes that are none")
    func damaged() throws {
        let bytes = try part(6..<12).bytes
        for count in [0, 7, 8, 9, 63, bytes.count - 1] {
            #expect(EvaluationPart(bytes: Array(bytes.prefix(count))) == nil, "\(count) bytes")
        }
        var many = bytes
        many[7] = 0xFF
        #expect(EvaluationPart(bytes: many) == nil)
    }
}
