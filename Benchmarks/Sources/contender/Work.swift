// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a contender repeats.
protocol Work {
    /// Does it once.
    mutating func step() throws

    /// What the other side wants to know before the first turn.
    var facts: [String: Double] { get }

    /// The network's answer to its images, image by image; nil for a work that has none.
    func logits() throws -> [Float]?
}

/// Warms up, says so, and then answers lines until the input ends.
func serve(_ work: some Work) throws {
    var work = work
    for _ in 0..<2 { try work.step() }
    var facts = work.facts
    facts["ready"] = 1
    answer(String(decoding: try JSONEncoder().encode(facts), as: UTF8.self))
    while let line = readLine() {
        let words = line.split(separator: " ", maxSplits: 1)
        switch (words.first, words.count) {
        case ("step", 1):
            let clock = ContinuousClock()
            let time = try clock.measure { try work.step() }
            answer("\(time / .seconds(1))")
        case ("logits", 2):
            guard let logits = try work.logits() else { throw Complaint("this work has no logits") }
            let data = logits.withUnsafeBytes { Data($0) }
            try data.write(to: URL(fileURLWithPath: String(words[1])))
            answer("written")
        default: throw Complaint("cannot answer \"\(line)\"")
        }
    }
}

private func answer(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
