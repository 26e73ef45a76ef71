// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNRuns

@Suite("The values that a tuning tries")
struct SettingChoiceTests {
    private func choice(_ text: String) throws -> SettingChoice {
        try SettingChoice(text, source: "here")
    }

    private func trials(_ texts: [String], count: Int? = nil, seed: UInt64 = 1) throws -> [String] {
        try SettingChoice.trials(texts.map(choice), count: count, seed: seed, source: "here")
            .map { $0.map(\.argument).joined(separator: " ") }
    }

    @Test("numbers, words, flags and lists are read as recipes have them")
    func kinds() throws {
        #expect(try choice("lr=0.1,3e-2").setting.name == "learning_rate")
        #expect(try choice("lr=0.1,3e-2").values == .list([.number(0.1), .number(0.03)]))
        #expect(try choice("weight-decay=0").values == .list([.number(0)]))
        #expect(
            try choice("schedule=cosine,steps").values == .list([.text("cosine"), .text("steps")]))
        #expect(try choice("nesterov=true,false").values == .list([.flag(true), .flag(false)]))
        #expect(
            try choice("milestones=[3,6],[4]").values == .list([.list([3, 6]), .list([4])]))
        #expect(try choice("mixup=0...1").values == .range(0...1))
        #expect(try choice("freeze=stem,group1").values == .list([.text("stem"), .text("group1")]))
        #expect(try choice("layer_decay=0.5").values == .list([.number(0.5)]))
    }

    @Test(
        "what cannot be is refused with a sentence",
        arguments: [
            ("lr", "takes a setting and its values"), ("learning_rat=1", "there is no setting"),
            ("learning_rat=1", "the nearest is learning_rate"),
            ("lr=0.1,-1", "learning_rate takes a number above 0, not -1"),
            ("lr=0.1,", "learning_rate takes a number above 0, not \"\""),
            ("lr=0.01,0.1,1e-2", "has the value 0.01 twice (0.01 and 1e-2); leave one out"),
            ("optimizer=sgd,sgd", "has the value sgd twice; leave one out"),
            ("lr=0.1...0.01", "the first number must be the smaller one"),
            ("momentum=0.5...1", "momentum takes a number in 0..<1, not 1"),
            ("optimizer=1...2", "and no range of numbers"),
            ("epochs=1,2", "so it cannot be tried"), ("seed=1,2", "seed cannot be tried"),
            ("image=32,64", "image cannot be tried"),
            ("validate_every=2,3", "validate_every cannot be tried"),
            ("layer_decay=7", "layer_decay takes a number in 0.01...1, not 7"),
        ])
    func errors(text: String, sentence: String) {
        #expect {
            try choice(text)
        } throws: { error in
            "\(error)".hasPrefix("here") && "\(error)".contains(sentence)
        }
    }

    @Test("lists are tried in all combinations, or in so many that are drawn from them")
    func grid() throws {
        let all = try trials(["lr=0.1,0.2,0.3", "momentum=0.5,0.9"])
        #expect(
            all == [
                "learning_rate=0.1 momentum=0.5", "learning_rate=0.1 momentum=0.9",
                "learning_rate=0.2 momentum=0.5", "learning_rate=0.2 momentum=0.9",
                "learning_rate=0.3 momentum=0.5", "learning_rate=0.3 momentum=0.9",
            ])
        let five = try trials(["lr=0.1,0.2,0.3", "momentum=0.5,0.9"], count: 5)
        for count in 1...8 {
            let drawn = try trials(["lr=0.1,0.2,0.3", "momentum=0.5,0.9"], count: count)
            #expect(drawn.count == min(count, 6) && Set(drawn).count == drawn.count)
            #expect(Set(drawn).isSubset(of: all))
            #expect(count > 5 || drawn == Array(five.prefix(count)))
            #expect(drawn == (try trials(["lr=0.1,0.2,0.3", "momentum=0.5,0.9"], count: count)))
        }
        let seeds = try (0..<8).map { try trials(["lr=0.1,0.2,0.3"], count: 1, seed: $0) }
        #expect(Set(seeds).count == 3)
    }

    @Test("numbers of a range are drawn from the seed, by their logarithm where they span tenfold")
    func ranges() throws {
        let choice = try choice("lr=0.001...0.1")
        #expect(choice.value(at: 0) == .number(0.001))
        #expect(choice.value(at: 0.5) == .number(0.01))
        #expect(choice.value(at: 0.75) == .number(0.0316))
        #expect(try self.choice("momentum=0.5...0.9").value(at: 0.5) == .number(0.7))
        #expect(try self.choice("mixup=0...1").value(at: 0.25) == .number(0.25))
        #expect(try self.choice("batch=10...1000").value(at: 0.5) == .number(100))
        #expect(try self.choice("batch=1...4").value(at: 0.999) == .number(4))
        let drawn = try trials(["lr=0.001...0.1", "momentum=0.5,0.9"], count: 40)
        #expect(drawn.count == 40 && Set(drawn).count == 40)
        #expect(drawn == (try trials(["lr=0.001...0.1", "momentum=0.5,0.9"], count: 40)))
        #expect(drawn != (try trials(["lr=0.001...0.1", "momentum=0.5,0.9"], count: 40, seed: 2)))
        // The first trials do not depend on how many there are.
        #expect(
            try trials(["lr=0.001...0.1", "momentum=0.5,0.9"], count: 5) == Array(drawn.prefix(5)))
        #expect(try trials(["lr=0.001...0.1"]).count == SettingChoice.usualDrawnCount)
        // There are no more than three whole numbers.
        #expect(try trials(["cutout=1...3"]).count == 3)
    }

    @Test("a setting twice and too many combinations are refused")
    func spaces() throws {
        #expect {
            try trials(["lr=0.1", "learning_rate=0.2"])
        } throws: { "\($0)".contains("learning_rate is there twice") }
        let tenth = (1...10).map { "0.\(10 + $0)" }.joined(separator: ",")
        let many = ["lr", "momentum", "dropout", "mixup"].map { "\($0)=\(tenth)" }
        #expect {
            try trials(many)
        } throws: { "\($0)".contains("10,000 combinations, more than 1,000") }
        #expect(try trials(many, count: 7).count == 7)
    }
}
